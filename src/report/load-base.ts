import { invalidity } from '../load/comparison/comparable.js';
import type { LoadResult } from '../load/result.js';
import { ReportError } from './errors.js';
import { safeText } from './escape.js';
import { count, microseconds, percent, significant } from './format.js';
import { sessionLatency, viewLoad } from './load-view.js';

/** A figure of this run beside that of an earlier one. */
export interface BaseRow {
  readonly name: string;
  readonly base: string;
  readonly now: string;
  /** `+4.2 %`; empty where the base is nothing that one could take a share of. */
  readonly change: string;
}

/** What an earlier run of the same scenario has to say about this one. */
export interface BaseView {
  readonly rows: readonly BaseRow[];
  /** What was not the same, so that figures may differ for that reason: name, base, now. */
  readonly differences: readonly (readonly [string, string, string])[];
  /** Why the figures of the base are not those of its server; undefined when they are. */
  readonly invalid: string | undefined;
}

/**
 * Sees that a run can be drawn beneath another: both are load runs of one scenario. Other differences are told, not
 * refused.
 * @throws ReportError
 */
export function mustBeComparable(doc: LoadResult, base: LoadResult): void {
  if (doc.scenario.id === base.scenario.id) return;
  throw new ReportError(
    'REPORT_BASE',
    `the base played the scenario ${safeText(base.scenario.id, 100)}, this run ${safeText(doc.scenario.id, 100)}`,
    'give a run of the same scenario as --base',
  );
}

export function viewBase(doc: LoadResult, base: LoadResult): BaseView {
  const invalid = invalidity(base);
  return {
    rows: rowsOf(doc, base),
    differences: differencesOf(doc, base),
    invalid: invalid === undefined ? undefined : safeText(invalid, 400),
  };
}

function rowsOf(doc: LoadResult, base: LoadResult): BaseRow[] {
  const row = (
    name: string,
    figure: (run: LoadResult) => number | null | undefined,
    format: (value: number) => string,
  ): BaseRow[] => {
    const [before, now] = [figure(base) ?? null, figure(doc) ?? null];
    if (before === null && now === null) return [];
    const told = (value: number | null) => (value === null ? '–' : format(value));
    return [{ name, base: told(before), now: told(now), change: changeOf(before, now) }];
  };
  const session = (figure: 'p50Us' | 'p90Us' | 'p99Us' | 'maxUs') => (run: LoadResult) =>
    sessionLatency(run)?.[figure];
  return [
    ...row('offered', ({ rates }) => rates.offered, perSecond),
    ...row('completed', ({ rates }) => rates.completed, perSecond),
    ...row('session p50', session('p50Us'), microseconds),
    ...row('session p90', session('p90Us'), microseconds),
    ...row('session p99', session('p99Us'), microseconds),
    ...row('session max', session('maxUs'), microseconds),
    ...namesOf(doc, base).flatMap((name) =>
      row(`${safeText(name, 16)} p99`, (run) => p99Of(run, name), microseconds),
    ),
    ...row('failed', failedShare, (share) => percent(share, 1)),
    ...row('dropped', ({ totals }) => totals.dropped, count),
    ...row('integrity errors', ({ integrity }) => integrity.errors, count),
  ];
}

function perSecond(value: number): string {
  return `${significant(value)}/s`;
}

/** `+4.2 %`: three digits say nothing more of a single run. */
function changeOf(before: number | null, now: number | null): string {
  if (before === null || now === null) return '';
  if (before === now) return '=';
  if (before === 0) return '';
  const share = ((now - before) / before) * 100;
  return `${share > 0 ? '+' : '−'}${significant(Math.abs(share))} %`;
}

function failedShare({ totals }: LoadResult): number | null {
  const ended = totals.completed + totals.failed;
  return ended === 0 ? null : totals.failed / ended;
}

/** Phases and commands of either run, those of this one in its order first. */
function namesOf(doc: LoadResult, base: LoadResult): string[] {
  const timed = [...doc.latencies, ...base.latencies].filter(
    ({ kind, count: values }) => kind !== 'session' && values > 0,
  );
  return [...new Set(timed.map(({ name }) => name))];
}

function p99Of({ latencies }: LoadResult, wanted: string): number | undefined {
  return latencies.find(
    ({ name, kind, outcome, measure, count: values }) =>
      name === wanted && kind !== 'session' && outcome === 'ok' && measure === 'sent' && values > 0,
  )?.p99Us;
}

function differencesOf(doc: LoadResult, base: LoadResult): [string, string, string][] {
  const facts: readonly (readonly [string, (run: LoadResult) => string])[] = [
    ['target', ({ target }) => safeText(target.url, 200)],
    ['TLS', ({ target }) => target.tls],
    ['login', ({ target }) => target.auth],
    ['load', (run) => viewLoad(run).model],
    ['users', ({ users }) => count(users)],
    [
      'dialogue',
      ({ scenario }) => (scenario.dialogue === doc.scenario.dialogue ? 'this one' : 'another one'),
    ],
    ['popspec', ({ tool }) => safeText(tool.version, 40)],
    [
      'machine',
      ({ environment: { node, platform, cpus } }) => safeText(`Node ${node}, ${platform}, ${cpus} CPUs`, 200),
    ],
  ];
  return facts.flatMap(([name, fact]): [string, string, string][] => {
    const [before, now] = [fact(base), fact(doc)];
    return before === now ? [] : [[name, before, now]];
  });
}
