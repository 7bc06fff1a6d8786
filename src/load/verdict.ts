import type { Counts } from './counts.js';
import type { Distribution } from './distribution.js';
import type { LoadResult, ThresholdResult } from './result.js';
import type { ShardResult } from './shard-result.js';
import type { Comparison, Threshold } from './thresholds.js';

/** What thresholds are held against. */
export interface Figures {
  readonly counts: Counts;
  readonly rates: LoadResult['rates'];
  latencyOf(name: string): Distribution | undefined;
}

/** Holds the figures against a threshold. What was never measured misses it. */
export function judgeThreshold(threshold: Threshold, figures: Figures): ThresholdResult {
  const value = actualOf(threshold, figures);
  return {
    expression: threshold.expression,
    actual: value === null ? 'not measured' : withUnit(threshold, value),
    value,
    passed: value !== null && holds(value, threshold.comparison, threshold.limit),
  };
}

function actualOf({ metric }: Threshold, { counts, rates, latencyOf }: Figures): number | null {
  const ended = counts.completed + counts.failed;
  switch (metric.of) {
    case 'latency': {
      const distribution = latencyOf(metric.name);
      if (distribution === undefined || distribution.count === 0) return null;
      const { stat } = metric;
      return typeof stat === 'number' ? distribution.at(stat) : distribution[stat];
    }
    case 'share':
      if (metric.name === 'errors') return shareOf(counts.failed, ended);
      if (metric.name === 'dropped') return shareOf(counts.dropped, counts.planned);
      return rates.offered === null ? null : shareOf(rates.completed, rates.offered);
    case 'per-second':
      return ended === 0 ? null : rates.completed;
    case 'count':
      if (metric.name === 'sessions') return counts.completed;
      if (metric.name === 'dropped') return counts.dropped;
      if (ended === 0 && counts.integrityErrors === 0) return null;
      return metric.name === 'errors' ? counts.failed : counts.integrityErrors;
  }
}

function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : (part / whole) * 100;
}

function holds(value: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
  }
}

function withUnit({ metric }: Threshold, value: number): string {
  switch (metric.of) {
    case 'latency':
      if (value < 1000) return `${Math.round(value)} µs`;
      return value < 1e6 ? `${decimals(value / 1000)} ms` : `${decimals(value / 1e6)} s`;
    case 'share':
      return `${decimals(value)}%`;
    case 'per-second':
      return `${decimals(value)}/s`;
    case 'count':
      return String(value);
  }
}

/** Three decimals, or two digits of what is smaller: never 0 for something. */
function decimals(value: number): string {
  return String(Number(value !== 0 && value < 0.01 ? value.toPrecision(2) : value.toFixed(3)));
}

/** How a run ended, for its exit code. */
export interface Outcome {
  readonly why: ShardResult['why'];
  readonly losses: readonly string[];
  /** The threshold that ended the run early, in words. */
  readonly stopped?: string | undefined;
  readonly problem: LoadResult['problem'];
  readonly completed: number;
  readonly health: LoadResult['health'];
  /** Threshold by threshold, beside what it looks at. */
  readonly integrityMissed: boolean;
  readonly missed: number;
}

/**
 * The exit code: interrupted before unreachable, damaged mail before a generator that was the bottleneck, and that
 * before other thresholds, whose figures cannot be trusted then.
 */
export function exitOf({
  why,
  losses,
  stopped,
  problem,
  completed,
  health,
  integrityMissed,
  missed,
}: Outcome): LoadResult['exit'] {
  if (why === 'aborted') return { code: 130, reason: 'the run was interrupted' };
  if (problem !== undefined) return { code: 3, reason: problem.message };
  if (integrityMissed)
    return { code: 1, reason: 'mail or protocol was damaged: the integrity threshold is missed' };
  if (why === 'lost')
    return { code: 5, reason: `the run is incomplete: ${losses[0] ?? 'a part of it was lost'}` };
  if (completed === 0) return { code: 5, reason: 'no session was completed: nothing was measured' };
  if (health.verdict === 'saturated') {
    return { code: 5, reason: `the generator was the bottleneck: ${health.reasons[0] ?? ''}` };
  }
  if (stopped !== undefined)
    return { code: 1, reason: `ended early, since a threshold was missed: ${stopped}` };
  if (missed > 0)
    return { code: 1, reason: missed === 1 ? 'a threshold is missed' : `${missed} thresholds are missed` };
  return { code: 0, reason: 'all thresholds are met' };
}
