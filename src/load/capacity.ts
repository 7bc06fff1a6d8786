import type { LoadPlan } from './plan.js';
import type { CapacityStep, LoadResult } from './result.js';

/** The rate grows by this until a step fails. */
const GROWTH = 2;
/** The search ends when the rates that held and that did not are this close to each other. */
const PRECISION = 0.05;
/** However the steps turn out, a search comes to an end. */
const STEPS_MAX = 24;
/** Below this rate nothing is looked for. */
const RATE_MIN = 0.5;

export interface CapacitySearch {
  /** The rate of the first step. */
  readonly fromPerSecond: number;
  /** Runs one step. */
  readonly run: (ratePerSecond: number, step: number) => Promise<LoadResult>;
  readonly onStep?: (step: CapacityStep) => void;
}

/**
 * Looks for the highest rate at which all thresholds hold: doubles it until a step fails, then halves the distance.
 * Gives the document of the best step, with the search in it. A step in which the generator was the bottleneck says
 * nothing about the server: the capacity then is at least what held before.
 */
export async function findCapacity({ fromPerSecond, run, onStep }: CapacitySearch): Promise<LoadResult> {
  const steps: CapacityStep[] = [];
  let held: { rate: number; result: LoadResult } | undefined;
  let failed: { rate: number; result: LoadResult } | undefined;
  let rate = fromPerSecond;
  while (steps.length < STEPS_MAX) {
    let result = await run(rate, steps.length + 1);
    let step = stepOf(rate, result);
    // Other programs may have taken the processor for a moment: once more.
    if (step.verdict === 'generator') {
      onStep?.(step);
      result = await run(rate, steps.length + 1);
      step = stepOf(rate, result);
    }
    steps.push(step);
    onStep?.(step);
    if (step.verdict === 'ended')
      return { ...result, capacity: { perSecond: held?.rate ?? null, limit: 'none', steps } };
    if (step.verdict === 'held') held = { rate, result };
    else failed = { rate, result };
    const next = nextRate(held?.rate, failed?.rate);
    if (next === undefined) break;
    rate = next;
  }
  const best = held ?? failed;
  if (best === undefined) throw new Error('a search without a step');
  const limit =
    failed === undefined ? 'none' : failed.result.health.verdict === 'saturated' ? 'generator' : 'server';
  const capacity = { perSecond: held === undefined ? null : round(held.rate), limit, steps } as const;
  return { ...best.result, capacity, exit: exitOf(best.result, capacity, failed?.result) };
}

/** Undefined when the answer is close enough, or there is none. */
function nextRate(held: number | undefined, failed: number | undefined): number | undefined {
  if (failed === undefined) return held === undefined ? undefined : round(held * GROWTH);
  if (held === undefined) return failed / GROWTH < RATE_MIN ? undefined : round(failed / GROWTH);
  return failed <= held * (1 + PRECISION) ? undefined : round((held + failed) / 2);
}

function stepOf(ratePerSecond: number, result: LoadResult): CapacityStep {
  const missed = result.thresholds.filter(({ passed }) => !passed);
  const sessions = result.latencies.filter(({ kind, outcome }) => kind === 'session' && outcome === 'ok');
  const latency = sessions.find(({ measure }) => measure === 'planned') ?? sessions[0];
  return {
    ratePerSecond,
    verdict: verdictOf(result),
    missed: missed.map(({ expression, actual }) => `${expression} is ${actual}`),
    completedPerSecond: result.rates.completed,
    p50Us: latency?.p50Us ?? null,
    p99Us: latency?.p99Us ?? null,
    failed: result.totals.failed,
    dropped: result.totals.dropped,
  };
}

function verdictOf({ exit, health, problem, complete }: LoadResult): CapacityStep['verdict'] {
  if (problem !== undefined || exit.code === 130) return 'ended';
  if (exit.code === 0) return 'held';
  if (health.verdict === 'saturated') return 'generator';
  // A run that lost a worker proves nothing; one that was ended early by a threshold does.
  return exit.code === 5 && !complete ? 'ended' : 'missed';
}

function exitOf(
  best: LoadResult,
  { perSecond, limit }: NonNullable<LoadResult['capacity']>,
  failed: LoadResult | undefined,
): LoadResult['exit'] {
  if (perSecond === null) return best.exit;
  if (limit === 'generator')
    return {
      code: 5,
      reason: `the capacity is at least ${perSecond}/s; beyond, the generator was the bottleneck: ${failed?.health.reasons[0] ?? ''}`,
    };
  const why = failed?.thresholds.find(({ passed }) => !passed);
  const beyond = why === undefined ? '' : `; beyond, ${why.expression} is ${why.actual}`;
  return { code: 0, reason: `the capacity is ${perSecond}/s${beyond}` };
}

/** Three digits are more than any step can tell. */
function round(rate: number): number {
  return Number(rate.toPrecision(3));
}

/** A plan for one step: a constant rate, arrivals of its own. */
export function planOfStep(plan: LoadPlan, ratePerSecond: number, step: number): LoadPlan {
  const { model, durationMs } = plan;
  if (model.kind !== 'open') throw new Error('only the open model has a rate to look for');
  const stages = [{ fromPerSecond: ratePerSecond, toPerSecond: ratePerSecond, durationMs }];
  return { ...plan, model: { ...model, stages }, seed: (plan.seed + step) >>> 0 };
}
