import { decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';

/** The distribution behind a latency; undefined when none was recorded or the text is none. */
export function decodeHistogram(base64: string): Histogram | undefined {
  if (base64 === '') return undefined;
  try {
    const histogram = decodeFromCompressedBase64(base64, 64);
    return histogram.totalCount > 0 ? histogram : undefined;
  } catch {
    return undefined;
  }
}

export interface SpectrumPoint {
  /** 0 to 1; 1 for the maximum. */
  readonly quantile: number;
  readonly us: number;
}

/**
 * A distribution by percentile as HdrHistogram draws it: eight points for each halving of the distance to 100 %, up
 * to the last one that the number of values supports, and the maximum.
 */
export function spectrum(histogram: Histogram): SpectrumPoint[] {
  const points: SpectrumPoint[] = [{ quantile: 0, us: histogram.getValueAtPercentile(0) }];
  for (let step = 1; ; step++) {
    const tail = 2 ** (-step / 8);
    if (tail * histogram.totalCount < 1) break;
    points.push({ quantile: 1 - tail, us: histogram.getValueAtPercentile((1 - tail) * 100) });
  }
  points.push({ quantile: 1, us: histogram.maxValue });
  return points;
}
