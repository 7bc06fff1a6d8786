import type { Stage } from './plan.js';
import type { Random } from './random.js';

/** Gives one planned start after the other, in milliseconds, ascending; Infinity when no more will come. */
export type Arrivals = () => number;

/** Evenly spaced: the n-th start, counted from 0, comes when the stages have asked for n starts. */
export function uniformArrivals(stages: readonly Stage[]): Arrivals {
  const timeOf = timeByCount(stages);
  let index = 0;
  return () => timeOf(index++);
}

/** A Poisson process whose rate is that of the stages: independent, exponentially spread gaps. */
export function poissonArrivals(stages: readonly Stage[], random: Random): Arrivals {
  const timeOf = timeByCount(stages);
  let count = 0;
  return () => {
    count += -Math.log(1 - random());
    return timeOf(count);
  };
}

/** The rate at a time; the last one goes on when the stages are over. */
export function rateAt(stages: readonly Stage[], atMs: number): number {
  let leftMs = atMs;
  for (const { fromPerSecond, toPerSecond, durationMs } of stages) {
    if (leftMs < durationMs) return fromPerSecond + ((toPerSecond - fromPerSecond) * leftMs) / durationMs;
    leftMs -= durationMs;
  }
  return stages.at(-1)?.toPerSecond ?? 0;
}

/** When the stages have asked for so many starts. Calls must ask for ascending counts. */
function timeByCount(stages: readonly Stage[]): (count: number) => number {
  let at = 0;
  let beganMs = 0;
  let before = 0;
  return (count) => {
    for (;;) {
      const stage = stages[at];
      if (stage === undefined) {
        const rate = stages.at(-1)?.toPerSecond ?? 0;
        // The difference, not a sum of gaps: hours of run must not drift from the asked rate.
        return rate === 0 ? Number.POSITIVE_INFINITY : beganMs + ((count - before) * 1000) / rate;
      }
      const { fromPerSecond, toPerSecond, durationMs } = stage;
      const inStage = (((fromPerSecond + toPerSecond) / 2) * durationMs) / 1000;
      if (count - before < inStage) return beganMs + timeWithin(stage, count - before);
      before += inStage;
      beganMs += durationMs;
      at++;
    }
  };
}

/** Milliseconds into a stage when it has asked for `count` starts: the root of rate·t + slope·t²/2 = count. */
function timeWithin({ fromPerSecond, toPerSecond, durationMs }: Stage, count: number): number {
  if (fromPerSecond === toPerSecond) return (count * 1000) / fromPerSecond;
  const slope = ((toPerSecond - fromPerSecond) * 1000) / durationMs;
  // This form of the root loses no digits where the slope is small.
  const root = Math.sqrt(Math.max(0, fromPerSecond ** 2 + 2 * slope * count));
  return count === 0 ? 0 : (2000 * count) / (fromPerSecond + root);
}
