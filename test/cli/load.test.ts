import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';
import { expectMessage, popspec, scratchFolder } from './popspec.js';
import { startTalker } from './strangers.js';

const dir = scratchFolder();
const MAIL = [Buffer.from('Subject: one\r\n\r\n.one\r\n'), Buffer.from('Subject: two\r\n\r\ntwo\r\n')];
const users = dir.file('users.csv', 'user0001,let-me-in\nuser0002,let-me-in\n');
let server: RunningServer;
let at = '';
beforeAll(async () => {
  server = await startServer({ users: makeUsers(2, { messages: MAIL }) });
  at = `127.0.0.1:${server.port}`;
});
afterAll(() => server.close());

/** Sessions that wait: a machine that is busy with other tests must not become the bottleneck. */
const calm = dir.file(
  'calm.yaml',
  `title: Calm
scenarios:
  - id: calm
    title: Reads one message, slowly
    thresholds: [integrity == 0, errors < 1%]
    dialogue: |
      C: STAT
      S: +OK {count:int} {total:octets} ...
      think 50ms
      C: RETR 1
      S: +OK
      S> {message}
      check octets(message) > 0
`,
);

/** Runs a load and gives its result with the exit code. */
async function loaded(args: readonly string[]) {
  const json = dir.file(`${Math.random()}.json`);
  const { code, stdout, stderr } = await popspec(['load', ...args, '--report', `json=${json}`]);
  const result = JSON.parse(readFileSync(json, 'utf8'));
  expect(result.exit.code).toBe(code);
  // A generator that was starved all the same says so instead of 0.
  const passed = result.health.verdict === 'saturated' ? 5 : 0;
  return { code, passed, stdout, stderr, ...result };
}

describe('the embedded server', () => {
  test.concurrent('closed model: sessions at a time, counts as the server has them', async () => {
    const args = ['--sessions', '4', '--duration', '1s', '--scenario', calm];
    const { code, passed, stderr, model, totals, integrity } = await loaded(args);
    expect(code).toBe(passed);
    expect(model).toMatchObject({ kind: 'closed', sessions: 4, durationMs: 1000 });
    expect(totals.completed).toBeGreaterThan(4);
    expect(totals).toMatchObject({ failed: 0, peakConcurrent: 4, deleted: 0 });
    expect(integrity.errors).toBe(0);
    expect(integrity.checks).toBeGreaterThan(0);
    const [, logins, messages] = /counted (\d+) logins, \d+ commands, (\d+) messages/.exec(stderr) ?? [];
    expect(Number(logins)).toBe(totals.started);
    expect(Number(messages)).toBe(totals.messages);
  });

  test.concurrent('open model: planned starts per second, whatever the server does', async () => {
    const { code, passed, model, totals, scheduleLag } = await loaded([
      '--rate',
      '20',
      '--duration',
      '1s',
      '--poisson',
      '--seed',
      '7',
    ]);
    expect(code).toBe(passed);
    expect(model).toMatchObject({
      kind: 'open',
      stages: [{ fromPerSecond: 20, toPerSecond: 20 }],
      arrivals: 'poisson',
    });
    expect(totals.planned).toBeGreaterThan(5);
    expect(totals.started + totals.dropped).toBe(totals.planned);
    expect(scheduleLag.count).toBe(totals.started);
  });

  test.concurrent('over TLS, and with deletion, which the embedded server allows', async () => {
    const args = [
      'embedded',
      '--sessions',
      '2',
      '--duration',
      '500ms',
      '--tls',
      'implicit',
      '--scenario',
      'load/download-and-delete',
    ];
    const { code, passed, totals, target } = await loaded(args);
    expect(code).toBe(passed);
    expect(target.tls).toBe('implicit');
    expect(totals.deleted).toBe(2 * 6);
  });
});

describe('thresholds set the exit code', () => {
  const SHORT = ['--sessions', '2', '--duration', '500ms', '--scenario', calm];
  test.concurrent('met: 0', async () => {
    const {
      code,
      passed: sound,
      stdout,
      thresholds,
    } = await loaded([...SHORT, '--threshold', 'session.p99 < 60s', '--threshold', 'STAT.max < 1m']);
    expect(code).toBe(sound);
    expect(stdout).toMatch(/✓ met .*session\.p99 < 60s/);
    // Those of the scenario count as well.
    expect(thresholds.length).toBe(4);
    expect(thresholds.every(({ passed }: { passed: boolean }) => passed)).toBe(true);
  });

  test.concurrent('missed: 1, with the actual value beside the limit', async () => {
    const { code, passed, stdout } = await loaded([...SHORT, '--threshold', 'session.p99 < 1us']);
    expect(code === 0).toBe(false);
    if (passed === 0) expect(code).toBe(1);
    expect(stdout).toMatch(/✗ missed {2}session\.p99 < 1us +is [\d.]+ m?s$/m);
    if (passed === 0) expect(stdout).toMatch(/^FAILED /m);
  });
});

describe('another server', () => {
  test.concurrent('a scenario of one’s own, users from a file', async () => {
    const args = [at, '--users', users, '--sessions', '2', '--duration', '300ms', '--scenario', calm];
    const { code, passed, totals } = await loaded(args);
    expect(code).toBe(passed);
    expect(totals.completed).toBeGreaterThan(0);
  });

  const ONE = ['--users', users, '--sessions', '1'];
  const WRONG: readonly (readonly [
    name: string,
    args: readonly string[],
    parts: readonly (string | RegExp)[],
  ])[] = [
    [
      'more sessions than users',
      ['--users', users, '--sessions', '3'],
      [/3 sessions .* as many users.*2/, '--sessions 2'],
    ],
    ['no users', ['--sessions', '1'], ['no users', '--users']],
    [
      'deletion that is not allowed',
      [...ONE, '--scenario', 'download-and-delete'],
      ['removes mail', '--allow-delete'],
    ],
    ['a threshold on what is not there', [...ONE, '--threshold', 'RETR.p99 < 1s'], ['"RETR"', 'session.p99']],
  ];
  test.concurrent.each(WRONG)('%s: 2, before anything is sent', async (_, args, parts) => {
    const silent = await startTalker({});
    const outcome = await popspec(['load', silent.at, ...args]);
    expectMessage(outcome, 2, ...parts);
    expect(outcome.stdout).toBe('');
    expect(silent.connections()).toBe(0);
  });

  test.concurrent('a wrong password: 3 before a thousand sessions fail', async () => {
    const wrong = dir.file('wrong.csv', 'user0001,wrong\n');
    const { code, stderr, totals, problem } = await loaded([at, '--users', wrong, '--sessions', '1']);
    expect(code).toBe(3);
    expect(problem.code).toBe('LOGIN_REFUSED');
    expect(totals.started).toBe(0);
    expect(stderr).toMatch(/^popspec: the login of user0001 by USER\/PASS was refused/m);
  });

  test.concurrent('a host that does not resolve: 3', async () => {
    const args = ['load', 'nonexistent.invalid', '--users', users, '--sessions', '1'];
    expectMessage(await popspec(args), 3, 'nonexistent.invalid', 'cannot be found');
  });
});

describe('models and mailboxes on the command line', () => {
  test.concurrent('stages, a mix by weight and a seed: the same sessions in each run', async () => {
    const args = ['--rate', '10..40:500ms,40:500ms', '--poisson', '--seed', '5'];
    const mix = ['--scenario', 'check-and-go=1', '--scenario', `${calm}=3`];
    const [one, other] = [await loaded([...args, ...mix]), await loaded([...args, ...mix])];
    expect(one.seed).toBe(5);
    expect(one.totals.planned).toBe(other.totals.planned);
    const started = ({ mix: parts }: { mix: { id: string; started: number }[] }) =>
      parts.map((part) => part.started);
    expect(started(one as never)).toEqual(started(other as never));
    expect(one.model).toMatchObject({
      durationMs: 1000,
      stages: [{ fromPerSecond: 10, toPerSecond: 40 }, {}],
    });
  });

  test.concurrent('a count of sessions ends the run', async () => {
    const { totals, model } = await loaded(['--sessions', '3', '--count', '7', '--ramp', '100ms']);
    expect(totals.planned).toBe(7);
    expect(model).toMatchObject({ count: 7, rampMs: 100 });
  });

  test.concurrent.each([
    ['a rate that is none', ['--rate', 'fast'], '"fast" is no rate'],
    ['a stage without a time', ['--rate', '10,20:5s'], 'stage 1: it has no time'],
    ['stages and a duration', ['--rate', '10:5s', '--duration', '5s'], 'its own time beside a duration'],
    ['a ramp in the open model', ['--rate', '10', '--ramp', '5s'], '--ramp is for the closed model'],
    ['a weight that is none', ['--scenario', 'check-and-go=lots'], 'is no weight'],
    ['a scenario twice', ['--scenario', 'check-and-go', 'load/check-and-go=2'], 'is given twice'],
    ['a refill without a way', ['--refill', '5'], 'no way to deliver'],
    ['a way without a refill', ['--deliver', 'maildir:/tmp/x'], 'no rate'],
    ['a way that is unknown', ['--refill', '5', '--deliver', 'pigeon:x'], 'does not know "pigeon"'],
  ])('%s: 2', async (_, args, words) => {
    expectMessage(await popspec(['load', at, '--users', users, ...args]), 2, words);
  });
});

test('Ctrl-C reaches every worker: open sessions end, and the figures of all are kept', async () => {
  const json = dir.file('interrupted.json');
  const args = ['load', '--sessions', '4', '--pacing', '50ms', '--duration', '60s', '--workers', '2'];
  const { code, stderr } = await popspec([...args, '--report', `json=${json}`], {
    when: { pattern: /measuring/, act: (child) => child.kill('SIGINT') },
  });
  expect(code).toBe(130);
  const { totals, health, complete } = JSON.parse(readFileSync(json, 'utf8'));
  expect(complete).toBe(false);
  expect(health.workers.length).toBe(2);
  expect(totals.completed).toBe(Number(/counted (\d+) logins/.exec(stderr)?.[1]));
});

describe('profiles', () => {
  test.concurrent('scenarios, model and thresholds in one file; the command line has the last word', async () => {
    const { model, mix, thresholds, scenario } = await loaded(['--profile', 'smoke', '--count', '6']);
    expect(scenario.id).toBe('load/smoke');
    expect(mix.map(({ id }: { id: string }) => id)).toEqual(['load/check-and-go', 'load/download-and-keep']);
    expect(model).toMatchObject({ kind: 'closed', sessions: 2, count: 6, durationMs: 60_000 });
    expect(thresholds.length).toBe(2);
    const other = await loaded(['--profile', 'smoke', '--rate', '20', '--duration', '500ms']);
    expect(other.model).toMatchObject({ kind: 'open', durationMs: 500 });
  });

  test.concurrent('each that comes with popspec is sound; a list names them', async () => {
    const { stdout } = await popspec(['list', '--scenarios']);
    for (const name of [
      'isp-morning',
      'spike',
      'soak',
      'tls-storm',
      'lock-contention',
      'big-mailbox',
      'idle',
    ])
      expect(stdout).toContain(name);
    const { totals } = await loaded(['--profile', 'isp-morning', '--rate', '20:1s', '--warmup', '0']);
    expect(totals).toMatchObject({ failed: 0 });
    const contention = await loaded(['--profile', 'lock-contention', '--sessions', '2', '--duration', '1s']);
    const unlocked = contention.latencies.find(({ name }: { name: string }) => name === 'unlocked');
    expect(unlocked.count).toBeGreaterThan(0);
    expect(contention.errors).toEqual([]);
  });

  test.concurrent('one of one’s own', async () => {
    const text = `title: Mine\nprofile:\n  title: Mine\n  scenarios: { look: 2, load/check-and-go: 1 }\n  sessions: 2\n  duration: 500ms\nscenarios:\n  - id: look\n    title: Look\n    dialogue: |\n      C: STAT\n      S: +OK {n:int} {o:octets} ...\n`;
    const { mix } = await loaded(['--profile', dir.file('mine.yaml', text)]);
    expect(mix.map(({ id, weight }: { id: string; weight: number }) => [id, weight])).toEqual([
      ['mine/look', 2],
      ['load/check-and-go', 1],
    ]);
    const wrong = dir.file('wrong-profile.yaml', text.replace('look: 2', 'lok: 2'));
    expectMessage(
      await popspec(['load', '--profile', wrong]),
      2,
      /wrong-profile\.yaml:4:\d+: there is no scenario lok/,
    );
  });

  test.concurrent.each([
    ['an unknown one', ['--profile', 'smokey'], 'did you mean load/smoke'],
    ['a profile and a scenario', ['--profile', 'smoke', '--scenario', 'idle'], 'both given'],
    ['a file without one', ['--profile', calm], 'holds no profile'],
    ['a search in the closed model', ['--find-capacity', '--sessions', '5'], 'it looks for a rate'],
    ['a search from stages', ['--find-capacity', '--rate', '5:3s,10:3s'], 'begins with one rate'],
  ])('%s: 2', async (_, args, words) => {
    expectMessage(await popspec(['load', ...args]), 2, words);
  });
});

test('the search for the capacity tells each step and stands in the report', async () => {
  const html = dir.file('capacity.html');
  const args = ['--find-capacity', '--rate', '10', '--duration', '500ms', '--warmup', '0'];
  const { capacity, stdout, stderr } = await loaded([
    ...args,
    ...['--threshold', 'sessions <= 30', '--report', `html=${html}`],
  ]);
  // At 60 a second there are 30 in half a second.
  expect(capacity.steps.length).toBeGreaterThan(3);
  expect(stderr).toMatch(/^popspec: 10\/s: /m);
  expect(stdout).toMatch(/CAPACITY/);
  expect(readFileSync(html, 'utf8')).toContain('id="capacity"');
});
