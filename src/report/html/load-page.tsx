import type { VNode } from 'preact';
import type { Interval, LoadResult } from '../../load/result.js';
import { printable, safeText } from '../escape.js';
import { count, instant, microseconds, milliseconds, plural, significant } from '../format.js';
import type { LoadView } from '../load-view.js';
import { SpectrumChart, type SpectrumSeries } from './charts/spectrum.js';
import { joinIntervals, TimelineChart } from './charts/timeline.js';
import { Capacity, Mix, SideLoad, Workers } from './load-parts.js';
import { Errors, Figures, Health, LatencyTable, Thresholds } from './load-tables.js';
import { Dialogue, Headline, Meta, Postmark } from './parts.js';

/** The report of a load run: the verdict and the thresholds, the figures, the curves, what went wrong. */
export function LoadPage({ doc, view }: { readonly doc: LoadResult; readonly view: LoadView }): VNode {
  return (
    <>
      <a class="skip" href="#thresholds">
        Skip to the thresholds
      </a>
      <div class="edge" />
      <div class="wrap">
        <Header doc={doc} view={view} />
        <main>
          <Thresholds doc={doc} />
          <Capacity doc={doc} />
          <Figures doc={doc} />
          <Mix doc={doc} />
          <Curves doc={doc} />
          <LatencyTable doc={doc} view={view} />
          <SideLoad doc={doc} />
          <Errors doc={doc} />
          <Health doc={doc} />
          <Workers doc={doc} />
          <section id="scenario">
            <h2>{safeText(doc.scenario.title, 200)}</h2>
            <p class="sub">
              <code>{safeText(doc.scenario.id, 100)}</code>
            </p>
            <Dialogue source={doc.scenario.dialogue} judged={new Set()} />
            <p>{`Exit code ${doc.exit.code}: ${safeText(doc.exit.reason, 300)}`}</p>
          </section>
        </main>
        <footer>{`Made by popspec ${safeText(doc.tool.version, 40)}. Passwords and tokens were masked before anything was recorded.`}</footer>
      </div>
    </>
  );
}

function Header({ doc, view }: { readonly doc: LoadResult; readonly view: LoadView }): VNode {
  const { target } = doc;
  const tls = target.tls === 'none' ? 'no TLS' : target.tls === 'stls' ? 'STLS' : 'implicit TLS';
  return (
    <header class="top">
      <div>
        <p class="kicker">popspec · POP3 load</p>
        <Headline text={view.sentence} />
        {doc.problem?.hint !== undefined && <p class="hint">{safeText(doc.problem.hint, 400)}</p>}
        {!doc.complete && <p class="hint">The run ended early: these are the figures up to then.</p>}
        <Meta
          facts={[
            ['Target', <code>{safeText(target.url, 200)}</code>],
            ['Greeting', target.greeting === undefined ? '' : <code>{printable(target.greeting, 160)}</code>],
            ['Scenario', <code>{safeText(doc.scenario.id, 100)}</code>],
            ['Load', view.model],
            ['Session', `${tls}, ${target.auth} login`],
            ['Measured', milliseconds(doc.durationMs)],
            ['When', instant(safeText(doc.startedAt, 40))],
          ]}
        />
      </div>
      <Postmark stamp={view.stamp} date={safeText(doc.startedAt, 10).slice(0, 10)} />
    </header>
  );
}

function Curves({ doc }: { readonly doc: LoadResult }): VNode {
  const intervals = joinIntervals(doc.series);
  const joined = Math.ceil(doc.series.length / Math.max(1, intervals.length));
  const coarse = joined > 1 ? ` Each point is the worst of ${joined} intervals.` : '';
  const { totals, rates } = doc;
  return (
    <section id="curves">
      <h2>Curves</h2>
      <div class="cols">
        <SpectrumChart
          id="spectrum-session"
          title="Session latency by percentile"
          series={sessionSeries(doc)}
        />
        {intervals.length === 0 ? (
          <p>No interval was measured, so there is nothing to draw over time.</p>
        ) : (
          <>
            <TimelineChart
              id="time-latency"
              title="Session latency over time"
              summary={`p50, p90 and p99 of the sessions that ended in each interval; the worst p99 is ${microseconds(Math.max(...intervals.map(({ p99Us }) => p99Us ?? 0)))}.${coarse}`}
              intervals={intervals}
              series={[
                { name: 'p99', value: ({ p99Us }) => p99Us },
                { name: 'p90', value: ({ p90Us }) => p90Us },
                { name: 'p50', value: ({ p50Us }) => p50Us },
              ]}
              format={(us) => (us === 0 ? '0' : microseconds(us))}
            />
            <TimelineChart
              id="time-rate"
              title="Sessions per second"
              summary={`${significant(rates.completed)} per second completed${rates.offered === null ? '' : ` of ${significant(rates.offered)} offered`}, ${plural(totals.failed, 'failure')}.`}
              intervals={intervals}
              series={[
                { name: 'completed', value: perSecond((interval) => interval.completed) },
                { name: 'failed', value: perSecond((interval) => interval.failed) },
                ...(rates.offered === null
                  ? []
                  : [{ name: 'planned', value: perSecond((interval) => interval.planned) }]),
              ]}
              format={significant}
            />
            <TimelineChart
              id="time-open"
              title="Sessions open at once"
              summary={`${count(totals.peakConcurrent)} at the peak.${coarse === '' ? '' : ' Each point is the peak of its intervals.'}`}
              intervals={intervals}
              series={[{ name: 'open sessions', value: ({ concurrent }) => concurrent }]}
              format={significant}
            />
          </>
        )}
        <SpectrumChart
          id="spectrum-command"
          title="Command latency by percentile"
          series={commandSeries(doc)}
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

function perSecond(value: (interval: Interval) => number): (interval: Interval) => number {
  return (interval) => (interval.durationMs > 0 ? (value(interval) * 1_000) / interval.durationMs : 0);
}

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

function commandSeries(doc: LoadResult): SpectrumSeries[] {
  return kindSeries(doc, 'command').filter(({ latency }) => latency.measure !== 'first-octet');
}

function kindSeries(doc: LoadResult, kind: 'phase' | 'command'): SpectrumSeries[] {
  return doc.latencies
    .filter((latency) => latency.kind === kind && latency.outcome === 'ok' && latency.count > 0)
    .map((latency) => ({ name: safeText(latency.name, 16), latency }));
}
