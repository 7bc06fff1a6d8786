import { documentOf } from './document.js';
import { Ledger } from './ledger.js';
import { cut, type LoadPlan, type LoadUser, type Shard, wholePlan } from './plan.js';
import { mustFit, preflight } from './preflight.js';
import { planNames } from './program-names.js';
import { type LoadProgress, ProgressMeter } from './progress.js';
import type { LoadResult } from './result.js';
import { prepareShard, type ShardTick } from './shard.js';
import { mergeShards, nothingMeasured, type ShardResult } from './shard-result.js';
import { parseThreshold, type Threshold } from './thresholds.js';
import { Watch } from './watch.js';
import { runInWorkers, type WorkersControl } from './workers.js';

export interface LoadControl {
  /** Called about twice a second. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Called as the run begins with what gives, at any moment, what was measured so far (as of a run that is lost). */
  readonly onBegin?: ((soFar: () => ShardResult) => void) | undefined;
  /** Ends the run: nothing is started any more, open sessions get some seconds, then the result comes. */
  readonly signal?: AbortSignal | undefined;
  /** Threads of their own that make the load; this one when left out. */
  readonly workers?: number | undefined;
  /** How mail is delivered, where the plan has a refill. */
  readonly deliver?: string | undefined;
  /** When the run begins, as milliseconds since 1970; now when left out. */
  readonly startAt?: number | undefined;
  /** What was found wrong with the target beforehand: nothing is started, the result tells it. */
  readonly problem?: LoadResult['problem'];
  /** Carries the whole out in another way than by threads of this machine. */
  readonly by?: Measure | undefined;
}

/** Carries out a shard and gives what it has measured. */
export type Measure = (
  shard: Shard,
  control: LoadControl,
  thresholds: readonly Threshold[],
) => Promise<ShardResult>;

/**
 * Runs a load and gives its result document, also when it was interrupted or nothing could be reached.
 * Throws LoadError, before anything is sent, when it cannot be run as asked.
 */
export async function runLoad(
  plan: LoadPlan,
  users: readonly LoadUser[],
  control: LoadControl = {},
): Promise<LoadResult> {
  const thresholds = checkedPlan(plan, users);
  const { problem, by } = control;
  if (by === undefined) mustFit(plan);
  if (problem !== undefined)
    return documentOf({ plan, thresholds, measured: nothingMeasured(plan), problem });
  return documentOf({
    plan,
    thresholds,
    measured: await (by ?? measure)(wholePlan(plan, users, control.deliver), control, thresholds),
  });
}

/** Throws LoadError for what cannot be run as asked; gives the thresholds of the plan. */
export function checkedPlan(plan: LoadPlan, users: readonly LoadUser[]): Threshold[] {
  preflight(plan, users);
  return planThresholds(plan);
}

/** The thresholds of a plan. Throws LoadError for one that cannot be read or measured. */
export function planThresholds(plan: LoadPlan): Threshold[] {
  const names = planNames(plan.scenarios);
  return [...new Set(plan.thresholds)].map((text) => parseThreshold(text, names, plan.model.kind));
}

/**
 * Carries out a shard, in as many threads as are asked for, and gives what it has measured. Ends it early when one of
 * `thresholds` says so.
 */
export function measure(
  shard: Shard,
  control: LoadControl = {},
  thresholds: readonly Threshold[] = [],
): Promise<ShardResult> {
  const { workers, startAt } = control;
  const watched = { ...shard, watch: watchedNames(thresholds) };
  return underWatch(shard.plan, workers ?? 1, control, thresholds, (about) =>
    workers === undefined
      ? prepareShard(watched)({ ...about, startAt, onTick: (tick) => about.onTick?.(0, tick) })
      : runInWorkers(cut(watched, workers), { ...about, startAt }),
  );
}

/** Shows how a run in so many `parts` stands while it goes on, and ends it early when one of `thresholds` says so. */
export async function underWatch(
  plan: LoadPlan,
  parts: number,
  { onProgress, onBegin, signal }: LoadControl,
  thresholds: readonly Threshold[],
  run: (control: WorkersControl) => Promise<ShardResult>,
): Promise<ShardResult> {
  const meter = new ProgressMeter(plan, parts);
  const watch = new Watch(plan, thresholds);
  const ledgers = Array.from({ length: parts }, () => new Ledger(plan));
  onBegin?.(() => mergeShards(ledgers.map((ledger) => ledger.lost('the run did not come to its end'))));
  const stop = new AbortController();
  let stopped: string | undefined;
  const onTick = (part: number, tick: ShardTick) => {
    meter.take(part, tick);
    ledgers[part]?.take(tick);
    onProgress?.(meter.progress());
    stopped ??= watch.take(part, tick);
    if (stopped !== undefined) stop.abort();
  };
  const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const result = await run({ signal: either, onTick, onLost: (part) => meter.lose(part) });
  const early = stopped !== undefined && result.why === 'aborted' && signal?.aborted !== true;
  return early ? { ...result, why: 'stopped', ...(stopped === undefined ? {} : { stopped }) } : result;
}

/** Latencies that a shard is to tell of, so that these thresholds can end the run. */
export function watchedNames(thresholds: readonly Threshold[]): string[] {
  return thresholds.flatMap(({ abort, metric }) => (abort && metric.of === 'latency' ? [metric.name] : []));
}
