import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { loadLibrary } from '../../src/dialogue/library.js';
import type { LoadPlan, LoadUser, PlannedScenario, Stage } from '../../src/load/plan.js';
import type { LoadResult } from '../../src/load/result.js';
import { type LoadControl, runLoad } from '../../src/load/run.js';
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

export function scenarioNamed(id: string): PlannedScenario {
  const found = library.scenarios.find((scenario) => scenario.id === id);
  if (found === undefined) throw new Error(`no scenario ${id}`);
  const { title, deletes, source } = found;
  return { id, title, deletes, source, weight: 1 };
}

/** A scenario of these lines behind the login. */
export function scenarioOf(text: string, deletes = false): PlannedScenario {
  const { fragments, mail } = scenarioNamed('load/check-and-go').source;
  const dialogue = { text, origin: { file: 'test.yaml', line: 1, column: 1 } };
  return { id: 'test', title: 'Test', weight: 1, deletes, source: { dialogue, fragments, mail } };
}

export const STAT_AND_GO = 'C: STAT\nS: +OK {count:int} {total:octets} ...\nC: QUIT\nS: +OK\nS close';

/** The same rate all the time. */
export function constant(perSecond: number): Stage[] {
  return [{ fromPerSecond: perSecond, toPerSecond: perSecond, durationMs: 60_000 }];
}

/** A plan, its users and how it is run, in one. */
export interface TestRun extends Omit<LoadPlan, 'users' | 'usersId' | 'name' | 'scenarios'>, LoadControl {
  readonly users: readonly LoadUser[];
  readonly scenario: PlannedScenario;
  /** In place of `scenario`. */
  readonly scenarios?: readonly PlannedScenario[];
}

/** A short closed run of STAT_AND_GO on a port of this machine. */
export function optionsFor(port: number, users: number, more: Partial<TestRun> = {}): TestRun {
  return {
    target: { host: 'localhost', address: '127.0.0.1', port, tls: 'none', tlsOptions: { insecure: true } },
    auth: 'user',
    capabilities: [],
    scenario: scenarioOf(STAT_AND_GO),
    users: makeUsers(users).map(({ name, password }) => ({ name, password })),
    model: { kind: 'closed', sessions: Math.min(users, 5) },
    durationMs: 500,
    warmupMs: 0,
    timeoutMs: 5000,
    allowDelete: false,
    thresholds: [],
    seed: 1,
    version: '0.0.0',
    ...more,
  };
}

export function planOf({
  users,
  scenario,
  scenarios,
  onProgress: _1,
  signal: _2,
  problem: _3,
  deliver: _4,
  ...plan
}: TestRun): LoadPlan {
  return { ...plan, users: users.length, usersId: '', name: scenario, scenarios: scenarios ?? [scenario] };
}

export function runTest(run: TestRun): Promise<LoadResult> {
  const { users, onProgress, signal, problem, deliver } = run;
  return runLoad(planOf(run), users, {
    onProgress,
    signal,
    deliver,
    ...(problem === undefined ? {} : { problem }),
  });
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
