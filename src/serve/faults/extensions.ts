import type { Behaviour } from '../behaviour.js';
import { ok } from '../session.js';
import { changeCommand, inArea } from './fault.js';

/** The first octet of a TLS record that holds a ClientHello (RFC 8446 §5.1). */
const HANDSHAKE_RECORD = 0x16;

function changeCapabilities(b: Behaviour, change: (list: string[], secure: boolean) => string[]): void {
  const next = b.capabilities;
  b.capabilities = (s) => change(next(s), s.secure);
}

export const stlsFaults = inArea('stls', [
  {
    id: 'stls-buffered',
    title: 'Commands that were sent in clear behind STLS run under TLS',
    clause: '2595-4-STLS-9',
    apply(b) {
      b.inputAfterStls = (rest) => rest;
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
    apply: (b) => changeCapabilities(b, (list, secure) => (secure ? [...list, 'STLS'] : list)),
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
      b.beforeHandshake = (socket, handshake, stayInClear) => {
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
]);

export const saslFaults = inArea('sasl', [
  {
    id: 'sasl-any',
    title: 'AUTH PLAIN accepts every password',
    clause: '5034-4-AUTH-19',
    apply(b) {
      b.plainMatches = () => true;
    },
  },
  {
    id: 'sasl-bad-base64',
    title: 'A response that is not base64 gets a positive answer',
    clause: '5034-4-AUTH-16a',
    apply(b) {
      b.malformedResponse = (s) => ok(s);
    },
  },
  {
    id: 'sasl-cancel-ok',
    title: 'A cancelled exchange gets a positive answer',
    clause: '5034-4-AUTH-8',
    apply(b) {
      b.cancelled = (s) => ok(s, 'cancelled');
    },
  },
  {
    id: 'sasl-no-space',
    title: 'The empty challenge lacks the space',
    clause: '5034-4-AUTH-10',
    apply(b) {
      b.challenge = (s) => s.port.write('+\r\n');
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
  {
    id: 'capa-hides-top',
    title: 'CAPA does not announce TOP, which works',
    clause: '2449-5-CAPA-16',
    apply: (b) => changeCapabilities(b, (list) => list.filter((line) => line !== 'TOP')),
  },
]);
