import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';
import { type Outcome, popspec, scratchFolder } from './popspec.js';
import { type RecordingProxy, startProxy } from './proxy.js';
import { startTalker } from './strangers.js';

const dir = scratchFolder();
const MESSAGES = Array.from({ length: 6 }, (_, n) => Buffer.from(`Subject: ${n}\r\n\r\n.${n}\r\n`));
const ACCOUNTS = 2;
const users = dir.file('users.csv', 'user0001,let-me-in\nuser0002,let-me-in\n');
/** Lines of the client after which the server fails: enough for some cases, not for all. */
const LINES = 200;

/** Runs popspec against a server to which something happens in the middle. */
async function withAccident(
  accident: (proxy: RecordingProxy) => void,
  args: readonly string[],
): Promise<Outcome> {
  const server = await startServer({ users: makeUsers(ACCOUNTS, { messages: MESSAGES }) });
  let lines = 0;
  const proxy: RecordingProxy = await startProxy(server.port, () => {
    if (++lines === LINES) accident(proxy);
  });
  const [command = '', ...rest] = args;
  const outcome = await popspec([command, proxy.at, '--users', users, ...rest], { cwd: dir.path });
  await server.close();
  return outcome;
}

/** Expects that popspec renders an unfinished result in every format. Gives the result. */
async function expectPartial(file: string) {
  const result = JSON.parse(readFileSync(file, 'utf8'));
  expect(result.complete).toBe(false);
  const formats = ['text', 'html', 'junit', 'markdown', 'json'];
  const reports = formats.flatMap((format) => ['--report', `${format}=${file}.${format}`]);
  const { code, stderr } = await popspec(['report', file, ...reports]);
  expect(code).toBe(0);
  expect(stderr).toBe(formats.map((format) => `report: ${file}.${format}\n`).join(''));
  expect(readFileSync(`${file}.text`, 'utf8')).toMatch(/what was done until then/);
  return result;
}

test.concurrent.each([
  ['stops answering', (proxy: RecordingProxy) => proxy.freeze()],
  ['dies', (proxy: RecordingProxy) => void proxy.die()],
])('a server that %s in the middle of a check: 3, and a report until then', async (name, accident) => {
  const json = dir.file(`${name}.json`);
  const args = ['check', '--timeout', '1s', '--report', `json=${json}`, '--skip', 'rfc2595'];
  const { code, stdout, stderr } = await withAccident(accident, args);
  expect(code, stderr).toBe(3);
  expect(stderr).toMatch(/^popspec: 127\.0\.0\.1:\d+ no longer answers since the case \S+\n {2}\S.*\n$/m);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stdout).toMatch(/The run ended early/);
  const { cases, exit, problem } = await expectPartial(json);
  expect(exit.code).toBe(3);
  expect(problem.code).toBe('LOST');
  expect(cases.filter(({ verdict }: { verdict: string }) => verdict === 'pass').length).toBeGreaterThan(3);
  // What the accident did to a case is no accusation.
  expect(cases.filter(({ verdict }: { verdict: string }) => verdict === 'fail')).toEqual([]);
});

test.concurrent.each([
  ['stops answering', (proxy: RecordingProxy) => proxy.freeze()],
  ['dies', (proxy: RecordingProxy) => void proxy.die()],
])('a server that %s in the middle of a load: 1, errors told by text', async (name, accident) => {
  const json = dir.file(`load ${name}.json`);
  const args = [
    'load',
    '--rate',
    '100',
    '--duration',
    '1500ms',
    '--timeout',
    '400ms',
    '--report',
    `json=${json}`,
  ];
  const { code, stdout } = await withAccident(accident, args);
  expect(stdout).toMatch(name === 'dies' ? /connection refused/ : /no greeting within 400 ms/);
  const { totals, errors, health } = JSON.parse(readFileSync(json, 'utf8'));
  // A machine that is busy with other things is the bottleneck, and that is said first.
  expect(code).toBe(health.verdict === 'saturated' ? 5 : 1);
  expect(totals.completed).toBeGreaterThan(3);
  expect(totals.failed).toBeGreaterThan(0);
  expect(errors.length).toBeGreaterThan(0);
});

const interrupt = (child: ChildProcess): void => void child.kill('SIGINT');

test.concurrent('Ctrl-C in the middle of a check: 130 and a report until then', async () => {
  const json = dir.file('interrupted.json');
  const args = ['check', '--fault', 'retr-unstuffed', '--report', `json=${json}`];
  // The first failure is told while the run goes on.
  const { code, stdout, stderr } = await popspec(args, {
    when: { pattern: /fail rfc1939/, act: interrupt },
  });
  expect(code).toBe(130);
  expect(stderr).toMatch(/^popspec: ending, with a report of what was done; again to end at once$/m);
  expect(stdout).toMatch(/^INTERRUPTED /m);
  const { cases, exit } = await expectPartial(json);
  expect(exit.code).toBe(130);
  expect(cases.length).toBeGreaterThan(3);
});

test.concurrent('Ctrl-C in the middle of a load: 130 and a report until then', async () => {
  const json = dir.file('interrupted-load.json');
  const args = ['load', '--rate', '20', '--duration', '30s', '--report', `json=${json}`];
  const { code, stdout } = await popspec(args, { when: { pattern: /^measuring/m, act: interrupt } });
  expect(code).toBe(130);
  expect(stdout).toMatch(/^INTERRUPTED /m);
  const { totals, exit } = await expectPartial(json);
  expect(exit.code).toBe(130);
  expect(totals.completed).toBeGreaterThan(0);
});

test.concurrent.each(['check', 'load'])('Ctrl-C while %s still waits for the greeting', async (command) => {
  let connected = (): void => undefined;
  const connection = new Promise<void>((resolve) => {
    connected = resolve;
  });
  const server = await startTalker({ connected });
  const args = [command, server.at, '--users', users, '--timeout', '40s'];
  const sessions = command === 'load' ? ['--sessions', '1'] : [];
  const { code, stdout } = await popspec([...args, ...sessions], {
    started: (child) => void connection.then(() => interrupt(child)),
    limitMs: 20_000,
  });
  expect(code).toBe(130);
  expect(stdout).toMatch(/^INTERRUPTED /m);
});
