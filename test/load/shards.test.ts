import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { noCounts } from '../../src/load/counts.js';
import { Distribution } from '../../src/load/distribution.js';
import { documentOf } from '../../src/load/document.js';
import { Ledger } from '../../src/load/ledger.js';
import { cut, planId, type Shard, shareOf, wholePlan } from '../../src/load/plan.js';
import type { LoadProgress } from '../../src/load/progress.js';
import { loadResultSchema } from '../../src/load/result.js';
import { planThresholds } from '../../src/load/run.js';
import { INTERVALS_MAX, sumOfSeries } from '../../src/load/series.js';
import { prepareShard } from '../../src/load/shard.js';
import { mergeShards, type ShardResult, shardResultSchema } from '../../src/load/shard-result.js';
import type { RunningServer } from '../../src/serve/server.js';
import {
  constant,
  MAIL,
  optionsFor,
  planOf,
  scenarioNamed,
  scenarioOf,
  serve,
  type TestRun,
} from './support.js';

/** Threads run what is built. */
const { measure } = (await import(
  '../../dist/load/run.js' as string
)) as typeof import('../../src/load/run.js');
const { runInWorkers } = (await import(
  '../../dist/load/workers.js' as string
)) as typeof import('../../src/load/workers.js');

let server: RunningServer | undefined;
afterEach(() => server?.close());

function shardOf(run: TestRun): Shard {
  return wholePlan(planOf(run), run.users);
}

const shape = fc.record({
  total: fc.nat(200),
  of: fc.integer({ min: 1, max: 9 }),
  again: fc.integer({ min: 1, max: 4 }),
});

test('however a plan is cut, also twice, each user is in one shard and the shares make the whole', () => {
  fc.assert(
    fc.property(shape, ({ total, of, again }) => {
      const whole = shardOf(optionsFor(1, total));
      const shards = cut(whole, of).flatMap((shard) => cut(shard, again));
      const names = shards.flatMap(({ users }) => users.map(({ name }) => name));
      expect(names.sort()).toEqual(whole.users.map(({ name }) => name).sort());
      expect(shards.map((shard) => shareOf(total, shard))).toEqual(shards.map(({ users }) => users.length));
      const slots = shards.map(({ index, of: all }) => `${index} of ${all}`);
      expect(new Set(slots).size).toBe(of * again);
    }),
  );
});

test('a plan has no function and no password in it, and its id tells changes', () => {
  const run = optionsFor(1, 3);
  const plan = planOf(run);
  expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  expect(JSON.stringify(plan)).not.toContain(run.users[0]?.password);
  expect(planId(structuredClone(plan))).toBe(planId(plan));
  expect(planId({ ...plan, seed: 2 })).not.toBe(planId(plan));
  expect(planId({ ...plan, scenarios: [scenarioOf('C: NOOP\nS: +OK')] })).not.toBe(planId(plan));
});

/** Which scenario each of the first sessions of an open run plays, by the marks that they leave. */
async function choices(run: TestRun, parts: number): Promise<ShardResult> {
  return mergeShards(await Promise.all(cut(shardOf(run), parts).map((shard) => prepareShard(shard)())));
}

test('one shard or three, the same seed makes the same sessions', async () => {
  server = await serve(40);
  const scenarios = [
    { ...scenarioOf('C: STAT\nS: +OK {count:int} {total:octets} ...'), weight: 1 },
    {
      ...scenarioOf(
        'choose\n  weight 1\n    C: NOOP\n    S: +OK\n  weight 1\n    C: LIST\n    S: +OK\n    S> {n:int} {size:octets} ...',
      ),
      weight: 3,
    },
  ];
  const model = { kind: 'open', stages: constant(60), maxSessions: 40, arrivals: 'poisson' } as const;
  const run = optionsFor(server.port, 40, { scenarios, model, seed: 42, durationMs: 800 });
  const [one, three, other] = [
    await choices(run, 1),
    await choices(run, 3),
    await choices({ ...run, seed: 43 }, 3),
  ];
  const did = ({ totals, scenarios: mix, latencies }: ShardResult) => ({
    planned: totals.planned,
    mix: mix.map(({ started }) => started),
    verbs: latencies
      .filter(({ kind, measure: from }) => kind === 'command' && from === 'sent')
      .map(({ name, count }) => `${name} ${count}`)
      .sort(),
  });
  expect(did(three)).toEqual(did(one));
  expect(did(other)).not.toEqual(did(one));
  expect(one.scenarios[1]?.started ?? 0).toBeGreaterThan(one.scenarios[0]?.started ?? 0);
});

test('two workers: every count is the server’s own, and the health of both is told', async () => {
  server = await serve(60);
  const scenario = scenarioNamed('load/download-and-keep');
  const run = optionsFor(server.port, 60, {
    scenario,
    model: { kind: 'closed', sessions: 12 },
    durationMs: 1200,
    thresholds: ['errors == 0', 'RETR.p99 < 1m'],
  });
  const seen: LoadProgress[] = [];
  const measured = await measure(shardOf(run), { workers: 2, onProgress: (progress) => seen.push(progress) });
  const plan = planOf(run);
  const result = loadResultSchema.parse(
    documentOf({ plan, thresholds: planThresholds(plan), measured: shardResultSchema.parse(measured) }),
  );
  const { counters } = server;
  const { totals } = result;
  expect(result.errors).toEqual([]);
  expect(totals).toMatchObject({
    started: counters.connections,
    completed: counters.sessions,
    commands: counters.commands,
    messages: counters.messagesSent,
    octets: counters.octetsSent,
    peakConcurrent: 12,
  });
  expect(totals.messages).toBe(totals.completed * MAIL.length);
  for (const [verb, count] of Object.entries(counters.commandsByVerb)) {
    const found = result.latencies.find(({ name, measure: from }) => name === verb && from === 'sent');
    expect(found?.count, verb).toBe(count);
  }
  const summed = (key: 'completed' | 'commands') => result.series.reduce((sum, slot) => sum + slot[key], 0);
  expect([summed('completed'), summed('commands')]).toEqual([totals.completed, totals.commands]);
  expect(result.health.workers.length).toBe(2);
  expect(result.thresholds.map(({ passed }) => passed)).toEqual([true, true]);
  expect(seen.at(-1)?.completed).toBeGreaterThan(0);
  expect(seen.at(-1)?.ratePerSecond).toBeGreaterThan(0);
});

test('a worker that crashes makes the run incomplete; what it told and what the other measured is kept', async () => {
  server = await serve(20);
  const run = optionsFor(server.port, 20, { model: { kind: 'closed', sessions: 4 }, durationMs: 3000 });
  const lost: number[] = [];
  const entry = new URL('./crashing-worker.mjs', import.meta.url);
  const measured = await runInWorkers(cut(shardOf(run), 2), { entry, onLost: (part) => lost.push(part) });
  const plan = planOf(run);
  const result = loadResultSchema.parse(documentOf({ plan, thresholds: [], measured }));
  expect(lost).toEqual([1]);
  expect(result.complete).toBe(false);
  expect(result.exit).toMatchObject({
    code: 5,
    reason: expect.stringContaining('worker 2 was lost: out of luck'),
  });
  const other = measured.latencies.find(({ name }) => name === 'STAT')?.count ?? 0;
  expect(other).toBeGreaterThan(0);
  // STAT is known of the worker that is left, sessions of both.
  expect(result.totals.completed).toBeGreaterThan(other);
  const sessions = result.latencies.find(({ name, outcome }) => name === 'session' && outcome === 'ok');
  expect(sessions?.count).toBeGreaterThan(other);
});

test('a run in one thread that crashes keeps what it told', async () => {
  server = await serve(5);
  const run = optionsFor(server.port, 5, { model: { kind: 'closed', sessions: 2 }, durationMs: 30_000 });
  const entry = new URL('./crashing-worker.mjs', import.meta.url);
  const measured = await runInWorkers([shardOf(run)], { entry });
  const result = loadResultSchema.parse(documentOf({ plan: planOf(run), thresholds: [], measured }));
  expect(result.exit).toEqual({
    code: 5,
    reason: 'the run is incomplete: worker 1 was lost: out of luck',
  });
  expect(result.totals.completed).toBeGreaterThan(0);
});

test('workers stop together', async () => {
  server = await serve(10);
  const abort = new AbortController();
  const run = optionsFor(server.port, 10, { durationMs: 60_000 });
  const running = measure(shardOf(run), { workers: 2, signal: abort.signal });
  await sleep(1000);
  abort.abort();
  const result = await running;
  expect(result.why).toBe('aborted');
  expect(result.totals.completed).toBe(server.counters.sessions);
});

test('a start in the future is kept, by each shard', async () => {
  server = await serve(10);
  const startAt = Date.now() + 700;
  const model = { kind: 'open', stages: constant(20), maxSessions: 10, arrivals: 'uniform' } as const;
  const run = optionsFor(server.port, 10, { model, durationMs: 300 });
  const shards = cut(shardOf(run), 2).map((shard) => prepareShard(shard)({ startAt }));
  await sleep(200);
  expect(server.counters.connections).toBe(0);
  const { startedAt, totals } = mergeShards(await Promise.all(shards));
  expect(Date.parse(startedAt)).toBe(startAt);
  expect(totals.planned).toBe(6);
});

test('a clock that is set while a run waits, or goes on, moves nothing', async () => {
  server = await serve(10);
  const model = { kind: 'open', stages: constant(20), maxSessions: 10, arrivals: 'uniform' } as const;
  const run = optionsFor(server.port, 10, { model, durationMs: 600 });
  const real = Date.now;
  let setByMs = 0;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() + setByMs);
  try {
    const running = prepareShard(shardOf(run))({ startAt: Date.now() + 400 });
    setByMs = -3_600_000;
    setTimeout(() => {
      setByMs = 7_200_000;
    }, 700);
    const { why, totals, durationMs, series } = await running;
    expect([why, totals.planned, totals.dropped]).toEqual(['over', 12, 0]);
    expect(durationMs).toBeGreaterThan(590);
    expect(durationMs).toBeLessThan(60_000);
    expect(series.slots.length).toBeLessThan(60);
  } finally {
    clock.mockRestore();
  }
});

function slotted(slot: number, completed: number, widthMs = 1000) {
  const latency = new Distribution();
  for (let i = 0; i < completed; i++) latency.record(1000 * slot);
  const { histogram } = latency.toData();
  return {
    slot,
    durationMs: widthMs,
    counts: { ...noCounts(), completed },
    concurrent: 2,
    lagSumUs: 10 * slot,
    lagMaxUs: slot,
    latency: histogram,
  };
}

test('intervals of shards are added by their number, also where one has longer ones', () => {
  const short = { widthMs: 1000, slots: [1, 2, 3, 4, 5].map((slot) => slotted(slot, 10)) };
  const long = { widthMs: 2000, slots: [1, 3].map((slot) => slotted(slot, 4, 2000)) };
  const sum = sumOfSeries([short, long]);
  expect(sum.widthMs).toBe(2000);
  expect(
    sum.slots.map(({ slot, durationMs, counts, concurrent, lagSumUs, lagMaxUs }) => [
      slot,
      durationMs,
      counts.completed,
      concurrent,
      lagSumUs,
      lagMaxUs,
    ]),
  ).toEqual([
    [1, 2000, 24, 4, 40, 2],
    [2, 2000, 20, 2, 70, 4],
    [3, 2000, 14, 4, 80, 5],
  ]);
  expect(Distribution.ofHistograms(sum.slots.map(({ latency }) => latency)).count).toBe(58);
});

/** STAT when the second is even, else the session, of which the intervals know more. */
function inTurn(second: number) {
  const told = new Distribution();
  for (let i = 0; i < second - 1; i++) told.record(500);
  return {
    ...(second % 2 === 0
      ? ({ name: 'STAT', kind: 'command' } as const)
      : ({ name: 'session', kind: 'session' } as const)),
    ...({ outcome: 'ok', measure: 'sent' } as const),
    ...told.toData(),
  };
}

test('the ledger of a shard that is lost after hours is bounded and complete', () => {
  const ledger = new Ledger(planOf(optionsFor(1, 1)));
  const seconds = 4 * INTERVALS_MAX;
  for (let second = 1; second <= seconds; second++) {
    ledger.take({
      elapsedMs: second * 1000,
      draining: false,
      open: 1,
      seen: noCounts(),
      totals: { ...noCounts(), completed: second },
      slot: slotted(second, 1),
      watched: [],
      inTurn: inTurn(second),
      errors: [
        { text: 'connection refused', cause: 'refused', integrity: false, count: second, firstAtMs: 5 },
      ],
      connected: true,
      openFiles: null,
      openFilesLimit: null,
    });
  }
  const lost = shardResultSchema.parse(ledger.lost('gone'));
  expect(lost).toMatchObject({ why: 'lost', losses: ['gone'], durationMs: seconds * 1000 });
  expect(lost.totals.completed).toBe(seconds);
  expect(lost.during.completed).toBe(seconds);
  expect(lost.latencies.map(({ name, count }) => [name, count]).sort()).toEqual([
    ['STAT', seconds - 1],
    ['session', seconds],
  ]);
  expect(lost.errors[0]).toMatchObject({ count: seconds, transcript: [] });
  expect(lost.series.slots.length).toBeLessThanOrEqual(2 * INTERVALS_MAX);
});
