import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { loginDelayOf } from '../../src/cli/load-mailboxes.js';
import { refusalOf } from '../../src/load/refusals.js';
import { fakeServer, optionsFor, runTest, scenarioOf, serve } from './support.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

test.each([
  ['reply', '-ERR [IN-USE] locked', false, 'in-use'],
  ['reply', '-ERR [in-use] locked', false, 'in-use'],
  ['reply', '-ERR [LOGIN-DELAY] wait', false, 'login-delay'],
  ['reply', '-ERR [SYS/TEMP] try later', false, 'sys-temp'],
  ['reply', '-ERR [SYS/PERM] disk gone', false, 'sys-perm'],
  ['reply', '-ERR [AUTH] no', false, 'auth'],
  ['reply', '-ERR too many connections from your address', true, 'connection-limit'],
  ['reply', '-ERR [IN-USE] Maximum number of connections from user+IP exceeded', false, 'connection-limit'],
  ['reply', '-ERR no such message', false, undefined],
  ['reply', '+OK [IN-USE] odd', false, undefined],
  ['close', 'the server closed the connection', true, 'connection-limit'],
  ['timeout', 'nothing', true, 'connection-limit'],
  ['close', 'the server closed the connection', false, undefined],
  ['refused', 'ECONNREFUSED', true, undefined],
] as const)('%s %j: %s %s', (cause, actual, greeting, refusal) => {
  expect(refusalOf(cause, actual, greeting)).toBe(refusal);
});

test.each(['closed', 'refused', 'silent'] as const)(
  'a connection limit (%s) is told as one',
  async (excess) => {
    const server = await serve(6, { limits: { connectionsPerAddress: 3, excess } });
    cleanups.push(() => server.close());
    const scenario = scenarioOf('think 200ms\nC: QUIT\nS: +OK\nS close');
    const model = { kind: 'closed', sessions: 6 } as const;
    const { errors, totals } = await runTest(optionsFor(server.port, 6, { scenario, model, timeoutMs: 500 }));
    expect(totals.completed).toBeGreaterThan(0);
    expect(errors.map(({ refusal }) => refusal)).toEqual(['connection-limit']);
    expect(errors[0]?.integrity).toBe(false);
  },
);

test('a locked maildrop and a login that came too early have their names', async () => {
  for (const [code, refusal] of [
    ['IN-USE', 'in-use'],
    ['LOGIN-DELAY', 'login-delay'],
  ] as const) {
    const fake = await fakeServer((line) =>
      line.startsWith('PASS') ? `-ERR [${code}] not now\r\n` : '+OK\r\n',
    );
    cleanups.push(fake.close);
    const { errors } = await runTest(optionsFor(fake.port, 2, { durationMs: 200 }));
    expect(errors[0]).toMatchObject({ refusal, text: `PASS: -ERR [${code}] not now` });
  }
});

test('with a login delay no user logs in again before it is over', async () => {
  const logins = new Map<string, number[]>();
  const fake = await fakeServer((line) => {
    const name = /^USER (.*)/.exec(line)?.[1];
    if (name !== undefined) logins.set(name, [...(logins.get(name) ?? []), performance.now()]);
    return line === 'STAT' ? '+OK 0 0\r\n' : '+OK\r\n';
  });
  cleanups.push(fake.close);
  for (const model of [
    { kind: 'closed', sessions: 3 },
    {
      kind: 'open',
      stages: [{ fromPerSecond: 100, toPerSecond: 100, durationMs: 1000 }],
      maxSessions: 3,
      arrivals: 'uniform',
    },
  ] as const) {
    logins.clear();
    const { totals } = await runTest(
      optionsFor(fake.port, 3, { model, loginDelayMs: 400, durationMs: 1500 }),
    );
    const gaps = [...logins.values()].flatMap((at) =>
      at.slice(1).map((time, index) => time - (at[index] ?? 0)),
    );
    expect(gaps.length).toBeGreaterThan(3);
    expect(Math.min(...gaps)).toBeGreaterThan(380);
    expect(totals.failed).toBe(0);
    if (model.kind === 'open') expect(totals.dropped).toBeGreaterThan(100);
  }
});

test('the login delay comes from CAPA unless it is given', () => {
  const told: string[] = [];
  const tell = (text: string) => told.push(text);
  expect(loginDelayOf({}, ['UIDL', 'LOGIN-DELAY 60 USER'], 30, tell)).toEqual({ loginDelayMs: 60_000 });
  expect(told).toEqual([
    expect.stringContaining(
      'LOGIN-DELAY 60: each user rests 60 s between two sessions, so 30 users make at most 0.5 sessions/s',
    ),
  ]);
  expect(loginDelayOf({}, ['UIDL'], 30, tell)).toEqual({});
  expect(loginDelayOf({}, ['LOGIN-DELAY 0'], 30, tell)).toEqual({});
  expect(loginDelayOf({ 'login-delay': '0' }, ['LOGIN-DELAY 60'], 30, tell)).toEqual({});
  expect(loginDelayOf({ 'login-delay': '2s' }, ['LOGIN-DELAY 60'], 30, tell)).toEqual({ loginDelayMs: 2000 });
});

/** A folder that is gone after the test. */
function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'popspec-refill-'));
  cleanups.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('a refill delivers evenly to one user after the other, and is counted', async () => {
  const server = await serve(4);
  cleanups.push(() => server.close());
  const dir = folder();
  const files = ['suites/mail/plain.eml'];
  const refill = { perSecond: 20, by: 'maildir', files };
  const deliver = `maildir:${dir}/{user}`;
  const result = await runTest(optionsFor(server.port, 4, { refill, deliver, durationMs: 1000 }));
  const delivered = readdirSync(dir).map((user) => readdirSync(join(dir, user, 'new')).length);
  expect(delivered.length).toBe(4);
  expect(Math.max(...delivered) - Math.min(...delivered)).toBeLessThanOrEqual(1);
  const sum = delivered.reduce((total, count) => total + count, 0);
  expect(result.refill).toEqual({ by: 'maildir', perSecond: 20, delivered: sum, failed: 0, late: 0 });
  expect(sum).toBeGreaterThan(5);
  const [user = ''] = readdirSync(dir);
  const [name = ''] = readdirSync(join(dir, user, 'new'));
  const stored = readFileSync(join(dir, user, 'new', name), 'latin1');
  expect(stored).toBe(readFileSync(files[0] ?? '', 'latin1').replaceAll('\r\n', '\n'));
});

test('deliveries that fail, and those that a slow mail system leaves no room for, are counted apart', async () => {
  const server = await serve(2);
  cleanups.push(() => server.close());
  const run = optionsFor(server.port, 2, {
    refill: { perSecond: 50, by: 'x', files: ['suites/mail/plain.eml'] },
  });
  const failing = await runTest({ ...run, deliver: 'command:exit 7' });
  expect(failing.refill).toMatchObject({ delivered: 0, late: 0, error: expect.stringContaining('code 7') });
  expect(failing.refill?.failed).toBeGreaterThan(0);
  expect(failing.exit.code).not.toBe(1);
  // A mail system that answers nothing until the end.
  const open = new Set<Socket>();
  const mute = createServer((socket) => open.add(socket));
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => mute.close());
  const { port } = mute.address() as { port: number };
  setTimeout(() => open.forEach((socket) => void socket.destroy()), 1500);
  const deliver = `smtp://127.0.0.1:${port}/{user}`;
  const slow = await runTest({
    ...run,
    durationMs: 1000,
    refill: { perSecond: 400, by: 'x', files: ['suites/mail/plain.eml'] },
    deliver,
  });
  expect(slow.refill?.late).toBeGreaterThan(0);
  expect(slow.refill?.delivered).toBe(0);
});

test('a server that carries its login delay out never has to refuse', async () => {
  const server = await serve(3, { limits: { loginDelay: 1 } });
  cleanups.push(() => server.close());
  const run = optionsFor(server.port, 3, { model: { kind: 'closed', sessions: 3 }, durationMs: 2500 });
  const kept = await runTest({ ...run, loginDelayMs: 1000 });
  expect(kept.errors).toEqual([]);
  expect(kept.totals.completed).toBeGreaterThan(3);
  const hasty = await runTest({ ...run, durationMs: 500 });
  expect(hasty.errors[0]).toMatchObject({ refusal: 'login-delay' });
});
