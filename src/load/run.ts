import { documentOf } from './document.js';
import { type LoadPlan, type LoadUser, type Shard, wholePlan } from './plan.js';
import { preflight } from './preflight.js';
import { planNames } from './program-names.js';
import { type LoadProgress, ProgressMeter } from './progress.js';
import type { LoadResult } from './result.js';
import { runShard } from './shard.js';
import { nothingMeasured, type ShardResult } from './shard-result.js';
import { parseThreshold, type Threshold } from './thresholds.js';

export interface LoadControl {
  /** Called about twice a second. */
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the run: nothing is started any more, open sessions get some seconds, then the result comes. */
  readonly signal?: AbortSignal | undefined;
  /** What was found wrong with the target beforehand: nothing is started, the result tells it. */
  readonly problem?: LoadResult['problem'];
}

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
  const { problem } = control;
  if (problem !== undefined)
    return documentOf({ plan, thresholds, measured: nothingMeasured(plan), problem });
  return documentOf({ plan, thresholds, measured: await measure(wholePlan(plan, users), control) });
}

/** Throws LoadError for what cannot be run as asked; gives the thresholds of the plan. */
export function checkedPlan(plan: LoadPlan, users: readonly LoadUser[]): Threshold[] {
  preflight(plan, users);
  const names = planNames(plan.scenarios);
  return [...new Set(plan.thresholds)].map((text) => parseThreshold(text, names, plan.model.kind));
}

/** Carries out a shard and gives what it has measured. */
export async function measure(shard: Shard, { onProgress, signal }: LoadControl): Promise<ShardResult> {
  const meter = new ProgressMeter(shard.plan, 1);
  return runShard(shard, {
    signal,
    onTick: (tick) => {
      meter.take(0, tick);
      onProgress?.(meter.progress());
    },
  });
}
