import type { Histogram } from 'hdr-histogram-js';
import { z } from 'zod';
import { type Counts, countsSchema, countsSince, sumOfCounts } from './counts.js';
import { decodeHistogram, encodeHistogram, histogramOfDigits } from './distribution.js';
import type { Interval } from './result.js';

/** A run of any length has at most so many intervals: when there are more, neighbours are merged by two. */
export const INTERVALS_MAX = 600;
export const INTERVAL_MS = 1000;
/** A tick that comes so much early still ends the interval: timers are not exact. */
const EARLY_MS = 50;

/** An interval as plain data. Its number says where it lies, so that those of several shards can be added. */
export const slotSchema = z.object({
  /** The interval ends this many widths after the end of the warm-up. */
  slot: z.number(),
  durationMs: z.number(),
  counts: countsSchema,
  /** Sessions open at its end. */
  concurrent: z.number(),
  /** How late its starts were, all together and at most; 0 in the closed model. */
  lagSumUs: z.number(),
  lagMaxUs: z.number(),
  /** Sessions that ended well in it: HdrHistogram, base64; empty when there were none. */
  latency: z.string(),
});
export type Slot = z.infer<typeof slotSchema>;

export const seriesSchema = z.object({ widthMs: z.number(), slots: z.array(slotSchema) });
export type SeriesData = z.infer<typeof seriesSchema>;

interface Entry extends Omit<Slot, 'latency'> {
  latency: Histogram | undefined;
}

/** What happened in each interval of the run, bounded in memory whatever the length of the run. */
export class Series {
  private entries: Entry[] = [];
  private widthMs = INTERVAL_MS;
  private latency: Histogram | undefined;
  private lag = { lagSumUs: 0, lagMaxUs: 0 };
  private last: Counts;
  private lastMs = 0;
  /** In intervals of INTERVAL_MS. */
  private ended = 0;

  constructor(counts: Counts) {
    this.last = { ...counts };
  }

  /** A session that ended well in the interval that is open. */
  session(us: number): void {
    this.latency ??= histogramOfDigits(2);
    this.latency.recordValue(Math.min(Math.max(1, Math.round(us)), this.latency.highestTrackableValue));
  }

  /** A session that was started so late in the interval that is open (open model). */
  started(lagUs: number): void {
    const us = Math.round(lagUs);
    this.lag.lagSumUs += us;
    this.lag.lagMaxUs = Math.max(this.lag.lagMaxUs, us);
  }

  /**
   * Ends the open interval if it is due, or in any case with `last`, and gives it. `atMs` counts from the end of the
   * warm-up, `counts` are those of the whole run up to now.
   */
  close(atMs: number, counts: Counts, concurrent: number, last = false): Slot | undefined {
    const due = Math.floor((atMs + EARLY_MS) / INTERVAL_MS);
    if (!last && due <= this.ended) return undefined;
    this.ended = Math.max(this.ended + 1, due);
    const entry: Entry = {
      slot: this.ended,
      durationMs: atMs - this.lastMs,
      counts: countsSince(this.last, counts),
      concurrent,
      ...this.lag,
      latency: this.latency,
    };
    this.last = { ...counts };
    this.lastMs = atMs;
    this.latency = undefined;
    this.lag = { lagSumUs: 0, lagMaxUs: 0 };
    const closed = slotOf(entry);
    this.entries.push({ ...entry, slot: Math.ceil((entry.slot * INTERVAL_MS) / this.widthMs) });
    this.entries = inTime(this.entries);
    while (this.entries.length > INTERVALS_MAX) {
      this.widthMs *= 2;
      this.entries = inTime(this.entries.map(halved));
    }
    return closed;
  }

  toData(): SeriesData {
    return { widthMs: this.widthMs, slots: this.entries.map(slotOf) };
  }
}

/** The sum of the series of several shards. */
export function sumOfSeries(all: readonly SeriesData[]): SeriesData {
  const widthMs = Math.max(INTERVAL_MS, ...all.map((series) => series.widthMs));
  const bySlot = new Map<number, Entry>();
  for (const series of all) {
    let entries = series.slots.map(entryOf);
    for (let width = series.widthMs; width < widthMs; width *= 2) entries = inTime(entries.map(halved));
    for (const entry of entries) {
      const other = bySlot.get(entry.slot);
      bySlot.set(entry.slot, other === undefined ? entry : beside(other, entry));
    }
  }
  const slots = [...bySlot.values()].sort((a, b) => a.slot - b.slot).map(slotOf);
  // Where a shard was late for an interval, the clock says how long it was; the last one may be a piece.
  let before = 0;
  for (const entry of all.length > 1 ? slots.slice(0, -1) : []) {
    entry.durationMs = (entry.slot - before) * widthMs;
    before = entry.slot;
  }
  return { widthMs, slots };
}

/** The intervals of a result document. `fromMs`: the end of the warm-up, since the run began. */
export function intervalsOf({ slots }: SeriesData, fromMs: number, model: 'open' | 'closed'): Interval[] {
  let endMs = fromMs;
  return slots.map(({ durationMs, counts, concurrent, lagSumUs, lagMaxUs, latency }) => {
    endMs += durationMs;
    const histogram = latency === '' ? undefined : decodeHistogram(latency);
    const at = (percentile: number) => histogram?.getValueAtPercentile(percentile) ?? null;
    return {
      atMs: Math.round(endMs),
      durationMs: Math.round(durationMs),
      planned: counts.planned,
      started: counts.started,
      completed: counts.completed,
      failed: counts.failed,
      dropped: counts.dropped,
      concurrent,
      commands: counts.commands,
      messages: counts.messages,
      octets: counts.octets,
      integrityErrors: counts.integrityErrors,
      p50Us: at(50),
      p90Us: at(90),
      p99Us: at(99),
      ...(model === 'closed' || counts.started === 0
        ? {}
        : { lagMeanUs: Math.round(lagSumUs / counts.started), lagMaxUs }),
      ...(latency === '' ? {} : { histogram: latency }),
    };
  });
}

function halved(entry: Entry): Entry {
  return { ...entry, slot: Math.ceil(entry.slot / 2) };
}

/** Merges neighbours that lie in the same slot. */
function inTime(entries: readonly Entry[]): Entry[] {
  const merged: Entry[] = [];
  for (const entry of entries) {
    const before = merged.at(-1);
    if (before?.slot !== entry.slot) merged.push(entry);
    else {
      const durationMs = before.durationMs + entry.durationMs;
      merged[merged.length - 1] = { ...beside(before, entry), durationMs, concurrent: entry.concurrent };
    }
  }
  return merged;
}

/** Merges what two shards did in the same time. */
function beside(a: Entry, b: Entry): Entry {
  const [sum = b.latency, other] = [a.latency, b.latency];
  if (sum !== undefined && other !== undefined && sum !== other) sum.add(other);
  return {
    slot: a.slot,
    durationMs: Math.max(a.durationMs, b.durationMs),
    counts: sumOfCounts([a.counts, b.counts]),
    concurrent: a.concurrent + b.concurrent,
    lagSumUs: a.lagSumUs + b.lagSumUs,
    lagMaxUs: Math.max(a.lagMaxUs, b.lagMaxUs),
    latency: sum,
  };
}

function slotOf({ latency, ...entry }: Entry): Slot {
  return { ...entry, latency: latency === undefined ? '' : encodeHistogram(latency) };
}

function entryOf({ latency, ...slot }: Slot): Entry {
  return { ...slot, latency: latency === '' ? undefined : decodeHistogram(latency) };
}
