import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

const ANSWER_TIMEOUT_MS = 15_000;
const CRLF = Buffer.from('\r\n');
const END_OF_BODY = Buffer.from('\r\n.\r\n');

/**
 * A POP3 client of a few lines that shares no code with popspec, so that both cannot be wrong together.
 * It is for well-behaved servers: it trusts their sizes.
 */
export interface RawClient {
  greeting: string;
  /** Sends a line and returns the status line without CRLF. */
  command(line: string): Promise<string>;
  /**
   * Sends a line and returns the body of its multi-line answer, unstuffed, without the final ".CRLF" (RFC
   * 1939 §3).
   */
  body(line: string): Promise<Buffer>;
  /** STLS and the handshake (RFC 2595 §4). */
  startTls(ca: string): Promise<void>;
  login(user: string, password: string): Promise<void>;
  close(): void;
}

/** Connects and reads the greeting; with `ca` the connection is TLS from the first byte. */
export async function connectRaw(to: { host: string; port: number; ca?: string }): Promise<RawClient> {
  let socket: Socket = connect(to.port, to.host);
  await settled(socket, 'connect');
  if (to.ca !== undefined) socket = await handshake(socket, to.ca);
  let reader = makeReader(socket);

  const command = async (line: string): Promise<string> => {
    socket.write(`${line}\r\n`);
    return (await reader(CRLF)).toString('latin1').slice(0, -2);
  };
  const must = async (line: string): Promise<void> => {
    const status = await command(line);
    if (!status.startsWith('+OK')) throw new Error(`${line.split(' ')[0]} answered ${status}`);
  };
  const greeting = (await reader(CRLF)).toString('latin1').slice(0, -2);
  if (!greeting.startsWith('+OK')) throw new Error(`greeting was ${greeting}`);

  return {
    greeting,
    command,
    async body(line) {
      await must(line);
      const lines = [];
      for (;;) {
        const row = await reader(CRLF);
        if (row.equals(END_OF_BODY.subarray(2))) return Buffer.concat(lines);
        lines.push(row[0] === 0x2e ? row.subarray(1) : row);
      }
    },
    async startTls(ca) {
      await must('STLS');
      socket = await handshake(socket, ca);
      reader = makeReader(socket);
    },
    async login(user, password) {
      await must(`USER ${user}`);
      await must(`PASS ${password}`);
    },
    close: () => socket.destroy(),
  };
}

async function handshake(socket: Socket, ca: string): Promise<Socket> {
  socket.removeAllListeners('data');
  const secure = connectTls({ socket, ca, servername: 'localhost' });
  await settled(secure, 'secureConnect');
  return secure;
}

function settled(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error(`no ${event} in time`)), ANSWER_TIMEOUT_MS);
    socket.once(event, () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve();
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/** Returns a function that resolves with all bytes up to and with `end`. */
function makeReader(socket: Socket): (end: Buffer) => Promise<Buffer> {
  let buffered: Buffer = Buffer.alloc(0);
  let failure: Error | undefined;
  let wake = () => {};
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    wake();
  });
  const fail = (error: Error) => {
    failure ??= error;
    wake();
  };
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the server closed the connection')));

  return async (end) => {
    for (;;) {
      const at = buffered.indexOf(end);
      if (at >= 0) {
        const found = buffered.subarray(0, at + end.length);
        buffered = buffered.subarray(at + end.length);
        return found;
      }
      if (failure) throw failure;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
        timer = setTimeout(() => fail(new Error('no answer in time')), ANSWER_TIMEOUT_MS);
      });
      clearTimeout(timer);
    }
  };
}
