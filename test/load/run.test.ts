import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { poissonArrivals } from '../../src/load/arrivals.js';
import { mustFit, sessionsThatFit } from '../../src/load/preflight.js';
import { LoadError } from '../../src/load/problem.js';
import type { LoadProgress } from '../../src/load/progress.js';
import { ARRIVALS_STREAM, randomOf } from '../../src/load/random.js';
import { type LoadResult, loadResultSchema } from '../../src/load/result.js';
import type { RunningServer, ServerOptions } from '../../src/serve/server.js';
import {
  constant,
  fakeServer,
  MAIL,
  optionsFor,
  planOf,
  runTest,
  STAT_AND_GO,
  scenarioNamed,
  scenarioOf,
  serve,
  type TestRun,
} from './support.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const MAIL_OCTETS = MAIL.reduce((sum, { length }) => sum + length, 0);

async function started(users: number, more?: ServerOptions): Promise<RunningServer> {
  const server = await serve(users, more);
  cleanups.push(() => server.close());
  return server;
}

/** Runs, and holds the document against its schema and its own arithmetic. */
async function run(options: TestRun): Promise<LoadResult> {
  const result = loadResultSchema.parse(await runTest(options));
  const { totals } = result;
  expect(totals.started).toBe(totals.completed + totals.failed + totals.cutOff);
  expect(totals.planned).toBe(totals.started + totals.dropped);
  const sessions = result.latencies.filter(({ kind, measure }) => kind === 'session' && measure === 'sent');
  expect(sessions.reduce((sum, { count }) => sum + count, 0)).toBe(totals.completed + totals.failed);
  if (result.model.warmupMs === 0) {
    for (const key of [
      'planned',
      'started',
      'completed',
      'failed',
      'commands',
      'messages',
      'octets',
    ] as const) {
      expect(
        result.series.reduce((sum, interval) => sum + interval[key], 0),
        key,
      ).toBe(totals[key]);
    }
  }
  return result;
}

function latency(result: LoadResult, name: string, measure = 'sent', outcome = 'ok') {
  return result.latencies.find((l) => l.name === name && l.measure === measure && l.outcome === outcome);
}

test.each([
  ['user', 'none'],
  ['apop', 'none'],
  ['plain', 'implicit'],
  ['user', 'stls'],
] as const)('closed model, %s, TLS %s: every count is the server’s own', async (auth, tls) => {
  const server = await started(20);
  const base = optionsFor(server.port, 20);
  const port = tls === 'implicit' ? (server.tlsPort ?? 0) : server.port;
  const result = await run({
    ...base,
    target: { ...base.target, port, tls },
    auth,
    scenario: scenarioNamed('load/download-and-keep'),
    model: { kind: 'closed', sessions: 8 },
    thresholds: ['errors == 0', 'integrity == 0', 'sessions > 0', 'RETR.max < 20s'],
  });
  const { totals } = result;
  expect(result.errors).toEqual([]);
  expect(totals).toMatchObject({ failed: 0, dropped: 0, cutOff: 0, deleted: 0 });
  expect(totals.completed).toBe(server.counters.sessions);
  expect(totals.started).toBe(server.counters.connections);
  expect(totals.commands).toBe(server.counters.commands);
  expect(totals.messages).toBe(server.counters.messagesSent);
  expect(totals.octets).toBe(server.counters.octetsSent);
  expect(totals.messages).toBe(totals.completed * MAIL.length);
  expect(totals.octets).toBe(totals.completed * MAIL_OCTETS);
  expect(totals.peakConcurrent).toBe(8);
  for (const [verb, count] of Object.entries(server.counters.commandsByVerb)) {
    expect(latency(result, verb)?.count, verb).toBe(count);
    expect(latency(result, verb, 'first-octet')?.count, verb).toBe(count);
  }
  const phases = ['connect', 'greeting', 'login', ...(tls === 'none' ? [] : ['tls'])];
  for (const phase of phases) expect(latency(result, phase)?.count, phase).toBe(totals.completed);
  // Three checks of the listings, unique-ids and one for each message.
  expect(result.integrity).toEqual({ checks: totals.completed * (4 + MAIL.length), errors: 0 });
  expect(result.thresholds.map(({ passed }) => passed)).toEqual([true, true, true, true]);
  expect(result.target.greeting).toContain('popspec ready');
  expect(result.complete).toBe(true);
  expect(result.scheduleLag).toBeNull();
  expect(latency(result, 'session', 'planned')).toBeUndefined();
});

test('what is deleted is counted when QUIT has removed it, and needs permission', async () => {
  const server = await started(30);
  const scenario = scenarioNamed('load/download-and-delete');
  const options = { ...optionsFor(server.port, 30), scenario };
  await expect(runTest(options)).rejects.toMatchObject({ code: 'LOAD_DELETES', exitCode: 2 });
  expect(server.counters.connections).toBe(0);
  const { totals } = await run({ ...options, allowDelete: true });
  expect(totals.deleted).toBe(server.counters.messagesDeleted);
  expect(totals.deleted).toBe(30 * MAIL.length);
});

test('DELE that RSET takes back is not counted', async () => {
  const server = await started(3);
  const scenario = scenarioOf('C: DELE 1\nS: +OK\nC: RSET\nS: +OK\nC: QUIT\nS: +OK\nS close');
  const { totals } = await run({ ...optionsFor(server.port, 3), scenario });
  expect(totals.completed).toBeGreaterThan(0);
  expect(totals.deleted).toBe(0);
});

test.each([
  ['list-size-lf', /RETR sent another number of octets/],
  ['retr-unstuffed', /RETR sent another number of octets/],
  ['terminator-lf', /does not end with CRLF "\." CRLF/],
  ['status-lf', /ends in LF alone/],
  ['stat-words', /^STAT: \+OK # messages/],
  ['list-float', /^LIST: row/],
  ['retr-drops-last-line', /RETR sent another number of octets/],
  ['terminator-extra-blank', /sent without being asked/],
  ['list-omits-last', /LIST holds another number/],
  ['uidl-duplicate', /share a unique-id/],
  ['retr-stalls', /^answer to RETR without an end: it stopped$/],
  ['retr-breaks-off', /^answer to RETR without an end: the connection was closed$/],
])('the fault %s is found as damage', async (fault, text) => {
  const server = await started(5, { faults: [fault] });
  const result = await run({
    ...optionsFor(server.port, 5),
    scenario: scenarioNamed('load/download-and-keep'),
    model: { kind: 'closed', sessions: 2 },
    durationMs: 300,
    timeoutMs: 1000,
    thresholds: ['integrity == 0'],
  });
  const damage = result.errors.filter(({ integrity }) => integrity);
  expect(damage.map((error) => error.text).join('\n')).toMatch(text);
  expect(damage[0]?.transcript.length).toBeGreaterThan(3);
  expect(result.integrity.errors).toBe(damage.reduce((sum, { count }) => sum + count, 0));
  expect(result.exit.code).toBe(1);
});

test('faults that come now and then are found as often as the server had them', async () => {
  const names = ['retr-drops-last-line', 'list-size-lf', 'retr-terminator-missing', 'uidl-duplicate'];
  const server = await started(8, { faults: names.map((name) => `${name}@1/40`) });
  const result = await run({
    ...optionsFor(server.port, 8),
    scenario: scenarioNamed('load/download-and-keep'),
    model: { kind: 'closed', sessions: 8 },
    count: 200,
    durationMs: 60_000,
    timeoutMs: 500,
  });
  const { faultySessions } = server.counters;
  expect(Object.values(faultySessions)).toEqual([5, 5, 5, 5]);
  const found = Object.fromEntries(result.errors.map(({ text, count }) => [text, count]));
  expect(found).toEqual({
    'RETR sent another number of octets than LIST announced': 10,
    'two messages share a unique-id': 5,
    'answer to RETR without an end: it stopped': 5,
  });
  expect(result.integrity.errors).toBe(20);
  expect(result.totals).toMatchObject({ started: 200, completed: 180, failed: 20 });
});

test('what one session cannot see: octets and unique-ids that are other ones than before', async () => {
  const server = await started(6, { faults: ['eight-bit-stripped@1/40', 'uidl-per-session@1/40'] });
  for (const { name } of optionsFor(server.port, 6).users)
    server.replaceMail(name, [...MAIL, Buffer.from('Subject: caf\xe9\r\n\r\n\xe4\xf6\xfc\r\n', 'latin1')]);
  const { errors, integrity } = await run({
    ...optionsFor(server.port, 6),
    scenario: scenarioNamed('load/same-mail'),
    model: { kind: 'closed', sessions: 3 },
    count: 200,
    durationMs: 60_000,
  });
  expect(server.counters.faultySessions).toEqual({
    'eight-bit-stripped@1/40': 5,
    'uidl-per-session@1/40': 5,
  });
  expect(Object.fromEntries(errors.map(({ text, count }) => [text, count]))).toEqual({
    'RETR sent other octets than in an earlier session': 5,
    'UIDL lists other unique-ids than in an earlier session': 5,
  });
  expect(integrity.errors).toBe(10);
});

test('damage in the warm-up is not passed over', async () => {
  const server = await started(2, { faults: ['list-size-lf'] });
  const scenario = scenarioNamed('load/download-and-keep');
  const result = await run({
    ...optionsFor(server.port, 2, { thresholds: ['integrity == 0'] }),
    scenario,
    warmupMs: 300,
    durationMs: 300,
  });
  expect(result.integrity.errors).toBeGreaterThan(result.totals.failed);
});

test('a wrong password is an error by text, and slots back off', async () => {
  const server = await started(4);
  const users = optionsFor(server.port, 4).users.map(({ name }) => ({ name, password: 'not the one' }));
  const result = await run({ ...optionsFor(server.port, 4), users, thresholds: ['errors < 1%'] });
  expect(result.errors.map(({ text, integrity, count }) => ({ text, integrity, count }))).toEqual([
    { text: 'PASS: -ERR [AUTH] wrong name or password', integrity: false, count: result.totals.failed },
  ]);
  expect(JSON.stringify(result)).not.toContain('not the one');
  expect(result.totals).toMatchObject({ completed: 0, started: server.counters.loginFailures });
  // 4 slots, 50 ms doubling for half a second: a handful of tries each, not thousands.
  expect(result.totals.failed).toBeLessThanOrEqual(20);
  expect(latency(result, 'PASS', 'sent', 'failed')?.count).toBe(result.totals.failed);
  expect(latency(result, 'login', 'sent', 'failed')?.count).toBe(result.totals.failed);
  expect(result.exit).toEqual({ code: 5, reason: 'no session was completed: nothing was measured' });
});

test('warm-up is left out of the figures', async () => {
  const server = await started(5);
  const result = await run({ ...optionsFor(server.port, 5), warmupMs: 400, durationMs: 400 });
  expect(result.totals.completed).toBeGreaterThan(0);
  expect(result.totals.completed).toBeLessThan(server.counters.sessions);
  expect(latency(result, 'STAT')?.count).toBe(result.totals.completed);
  expect(result.model).toMatchObject({ warmupMs: 400, durationMs: 400 });
  expect(result.durationMs).toBeLessThan(800);
  expect(result.series[0]?.atMs).toBeGreaterThan(400);
});

test('a server that stops in the middle gives errors, and what was measured is kept', async () => {
  const server = await started(5);
  const running = run({ ...optionsFor(server.port, 5), durationMs: 900, thresholds: ['errors == 0'] });
  await sleep(450);
  await server.close();
  const result = await running;
  expect(result.totals.completed).toBeGreaterThan(0);
  expect(result.totals.failed).toBeGreaterThan(0);
  expect(result.errors.some(({ text }) => text === 'connection refused')).toBe(true);
  expect(result.integrity.errors).toBe(0);
  expect(result.problem).toBeUndefined();
  expect(result.thresholds[0]?.passed).toBe(false);
});

test('a server that goes away and comes back: errors in between, and the run goes on', async () => {
  const server = await started(5, { limits: { away: { atConnection: 30, forMs: 300 } } });
  const result = await run({
    ...optionsFor(server.port, 5),
    count: 200,
    durationMs: 60_000,
    thresholds: ['errors == 0'],
  });
  const { totals, errors, problem, exit } = result;
  expect(totals.started).toBe(200);
  expect(totals.completed).toBeGreaterThan(30);
  expect(errors.some(({ text }) => text === 'connection refused')).toBe(true);
  expect(result.integrity.errors).toBe(0);
  expect(problem).toBeUndefined();
  expect([1, 5]).toContain(exit.code);
});

test('nobody there: a problem and exit code 3', async () => {
  const gone = await fakeServer(() => undefined);
  await gone.close();
  const result = await run({ ...optionsFor(gone.port, 3), thresholds: ['errors == 0'] });
  expect(result.problem).toMatchObject({ code: 'TARGET_UNREACHABLE' });
  expect(result.problem?.message).toContain(`localhost (127.0.0.1) port ${gone.port}`);
  expect(result.exit.code).toBe(3);
});

test('a problem found beforehand: nothing is sent', async () => {
  const server = await started(1);
  const problem = { code: 'NOT_POP3', message: 'this is an SMTP server', hint: 'look at the port' };
  const result = await run({ ...optionsFor(server.port, 1), problem, durationMs: 60_000 });
  expect(result).toMatchObject({ problem, complete: false, exit: { code: 3, reason: problem.message } });
  expect(server.counters.connections).toBe(0);
});

test('abort drains: open sessions end in peace, and the result is marked', async () => {
  const server = await started(10);
  const abort = new AbortController();
  const running = run({ ...optionsFor(server.port, 10), durationMs: 60_000, signal: abort.signal });
  await sleep(300);
  abort.abort();
  const result = await running;
  expect(result).toMatchObject({ complete: false, exit: { code: 130 } });
  expect(result.totals).toMatchObject({ failed: 0, cutOff: 0 });
  expect(result.totals.completed).toBe(server.counters.sessions);
  expect(result.totals.commands).toBe(server.counters.commands);
  expect(result.durationMs).toBeLessThan(30_000);
});

test('a session that never ends is cut off with a farewell and is no failure', async () => {
  const server = await started(2);
  const abort = new AbortController();
  const scenario = scenarioOf('C: STAT\nS: +OK\npause 60s\nC: QUIT\nS: +OK');
  const running = run({ ...optionsFor(server.port, 2), scenario, durationMs: 60_000, signal: abort.signal });
  await sleep(300);
  abort.abort();
  const result = await running;
  expect(result.totals).toMatchObject({ started: 2, completed: 0, failed: 0, cutOff: 2 });
  expect(result.errors).toEqual([]);
  expect(server.counters.commandsByVerb.QUIT).toBe(2);
});

test('aborted before it began', async () => {
  const server = await started(1);
  const result = await run({ ...optionsFor(server.port, 1), signal: AbortSignal.abort() });
  expect(result.exit.code).toBe(130);
  expect(server.counters.connections).toBe(0);
});

test('open model: every planned start is started, measured from the plan', async () => {
  const server = await started(50);
  const result = await run({
    ...optionsFor(server.port, 50),
    model: { kind: 'open', stages: constant(100), maxSessions: 50, arrivals: 'uniform' },
    durationMs: 1000,
    thresholds: ['dropped == 0', 'rate > 50%'],
  });
  expect(result.totals).toMatchObject({ planned: 100, started: 100, completed: 100, dropped: 0 });
  expect(server.counters.sessions).toBe(100);
  expect(result.scheduleLag?.count).toBe(100);
  expect(latency(result, 'session', 'planned')?.count).toBe(100);
  const meanOf = (measure: string) => latency(result, 'session', measure)?.meanUs ?? 0;
  expect(meanOf('planned')).toBeGreaterThanOrEqual(meanOf('sent'));
  expect(result.rates.offered).toBeGreaterThan(80);
  expect(result.thresholds.map(({ passed }) => passed)).toEqual([true, true]);
});

test('open model with Poisson arrivals, those that the seed gives', async () => {
  const server = await started(50);
  const result = await run({
    ...optionsFor(server.port, 50),
    model: { kind: 'open', stages: constant(100), maxSessions: 50, arrivals: 'poisson' },
    durationMs: 1000,
  });
  const arrivals = poissonArrivals(constant(100), randomOf(1, ARRIVALS_STREAM));
  let planned = 0;
  while (arrivals() < 1000) planned++;
  expect(result.totals.planned).toBe(planned);
});

test('open model: starts that find no free user, or all slots taken, are dropped and told', async () => {
  const slow = await fakeServer((line) => (line === 'STAT' ? '+OK 0 0\r\n' : '+OK\r\n'), undefined, 50);
  cleanups.push(slow.close);
  const common = { durationMs: 500, thresholds: ['dropped == 0'] };
  for (const [users, maxSessions] of [
    [2, 100],
    [20, 2],
  ] as const) {
    const model = { kind: 'open', stages: constant(100), maxSessions, arrivals: 'uniform' } as const;
    const { totals, thresholds } = await run({ ...optionsFor(slow.port, users), ...common, model });
    expect(totals.planned).toBe(50);
    expect(totals.dropped).toBeGreaterThan(30);
    expect(totals.peakConcurrent).toBe(2);
    expect(thresholds[0]).toMatchObject({ passed: false, value: totals.dropped });
  }
});

test('a generator that stands still hides nothing: latency from the plan holds the delay', async () => {
  const server = await started(60);
  let stalled = false;
  const result = await run({
    ...optionsFor(server.port, 60),
    model: { kind: 'open', stages: constant(50), maxSessions: 60, arrivals: 'uniform' },
    durationMs: 1200,
    onProgress: () => {
      const until = performance.now() + (stalled ? 0 : 400);
      stalled = true;
      while (performance.now() < until);
    },
  });
  expect(result.totals).toMatchObject({ planned: 60, started: 60 });
  expect(result.scheduleLag?.maxUs).toBeGreaterThan(300_000);
  // All that were planned in the standstill but its last moment.
  expect(result.totals.late).toBeGreaterThan(10);
  expect(result.totals.late).toBeLessThanOrEqual(60);
  expect(latency(result, 'session', 'planned')?.maxUs).toBeGreaterThan(300_000);
  expect(result.health.verdict).toBe('saturated');
  expect(result.exit.code).toBe(5);
});

test('latency holds the time that the server takes', async () => {
  const slow = await fakeServer((line) => (line === 'STAT' ? '+OK 0 0\r\n' : '+OK\r\n'), undefined, 40);
  cleanups.push(slow.close);
  const result = await run({
    ...optionsFor(slow.port, 3),
    thresholds: ['session.p50 < 100ms', 'STAT.min >= 35ms'],
  });
  expect(latency(result, 'STAT')?.minUs).toBeGreaterThan(35_000);
  expect(latency(result, 'session')?.p50Us).toBeGreaterThan(150_000);
  expect(result.thresholds.map(({ passed }) => passed)).toEqual([false, true]);
});

test('think time takes its time and is part of no latency', async () => {
  const server = await started(3);
  const scenario = scenarioOf(`phase reading\n  C: NOOP\n  S: +OK\n  think 300ms\n${STAT_AND_GO}`);
  const result = await run({ ...optionsFor(server.port, 3), scenario, durationMs: 600 });
  expect(result.totals.completed).toBeLessThanOrEqual(9);
  expect(latency(result, 'session')?.p50Us).toBeLessThan(250_000);
  expect(latency(result, 'reading')?.p50Us).toBeLessThan(250_000);
});

test('an answer that never comes is a time-out by its command', async () => {
  const mute = await fakeServer((line) => (line === 'STAT' ? undefined : '+OK\r\n'));
  cleanups.push(mute.close);
  const result = await run({ ...optionsFor(mute.port, 2), timeoutMs: 200 });
  expect(result.errors.map(({ text }) => text)).toEqual(['no answer to STAT within 200 ms']);
});

test('something that is not POP3 is damage, with its words', async () => {
  const imap = await fakeServer(() => 'a BAD\r\n', '* OK IMAP4rev1 ready\r\n');
  cleanups.push(imap.close);
  const result = await run({ ...optionsFor(imap.port, 1), durationMs: 200 });
  expect(result.errors[0]).toMatchObject({ text: 'greeting: * OK # ready', integrity: true });
});

test('progress is told while it runs', async () => {
  const server = await started(5);
  const seen: LoadProgress[] = [];
  await run({
    ...optionsFor(server.port, 5),
    durationMs: 1700,
    onProgress: (progress) => seen.push(progress),
  });
  expect(seen.length).toBeGreaterThanOrEqual(2);
  const last = seen.at(-1);
  expect(last?.phase).toBe('measuring');
  expect(last?.ratePerSecond).toBeGreaterThan(0);
  expect(last?.p50Us).toBeGreaterThan(0);
  expect((last?.elapsedMs ?? 0) + (last?.leftMs ?? 0)).toBe(1700);
});

test.each<[string, Partial<TestRun>, string]>([
  ['more sessions than users', { model: { kind: 'closed', sessions: 3 } }, 'LOAD_USERS_TOO_FEW'],
  ['no users', { users: [] }, 'LOAD_USERS'],
  [
    'a user twice',
    {
      users: [
        { name: 'a', password: 'x' },
        { name: 'a', password: 'y' },
      ],
    },
    'LOAD_USERS',
  ],
  ['no sessions', { model: { kind: 'closed', sessions: 0 } }, 'LOAD_MODEL'],
  [
    'a rate of nothing',
    { model: { kind: 'open', stages: constant(0), maxSessions: 1, arrivals: 'uniform' } },
    'LOAD_MODEL',
  ],
  [
    'a rate beyond reach',
    { model: { kind: 'open', stages: constant(1e9), maxSessions: 1, arrivals: 'uniform' } },
    'LOAD_MODEL',
  ],
  ['an unknown metric', { thresholds: ['TOP.p99 < 1s'] }, 'LOAD_THRESHOLD'],
  ['no time', { durationMs: 0 }, 'LOAD_MODEL'],
])('%s is refused before anything is sent', async (_, more, code) => {
  const server = await started(2);
  const error = await runTest({ ...optionsFor(server.port, 2), ...more }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(LoadError);
  expect(error).toMatchObject({ code, exitCode: 2 });
  expect(error).toHaveProperty('hint', expect.stringMatching(/./));
  expect(server.counters.connections).toBe(0);
});

test('of a plan that several machines share, each must hold its own part', () => {
  const sessions = sessionsThatFit() * 2 - 1;
  const plan = planOf(optionsFor(1, 1, { model: { kind: 'closed', sessions } }));
  expect(() => mustFit({ ...plan, sources: ['127.0.0.2', '127.0.0.3'] })).toThrow(/more open files than/);
  const sources = Array.from({ length: 1000 }, () => '127.0.0.1');
  expect(() => mustFit({ ...plan, sources }, { index: 1, of: 3 })).not.toThrow();
});

test('more sessions than this process may have files are refused with the remedy', async () => {
  const sessions = 999_000;
  const users = Array.from({ length: sessions }, (_, index) => ({ name: `u${index}`, password: 'x' }));
  const options = { ...optionsFor(9, 1), users, model: { kind: 'closed', sessions } as const };
  await expect(runTest(options)).rejects.toMatchObject({
    code: 'LOAD_OPEN_FILES',
    hint: expect.stringContaining('ulimit'),
  });
});
