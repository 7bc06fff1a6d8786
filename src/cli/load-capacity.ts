import { findCapacity, planOfStep } from '../load/capacity.js';
import type { LoadPlan, LoadUser } from '../load/plan.js';
import type { CapacityStep, LoadResult } from '../load/result.js';
import { type LoadControl, runLoad } from '../load/run.js';
import { UsageError } from './exit-codes.js';
import { workersOf } from './load-workers.js';
import { note } from './tell.js';

const FIRST_RATE = '10';
const STEP_DURATION = '10s';
const STEP_WARMUP = '2s';
/** For the embedded server, which is not to run out of users before it runs out of breath. */
const ACCOUNTS = 4000;

/** The options with which `--find-capacity` is run, where they are not given. Throws UsageError. */
export function capacityOptions(args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (args['find-capacity'] !== true) return args;
  for (const other of ['sessions', 'count', 'shard'])
    if (args[other] !== undefined)
      throw new UsageError(
        `--find-capacity and --${other} are both given`,
        'it looks for a rate, on one machine',
      );
  const rate = String(args.rate ?? FIRST_RATE);
  if (!/^\d+(?:\.\d+)?$/.test(rate))
    throw new UsageError(`--find-capacity begins with one rate, not with ${rate}`, 'such as --rate 50');
  return { duration: STEP_DURATION, warmup: STEP_WARMUP, accounts: ACCOUNTS, ...args, rate };
}

/** What must hold at each step: without a rate that is reached, a server that falls behind would pass. */
export function capacityThresholds(thresholds: readonly string[]): string[] {
  return thresholds.some((text) => /^\s*rate\b/.test(text)) ? [...thresholds] : [...thresholds, 'rate > 95%'];
}

/** Searches with one run after the other and tells of each step. */
export function searchCapacity(
  args: Readonly<Record<string, unknown>>,
  plan: LoadPlan,
  users: readonly LoadUser[],
  control: LoadControl,
  embedded: boolean,
): Promise<LoadResult> {
  if (plan.model.kind !== 'open')
    throw new UsageError('--find-capacity is for the open model', 'leave --sessions out');
  const [{ fromPerSecond } = { fromPerSecond: 0 }] = plan.model.stages;
  return findCapacity({
    fromPerSecond,
    run: (rate, step) => {
      const stepPlan = planOfStep(plan, rate, step);
      return runLoad(stepPlan, users, { ...control, workers: workersOf(args, stepPlan, embedded) });
    },
    onStep: (step) => note(stepWords(step)),
  });
}

function stepWords({ ratePerSecond, verdict, missed, p99Us, dropped }: CapacityStep): string {
  const p99 = p99Us === null ? '' : `, p99 ${Math.round(p99Us / 100) / 10} ms`;
  const why = missed.length === 0 ? '' : `: ${missed.join(', ')}`;
  const lost = dropped === 0 ? '' : `, ${dropped} starts found no free user or slot`;
  return `${ratePerSecond}/s: ${VERDICTS[verdict]}${why}${p99}${lost}`;
}

const VERDICTS: Readonly<Record<CapacityStep['verdict'], string>> = {
  held: 'held',
  missed: 'missed',
  generator: 'the generator was the bottleneck',
  ended: 'ended',
};
