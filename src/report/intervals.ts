import type { Interval, LoadResult } from '../load/result.js';
import { decodeHistogram } from './histogram.js';

/** Points of one line; a longer run is drawn in coarser steps. */
export const POINTS_MAX = 240;

/**
 * At most POINTS_MAX intervals: neighbours are joined. Counts are added; of open sessions, lag and percentiles the worst
 * stays, since a mean would hide exactly the moment that one looks for. A piece of an interval at the end is joined to
 * the one before: the rate of a few milliseconds is none.
 */
export function joinIntervals(series: readonly Interval[]): Interval[] {
  const size = Math.max(1, Math.ceil(series.length / POINTS_MAX));
  const joined: Interval[] = [];
  for (let at = 0; at < series.length; at += size) joined.push(series.slice(at, at + size).reduce(join));
  const [before, last] = joined.slice(-2);
  if (before !== undefined && last !== undefined && last.durationMs < before.durationMs / 2)
    joined.splice(-2, 2, { ...join(before, last), ...percentilesOf(before, last) });
  return joined;
}

/** For each interval the one of the base run at the same time since its warm-up; undefined where that had ended. */
export function baseIntervals(
  intervals: readonly Interval[],
  doc: LoadResult,
  base: LoadResult,
): (Interval | undefined)[] {
  const shiftMs = base.model.warmupMs - doc.model.warmupMs;
  let next = 0;
  const theirs = joinIntervals(base.series);
  return intervals.map(({ atMs, durationMs }) => {
    const middleMs = atMs - durationMs / 2 + shiftMs;
    while ((theirs[next]?.atMs ?? Number.POSITIVE_INFINITY) < middleMs) next++;
    return theirs[next];
  });
}

function join(a: Interval, b: Interval): Interval {
  return {
    atMs: b.atMs,
    durationMs: a.durationMs + b.durationMs,
    planned: a.planned + b.planned,
    started: a.started + b.started,
    completed: a.completed + b.completed,
    failed: a.failed + b.failed,
    dropped: (a.dropped ?? 0) + (b.dropped ?? 0),
    concurrent: Math.max(a.concurrent, b.concurrent),
    commands: a.commands + b.commands,
    messages: a.messages + b.messages,
    octets: a.octets + b.octets,
    integrityErrors: a.integrityErrors + b.integrityErrors,
    p50Us: worst(a.p50Us, b.p50Us),
    p90Us: worst(a.p90Us, b.p90Us),
    p99Us: worst(a.p99Us, b.p99Us),
    ...lagOf(a, b),
  };
}

/** Of both together, where their distributions are there: the few sessions of a piece have no percentiles of their own. */
function percentilesOf(a: Interval, b: Interval): Partial<Interval> {
  const [sum, other] = [a, b].map(({ histogram }) => decodeHistogram(histogram ?? ''));
  if (sum === undefined || other === undefined) return {};
  sum.add(other);
  const [p50Us, p90Us, p99Us] = [50, 90, 99].map((percentile) => sum.getValueAtPercentile(percentile));
  return { p50Us: p50Us ?? null, p90Us: p90Us ?? null, p99Us: p99Us ?? null };
}

function lagOf(a: Interval, b: Interval): Pick<Interval, 'lagMeanUs' | 'lagMaxUs'> {
  if (a.lagMaxUs === undefined && b.lagMaxUs === undefined) return {};
  const started = a.started + b.started;
  const sumUs = (a.lagMeanUs ?? 0) * a.started + (b.lagMeanUs ?? 0) * b.started;
  return {
    lagMeanUs: started === 0 ? 0 : Math.round(sumUs / started),
    lagMaxUs: Math.max(a.lagMaxUs ?? 0, b.lagMaxUs ?? 0),
  };
}

function worst(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
