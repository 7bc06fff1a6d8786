import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { loadLibrary } from '../../src/dialogue/library.js';
import type { Program } from '../../src/dialogue/program.js';
import type { LoadOptions, LoadScenario } from '../../src/load/run.js';
import { type RunningServer, type ServerOptions, startServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';

export const library = loadLibrary('suites');

export const MAIL = [
  'Subject: one\r\n\r\nfirst\r\n.dots\r\n..\r\nlast\r\n',
  `Subject: two\r\n\r\n${'line of some length\r\n'.repeat(300)}`,
  `Subject: three\r\n\r\n${randomBytes(3000).toString('base64')}\r\n`,
].map((text) => Buffer.from(text, 'latin1'));

/** A server with so many users, each with MAIL. */
export function serve(users: number, more: ServerOptions = {}): Promise<RunningServer> {
  return startServer({ users: makeUsers(users, { messages: MAIL }), ...more });
}

export function scenarioNamed(id: string): LoadScenario {
  const found = library.scenarios.find((scenario) => scenario.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  return found;
}

/** A scenario of these lines behind the login. */
export function scenarioOf(dialogue: string, deletes = false): LoadScenario {
  const program: Program = library.compile(`use session\n${dialogue}`, 'test.yaml');
  return { id: 'test', title: 'Test', dialogue, deletes, thresholds: [], program };
}

export const STAT_AND_GO = 'C: STAT\nS: +OK {count:int} {total:octets} ...\nC: QUIT\nS: +OK\nS close';

/** A short closed run of STAT_AND_GO on a port of this machine. */
export function optionsFor(port: number, users: number, more: Partial<LoadOptions> = {}): LoadOptions {
  return {
    target: { host: 'localhost', address: '127.0.0.1', port, tls: 'none', tlsOptions: { insecure: true } },
    auth: 'user',
    scenario: scenarioOf(STAT_AND_GO),
    users: makeUsers(users).map(({ name, password }) => ({ name, password })),
    model: { kind: 'closed', sessions: Math.min(users, 5) },
    durationMs: 500,
    warmupMs: 0,
    timeoutMs: 5000,
    allowDelete: false,
    thresholds: [],
    version: '0.0.0',
    ...more,
  };
}

/** A server that answers each line with `answer`; undefined is no answer. It greets with `greeting`. */
export async function fakeServer(
  answer: (line: string) => string | undefined,
  greeting = '+OK ready\r\n',
  delayMs = 0,
): Promise<{ port: number; close: () => Promise<void> }> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.write(greeting, 'latin1');
    let input = '';
    socket.on('data', (chunk) => {
      input += chunk.toString('latin1');
      for (let end = input.indexOf('\n'); end >= 0; end = input.indexOf('\n')) {
        const line = input.slice(0, end).trim();
        input = input.slice(end + 1);
        setTimeout(() => {
          const text = answer(line);
          if (text !== undefined && !socket.destroyed) socket.write(text, 'latin1');
          if (line === 'QUIT') socket.end();
        }, delayMs);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
