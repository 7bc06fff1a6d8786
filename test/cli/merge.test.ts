import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';
import { expectMessage, type Outcome, popspec, scratchFolder } from './popspec.js';

const dir = scratchFolder();
const users = dir.file('users.csv', ['a', 'b', 'c', 'd'].map((name) => `${name},let-me-in`).join('\n'));
let server: RunningServer;
beforeAll(async () => {
  const made = makeUsers(4).map((user, index) => ({ ...user, name: 'abcd'[index] ?? '' }));
  server = await startServer({ users: made });
});
afterAll(() => server.close());

function shard(part: string, file: string, ...more: string[]): Promise<Outcome> {
  const at = `127.0.0.1:${server.port}`;
  const load = ['--users', users, '--rate', '20', '--duration', '1s', '--shard', part];
  return popspec(['load', at, ...load, '--shard-file', dir.file(file), ...more]);
}

test('two shards that begin together are one run, and a missing one is told', async () => {
  const startAt = String(Math.ceil(Date.now() / 1000) + 20);
  const outcomes = await Promise.all([
    shard('1/2', 's1.json', '--start-at', startAt),
    shard('2/2', 's2.json', '--start-at', startAt, '--workers', '2'),
  ]);
  for (const { code, stdout, stderr } of outcomes) {
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^shard [12] of 2 \(plan [0-9a-f]{16}\): 10 sessions completed, 0 failed/);
  }
  // The two looks beforehand are sessions, too.
  expect(server.counters.sessions).toBe(22);
  const json = dir.file('merged.json');
  const merged = await popspec([
    'merge',
    dir.file('s1.json'),
    dir.file('s2.json'),
    '--report',
    `json=${json}`,
  ]);
  const result = JSON.parse(readFileSync(json, 'utf8'));
  expect(merged.code).toBe(result.health.verdict === 'saturated' ? 5 : 0);
  expect(result.totals).toMatchObject({ planned: 20, started: 20, completed: 20 });
  expect(result.health.workers.length).toBe(3);
  expect(result.complete).toBe(true);
  expect(readFileSync(dir.file('s1.json'), 'utf8')).not.toContain('let-me-in');

  const half = await popspec(['merge', dir.file('s2.json')]);
  expect(half.code).toBe(5);
  expect(half.stdout).toMatch(/the run is incomplete: shard 1 of 2 is missing/);

  expectMessage(await popspec(['merge', dir.file('s1.json'), dir.file('s1.json')]), 2, /both shard 1 of 2/);
  await shard('2/2', 'other.json', '--seed', '9');
  const mixed = await popspec(['merge', dir.file('s1.json'), dir.file('other.json')]);
  expectMessage(mixed, 2, /not of the same run: they have other seeds/);
  await shard('2/3', 'third.json');
  const thirds = await popspec(['merge', dir.file('s1.json'), dir.file('third.json')]);
  expectMessage(thirds, 2, /one is a shard of 2, the other of 3/);
  const text = readFileSync(dir.file('s1.json'), 'utf8').replace('"seed":1', '"seed":2');
  expectMessage(await popspec(['merge', dir.file('forged.json', text)]), 2, /not the one that was run/);
});

test.concurrent.each([
  ['a part that is none', ['--shard', '3/2'], 'is no part of a run'],
  ['a shard and a report', ['--shard', '1/2', '--report', 'json'], 'popspec merge makes the reports'],
  ['a start without a shard', ['--start-at', '10:00'], 'is for a part of a run'],
  ['a start that is over', ['--shard', '1/2', '--start-at', '2020-01-01T00:00:00Z'], 'is over'],
  ['a start that is none', ['--shard', '1/2', '--start-at', 'soon'], 'is no time'],
  ['more workers than sessions', ['--sessions', '2', '--workers', '3'], 'more than the 2 sessions'],
  ['more shards than users', ['--shard', '5/9', '--sessions', '2'], 'has no user'],
])('%s: 2', async (_, args, words) => {
  const at = `127.0.0.1:${server.port}`;
  const outcome = await popspec(['load', at, '--users', users, ...args], { cwd: dir.path });
  expectMessage(outcome, 2, words);
});

test('no shard file: 2', async () => {
  expectMessage(await popspec(['merge', users]), 2, 'cannot be read');
  expectMessage(await popspec(['merge', dir.file('x.json', '{}')]), 2, 'is not the file of a shard');
  expectMessage(await popspec(['merge']), 2, 'the argument is missing');
});
