import type { Behaviour } from '../behaviour.js';
import { err, ok } from '../session.js';
import {
  changeCapabilities,
  changeCommand,
  HANDSHAKE_RECORD,
  hideAfterLogin,
  inArea,
  wrapCommand,
} from './fault.js';

export const stlsFaults = inArea('stls', [
  {
    id: 'stls-buffered',
    title: 'Commands that were sent in clear behind STLS run under TLS',
    clause: '2595-4-STLS-9',
    apply(b) {
      b.inputAfterStls = (_s, rest) => rest;
    },
  },
  {
    id: 'stls-greets',
    title: 'A second greeting follows the TLS handshake',
    clause: '2595-4-STLS-6',
    apply(b) {
      const next = b.secured;
      b.secured = (s) => {
        next(s);
        b.greet(s);
      };
    },
  },
  {
    id: 'stls-keeps-user',
    title: 'A USER given in clear still counts under TLS',
    clause: '2595-4-STLS-9',
    apply(b) {
      changeCommand(b, 'STLS', { keepsName: true });
      b.secured = () => undefined;
    },
  },
  {
    id: 'stls-listed-in-tls',
    title: 'CAPA announces STLS although TLS is active',
    clause: '2595-4-STLS-2',
    apply: (b) => changeCapabilities(b, (list, s) => (s.secure ? [...list, 'STLS'] : list)),
  },
  {
    id: 'stls-after-login',
    title: 'STLS is accepted after login',
    clause: '2595-4-STLS-4',
    apply: (b) => changeCommand(b, 'STLS', { phase: 'any' }),
  },
  {
    id: 'stls-argument',
    title: 'STLS with an argument is accepted',
    clause: '2595-4-STLS-3',
    apply: (b) => changeCommand(b, 'STLS', { max: 1 }),
  },
  {
    id: 'stls-clear-goes-on',
    title: 'After STLS the session goes on in clear when something else than a handshake arrives',
    clause: '2595-4-STLS-17',
    apply(b) {
      b.beforeHandshake = (_s, socket, handshake, stayInClear) => {
        socket.once('data', (chunk: Buffer) => {
          socket.pause();
          if (chunk[0] !== HANDSHAKE_RECORD) return stayInClear(chunk);
          socket.unshift(chunk);
          handshake();
        });
        socket.resume();
      };
    },
  },
  {
    id: 'stls-refused',
    title: 'STLS is announced and refused',
    clause: '2449-5-CAPA-15',
    apply: (b) => wrapCommand(b, 'STLS', (s) => err(s, 'TLS is not available')),
  },
  {
    id: 'stls-in-tls',
    title: 'STLS while TLS is active gets a positive answer',
    clause: '2595-4-STLS-7',
    apply: (b) => wrapCommand(b, 'STLS', (s, args, next) => (s.secure ? ok(s) : next(s, args))),
  },
  {
    id: 'stls-clear-text',
    title: 'A line in clear follows the answer to STLS',
    clause: '2595-4-STLS-5',
    apply: (b) => wrapCommand(b, 'STLS', (s, args, next) => next(s, args) && ok(s, 'go on')),
  },
  {
    id: 'stls-closes',
    title: 'The connection is closed behind the TLS handshake',
    clause: '2595-4-STLS-5',
    apply(b) {
      const next = b.secured;
      b.secured = (s) => {
        next(s);
        b.hangUp(s);
      };
    },
  },
]);

export const capaFaults = inArea('capa', [
  {
    id: 'capa-no-dot',
    title: 'CAPA leaves out the line with the dot',
    clause: '2449-5-CAPA-14',
    apply(b) {
      const next = b.rows;
      b.rows = (verb, rows) => next(verb, rows).slice(0, verb === 'CAPA' ? -'.\r\n'.length : undefined);
    },
  },
  ...['TOP', 'UIDL'].map((tag) => ({
    id: `capa-hides-${tag.toLowerCase()}`,
    title: `CAPA does not announce ${tag}, which works`,
    clause: '2449-5-CAPA-16',
    apply: (b: Behaviour) => changeCapabilities(b, (list) => list.filter((line) => line !== tag)),
  })),
  ...['TOP', 'UIDL'].map((tag) => ({
    id: `${tag.toLowerCase()}-refused`,
    title: `${tag} is announced and refused`,
    clause: '2449-5-CAPA-15',
    apply: (b: Behaviour) => wrapCommand(b, tag, (s) => err(s, 'not implemented')),
  })),
  {
    id: 'capa-closes',
    title: 'CAPA closes the connection',
    clause: '2449-5-CAPA-10',
    apply: (b) =>
      wrapCommand(b, 'CAPA', (s) => {
        b.hangUp(s);
        return false;
      }),
  },
  {
    id: 'capa-refused-after-login',
    title: 'CAPA is refused after login',
    clause: '2449-5-CAPA-2',
    apply: (b) => changeCommand(b, 'CAPA', { phase: 'authorization' }),
  },
  {
    id: 'capa-double-space',
    title: 'Two spaces stand between a capability and its argument',
    clause: '2449-5-CAPA-12',
    apply: (b) => changeCapabilities(b, (list) => list.map((line) => line.replace(' ', '  '))),
  },
  {
    id: 'capa-glued',
    title: 'No space stands between EXPIRE and its argument',
    clause: '2449-5-CAPA-12',
    apply: (b) => changeCapabilities(b, (list) => list.map((line) => line.replace('EXPIRE ', 'EXPIRE'))),
  },
  {
    id: 'capa-loses-tags',
    title: 'CAPA no longer announces TOP and UIDL after login',
    clause: '2449-5-CAPA-4',
    apply: (b) => hideAfterLogin(b, /^(TOP|UIDL)$/),
  },
  {
    id: 'capa-drops-sasl',
    title: 'CAPA no longer announces SASL after login',
    clause: '5034-3-SASL-3',
    apply: (b) => hideAfterLogin(b, /^SASL /),
  },
]);
