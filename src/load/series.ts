import type { Histogram } from 'hdr-histogram-js';
import { type Counts, countsSince } from './counts.js';
import { histogramOfDigits } from './distribution.js';
import type { Interval } from './result.js';

/** A run of any length has at most so many intervals: when there are more, neighbours are merged by two. */
export const INTERVALS_MAX = 600;

interface Entry {
  atMs: number;
  durationMs: number;
  counts: Counts;
  concurrent: number;
  latency: Histogram;
}

/** What happened in each interval of the run, bounded in memory whatever the length of the run. */
export class Series {
  private readonly entries: Entry[] = [];
  private latency = histogramOfDigits(2);
  private last: Counts;
  private lastMs: number;

  /** `fromMs`: when the first interval begins, on the clock of `close`. */
  constructor(counts: Counts, fromMs: number) {
    this.last = { ...counts };
    this.lastMs = fromMs;
  }

  /** A session that ended well in the interval that is open. */
  session(us: number): void {
    this.latency.recordValue(Math.min(Math.max(1, Math.round(us)), this.latency.highestTrackableValue));
  }

  /** Ends the open interval. `counts` are those of the whole run up to now. */
  close(atMs: number, counts: Counts, concurrent: number): Interval {
    const entry: Entry = {
      atMs,
      durationMs: atMs - this.lastMs,
      counts: countsSince(this.last, counts),
      concurrent,
      latency: this.latency,
    };
    this.entries.push(entry);
    this.last = { ...counts };
    this.lastMs = atMs;
    this.latency = histogramOfDigits(2);
    if (this.entries.length > INTERVALS_MAX) this.merge();
    return intervalOf(entry);
  }

  intervals(): Interval[] {
    return this.entries.map(intervalOf);
  }

  private merge(): void {
    const before = this.entries.splice(0);
    for (let index = 0; index < before.length; index += 2) {
      const [first, second] = before.slice(index, index + 2);
      if (first !== undefined) this.entries.push(second === undefined ? first : merged(first, second));
    }
  }
}

function merged(first: Entry, second: Entry): Entry {
  const counts = { ...second.counts };
  for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += first.counts[key];
  second.latency.add(first.latency);
  return { ...second, durationMs: first.durationMs + second.durationMs, counts };
}

function intervalOf({ atMs, durationMs, counts, concurrent, latency }: Entry): Interval {
  const at = (percentile: number) =>
    latency.totalCount === 0 ? null : latency.getValueAtPercentile(percentile);
  return {
    atMs: Math.round(atMs),
    durationMs: Math.round(durationMs),
    planned: counts.planned,
    started: counts.started,
    completed: counts.completed,
    failed: counts.failed,
    concurrent,
    commands: counts.commands,
    messages: counts.messages,
    octets: counts.octets,
    integrityErrors: counts.integrityErrors,
    p50Us: at(50),
    p90Us: at(90),
    p99Us: at(99),
  };
}
