import { afterEach, expect, test } from 'vitest';
import type { LoadModel } from '../../src/load/plan.js';
import { cut, wholePlan } from '../../src/load/plan.js';
import { prepareShard } from '../../src/load/shard.js';
import { mergeShards } from '../../src/load/shard-result.js';
import { parseStages } from '../../src/load/stages.js';
import type { RunningServer } from '../../src/serve/server.js';
import { constant, optionsFor, planOf, runTest, serve } from './support.js';

let server: RunningServer | undefined;
afterEach(() => server?.close());

test('closed model with a ramp: sessions come one after the other', async () => {
  server = await serve(10);
  const model = { kind: 'closed', sessions: 10, rampMs: 1000, pacingMs: 60_000 } as const;
  const { totals, model: told } = await runTest(optionsFor(server.port, 10, { model, durationMs: 1500 }));
  // One each 100 ms, and none again within the minute: ten sessions in all, never two in the same tenth.
  expect(totals).toMatchObject({ planned: 10, started: 10 });
  expect(told).toMatchObject({ rampMs: 1000, pacingMs: 60_000 });
});

test('pacing: a slot starts a session at most so often', async () => {
  server = await serve(3);
  const model = { kind: 'closed', sessions: 3, pacingMs: 400 } as const;
  const { totals } = await runTest(optionsFor(server.port, 3, { model, durationMs: 1000 }));
  expect(totals.started).toBeGreaterThanOrEqual(3);
  expect(totals.started).toBeLessThanOrEqual(9);
});

const MODELS: readonly (readonly [string, LoadModel])[] = [
  ['closed', { kind: 'closed', sessions: 4 }],
  ['open', { kind: 'open', stages: constant(200), maxSessions: 10, arrivals: 'uniform' }],
];

test.each(MODELS)(
  '%s model: a run ends after a count of sessions, the warm-up not counted',
  async (_, model) => {
    server = await serve(10);
    const run = optionsFor(server.port, 10, { model, count: 25, warmupMs: 200, durationMs: 60_000 });
    const { totals, complete, model: told, durationMs } = await runTest(run);
    expect(totals.planned).toBe(25);
    expect(totals.completed + totals.dropped).toBe(25);
    expect(complete).toBe(true);
    expect(told.count).toBe(25);
    expect(durationMs).toBeLessThan(30_000);
    expect(server.counters.sessions).toBeGreaterThan(totals.completed);
  },
);

test.each(MODELS)('%s model: a count is shared by shards, to the session', async (_, model) => {
  server = await serve(10);
  const run = optionsFor(server.port, 10, { model, count: 11, durationMs: 60_000 });
  const shards = cut(wholePlan(planOf(run), run.users), 3).map((shard) => prepareShard(shard)());
  const { totals } = mergeShards(await Promise.all(shards));
  expect(totals.planned).toBe(11);
});

test('open model in stages: each interval has the starts of its stage, behind a warm-up with the first rate', async () => {
  server = await serve(50);
  const stages = parseStages('20:1s,60:1s,0:1s', undefined);
  const model = { kind: 'open', stages, maxSessions: 50, arrivals: 'uniform' } as const;
  const { totals, rates } = await runTest(
    optionsFor(server.port, 50, { model, durationMs: 3000, warmupMs: 500 }),
  );
  expect(totals).toMatchObject({ planned: 80, started: 80, dropped: 0 });
  // The warm-up: half a second of the first rate.
  expect(server.counters.sessions).toBe(90);
  expect(rates.offered).toBeGreaterThan(20);
});
