import { z } from 'zod';
import { countsSchema, noCounts, sumOfCounts } from './counts.js';
import { Distribution, distributionSchema } from './distribution.js';
import { KINDS_MAX, OTHER_TEXT, sortErrors } from './errors.js';
import { vitalsSchema } from './health.js';
import type { LoadPlan } from './plan.js';
import { type LoadError, latencySchema, loadErrorSchema, type Refill, refillSchema } from './result.js';
import { INTERVAL_MS, seriesSchema, sumOfSeries } from './series.js';

/** A latency of a shard: what it is of, and its distribution. */
export const shardLatencySchema = z.object({
  ...latencySchema.pick({ name: true, kind: true, outcome: true, measure: true }).shape,
  ...distributionSchema.shape,
});
export type ShardLatency = z.infer<typeof shardLatencySchema>;

/** The same for latencies that add up. */
export function latencyKey({ kind, name, outcome, measure }: ShardLatency): string {
  return `${kind} ${name} ${outcome} ${measure}`;
}

/** What one shard of a run has measured: plain data that adds up with that of the other shards. */
export const shardResultSchema = z.object({
  startedAt: z.string(),
  /** How much later than that it really began. */
  lateMs: z.number(),
  /** How it ended; `lost`: whoever ran it is gone, and this is what it had told until then. */
  why: z.enum(['over', 'stopped', 'aborted', 'unreachable', 'lost']),
  /** With `stopped`: the threshold that ended the run early, in words. */
  stopped: z.string().optional(),
  durationMs: z.number(),
  /** Of the sessions that began after the warm-up, whenever they ended. */
  totals: countsSchema,
  /** What happened in the measured time, whichever session it belongs to. */
  during: countsSchema,
  /** Totals of each scenario, in the order of the plan. */
  scenarios: z.array(z.object({ started: z.number(), completed: z.number(), failed: z.number() })),
  peakConcurrent: z.number(),
  /** Handshakes that were finished in the measured time; left out without TLS. */
  tls: z.object({ full: z.number(), resumed: z.number() }).optional(),
  /** How late sessions were started; without values in the closed model. */
  lag: distributionSchema,
  latencies: z.array(shardLatencySchema),
  refill: refillSchema.optional(),
  series: seriesSchema,
  errors: z.array(loadErrorSchema),
  /** Whether any session was connected, and the text of the first greeting. */
  connected: z.boolean(),
  greeting: z.string().optional(),
  /** Sessions that found no file descriptor or local port left. */
  starved: z.number(),
  /** Of each thread that took part. */
  workers: z.array(vitalsSchema),
  /** What was lost and why, in words. */
  losses: z.array(z.string()),
});
export type ShardResult = z.infer<typeof shardResultSchema>;

/** The result of a run that has not begun. */
export function nothingMeasured(plan: LoadPlan): ShardResult {
  return {
    startedAt: new Date().toISOString(),
    lateMs: 0,
    why: 'unreachable',
    durationMs: 0,
    totals: noCounts(),
    during: noCounts(),
    scenarios: plan.scenarios.map(() => ({ started: 0, completed: 0, failed: 0 })),
    peakConcurrent: 0,
    lag: new Distribution().toData(),
    latencies: [],
    series: { widthMs: INTERVAL_MS, slots: [] },
    errors: [],
    connected: false,
    starved: 0,
    workers: [],
    losses: [],
  };
}

/** Adds up what the shards of a run, or of a part of it, have measured. Needs at least one. */
export function mergeShards(shards: readonly ShardResult[]): ShardResult {
  const [first, ...others] = shards;
  if (first === undefined) throw new Error('no shard to merge');
  if (others.length === 0) return first;
  const greeting = shards.find((shard) => shard.greeting !== undefined)?.greeting;
  const sum = (figure: (shard: ShardResult) => number) =>
    shards.reduce((total, one) => total + figure(one), 0);
  return {
    startedAt: shards.map(({ startedAt }) => startedAt).sort()[0] ?? first.startedAt,
    lateMs: Math.max(...shards.map(({ lateMs }) => lateMs)),
    why: whyOf(shards),
    durationMs: Math.max(...shards.map(({ durationMs }) => durationMs)),
    totals: sumOfCounts(shards.map(({ totals }) => totals)),
    during: sumOfCounts(shards.map(({ during }) => during)),
    scenarios: first.scenarios.map((_, index) => ({
      started: sum(({ scenarios }) => scenarios[index]?.started ?? 0),
      completed: sum(({ scenarios }) => scenarios[index]?.completed ?? 0),
      failed: sum(({ scenarios }) => scenarios[index]?.failed ?? 0),
    })),
    // Peaks of shards need not be at the same moment: this is the most that it can have been.
    peakConcurrent: sum(({ peakConcurrent }) => peakConcurrent),
    lag: Distribution.sumOf(shards.map(({ lag }) => lag)).toData(),
    latencies: sumOfLatencies(shards),
    ...(shards.some(({ tls }) => tls !== undefined)
      ? { tls: { full: sum(({ tls }) => tls?.full ?? 0), resumed: sum(({ tls }) => tls?.resumed ?? 0) } }
      : {}),
    ...sumOfRefills(shards.flatMap(({ refill }) => refill ?? [])),
    series: sumOfSeries(shards.map(({ series }) => series)),
    errors: sumOfErrors(shards),
    connected: shards.some(({ connected }) => connected),
    ...(greeting === undefined ? {} : { greeting }),
    starved: sum(({ starved }) => starved),
    workers: shards.flatMap(({ workers }) => workers),
    losses: shards.flatMap(({ losses }) => losses),
  };
}

/** One that is lost or aborted makes the whole so; unreachable it is only where every shard found nothing. */
function whyOf(shards: readonly ShardResult[]): ShardResult['why'] {
  for (const why of ['lost', 'aborted'] as const) if (shards.some((shard) => shard.why === why)) return why;
  return shards.every(({ why }) => why === 'unreachable') ? 'unreachable' : 'over';
}

function sumOfRefills(refills: readonly Refill[]): { refill?: Refill } {
  if (refills.length === 0) return {};
  const sum = (figure: (refill: Refill) => number) => refills.reduce((total, one) => total + figure(one), 0);
  const error = refills.find((refill) => refill.error !== undefined)?.error;
  return {
    refill: {
      delivered: sum(({ delivered }) => delivered),
      failed: sum(({ failed }) => failed),
      late: sum(({ late }) => late),
      ...(error === undefined ? {} : { error }),
    },
  };
}

function sumOfLatencies(shards: readonly ShardResult[]): ShardLatency[] {
  const groups = new Map<string, ShardLatency[]>();
  for (const latency of shards.flatMap(({ latencies }) => latencies)) {
    const key = latencyKey(latency);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [latency]);
    else group.push(latency);
  }
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : { ...first, ...Distribution.sumOf([first, ...others]).toData() },
  );
}

function sumOfErrors(shards: readonly ShardResult[]): LoadError[] {
  const kinds = new Map<string, LoadError>();
  for (const error of shards.flatMap(({ errors }) => errors)) {
    const full = kinds.size >= KINDS_MAX && error.text !== OTHER_TEXT;
    const wanted = `${error.integrity} ${error.text}`;
    const key = full && !kinds.has(wanted) ? `${error.integrity} ${OTHER_TEXT}` : wanted;
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, key === wanted ? { ...error } : { ...error, text: OTHER_TEXT });
    else {
      // The transcript of the one that came first.
      const first = error.firstAtMs < known.firstAtMs ? error : known;
      kinds.set(key, { ...first, text: known.text, count: known.count + error.count });
    }
  }
  return sortErrors([...kinds.values()]);
}
