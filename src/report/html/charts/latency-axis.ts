import { scaleLinear, scaleLog } from 'd3-scale';
import { microseconds } from '../../format.js';
import { CHART, type Tick } from './frame.js';

/** From this ratio of the slowest to the median on, a linear axis would flatten everything but the tail. */
const LOG_FROM_MEDIAN = 15;
const LOG_FROM_FASTEST = 500;

/** The upright axis of a chart. */
export interface Axis {
  /** Drawing units of a value. */
  readonly y: (value: number) => number;
  readonly ticks: readonly Tick[];
  /** Logarithmic: to be said beside the picture. */
  readonly log: boolean;
}

/** The axis for latencies of which these are the fastest, the median and the slowest, in microseconds. */
export function latencyAxis(fastestUs: number, medianUs: number, slowestUs: number): Axis {
  const [least, median, most] = [fastestUs, medianUs, slowestUs].map((us) => Math.max(1, us)) as [
    number,
    number,
    number,
  ];
  const range: [number, number] = [CHART.height - CHART.bottom, CHART.top];
  const log = most / median > LOG_FROM_MEDIAN || most / least > LOG_FROM_FASTEST;
  if (!log) {
    const y = scaleLinear().domain([0, most]).range(range).nice();
    return {
      y,
      ticks: y.ticks(5).map((us) => ({ at: y(us), label: us === 0 ? '0' : microseconds(us) })),
      log,
    };
  }
  const y = scaleLog().domain([least, most]).range(range).nice();
  const [low = 1, high = 1] = y.domain();
  const ticks: Tick[] = [];
  for (let us = 10 ** Math.ceil(Math.log10(low)); us <= high * 1.001; us *= 10)
    ticks.push({ at: y(us), label: microseconds(us) });
  return { y: (us) => y(Math.max(us, low)), ticks, log };
}
