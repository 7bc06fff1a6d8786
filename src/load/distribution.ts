import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import { z } from 'zod';
import type { Latency } from './result.js';

/** Longer latencies are counted as this long: the autologout of RFC 1939 §3 takes as much. */
export const CEILING_US = 600_000_000;

/** A distribution as plain data that can be added to others. */
export const distributionSchema = z.object({
  count: z.number(),
  overflow: z.number(),
  /** These two are 0 when nothing was recorded. */
  minUs: z.number(),
  maxUs: z.number(),
  sumUs: z.number(),
  /** HdrHistogram V2, compressed, base64; empty when nothing was recorded. */
  histogram: z.string(),
});
export type DistributionData = z.infer<typeof distributionSchema>;

/** 3 digits: values share a place with others from 2048 on, in steps that double with every power of two. */
const STEPS_BITS = 10;
const PLACES = (31 - STEPS_BITS) << STEPS_BITS;

/**
 * Latencies of one kind: the distribution in an HdrHistogram of fixed size, count, sum and extremes exactly. What is
 * recorded waits in plain counts by the places of that histogram, since it comes some hundred thousand times a second.
 */
export class Distribution {
  count = 0;
  overflow = 0;
  private minUs = Number.POSITIVE_INFINITY;
  private maxUs = 0;
  private sumUs = 0;
  private readonly waiting = new Uint32Array(PLACES);
  private readonly settled = histogramOfDigits(3);

  /** The sum of several. */
  static sumOf(all: readonly DistributionData[]): Distribution {
    const sum = new Distribution();
    for (const data of all) sum.add(data);
    return sum;
  }

  /** From histograms alone, whose extremes and mean are as exact as their digits. */
  static ofHistograms(all: readonly string[]): Distribution {
    const sum = new Distribution();
    for (const text of all) {
      if (text === '') continue;
      const histogram = decodeHistogram(text);
      const { totalCount: count, maxValue: maxUs, minNonZeroValue: minUs, mean } = histogram;
      sum.add({ count, overflow: 0, minUs, maxUs, sumUs: Math.round(mean * count), histogram: text });
    }
    return sum;
  }

  /** Takes microseconds; fractions are rounded, and less than 1 is 1. */
  record(us: number): void {
    const value = us < 1 ? 1 : Math.round(us);
    this.count++;
    this.sumUs += value;
    if (value < this.minUs) this.minUs = value;
    if (value > this.maxUs) this.maxUs = value;
    if (value > CEILING_US) this.overflow++;
    const counted = value > CEILING_US ? CEILING_US : value;
    const shift = Math.max(0, 31 - STEPS_BITS - Math.clz32(counted));
    const place = (shift << STEPS_BITS) + (counted >>> shift);
    this.waiting[place] = (this.waiting[place] ?? 0) + 1;
  }

  private get histogram(): Histogram {
    const { waiting, settled } = this;
    for (let place = 0; place < PLACES; place++) {
      const howMany = waiting[place] ?? 0;
      if (howMany === 0) continue;
      const shift = Math.max(0, (place >>> STEPS_BITS) - 1);
      settled.recordValueWithCount((place - (shift << STEPS_BITS)) * 2 ** shift, howMany);
      waiting[place] = 0;
    }
    return settled;
  }

  add({ count, overflow, minUs, maxUs, sumUs, histogram }: DistributionData): void {
    if (count === 0) return;
    this.count += count;
    this.overflow += overflow;
    this.sumUs += sumUs;
    this.minUs = Math.min(this.minUs, minUs);
    this.maxUs = Math.max(this.maxUs, maxUs);
    this.histogram.add(decodeHistogram(histogram));
  }

  /** Microseconds that `percentile` (0 to 100) of the values do not exceed; 0 when there are none. */
  at(percentile: number): number {
    if (this.count === 0) return 0;
    if (percentile >= 100) return this.maxUs;
    // A bucket's upper end may lie above the largest value in it.
    return Math.min(this.histogram.getValueAtPercentile(percentile), this.maxUs);
  }

  get min(): number {
    return this.count === 0 ? 0 : this.minUs;
  }

  get max(): number {
    return this.maxUs;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sumUs / this.count;
  }

  toData(): DistributionData {
    const { count, overflow, min, maxUs, sumUs } = this;
    return { count, overflow, minUs: min, maxUs, sumUs, histogram: encodeHistogram(this.histogram) };
  }

  toLatency(about: Pick<Latency, 'name' | 'kind' | 'outcome' | 'measure'>): Latency {
    return {
      ...about,
      count: this.count,
      minUs: this.min,
      meanUs: Math.round(this.mean * 10) / 10,
      p50Us: this.at(50),
      p90Us: this.at(90),
      p95Us: this.at(95),
      p99Us: this.at(99),
      p999Us: this.at(99.9),
      maxUs: this.max,
      ...(this.overflow === 0 ? {} : { overflow: this.overflow }),
      histogram: encodeHistogram(this.histogram),
    };
  }
}

/** A histogram of microseconds up to CEILING_US: 86 KB with 3 digits, 12 KB with 2. */
export function histogramOfDigits(digits: 2 | 3): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: false,
    highestTrackableValue: CEILING_US,
    numberOfSignificantValueDigits: digits,
  });
}

/** HdrHistogram V2, compressed, base64; empty for a histogram without values. */
export function encodeHistogram(histogram: Histogram): string {
  return histogram.totalCount === 0 ? '' : encodeIntoCompressedBase64(histogram);
}

export function decodeHistogram(text: string): Histogram {
  return decodeFromCompressedBase64(text, 32);
}
