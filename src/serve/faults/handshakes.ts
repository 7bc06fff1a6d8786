import { decodeBase64 } from '../../pop3/base64.js';
import type { Behaviour } from '../behaviour.js';
import { logIn } from '../login.js';
import { err, type Session } from '../session.js';
import { inArea, wrapCommand } from './fault.js';

/** No ClientHello is as short. */
const HELLO_MIN = 40;

/** The sessions whose handshake is waited for, and whether one has been broken off. */
function watchHandshakes(b: Behaviour): { waiting: Set<Session>; broken: boolean } {
  const watched = { waiting: new Set<Session>(), broken: false };
  const { beforeHandshake, secured } = b;
  b.beforeHandshake = (s, socket, handshake, stayInClear) => {
    watched.waiting.add(s);
    socket.once('close', () => {
      watched.broken ||= watched.waiting.delete(s);
    });
    beforeHandshake(s, socket, handshake, stayInClear);
  };
  b.secured = (s) => {
    watched.waiting.delete(s);
    secured(s);
  };
  return watched;
}

export const handshakeFaults = inArea('stls', [
  {
    id: 'stls-clear-after-alert',
    title: 'After a ClientHello that cannot be read the session goes on in clear',
    clause: '2595-4-STLS-17',
    apply(b) {
      b.beforeHandshake = (_s, socket, handshake, stayInClear) => {
        socket.once('data', (chunk: Buffer) => {
          socket.pause();
          if (chunk.length < HELLO_MIN) return stayInClear(Buffer.alloc(0));
          socket.unshift(chunk);
          handshake();
        });
        socket.resume();
      };
    },
  },
  {
    id: 'stls-stall-blocks',
    title: 'While one connection waits for its handshake no other is answered',
    clause: '2595-4-STLS-5',
    apply(b) {
      const { waiting } = watchHandshakes(b);
      const { takeLine } = b;
      b.takeLine = (s, line) => waiting.size === 0 && takeLine(s, line);
    },
  },
  {
    id: 'stls-abort-kills',
    title: 'A handshake that is broken off ends another session',
    clause: '2595-4-STLS-17',
    apply(b) {
      const watched = watchHandshakes(b);
      const { takeLine } = b;
      b.takeLine = (s, line) => {
        if (!watched.broken) return takeLine(s, line);
        watched.broken = false;
        b.hangUp(s);
        return false;
      };
    },
  },
  {
    id: 'stls-logs-in',
    title: 'After the handshake the session is in the TRANSACTION state',
    clause: '2595-4-STLS-10',
    apply(b) {
      const { secured } = b;
      b.secured = (s) => {
        secured(s);
        s.phase = 'transaction';
      };
    },
  },
  {
    id: 'stls-no-capa',
    title: 'CAPA is refused under TLS',
    clause: '2595-4-STLS-14',
    apply: (b) => wrapCommand(b, 'CAPA', (s, args, next) => (s.secure ? err(s, 'not now') : next(s, args))),
  },
  {
    id: 'stls-refusal-closes',
    title: 'A STLS that is refused closes the connection',
    clause: '2595-4-STLS-16',
    apply(b) {
      const { takeLine } = b;
      b.takeLine = (s, line) => {
        const positive = takeLine(s, line);
        if (!positive && /^STLS\b/i.test(line)) b.hangUp(s);
        return positive;
      };
    },
  },
  {
    id: 'stls-listed-after-login',
    title: 'CAPA announces STLS after login',
    clause: '2595-8-CAPA-1',
    apply(b) {
      const { capabilities } = b;
      b.capabilities = (s) => (s.phase === 'transaction' ? [...capabilities(s), 'STLS'] : capabilities(s));
    },
  },
  {
    id: 'external-any',
    title: 'AUTH EXTERNAL logs in whoever names a user, without a certificate',
    clause: '2595-4-STLS-11',
    apply: (b) =>
      wrapCommand(b, 'AUTH', (s, args, next) => {
        const [mechanism = '', response = ''] = args;
        if (!/^EXTERNAL$/i.test(mechanism)) return next(s, args);
        const user = b.findUser(s, decodeBase64(response)?.toString() ?? '');
        return logIn(s, user, user !== undefined);
      }),
  },
]);
