import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { VNode } from 'preact';
import type { Interval } from '../../../load/result.js';
import { microseconds, milliseconds, significant } from '../../format.js';
import { CHART, ChartFrame, SERIES_STYLES, type Tick } from './frame.js';
import { type Axis, latencyAxis } from './latency-axis.js';

/** So few points are marked each, since a line between them alone says little. */
const DOTS_MAX = 40;

const FORMATS = {
  latency: (us: number) => (us === 0 ? '0' : microseconds(us)),
  count: (value: number) => significant(value),
  rate: (value: number) => significant(value),
} as const;

export interface TimelineSeries {
  readonly name: string;
  /** One value for each interval; null where nothing was measured. */
  readonly value: (interval: Interval) => number | null;
}

/** Something that happened at a moment of the run. */
export interface Moment {
  readonly atMs: number;
  readonly label: string;
}

export interface TimelineProps {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** At least one. */
  readonly intervals: readonly Interval[];
  readonly series: readonly TimelineSeries[];
  /** The base run: an interval, or none, for each of this run; drawn is the first of the series. */
  readonly base?: readonly (Interval | undefined)[] | undefined;
  /** Moments that divide the run. */
  readonly moments: readonly Moment[];
  /** What the values are: microseconds, counts of something, or rates. */
  readonly of: keyof typeof FORMATS;
}

/** Values over the time of the run, one point for each interval; those of the base run at the same time of it. */
export function TimelineChart(props: TimelineProps): VNode {
  const { intervals, base } = props;
  const format = FORMATS[props.of];
  const ours = props.series.map(({ name, value }, index) => ({
    name,
    style: SERIES_STYLES[index] ?? 'f',
    values: intervals.map(value),
  }));
  const [main] = props.series;
  const beneath =
    base === undefined || main === undefined
      ? []
      : [
          {
            name: `base ${main.name}`,
            style: 'base' as const,
            values: base.map((interval) => (interval === undefined ? null : main.value(interval))),
          },
        ];
  const lines = [...ours, ...beneath.filter(({ values }) => values.some((value) => value !== null))];
  const first = intervals[0];
  const startMs = first === undefined ? 0 : first.atMs - first.durationMs;
  const endMs = Math.max(intervals.at(-1)?.atMs ?? 0, startMs + 1);
  const { unitMs, unit } = timeUnit(endMs);
  const x = scaleLinear()
    .domain([startMs / unitMs, endMs / unitMs])
    .range([CHART.left, CHART.width - CHART.right]);
  const at = (ms: number) => x(ms / unitMs);
  const { y, ticks, log } = axisOf(
    props.of,
    lines.flatMap(({ values }) => values).filter((value) => value !== null),
  );
  const path = line<number | null>()
    .defined((value) => value !== null)
    .x((_, index) => at(intervals[index]?.atMs ?? 0))
    .y((value) => y(value ?? 0))
    .digits(1);
  const lone = (values: readonly (number | null)[], index: number) =>
    intervals.length <= DOTS_MAX ||
    ((values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null);
  return (
    <ChartFrame
      id={props.id}
      title={props.title}
      summary={`${props.summary}${log ? ' Logarithmic scale.' : ''}`}
      x={x.ticks(6).map((tick) => ({ at: x(tick), label: significant(tick) }))}
      xLabel={unit}
      y={ticks}
      marks={props.moments
        .filter(({ atMs }) => atMs > startMs && atMs < endMs - (endMs - startMs) / 50)
        .map(({ atMs, label }): Tick => ({ at: at(atMs), label }))}
      legend={lines.map(({ style, name }) => [style, name] as const)}
      head={['time', ...lines.map(({ name }) => name)]}
      readings={intervals.map(({ atMs }, index) => ({
        at: at(atMs),
        cells: [
          milliseconds(atMs),
          ...lines.map(({ values }) => {
            const value = values[index] ?? null;
            return value === null ? '–' : format(value);
          }),
        ],
      }))}
    >
      {lines.map(({ style, values }) => (
        <>
          <path class={`line ${style}`} d={path(values) ?? ''} />
          {values.map((value, index) =>
            value !== null && lone(values, index) ? (
              <circle
                class={`dot ${style}`}
                cx={at(intervals[index]?.atMs ?? 0).toFixed(1)}
                cy={y(value).toFixed(1)}
                r="2.5"
              />
            ) : null,
          )}
        </>
      ))}
    </ChartFrame>
  );
}

function axisOf(kind: keyof typeof FORMATS, values: readonly number[]): Axis {
  const sorted = [...values].sort((a, b) => a - b);
  const highest = sorted.at(-1) ?? 0;
  if (kind === 'latency') return latencyAxis(sorted[0] ?? 1, sorted[sorted.length >> 1] ?? 1, highest);
  const y = scaleLinear()
    .domain([0, highest === 0 ? 1 : highest])
    .range([CHART.height - CHART.bottom, CHART.top])
    .nice();
  // There is nothing between 1 and 2 failures.
  const ticks = y.ticks(5).filter((tick) => kind === 'rate' || Number.isInteger(tick));
  return { y, ticks: ticks.map((tick) => ({ at: y(tick), label: FORMATS[kind](tick) })), log: false };
}

function timeUnit(endMs: number): { unitMs: number; unit: string } {
  if (endMs < 180_000) return { unitMs: 1_000, unit: 'seconds' };
  return endMs < 3 * 3_600_000 ? { unitMs: 60_000, unit: 'minutes' } : { unitMs: 3_600_000, unit: 'hours' };
}
