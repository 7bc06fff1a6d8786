import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { COMMAND_LINE_MAX } from '../pop3/limits.js';
import { channelBinding } from '../wire/channel-binding.js';
import type { Behaviour } from './behaviour.js';
import { cutLine } from './lines.js';
import type { Maildrop } from './maildrop.js';
import { type Ending, err, makeSession, type Port, type ServerCounters } from './session.js';
import { shakeHands, type TlsCore } from './tls.js';

/** Replies waiting for a slow reader above this many octets stop the reading of commands. */
const OUTPUT_MAX = 256 * 1024;
/** Text of short replies is gathered up to this length before it is handed to the socket. */
const GATHER_MAX = 16 * 1024;
/** After our FIN the peer has this long to close its side; closing at once could reset the last reply away. */
const LINGER_MS = 2_000;
const NOTHING = Buffer.alloc(0);

/** What the connections of one server share. */
export interface ServerCore {
  readonly behaviour: Behaviour;
  readonly drops: ReadonlyMap<string, Maildrop>;
  readonly counters: ServerCounters;
  readonly tls: TlsCore;
  readonly autologoutMs: number;
  /** Every answer comes so late. */
  readonly replyDelayMs: number;
}

/** Serves one accepted connection until it ends: bytes in, lines to the session, replies out. */
export function serveConnection(accepted: Socket, secure: boolean, core: ServerCore): void {
  const { behaviour, counters } = core;
  let socket = accepted;
  let input: Buffer = NOTHING;
  /** Gathered replies that the socket does not have yet. */
  let output = '';
  let corked = false;
  /** The end of an over-long line is being looked for. */
  let skipping = false;
  /** Waiting for the reader or for TLS: input is kept and not worked on. */
  let blocked = false;
  let working = false;
  /** The peer has sent its FIN. */
  let ended = false;
  let closed = false;
  let securing = false;
  /** An answer is put off. */
  let waiting: NodeJS.Timeout | undefined;
  let failed = false;

  const port: Port = {
    write(text) {
      output += text;
      if (output.length > GATHER_MAX) flush();
    },
    writeBytes(bytes) {
      if (!corked) socket.cork();
      corked = true;
      flush();
      socket.write(bytes);
    },
    hangUp() {
      closed = true;
      if (!working) work();
    },
    later(ms, act) {
      blocked = true;
      socket.pause();
      waiting = setTimeout(() => resume(act), ms);
    },
    startTls() {
      securing = true;
      blocked = true;
    },
    discardInput() {
      input = NOTHING;
    },
    channelBinding: (name) => (socket instanceof TLSSocket ? channelBinding(socket, name, 'server') : null),
    local: { host: accepted.localAddress ?? '', port: accepted.localPort ?? 0 },
  };
  const s = makeSession({
    behaviour,
    drops: core.drops,
    counters,
    port,
    timestamp: behaviour.timestamp(),
    secure,
  });

  counters.connections++;
  attach(socket);
  putOff(() => behaviour.greet(s));
  send();

  function attach(to: Socket): void {
    socket = to;
    socket.on('end', onEnd).on('error', onError).on('close', onClose);
    listen();
  }

  function listen(): void {
    socket.on('data', onData).on('drain', onDrain);
    socket.on('timeout', onTimeout).setTimeout(core.autologoutMs);
  }

  function stopListening(): void {
    socket.off('data', onData).off('drain', onDrain);
    socket.off('timeout', onTimeout).setTimeout(0);
  }

  function onData(chunk: Buffer): void {
    if (closed) return;
    input = input.length === 0 ? chunk : Buffer.concat([input, chunk]);
    if (!blocked) work();
  }

  /** Takes every complete line that there is, then sends all the answers together. */
  function work(): void {
    working = true;
    while (!closed && !blocked && input.length > 0 && takeNext()) {
      if (output.length + socket.writableLength > OUTPUT_MAX) waitForReader();
    }
    // A few octets must not keep alive the whole chunk that they came in.
    if (input.length > 0 && !blocked) input = Buffer.from(input);
    if (ended && !blocked && !closed) {
      closed = true;
      abandon('end');
    }
    send();
    working = false;
    if (closed) close();
    else if (securing) secureConnection();
  }

  /** Takes one piece of the input; false when more is needed. */
  function takeNext(): boolean {
    if (skipping) return skip();
    const limit = s.respond === null ? COMMAND_LINE_MAX : behaviour.sasl.lineMax;
    const cut = cutLine(input, limit);
    if (cut.kind === 'partial') {
      if (behaviour.unfinishedLine === 'waits') return false;
      return takeLine(input.length, input.toString('latin1'));
    }
    if (cut.kind === 'line') return takeLine(cut.length, cut.line);
    if (behaviour.longLineRest === 'read') return takeLine(limit, input.toString('latin1', 0, limit));
    skipping = true;
    return true;
  }

  function takeLine(length: number, line: string): boolean {
    // Taken away first: a handler may drop what lies behind its line.
    input = length === input.length ? NOTHING : input.subarray(length);
    putOff(() => answer(line));
    return true;
  }

  function answer(line: string): void {
    if (s.respond === null) behaviour.takeLine(s, line);
    else s.respond(line);
  }

  function putOff(act: () => void): void {
    if (core.replyDelayMs === 0) act();
    else port.later(core.replyDelayMs, act);
  }

  /** Goes on where `later` stopped, first with what was put off. */
  function resume(act: () => void): void {
    waiting = undefined;
    if (closed) return;
    blocked = false;
    working = true;
    act();
    work();
    if (!blocked) socket.resume();
  }

  /** One answer for an over-long line, when its end has come (RFC 1939 §3). */
  function skip(): boolean {
    const end = input.indexOf(0x0a);
    input = end < 0 ? NOTHING : input.subarray(end + 1);
    if (end < 0) return false;
    skipping = false;
    s.respond = null;
    s.name = null;
    counters.commands++;
    err(s, 'line too long');
    return true;
  }

  function flush(): void {
    if (output !== '') socket.write(output, 'latin1');
    output = '';
  }

  function send(): void {
    flush();
    if (corked) socket.uncork();
    corked = false;
  }

  function waitForReader(): void {
    flush();
    blocked = true;
    socket.pause();
  }

  function onDrain(): void {
    if (!blocked || securing || waiting !== undefined) return;
    blocked = false;
    work();
    if (!blocked) socket.resume();
  }

  function close(): void {
    input = NOTHING;
    if (!socket.destroyed) behaviour.endConnection(socket, () => socket.setTimeout(LINGER_MS));
    socket.resume();
  }

  /** The session ended without QUIT: nothing is removed, the lock goes (RFC 1939 §6). */
  function abandon(how: Ending): void {
    if (s.drop === null) return;
    behaviour.abandoned(s, how, input);
    behaviour.release(s);
  }

  /** The peer sends no more; what it has sent is still answered. */
  function onEnd(): void {
    ended = true;
    if (securing) socket.destroy();
    else if (!blocked && !closed) work();
  }

  function onError(): void {
    failed = true;
  }

  function onClose(): void {
    closed = true;
    clearTimeout(waiting);
    abandon(failed ? 'reset' : 'end');
    behaviour.ended(s);
  }

  /** Autologout: silent, and no UPDATE (RFC 1939 §3). */
  function onTimeout(): void {
    if (closed || securing) {
      socket.destroy();
      return;
    }
    closed = true;
    abandon('timeout');
    close();
  }

  function secureConnection(): void {
    const clear = socket;
    input = behaviour.inputAfterStls(s, input);
    stopListening();
    clear.pause();
    // The handshake begins only when the answer to STLS has left.
    clear.write('', () => behaviour.beforeHandshake(s, clear, handshake, stayInClear));

    function handshake(injected?: Buffer): void {
      if (injected !== undefined) input = Buffer.concat([input, injected]);
      secureFrom(clear);
    }
  }

  function secureFrom(clear: Socket): void {
    if (clear.destroyed) return;
    const tls = shakeHands(clear, core.tls);
    const timeoutMs = tls.timeout ?? 0;
    attach(tls);
    tls.setTimeout(timeoutMs);
    tls.once('secure', () => {
      tls.setTimeout(core.autologoutMs);
      securing = false;
      blocked = false;
      s.secure = true;
      behaviour.secured(s);
      work();
    });
  }

  function stayInClear(chunk: Buffer): void {
    securing = false;
    blocked = false;
    listen();
    onData(chunk);
    socket.resume();
  }
}
