import { type Counts, noCounts, sumOfCounts } from './counts.js';
import { Distribution } from './distribution.js';
import { latencyNamed, perSecond } from './figures.js';
import type { LoadPlan } from './plan.js';
import type { ShardTick } from './shard.js';
import type { ShardLatency } from './shard-result.js';
import type { Threshold } from './thresholds.js';
import { judgeThreshold } from './verdict.js';

/** A run is not given up before so much was measured: the first sessions say little. */
const EARLIEST_MS = 3000;

/** Holds the figures of a run against the thresholds that are to end it early, while it goes on. */
export class Watch {
  private readonly ticks = new Map<number, ShardTick>();
  private readonly watched = new Map<number, readonly ShardLatency[]>();
  private readonly during = new Map<number, Counts>();
  private readonly thresholds: readonly Threshold[];

  constructor(
    private readonly plan: LoadPlan,
    thresholds: readonly Threshold[],
  ) {
    this.thresholds = thresholds.filter(({ abort }) => abort);
  }

  /** Takes what a shard tells, and gives the threshold that is missed, in words; undefined while all hold. */
  take(shard: number, tick: ShardTick): string | undefined {
    if (this.thresholds.length === 0) return undefined;
    this.ticks.set(shard, tick);
    if (tick.slot === undefined || tick.draining) return undefined;
    this.watched.set(shard, tick.watched);
    this.during.set(shard, sumOfCounts([this.during.get(shard) ?? noCounts(), tick.slot.counts]));
    return this.missed();
  }

  private missed(): string | undefined {
    const elapsedMs =
      Math.max(...[...this.ticks.values()].map((tick) => tick.elapsedMs)) - this.plan.warmupMs;
    const latencies = [...this.watched.values()].flat();
    const counts = sumOfCounts([...this.ticks.values()].map(({ totals }) => totals));
    const during = sumOfCounts([...this.during.values()]);
    const figures = {
      counts,
      rates: perSecond(this.plan, during, elapsedMs),
      latencyOf: (name: string) => {
        const found = latencyNamed(latencies, name);
        return found.length === 0 ? undefined : Distribution.sumOf(found);
      },
    };
    for (const threshold of this.thresholds) {
      const damage = threshold.metric.of === 'count' && threshold.metric.name === 'integrity';
      if (elapsedMs < EARLIEST_MS && !damage) continue;
      const { passed, value, actual, expression } = judgeThreshold(threshold, figures);
      if (!passed && value !== null) return `${expression} is ${actual}`;
    }
    return undefined;
  }
}
