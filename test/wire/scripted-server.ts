import { Buffer } from 'node:buffer';
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { ServerCertificate } from '../../src/serve/certificate.js';

/** One thing that a scripted server does. */
export type Act = string | Buffer | { readonly pauseMs: number } | 'FIN' | 'RST' | 'TLS';
/** What it does on one occasion; nothing when there is none. */
export type Play = Act | readonly Act[] | undefined;

export interface Script {
  /** Default `+OK ready`. `connection` counts from 0. */
  readonly greeting?: Play | ((connection: number) => Play);
  /** What is done for each line of the client; `line` comes without its end and counts from 0 on each connection. */
  readonly answer?: (line: string, at: { connection: number; line: number }) => Play;
  /** Sends everything octet by octet. */
  readonly octets?: boolean;
  /** For `TLS` in a play. */
  readonly certificate?: ServerCertificate;
}

export interface ScriptedServer {
  readonly port: number;
  /** Lines received, without their ends, by connection. */
  readonly lines: readonly string[][];
  /** All octets received, Latin-1, by connection. */
  readonly received: readonly string[];
  /** How each connection ended that has ended: `FIN` or `RST` by the client, `ours` otherwise. */
  readonly endings: readonly (string | undefined)[];
  /** Connections that are open now. */
  readonly open: number;
  close(): Promise<void>;
}

/** A server on 127.0.0.1 that plays what the script says and takes note of what it hears. */
export function playServer(script: Script = {}): Promise<ScriptedServer> {
  const lines: string[][] = [];
  const received: string[] = [];
  const endings: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const connection = lines.push([]) - 1;
    received.push('');
    endings.push(undefined);
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      endings[connection] ??= 'ours';
    });
    const player = playerOn(socket, script, {
      heard: (text) => {
        received[connection] += text;
      },
      line: (text) => {
        const line = (lines[connection]?.push(text) ?? 1) - 1;
        return script.answer?.(text, { connection, line });
      },
      ended: (how) => {
        endings[connection] ??= how;
      },
    });
    const { greeting = '+OK ready\r\n' } = script;
    player(typeof greeting === 'function' ? greeting(connection) : greeting);
  });
  return new Promise((done) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      done({
        port: address !== null && typeof address === 'object' ? address.port : 0,
        lines,
        received,
        endings,
        get open() {
          return sockets.size;
        },
        async close() {
          const closed = new Promise((resolve) => server.close(resolve));
          for (const socket of sockets) socket.destroy();
          await closed;
        },
      });
    });
  });
}

interface Ears {
  heard(text: string): void;
  line(text: string): Play;
  ended(how: 'FIN' | 'RST'): void;
}

function playerOn(raw: Socket, script: Script, ears: Ears): (play: Play) => void {
  let stream: Socket = raw;
  let unread = '';
  let turn = Promise.resolve();
  const attach = (to: Socket): void => {
    stream = to;
    to.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      ears.heard(text);
      const found = (unread + text).split('\n');
      unread = found.pop() ?? '';
      for (const line of found) enqueue(ears.line(line.replace(/\r$/, '')));
    });
    to.on('end', () => {
      ears.ended('FIN');
      // Answers that are still to be played come first.
      turn = turn.then(() => void stream.end());
    });
    to.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') ears.ended('RST');
    });
  };
  const act = async (one: Act): Promise<void> => {
    if (one === 'FIN') stream.end();
    else if (one === 'RST') raw.resetAndDestroy();
    else if (one === 'TLS') {
      raw.removeAllListeners('data');
      raw.removeAllListeners('end');
      attach(
        new TLSSocket(raw, { isServer: true, secureContext: createSecureContext({ ...script.certificate }) }),
      );
    } else if (typeof one === 'object' && 'pauseMs' in one) {
      await new Promise((resume) => setTimeout(resume, one.pauseMs));
    } else await say(typeof one === 'string' ? Buffer.from(one, 'latin1') : one);
  };
  const say = async (bytes: Buffer): Promise<void> => {
    if (script.octets !== true) {
      stream.write(bytes);
      return;
    }
    for (let at = 0; at < bytes.length && !stream.destroyed; at++) {
      stream.write(bytes.subarray(at, at + 1));
      await new Promise((resume) => setImmediate(resume));
    }
  };
  const enqueue = (play: Play): void => {
    if (play === undefined) return;
    const acts = Array.isArray(play) ? (play as readonly Act[]) : [play as Act];
    turn = turn.then(async () => {
      for (const one of acts) if (!stream.destroyed) await act(one);
    });
  };
  attach(raw);
  return enqueue;
}

/** An `answer` that looks lines up, whole or by their first word; anything else is refused. */
export function answers(table: Readonly<Record<string, Play>>): (line: string) => Play {
  return (line) => {
    const key = line in table ? line : (line.split(' ')[0] ?? '').toUpperCase();
    return key in table ? table[key] : '-ERR what?\r\n';
  };
}

/** Resolves when `holds` does; throws with `what` when that takes more than five seconds. */
export async function until(holds: () => boolean, what = 'a condition'): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what} did not come about`);
    await new Promise((resume) => setTimeout(resume, 2));
  }
}

const WATCHED = new Set([
  'TCPSocketWrap',
  'TLSWrap',
  'TCPConnectWrap',
  'ShutdownWrap',
  'Timeout',
  'ProcessWrap',
]);

/** Sockets, timers and child processes that are alive now. */
export function activeResources(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => WATCHED.has(kind));
}

/** Resolves when nothing is alive beyond what was alive `before`; throws with the names of what stays. */
export async function noMoreThan(before: readonly string[]): Promise<void> {
  const more = (): string[] => {
    const known = [...before];
    return activeResources().filter((kind) => {
      const at = known.indexOf(kind);
      if (at >= 0) known.splice(at, 1);
      return at < 0;
    });
  };
  await until(() => more().length === 0).catch(() => {
    throw new Error(`left behind: ${more().join(', ')}`);
  });
}
