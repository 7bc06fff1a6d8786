import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { VNode } from 'preact';
import type { Interval } from '../../../load/result.js';
import { significant } from '../../format.js';
import { CHART, ChartFrame, SERIES_STYLES } from './frame.js';

/** Points of one line; a longer run is drawn in coarser steps. */
export const POINTS_MAX = 240;
/** So few points are marked each, since a line between them alone says little. */
const DOTS_MAX = 40;

export interface TimelineSeries {
  readonly name: string;
  /** One value for each interval; null where nothing was measured. */
  readonly value: (interval: Interval) => number | null;
}

/** Values over the time of the run, one point for each interval. */
export function TimelineChart(props: {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly intervals: readonly Interval[];
  readonly series: readonly TimelineSeries[];
  readonly format: (value: number) => string;
}): VNode {
  const { intervals, format } = props;
  const lines = props.series.map(({ name, value }, index) => ({
    name,
    style: SERIES_STYLES[index] ?? 'f',
    points: intervals.map((interval) => ({ atMs: interval.atMs, value: value(interval) })),
  }));
  const highest = Math.max(...lines.flatMap(({ points }) => points.map(({ value }) => value ?? 0)), 0);
  const end = Math.max(intervals.at(-1)?.atMs ?? 0, 1);
  const { unitMs, unit } = timeUnit(end);
  const x = scaleLinear()
    .domain([0, end / unitMs])
    .range([CHART.left, CHART.width - CHART.right]);
  const y = scaleLinear()
    .domain([0, highest === 0 ? 1 : highest])
    .range([CHART.height - CHART.bottom, CHART.top])
    .nice();
  const path = line<{ atMs: number; value: number | null }>()
    .defined(({ value }) => value !== null)
    .x(({ atMs }) => x(atMs / unitMs))
    .y(({ value }) => y(value ?? 0));
  return (
    <ChartFrame
      id={props.id}
      title={props.title}
      summary={props.summary}
      x={x.ticks(6).map((tick) => ({ at: x(tick), label: significant(tick) }))}
      xLabel={unit}
      y={y.ticks(5).map((tick) => ({ at: y(tick), label: format(tick) }))}
      legend={lines.map(({ style, name }) => [style, name] as const)}
      head={[unit, ...lines.map(({ name }) => name)]}
      rows={intervals.map((interval, index) => [
        significant(interval.atMs / unitMs),
        ...lines.map(({ points }) => {
          const value = points[index]?.value ?? null;
          return value === null ? '–' : format(value);
        }),
      ])}
    >
      {lines.map(({ style, points }) => (
        <path class={`line ${style}`} d={path(points) ?? ''} />
      ))}
      {intervals.length <= DOTS_MAX &&
        lines.map(({ style, points }) =>
          points.map(({ atMs, value }) =>
            value === null ? null : (
              <circle
                class={`dot ${style}`}
                cx={x(atMs / unitMs).toFixed(1)}
                cy={y(value).toFixed(1)}
                r="2.5"
              />
            ),
          ),
        )}
    </ChartFrame>
  );
}

function timeUnit(endMs: number): { unitMs: number; unit: string } {
  if (endMs < 180_000) return { unitMs: 1_000, unit: 'seconds' };
  return endMs < 3 * 3_600_000 ? { unitMs: 60_000, unit: 'minutes' } : { unitMs: 3_600_000, unit: 'hours' };
}

/**
 * At most POINTS_MAX intervals: neighbours are joined. Counts are added; of concurrency and percentiles the worst
 * stays, since a mean would hide exactly the moment that one looks for.
 */
export function joinIntervals(series: readonly Interval[]): Interval[] {
  const size = Math.ceil(series.length / POINTS_MAX);
  if (size <= 1) return [...series];
  const joined: Interval[] = [];
  for (let at = 0; at < series.length; at += size) joined.push(series.slice(at, at + size).reduce(join));
  return joined;
}

function join(a: Interval, b: Interval): Interval {
  return {
    atMs: b.atMs,
    durationMs: a.durationMs + b.durationMs,
    planned: a.planned + b.planned,
    started: a.started + b.started,
    completed: a.completed + b.completed,
    failed: a.failed + b.failed,
    concurrent: Math.max(a.concurrent, b.concurrent),
    commands: a.commands + b.commands,
    messages: a.messages + b.messages,
    octets: a.octets + b.octets,
    integrityErrors: a.integrityErrors + b.integrityErrors,
    p50Us: worst(a.p50Us, b.p50Us),
    p90Us: worst(a.p90Us, b.p90Us),
    p99Us: worst(a.p99Us, b.p99Us),
  };
}

function worst(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
