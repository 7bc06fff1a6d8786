import { JsHistogram } from 'hdr-histogram-js';
import { decodeHistogram } from '../distribution.js';
import { latencyNamed } from '../figures.js';
import type { Interval, LoadResult } from '../result.js';

/** Sessions that ended well in one interval, by latency. */
export interface Block {
  readonly durationMs: number;
  readonly completed: number;
  readonly failed: number;
  /** Microseconds, ascending, and how many sessions had each. */
  readonly us: readonly number[];
  readonly counts: readonly number[];
}

/** The percentiles that are compared. */
export const PERCENTILES = [50, 90, 99] as const;
export type Percentile = (typeof PERCENTILES)[number];

/** A distribution of a whole run: its percentiles in microseconds, and how far each may be off by chance. */
export interface Spread {
  readonly us: Readonly<Record<Percentile, number>>;
  /**
   * Standard errors of the logarithms, as if the values were independent of one another: which those of one second are not,
   * so that they are the least that is to be reckoned with.
   */
  readonly sampling: Readonly<Record<Percentile, number>>;
}

/** A load run as far as it is compared. */
export interface Run {
  readonly completed: number;
  readonly failed: number;
  readonly perSecond: number;
  /** Undefined when no session went well. */
  readonly session: Spread | undefined;
  readonly verbs: ReadonlyMap<string, Spread>;
  readonly blocks: readonly Block[];
}

export function runOf(doc: LoadResult): Run {
  const verbs = doc.latencies
    .filter(({ kind, outcome, measure }) => kind === 'command' && outcome === 'ok' && measure === 'sent')
    .flatMap(({ name, histogram }): [string, Spread][] => {
      const spread = spreadOf(valuesOf(histogram));
      return spread === undefined ? [] : [[name, spread]];
    });
  const [session] = latencyNamed(doc.latencies, 'session');
  return {
    completed: doc.totals.completed,
    failed: doc.totals.failed,
    perSecond: doc.rates.completed,
    session: session === undefined ? undefined : spreadOf(valuesOf(session.histogram)),
    verbs: new Map(verbs),
    blocks: doc.series.filter(({ durationMs }) => durationMs > 0).map(blockOf),
  };
}

function blockOf({ durationMs, completed, failed, histogram }: Interval): Block {
  return { durationMs, completed, failed, ...valuesOf(histogram ?? '') };
}

/** The values of a histogram and how often each came. */
function valuesOf(histogram: string): { us: number[]; counts: number[] } {
  const us: number[] = [];
  const counts: number[] = [];
  const decoded = histogram === '' ? undefined : decodeHistogram(histogram);
  if (!(decoded instanceof JsHistogram)) return { us, counts };
  for (let index = 0; index < decoded.countsArrayLength; index++) {
    const count = decoded.getCountAtIndex(index);
    if (count === 0) continue;
    us.push(decoded.highestEquivalentValue(decoded.valueFromIndex(index)));
    counts.push(count);
  }
  return { us, counts };
}

/** Undefined when there are no values. */
export function spreadOf({ us, counts }: Pick<Block, 'us' | 'counts'>): Spread | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const each = (value: (percentile: Percentile) => number) =>
    Object.fromEntries(PERCENTILES.map((percentile) => [percentile, value(percentile)])) as Record<
      Percentile,
      number
    >;
  return {
    us: each((percentile) => quantile(us, counts, total, percentile / 100)),
    sampling: each((percentile) => {
      // The rank of a percentile among independent values scatters like a binomial count.
      const p = percentile / 100;
      const step = Math.sqrt((p * (1 - p)) / total);
      const at = (share: number) =>
        Math.log(Math.max(1, quantile(us, counts, total, Math.min(1, Math.max(0, share)))));
      return (at(p + step) - at(p - step)) / 2;
    }),
  };
}

/** The value that a share (0 to 1) of all does not exceed, between the places of the histogram in a straight line. */
export function quantile(
  us: ArrayLike<number>,
  counts: ArrayLike<number>,
  total: number,
  share: number,
): number {
  const wanted = share * total;
  let seen = 0;
  let below = us[0] ?? 0;
  for (let index = 0; index < us.length; index++) {
    const count = counts[index] ?? 0;
    if (count === 0) continue;
    const value = us[index] ?? 0;
    if (seen + count >= wanted) return below + (value - below) * Math.max(0, (wanted - seen) / count);
    seen += count;
    below = value;
  }
  return below;
}
