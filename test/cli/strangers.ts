import { createServer, type Server, type Socket } from 'node:net';
import { afterAll } from 'vitest';

/** What a server of a test says. Text is Latin-1. */
export interface Talk {
  readonly greeting?: string;
  readonly connected?: () => void;
  /** Called for each line without its CRLF. */
  readonly line?: (line: string, socket: Socket, connection: number) => void;
}

/** A server on loopback that is gone when the test file ends. */
export interface Talker {
  /** `127.0.0.1:PORT` */
  readonly at: string;
  readonly port: number;
  /** Connections that were made. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

const closers: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

/** Starts a server that speaks line by line. */
export async function startTalker({ greeting, connected, line }: Talk): Promise<Talker> {
  let connections = 0;
  return started(
    createServer((socket) => {
      const connection = ++connections;
      connected?.();
      let rest = '';
      socket.setEncoding('latin1');
      socket.on('error', () => undefined);
      if (greeting !== undefined) socket.write(greeting, 'latin1');
      socket.on('data', (text: string) => {
        const lines = (rest + text).split(/\r?\n/);
        rest = lines.pop() ?? '';
        for (const one of lines) line?.(one, socket, connection);
      });
    }),
    () => connections,
  );
}

/** Listens on a free port of loopback and closes with the test file. */
export async function started(server: Server, connections: () => number): Promise<Talker> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of open) socket.destroy();
      server.close(() => resolve());
    });
  closers.push(close);
  return { at: `127.0.0.1:${port}`, port, connections, close };
}

const hangUp = (text: string) => (_: string, socket: Socket) => {
  socket.end(text, 'latin1');
};

/** Servers of other protocols, as their first octets show them. */
export const STRANGERS = {
  IMAP: {
    greeting: '* OK [CAPABILITY IMAP4rev1] ready\r\n',
    line: (line: string, socket: Socket) => socket.write(`${line.split(' ')[0]} BAD unknown\r\n`),
  },
  SMTP: {
    greeting: '220 mx.example.org ESMTP\r\n',
    line: (_: string, socket: Socket) => socket.write('502 5.5.2 command not recognized\r\n'),
  },
  SSH: { greeting: 'SSH-2.0-OpenSSH_9.2p1\r\n', line: hangUp('Invalid SSH identification string.\r\n') },
  HTTP: { line: hangUp('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n') },
} satisfies Record<string, Talk>;
