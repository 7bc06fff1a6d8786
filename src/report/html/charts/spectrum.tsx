import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { VNode } from 'preact';
import type { Latency } from '../../../load/result.js';
import { count, microseconds } from '../../format.js';
import { decodeHistogram, type SpectrumPoint, spectrum } from '../../histogram.js';
import { CHART, ChartFrame, SERIES_STYLES, type SeriesStyle } from './frame.js';
import { latencyAxis } from './latency-axis.js';

const MARKS = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
/** Percentiles that are told, those between the marks included. */
const TOLD = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9995, 0.9999, 0.99999, 0.999999];

export interface SpectrumSeries {
  readonly name: string;
  readonly latency: Latency;
}

/** Latency by percentile, the percentiles spread as HdrHistogram spreads them: each nine takes the same room. */
export function SpectrumChart(props: {
  readonly id: string;
  readonly title: string;
  /** The first ones are drawn where there are more than lines that can be told apart. */
  readonly series: readonly SpectrumSeries[];
  /** Of the base run. */
  readonly base?: SpectrumSeries | undefined;
}): VNode | null {
  const curves = [
    ...curvesOf(props.series, SERIES_STYLES),
    ...curvesOf(props.base === undefined ? [] : [{ ...props.base, name: `base ${props.base.name}` }], [
      'base',
    ]),
  ];
  if (curves.length === 0) return null;
  const left = props.series.length - SERIES_STYLES.length;
  const slowest = Math.max(...curves.map(({ points }) => points.at(-1)?.us ?? 1));
  const fastest = Math.min(...curves.map(({ points }) => points[0]?.us ?? 1));
  const median = Math.max(...curves.map(({ latency }) => latency.p50Us));
  const { y, ticks, log } = latencyAxis(fastest, median, slowest);
  const deepest = Math.max(...curves.map(({ points }) => depth(points.at(-2)?.quantile ?? 0)), 1);
  // The maximum stands at the right end, one halving behind the last percentile that the count supports.
  const x = scaleLinear()
    .domain([0, deepest + 0.5])
    .range([CHART.left, CHART.width - CHART.right]);
  const place = ({ quantile }: SpectrumPoint) => x(quantile === 1 ? deepest + 0.5 : depth(quantile));
  const path = line<SpectrumPoint>()
    .x(place)
    .digits(1)
    .y(({ us }) => y(us));
  const main = curves[0]?.latency;
  return (
    <ChartFrame
      id={props.id}
      title={props.title}
      summary={`${curves[0]?.name ?? ''}: p50 ${microseconds(main?.p50Us ?? 0)}, p99 ${microseconds(main?.p99Us ?? 0)}, slowest ${microseconds(main?.maxUs ?? 0)} of ${count(main?.count ?? 0)}.${left > 0 ? ` ${left} more stand in the table of latencies.` : ''}${log ? ' Logarithmic scale.' : ''}`}
      x={MARKS.filter((mark) => depth(mark) <= deepest).map((mark) => ({
        at: x(depth(mark)),
        label: percentLabel(mark),
      }))}
      xLabel="percentile"
      y={ticks}
      legend={curves.map(({ style, name }) => [style, name] as const)}
      head={['percentile', ...curves.map(({ name }) => name)]}
      readings={[...TOLD.filter((quantile) => depth(quantile) <= deepest), 1].map((quantile) => ({
        at: place({ quantile, us: 0 }),
        cells: [
          quantile === 0 ? 'min' : quantile === 1 ? 'max' : `p${percentLabel(quantile)}`,
          ...curves.map(({ at }) => microseconds(at(quantile))),
        ],
      }))}
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

function curvesOf(series: readonly SpectrumSeries[], styles: readonly SeriesStyle[]) {
  return series.flatMap(({ name, latency }, index) => {
    const histogram = decodeHistogram(latency.histogram);
    const style = styles[index];
    if (histogram === undefined || style === undefined) return [];
    // A bucket's upper end may lie above the largest value in it.
    const at = (quantile: number) => Math.min(histogram.getValueAtPercentile(quantile * 100), latency.maxUs);
    return [{ name, latency, style, points: spectrum(histogram), at }];
  });
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
      cy={props.y(props.point.us).toFixed(1)}
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
