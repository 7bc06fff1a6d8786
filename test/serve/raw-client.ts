import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** A connection on which a test sends and reads octets; text is latin1, so that a character is an octet. */
export interface RawClient {
  send(data: string | Uint8Array): Promise<void>;
  /** The next line with its LF. */
  line(): Promise<string>;
  /** Lines up to and with the line that is a dot. */
  block(): Promise<string>;
  /** Everything until the server closes. */
  rest(): Promise<string>;
  /** What has arrived and was not read, after `ms` of waiting. */
  quiet(ms: number): Promise<string>;
  /** TLS on this connection, behind STLS. */
  secure(): Promise<void>;
  end(): void;
  reset(): void;
}

const DEADLINE_MS = 10_000;

export function openRaw(port: number, options: { tls?: boolean } = {}): Promise<RawClient> {
  return new Promise((done, fail) => {
    const socket = options.tls
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => done(rawClient(socket)))
      : connect({ port, host: '127.0.0.1' }, () => done(rawClient(socket)));
    socket.once('error', fail);
  });
}

/** Sends `input` at once, half-closes unless told not to, and gives all that the server says. */
export async function converse(port: number, input: string | Uint8Array, tls = false): Promise<string> {
  const client = await openRaw(port, { tls });
  await client.send(input);
  client.end();
  return client.rest();
}

function rawClient(first: Socket): RawClient {
  let socket = first;
  let received = '';
  let closed = false;
  let wake = (): void => undefined;
  const attach = (to: Socket): void => {
    socket = to;
    to.on('data', (chunk) => {
      received += chunk.toString('latin1');
      wake();
    });
    to.on('error', () => undefined);
    for (const event of ['end', 'close']) {
      to.on(event, () => {
        closed = true;
        wake();
      });
    }
  };
  attach(first);

  async function until(length: () => number, allowClose = false): Promise<string> {
    const deadline = Date.now() + DEADLINE_MS;
    while (length() < 0) {
      if (closed && allowClose) break;
      const left = deadline - Date.now();
      if (closed || left <= 0) {
        throw new Error(
          `${closed ? 'closed' : 'timed out'} with ${JSON.stringify(received.slice(-200))} unread`,
        );
      }
      await new Promise<void>((resume) => {
        const timer = setTimeout(resume, left);
        wake = () => {
          clearTimeout(timer);
          resume();
        };
      });
    }
    const found = length() < 0 ? received.length : length();
    const text = received.slice(0, found);
    received = received.slice(found);
    return text;
  }

  return {
    send: (data) =>
      new Promise((done) => {
        socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data, () => done());
      }),
    line: () => until(() => (received.includes('\n') ? received.indexOf('\n') + 1 : -1)),
    block: () =>
      until(() => {
        if (received.startsWith('.\r\n')) return 3;
        const end = received.indexOf('\r\n.\r\n');
        return end < 0 ? -1 : end + 5;
      }),
    rest: () => until(() => -1, true),
    async quiet(ms) {
      await new Promise((done) => setTimeout(done, ms));
      const text = received;
      received = '';
      return text;
    },
    secure() {
      const clear = socket;
      clear.removeAllListeners('data');
      return new Promise((done, fail) => {
        const tls = connectTls({ socket: clear, rejectUnauthorized: false }, () => done());
        tls.once('error', fail);
        attach(tls);
      });
    },
    end: () => void socket.end(),
    reset: () => void socket.resetAndDestroy(),
  };
}
