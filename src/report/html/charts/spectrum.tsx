import { scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { VNode } from 'preact';
import type { Latency } from '../../../load/result.js';
import { count, microseconds } from '../../format.js';
import { decodeHistogram, type SpectrumPoint, spectrum } from '../../histogram.js';
import { CHART, ChartFrame, SERIES_STYLES, type SeriesStyle } from './frame.js';

/** From this ratio of the slowest to the median on, a linear axis would flatten everything but the tail. */
const LOG_FROM_RATIO = 15;
const MARKS = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];

export interface SpectrumSeries {
  readonly name: string;
  readonly latency: Latency;
}

/** Latency by percentile, the percentiles spread as HdrHistogram spreads them: each nine takes the same room. */
export function SpectrumChart(props: {
  readonly id: string;
  readonly title: string;
  readonly series: readonly SpectrumSeries[];
}): VNode | null {
  const curves = props.series.flatMap(({ name, latency }, index) => {
    const histogram = decodeHistogram(latency.histogram);
    const style = SERIES_STYLES[index];
    if (histogram === undefined || style === undefined) return [];
    return [{ name, latency, style, points: spectrum(histogram) }];
  });
  if (curves.length === 0) return null;
  const slowest = Math.max(...curves.map(({ points }) => points.at(-1)?.us ?? 1), 1);
  const fastest = Math.max(1, Math.min(...curves.map(({ points }) => points[0]?.us ?? 1)));
  const median = Math.max(1, Math.max(...curves.map(({ latency }) => latency.p50Us)));
  const log = slowest / median > LOG_FROM_RATIO || slowest / fastest > 500;
  const range: [number, number] = [CHART.height - CHART.bottom, CHART.top];
  const y = log
    ? scaleLog().domain([fastest, slowest]).range(range).nice()
    : scaleLinear().domain([0, slowest]).range(range).nice();
  const ticks = log ? powers(y.domain()) : y.ticks(5);
  const deepest = Math.max(...curves.map(({ points }) => depth(points.at(-2)?.quantile ?? 0)), 1);
  // The maximum stands at the right end, one halving behind the last percentile that the count supports.
  const x = scaleLinear()
    .domain([0, deepest + 0.5])
    .range([CHART.left, CHART.width - CHART.right]);
  const place = ({ quantile }: SpectrumPoint) => x(quantile === 1 ? deepest + 0.5 : depth(quantile));
  const path = line<SpectrumPoint>()
    .x(place)
    .y(({ us }) => y(Math.max(us, log ? fastest : 0)));
  const main = curves[0]?.latency;
  return (
    <ChartFrame
      id={props.id}
      title={props.title}
      summary={`${curves[0]?.name ?? ''}: p50 ${microseconds(main?.p50Us ?? 0)}, p99 ${microseconds(main?.p99Us ?? 0)}, slowest ${microseconds(main?.maxUs ?? 0)} of ${count(main?.count ?? 0)}.${log ? ' Logarithmic scale.' : ''}`}
      x={MARKS.filter((mark) => depth(mark) <= deepest).map((mark) => ({
        at: x(depth(mark)),
        label: percentLabel(mark),
      }))}
      xLabel="percentile"
      y={ticks.map((us) => ({ at: y(us), label: us === 0 ? '0' : microseconds(us) }))}
      legend={curves.map(({ style, name }) => [style, name] as const)}
      head={['percentile', ...curves.map(({ name }) => name)]}
      rows={[0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 1].map((quantile) => [
        quantile === 1 ? 'max' : percentLabel(quantile),
        ...curves.map(({ points }) => microseconds(valueAt(points, quantile))),
      ])}
    >
      {curves.map(({ style, points }) => (
        <>
          <path class={`line ${style}`} d={path(points) ?? ''} />
          <EndDot point={points.at(-1)} style={style} x={place} y={y} />
        </>
      ))}
    </ChartFrame>
  );
}

function EndDot(props: {
  readonly point: SpectrumPoint | undefined;
  readonly style: SeriesStyle;
  readonly x: (point: SpectrumPoint) => number;
  readonly y: (us: number) => number;
}): VNode | null {
  if (props.point === undefined) return null;
  return (
    <circle
      class={`dot ${props.style}`}
      cx={props.x(props.point).toFixed(1)}
      cy={props.y(Math.max(1, props.point.us)).toFixed(1)}
      r="3"
    />
  );
}

/** How often the rest to 100 % was halved: 1 for p50, 6.6 for p99. */
function depth(quantile: number): number {
  return -Math.log2(1 - quantile);
}

function percentLabel(quantile: number): string {
  return `${Number((quantile * 100).toFixed(6))}`;
}

function powers([low = 1, high = 1]: number[]): number[] {
  const ticks: number[] = [];
  for (let us = 10 ** Math.ceil(Math.log10(low)); us <= high * 1.001; us *= 10) ticks.push(us);
  return ticks;
}

function valueAt(points: readonly SpectrumPoint[], quantile: number): number {
  return (points.find((point) => point.quantile >= quantile - 1e-9) ?? points.at(-1))?.us ?? 0;
}
