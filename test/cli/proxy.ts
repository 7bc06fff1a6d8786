import { connect, createServer, type Socket } from 'node:net';
import { started, type Talker } from './strangers.js';

/** One thing that crossed the proxy: a line without its end, Latin-1. */
interface Crossing {
  readonly from: 'client' | 'server';
  readonly line: string;
}

/** All that was said on one connection, in the order in which it crossed; until TLS begins. */
export type Conversation = readonly Crossing[];

/** Stands between popspec and a server on loopback, and writes down what they say. */
export interface RecordingProxy extends Talker {
  readonly conversations: readonly Conversation[];
  /** From now on nothing is passed on, neither on open connections nor on new ones, which are accepted all the same. */
  freeze(): void;
  /** Resets every connection and listens no more. */
  die(): Promise<void>;
}

/** Starts a proxy to a port of 127.0.0.1. `onLine` is called with each line of a client before it is passed on. */
export async function startProxy(port: number, onLine?: (line: string) => void): Promise<RecordingProxy> {
  const conversations: Crossing[][] = [];
  const clients = new Set<Socket>();
  let frozen = false;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const said: Crossing[] = [];
    conversations.push(said);
    clients.add(client);
    pass(client, upstream, 'client', said, onLine);
    pass(upstream, client, 'server', said);
  });
  const talker = await started(server, () => conversations.length);

  function pass(
    from: Socket,
    to: Socket,
    name: Crossing['from'],
    said: Crossing[],
    onLine?: (line: string) => void,
  ): void {
    let rest = '';
    from.on('data', (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        said.push({ from: name, line });
        onLine?.(line);
      }
      if (!frozen && to.writable) to.write(chunk);
    });
    from.on('end', () => {
      if (!frozen) to.end();
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      clients.delete(from);
      // What is frozen tells the client nothing, but lets go of the server's locks.
      if (name === 'client' || !frozen) to.destroy();
    });
  }

  return {
    ...talker,
    conversations,
    freeze() {
      frozen = true;
    },
    async die() {
      for (const client of clients) client.resetAndDestroy();
      await talker.close();
    },
  };
}

/** Commands whose +OK is followed by lines up to a dot; LIST and UIDL only without an argument. */
const MULTI_LINE = /^(?:CAPA|RETR .*|TOP .*|LIST|UIDL) *$/i;

/**
 * Commands with QUIT among them that were sent while the session held a mark: a DELE that was answered with +OK and
 * not taken back by an RSET that was answered with +OK (RFC 1939 §6: QUIT removes what is marked).
 */
export function quitsWithMarks(conversation: Conversation): string[] {
  const asked: string[] = ['(greeting)'];
  const violations: string[] = [];
  let marks: string[] = [];
  let data = false;
  let multiLine = false;
  for (const { from, line } of conversation) {
    if (from === 'client') {
      if (data) data = false;
      else asked.push(line);
      // A DELE that waits for its answer may be a mark already.
      const waiting = asked.filter((one) => /^DELE/i.test(one));
      if (/^QUIT *$/i.test(line) && marks.length + waiting.length > 0)
        violations.push([...marks, ...waiting, line].join(', '));
    } else if (multiLine) multiLine = line !== '.';
    else if (line.startsWith('+ ') || line === '+') data = true;
    else {
      const command = asked.shift() ?? '';
      const ok = /^\+OK/i.test(line);
      if (ok && /^DELE/i.test(command)) marks.push(command);
      if (ok && /^RSET/i.test(command)) marks = [];
      if (ok && /^STLS/i.test(command)) return violations;
      multiLine = ok && MULTI_LINE.test(command);
    }
  }
  return violations;
}
