import type { Random } from '../random.js';
import { PERCENTILES, type Percentile, quantile, type Run } from './run.js';

/** Resamples of a run; the standard error that they give is known to a twentieth then. */
const RESAMPLES = 200;

/**
 * How much the figures of a run would scatter if the same run were made of other seconds: variances, those of percentiles and
 * throughput of the logarithm. Undefined where there is too little to tell.
 */
export interface Scatter {
  readonly session: Readonly<Record<Percentile, number | undefined>>;
  readonly throughput: number | undefined;
  readonly errors: number | undefined;
  /** What these variances rest on: stretches that do not overlap, less one. */
  readonly dof: number;
}

/**
 * By a block bootstrap (Künsch 1989, in a circle as Politis and Romano 1992): seconds that follow each other are alike, so that
 * stretches of several seconds are drawn, not seconds.
 */
export function scatterOf({ blocks }: Run, random: Random): Scatter {
  const howMany = blocks.length;
  const length = Math.max(1, Math.round(1.5 * Math.cbrt(howMany)));
  const stretches = Math.floor(howMany / length);
  if (stretches < 2) {
    return {
      session: { 50: undefined, 90: undefined, 99: undefined },
      throughput: undefined,
      errors: undefined,
      dof: 0,
    };
  }
  const axis = [...new Set(blocks.flatMap(({ us }) => us))].sort((a, b) => a - b);
  const place = new Map(axis.map((us, index) => [us, index]));
  const sums = new Float64Array(axis.length);
  const seen = { 50: new Moments(), 90: new Moments(), 99: new Moments() };
  const throughput = new Moments();
  const errors = new Moments();
  const places = blocks.map(({ us }) => us.map((value) => place.get(value) ?? 0));
  for (let resample = 0; resample < RESAMPLES; resample++) {
    sums.fill(0);
    let [durationMs, completed, failed, timed] = [0, 0, 0, 0];
    for (let drawn = 0; drawn < howMany; drawn += length) {
      const start = Math.floor(random() * howMany);
      for (let step = 0; step < Math.min(length, howMany - drawn); step++) {
        const index = (start + step) % howMany;
        const block = blocks[index];
        if (block === undefined) continue;
        durationMs += block.durationMs;
        completed += block.completed;
        failed += block.failed;
        places[index]?.forEach((at, one) => {
          const count = block.counts[one] ?? 0;
          sums[at] = (sums[at] ?? 0) + count;
          timed += count;
        });
      }
    }
    if (timed > 0)
      for (const percentile of PERCENTILES)
        seen[percentile].add(Math.log(Math.max(1, quantile(axis, sums, timed, percentile / 100))));
    if (completed > 0) throughput.add(Math.log(completed / durationMs));
    if (completed + failed > 0) errors.add(failed / (completed + failed));
  }
  return {
    session: { 50: seen[50].variance, 90: seen[90].variance, 99: seen[99].variance },
    throughput: throughput.variance,
    errors: errors.variance,
    dof: stretches - 1,
  };
}

/** Mean and variance of numbers that come one after the other (Welford). */
class Moments {
  private count = 0;
  private mean = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    const off = value - this.mean;
    this.mean += off / this.count;
    this.squares += off * (value - this.mean);
  }

  get variance(): number | undefined {
    return this.count < 2 ? undefined : this.squares / (this.count - 1);
  }
}
