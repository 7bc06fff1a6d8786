import type { Behaviour } from '../behaviour.js';
import type { Session } from '../session.js';
import { HANDSHAKE_RECORD, inArea, wrapCommand } from './fault.js';

const LF = 0x0a;

/** Keeps of the input behind STLS the lines that `wanted` fits. */
function keepLines(b: Behaviour, wanted: RegExp): void {
  b.inputAfterStls = (_s, rest) => {
    const lines = rest.toString('latin1').split(/(?<=\n)/);
    return Buffer.from(lines.filter((line) => wanted.test(line)).join(''), 'latin1');
  };
}

/** Reads what comes in place of a handshake until one begins; that much is worked on under TLS. */
function readBeforeHandshake(b: Behaviour): void {
  b.beforeHandshake = (_s, socket, handshake) => {
    let injected = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      const hello = chunk.indexOf(HANDSHAKE_RECORD);
      injected = Buffer.concat([injected, hello < 0 ? chunk : chunk.subarray(0, hello)]);
      if (hello < 0) return;
      socket.off('data', read).pause();
      socket.unshift(chunk.subarray(hello));
      handshake(injected);
    };
    socket.on('data', read).resume();
  };
}

export const injectionFaults = inArea('stls', [
  {
    id: 'stls-keeps-partial',
    title: 'The beginning of a line that was sent in clear behind STLS is joined to the first line under TLS',
    clause: '2595-4-STLS-9',
    apply(b) {
      b.inputAfterStls = (_s, rest) => rest.subarray(rest.lastIndexOf(LF) + 1);
    },
  },
  {
    id: 'stls-keeps-login',
    title: 'USER and PASS that were sent in clear behind STLS run under TLS',
    clause: '2595-4-STLS-9',
    apply: (b) => keepLines(b, /^(USER|PASS) /i),
  },
  {
    id: 'stls-keeps-auth',
    title: 'AUTH that was sent in clear behind STLS runs under TLS',
    clause: '2595-4-STLS-9',
    apply: (b) => keepLines(b, /^AUTH /i),
  },
  {
    id: 'stls-runs-silently',
    title: 'Commands that were sent in clear behind STLS run under TLS, and their replies are dropped',
    clause: '2595-4-STLS-9',
    apply(b) {
      const kept = new WeakMap<Session, Buffer>();
      let muted = false;
      const { secured, statusLine } = b;
      b.inputAfterStls = (s, rest) => {
        kept.set(s, rest);
        return Buffer.alloc(0);
      };
      b.statusLine = (positive, text) => (muted ? '' : statusLine(positive, text));
      b.secured = (s) => {
        secured(s);
        muted = true;
        for (const line of (kept.get(s)?.toString('latin1') ?? '').split('\r\n')) b.takeLine(s, line);
        muted = false;
      };
    },
  },
  {
    id: 'stls-keeps-second-segment',
    title: 'Commands that come in clear between the answer to STLS and the handshake run under TLS',
    clause: '2595-4-STLS-9',
    apply: readBeforeHandshake,
  },
  {
    id: 'stls-buffered-glued',
    title: 'What stands between STLS and the ClientHello in one segment runs under TLS',
    clause: '2595-4-STLS-9',
    apply(b) {
      const behind = new WeakMap<Session, Buffer>();
      const { beforeHandshake } = b;
      b.inputAfterStls = (s, rest) => {
        behind.set(s, rest);
        return Buffer.alloc(0);
      };
      b.beforeHandshake = (s, socket, handshake, stayInClear) => {
        const rest = behind.get(s) ?? Buffer.alloc(0);
        const hello = rest.indexOf(HANDSHAKE_RECORD);
        if (hello < 0) return beforeHandshake(s, socket, handshake, stayInClear);
        socket.unshift(rest.subarray(hello));
        handshake(rest.subarray(0, hello));
      };
    },
  },
  {
    id: 'stls-in-sasl',
    title: 'STLS within an exchange of AUTH is carried out, and the exchange goes on under TLS',
    clause: '2595-4-STLS-9',
    apply(b) {
      wrapCommand(b, 'AUTH', (s, args, next) => {
        const positive = next(s, args);
        const respond = s.respond;
        if (respond === null) return positive;
        s.respond = (line) => (line === 'STLS' ? b.takeLine(s, line) : respond(line));
        return positive;
      });
    },
  },
]);
