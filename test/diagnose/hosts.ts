import { spawn } from 'node:child_process';
import type { Server as HttpServer } from 'node:http';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { type ServerOptions, startServer } from '../../src/serve/server.js';
import { answers, type Play, playServer, type Script } from '../wire/scripted-server.js';
import { type Authority, type Flaw, makeAuthority } from './certificates.js';

/** Something that listens; `ports` are those that it would have on the Internet, and where they are here. */
export interface Listening {
  readonly ports: Readonly<Record<number, number>>;
  close(): Promise<void>;
}

/** Starts what answers as one host. */
export type Host = () => Promise<Listening>;

const NAMES = [
  '127.0.0.1',
  'localhost',
  'example.org',
  '*.example.org',
  'example.net',
  '*.example.net',
  'outlook.office365.com',
  'pop3.live.com',
  'pop.gmail.com',
  'pop.mail.yahoo.com',
  'pop.aol.com',
  'pop.gmx.net',
  'pop3.web.de',
  'pop.qq.com',
  'pop.163.com',
  'pop.free.fr',
];

let authorities: Promise<{ trusted: Authority; other: Authority }> | undefined;

/** The root that every diagnosis of a test trusts, and one that nobody knows. */
export function roots(): Promise<{ trusted: Authority; other: Authority }> {
  authorities ??= Promise.all([makeAuthority('Test'), makeAuthority('Unknown')]).then(([trusted, other]) => ({
    trusted,
    other,
  }));
  return authorities;
}

const issued = new Map<string, Promise<{ key: string; cert: string }>>();

function issue(by: 'trusted' | 'other', flaw: Flaw): Promise<{ key: string; cert: string }> {
  const key = `${by} ${flaw}`;
  const known = issued.get(key) ?? roots().then((both) => both[by].issue(NAMES, flaw));
  issued.set(key, known);
  return known;
}

export type Certificate = Flaw | 'unknown-authority' | 'its-own';

export interface EmbeddedOptions extends Omit<ServerOptions, 'tls' | 'port' | 'tlsPort'> {
  /** Default: a good one, by an authority that is trusted; `its-own` is what the embedded server has without one. */
  readonly certificate?: Certificate;
  /** The ports that there are; default 110 and 995. */
  readonly ports?: readonly (110 | 995)[];
}

export const MAIL: readonly Buffer[] = [1, 2, 3].map((n) =>
  Buffer.from(
    `From: a@example.org\r\nDate: ${new Date(Date.now() - n * 86_400_000).toUTCString()}\r\nSubject: ${n}\r\n\r\nline\r\n${'text '.repeat(n * 20)}\r\n`,
  ),
);

export const USER = { name: 'user', password: 'right-password', token: 'right-token', messages: MAIL };
/** A user under the name alone, and with the address at each domain that situations are about. */
export const USERS = [
  'user',
  ...[
    'example.org',
    'gmail.com',
    'outlook.com',
    'yahoo.com',
    'gmx.de',
    'aol.com',
    'qq.com',
    '163.com',
    'free.fr',
  ].map((domain) => `user@${domain}`),
].map((name) => ({ ...USER, name }));

/** The embedded server as a host. */
export function embedded({
  certificate = 'none',
  ports = [110, 995],
  ...options
}: EmbeddedOptions = {}): Host {
  return async () => {
    const tls =
      certificate === 'its-own'
        ? undefined
        : await issue(
            certificate === 'unknown-authority' ? 'other' : 'trusted',
            certificate === 'unknown-authority' ? 'none' : certificate,
          );
    const server = await startServer({ users: USERS, ...options, ...(tls === undefined ? {} : { tls }) });
    return {
      ports: {
        ...(server.port !== 0 && ports.includes(110) ? { 110: server.port } : {}),
        ...(server.tlsPort !== null && ports.includes(995) ? { 995: server.tlsPort } : {}),
      },
      close: () => server.close(),
    };
  };
}

/** A personality as a host, with its own certificate where that is what it is about. */
export function like(personality: string, options: EmbeddedOptions = {}): Host {
  const own = ['exchange', 'antivirus'].includes(personality);
  return embedded({ personality, ...(own ? { certificate: 'its-own' } : {}), ...options });
}

/** A server that plays a script at each of these ports. */
export function scripted(script: Script, ports: readonly number[] = [110]): Host {
  return async () => {
    const certificate = script.certificate ?? (await issue('trusted', 'none'));
    const server = await playServer({ certificate, ...script });
    return {
      ports: Object.fromEntries(ports.map((port) => [port, server.port])),
      close: () => server.close(),
    };
  };
}

const EMPTY_MAILDROP: Readonly<Record<string, Play>> = {
  CAPA: '+OK\r\nUSER\r\nUIDL\r\nTOP\r\n.\r\n',
  USER: '+OK\r\n',
  PASS: '+OK\r\n',
  STAT: '+OK 0 0\r\n',
  LIST: '+OK\r\n.\r\n',
  UIDL: '+OK\r\n.\r\n',
  QUIT: ['+OK\r\n', 'FIN'],
};

/** Answers of a maildrop with one message. */
export const ONE_MESSAGE: Readonly<Record<string, Play>> = {
  STAT: '+OK 1 40\r\n',
  LIST: '+OK\r\n1 40\r\n.\r\n',
  UIDL: '+OK\r\n1 a\r\n.\r\n',
  TOP: '+OK\r\nA: b\r\n\r\n.\r\n',
};

/** A POP3 server at 110 without TLS that answers from a table; what the table lacks are the answers of an empty maildrop. */
export function answering(table: Readonly<Record<string, Play>>): Host {
  return scripted({ answer: answers({ ...EMPTY_MAILDROP, ...table }) });
}

/** Accepts, and does with each connection what `act` does. */
export function accepting(
  act: (socket: Socket) => void,
  ports: readonly number[] = [110, 995],
  host = '127.0.0.1',
): Host {
  return async () => {
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => undefined).once('close', () => open.delete(socket));
      act(socket);
    });
    await listening(server, host);
    const port = portOf(server);
    return {
      ports: Object.fromEntries(ports.map((one) => [one, port])),
      async close() {
        for (const socket of open) socket.destroy();
        await new Promise((done) => server.close(done));
      },
    };
  };
}

/**
 * Drops what would connect, as a firewall does: the listener belongs to a process that accepts nothing, and its queue is full.
 */
export const filtered: Host = async () => {
  const listener = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    console.log(this.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })`;
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(
    await new Promise<string>((said) => child.stdout.once('data', (data) => said(String(data)))),
  );
  const waiting = Array.from({ length: 4 }, () =>
    connect({ port, host: '127.0.0.1' }).on('error', () => undefined),
  );
  await Promise.all(waiting.slice(0, 2).map((socket) => new Promise((done) => socket.once('connect', done))));
  return {
    ports: { 110: port, 995: port },
    async close() {
      for (const socket of waiting) socket.destroy();
      child.kill('SIGKILL');
    },
  };
};

/** A POP3 server in TLS that shows its certificate only to whom names the host. */
export const needsServerName: Host = async () => {
  const [sound, other] = await Promise.all([issue('trusted', 'none'), issue('other', 'none')]);
  const open = new Set<Socket>();
  const server = createTlsServer(
    { ...other, SNICallback: (_name, done) => done(null, createSecureContext(sound)) },
    (socket) => {
      socket.on('error', () => undefined).write('+OK ready\r\n');
      socket.on('data', (data) => {
        if (/^QUIT/i.test(data.toString())) socket.end('+OK\r\n');
        else socket.write(/^CAPA/i.test(data.toString()) ? '+OK\r\nUSER\r\n.\r\n' : '-ERR\r\n');
      });
    },
  );
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await listening(server);
  return {
    ports: { 995: portOf(server) },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
};

/** Several hosts under one name, each with ports of its own. */
export function together(...hosts: readonly Host[]): Host {
  return async () => {
    const all = await Promise.all(hosts.map((host) => host()));
    return {
      ports: Object.assign({}, ...all.map(({ ports }) => ports)),
      close: async () => void (await Promise.all(all.map((one) => one.close()))),
    };
  };
}

/** The same host at other ports: `at(like('imap'), { 110: 143, 995: 993 })`. */
export function at(host: Host, moved: Readonly<Record<number, number>>): Host {
  return async () => {
    const running = await host();
    const ports = Object.fromEntries(
      Object.entries(moved).flatMap(([from, to]) => {
        const port = running.ports[Number(from)];
        return port === undefined ? [] : [[to, port]];
      }),
    );
    return { ...running, ports };
  };
}

export function listening(server: Server | HttpServer, host = '127.0.0.1'): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(0, host, () => done());
  });
}

export function portOf(server: { address(): ReturnType<Server['address']> }): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
