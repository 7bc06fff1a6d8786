import type { VNode } from 'preact';
import type { Interval, LoadResult } from '../../load/result.js';
import { safeText } from '../escape.js';
import { count, microseconds, milliseconds, plural, significant } from '../format.js';
import { baseIntervals, joinIntervals } from '../intervals.js';
import { SpectrumChart, type SpectrumSeries } from './charts/spectrum.js';
import { type Moment, TimelineChart, type TimelineProps, type TimelineSeries } from './charts/timeline.js';

/** Stages that are named in a chart; more would write over each other. */
const STAGES_NAMED = 6;

/** A chart over time: all of a run have the same intervals. */
type Story = Pick<TimelineProps, 'id' | 'title' | 'summary' | 'series' | 'of'>;

/** The run as pictures: latency by percentile, and what happened when. `base`: an earlier run, drawn beneath this one. */
export function Curves({
  doc,
  base,
}: {
  readonly doc: LoadResult;
  readonly base: LoadResult | undefined;
}): VNode {
  const intervals = joinIntervals(doc.series);
  const time = {
    intervals,
    base: base === undefined ? undefined : baseIntervals(intervals, doc, base),
    moments: momentsOf(doc),
  };
  const quiet = [...doc.series, ...(base?.series ?? [])].every(
    ({ failed, dropped, integrityErrors }) => failed + (dropped ?? 0) + integrityErrors === 0,
  );
  const stories = [
    ...latencyStory(intervals),
    rateStory(doc, intervals),
    openStory(doc, intervals),
    ...(quiet ? [] : [errorStory(doc, intervals)]),
    ...lagStory(doc, intervals),
  ];
  return (
    <section id="curves">
      <h2>Curves</h2>
      {intervals.length === 0 ? (
        <p>No interval was measured, so there is nothing to draw over time.</p>
      ) : (
        quiet && <p>No errors over time: no session failed, no start was dropped, nothing was damaged.</p>
      )}
      <div class="cols">
        <SpectrumChart
          id="spectrum-session"
          title="Session latency by percentile"
          series={sessionSeries(doc)}
          base={base === undefined ? undefined : sessionSeries(base)[0]}
        />
        {intervals.length > 0 && stories.map((story) => <TimelineChart {...story} {...time} />)}
        <SpectrumChart
          id="spectrum-command"
          title="Command latency by percentile"
          series={kindSeries(doc, 'command')}
        />
        <SpectrumChart
          id="spectrum-phase"
          title="Phase latency by percentile"
          series={kindSeries(doc, 'phase')}
        />
      </div>
    </section>
  );
}

/** Where stages meet, where the load by HTTP begins, and where nothing was started any more. */
function momentsOf({ model, durationMs, sideLoad }: LoadResult): Moment[] {
  const moments: Moment[] = [];
  if (model.kind === 'open') {
    let atMs = model.warmupMs;
    for (const [index, stage] of model.stages.slice(0, -1).entries()) {
      atMs += stage.durationMs;
      moments.push({ atMs, label: model.stages.length > STAGES_NAMED ? '' : `stage ${index + 2}` });
    }
  }
  if (sideLoad !== undefined) moments.push({ atMs: sideLoad.fromMs, label: 'HTTP' });
  return [...moments, { atMs: model.warmupMs + durationMs, label: 'end' }];
}

/** ` Each point is 1 min.`, with what it tells of that minute; empty where a point is a second. */
function grain(intervals: readonly Interval[], what = ''): string {
  const widestMs = Math.max(0, ...intervals.map(({ durationMs }) => durationMs));
  if (widestMs < 1_500) return '';
  return ` Each point is ${what}${milliseconds(Math.round(widestMs / 1_000) * 1_000)}.`;
}

/** None where no session went well. */
function latencyStory(intervals: readonly Interval[]): Story[] {
  const p99s = intervals.flatMap(({ p99Us }) => p99Us ?? []);
  if (p99s.length === 0) return [];
  return [
    {
      id: 'time-latency',
      title: 'Session latency over time',
      summary: `Of the sessions that ended well at that time; the worst p99 is ${microseconds(Math.max(...p99s))}.${grain(intervals, 'the worst of ')}`,
      series: [
        { name: 'p99', value: ({ p99Us }) => p99Us },
        { name: 'p90', value: ({ p90Us }) => p90Us },
        { name: 'p50', value: ({ p50Us }) => p50Us },
      ],
      of: 'latency',
    },
  ];
}

function rateStory({ rates }: LoadResult, intervals: readonly Interval[]): Story {
  const completed: TimelineSeries = { name: 'completed', value: perSecond((interval) => interval.completed) };
  const offered: TimelineSeries = { name: 'offered', value: perSecond((interval) => interval.planned) };
  const told = `${significant(rates.completed)} sessions completed per second`;
  return rates.offered === null
    ? {
        id: 'time-rate',
        title: 'Achieved rate',
        summary: `${told}.${grain(intervals)}`,
        series: [completed],
        of: 'rate',
      }
    : {
        id: 'time-rate',
        title: 'Offered and achieved rate',
        summary: `${told}, ${significant(rates.offered)} offered.${grain(intervals)}`,
        series: [completed, offered],
        of: 'rate',
      };
}

function openStory({ totals }: LoadResult, intervals: readonly Interval[]): Story {
  return {
    id: 'time-open',
    title: 'Sessions open at once',
    summary: `${count(totals.peakConcurrent)} at the peak.${grain(intervals, 'the most of ')}`,
    series: [{ name: 'open sessions', value: ({ concurrent }) => concurrent }],
    of: 'count',
  };
}

function errorStory({ totals, integrity, rates }: LoadResult, intervals: readonly Interval[]): Story {
  const told = `${plural(totals.failed, 'session')} failed, ${plural(integrity.errors, 'integrity error')}, ${plural(totals.dropped, 'start')} dropped`;
  const dropped: TimelineSeries = { name: 'never started', value: (interval) => interval.dropped ?? null };
  return {
    id: 'time-errors',
    title: 'Errors over time',
    summary: `${told}.${grain(intervals, 'the sum of ') || ' Each point is a second.'}`,
    series: [
      { name: 'failed', value: ({ failed }) => failed },
      { name: 'damaged', value: ({ integrityErrors }) => integrityErrors },
      ...(rates.offered === null ? [] : [dropped]),
    ],
    of: 'count',
  };
}

/** None in the closed model, where there is no plan. */
function lagStory({ scheduleLag }: LoadResult, intervals: readonly Interval[]): Story[] {
  if (scheduleLag === null || intervals.every(({ lagMaxUs }) => lagMaxUs === undefined)) return [];
  return [
    {
      id: 'time-lag',
      title: 'Starts behind the plan',
      summary: `How late popspec itself was: p99 ${microseconds(scheduleLag.p99Us)}, at most ${microseconds(scheduleLag.maxUs)}.${grain(intervals)}`,
      series: [
        { name: 'latest', value: ({ lagMaxUs }) => lagMaxUs ?? null },
        { name: 'mean', value: ({ lagMeanUs }) => lagMeanUs ?? null },
      ],
      of: 'latency',
    },
  ];
}

function perSecond(value: (interval: Interval) => number): (interval: Interval) => number {
  return (interval) => (interval.durationMs > 0 ? (value(interval) * 1_000) / interval.durationMs : 0);
}

/** What went well before what failed, from the plan before from the start. */
function sessionSeries(doc: LoadResult): SpectrumSeries[] {
  const names = { planned: 'from plan', sent: 'from start', 'first-octet': 'first octet' };
  return doc.latencies
    .filter(({ kind, count: values }) => kind === 'session' && values > 0)
    .sort((a, b) =>
      a.outcome === b.outcome ? a.measure.localeCompare(b.measure) : a.outcome === 'ok' ? -1 : 1,
    )
    .map((latency) => ({
      name: `${names[latency.measure]}${latency.outcome === 'failed' ? ', failed' : ''}`,
      latency,
    }));
}

/** The slowest first. */
function kindSeries(doc: LoadResult, kind: 'phase' | 'command'): SpectrumSeries[] {
  return doc.latencies
    .filter((latency) => latency.kind === kind && latency.measure !== 'first-octet')
    .filter((latency) => latency.outcome === 'ok' && latency.count > 0)
    .sort((a, b) => b.p99Us - a.p99Us)
    .map((latency) => ({ name: safeText(latency.name, 16), latency }));
}
