import type { ChalkInstance } from 'chalk';
import { REFUSAL_HINTS } from '../load/refusals.js';
import type { LoadResult } from '../load/result.js';
import { printable, safeText } from './escape.js';
import { count, microseconds, milliseconds, octets, percent, plural, significant } from './format.js';
import { CAPACITY_VERDICTS, type LoadView, viewLoad } from './load-view.js';
import { alignRows, hang, type Row } from './table.js';
import { type Paper, verdictBlock } from './terminal-style.js';

const ERRORS_SHOWN = 12;

/** The end summary of a load run: thresholds first, the actual value beside the limit, the verdict last. */
export function loadSummary(doc: LoadResult, paper: Paper): string {
  const view = viewLoad(doc);
  // Of a run that could not begin there is nothing to tell but why.
  if (doc.durationMs === 0 && doc.totals.planned === 0)
    return `${verdictLines(doc, view, paper).join('\n')}\n`;
  const lines = [
    ...thresholdLines(doc, paper),
    ...capacityLines(doc, paper),
    ...totalLines(doc, view, paper),
    ...latencyLines(doc, view, paper),
    ...sideLoadLines(doc, paper),
    ...errorLines(doc, paper),
    ...healthLines(doc, paper),
    ...verdictLines(doc, view, paper),
  ];
  return `${lines.join('\n')}\n`;
}

function thresholdLines(doc: LoadResult, { chalk, width }: Paper): string[] {
  if (doc.thresholds.length === 0) return [];
  const rows = doc.thresholds.map(
    ({ expression, actual, passed }): Row => [
      { text: passed ? '✓ met' : '✗ missed', paint: passed ? chalk.green : chalk.red },
      safeText(expression, 60),
      `is ${safeText(actual, 60)}`,
    ],
  );
  return ['', chalk.bold('THRESHOLDS'), ...alignRows(rows, 'lll', width)];
}

function capacityLines({ capacity }: LoadResult, { chalk, width }: Paper): string[] {
  if (capacity === undefined) return [];
  const head = ['rate', '', 'completed', 'p50', 'p99', ''].map((text) => ({ text, paint: chalk.dim }));
  const rows = capacity.steps.map((step): Row => {
    const paint = { held: chalk.green, missed: chalk.red, generator: chalk.yellow, ended: chalk.yellow }[
      step.verdict
    ];
    return [
      `${significant(step.ratePerSecond)}/s`,
      { text: CAPACITY_VERDICTS[step.verdict], paint },
      `${significant(step.completedPerSecond)}/s`,
      step.p50Us === null ? '–' : microseconds(step.p50Us),
      step.p99Us === null ? '–' : microseconds(step.p99Us),
      safeText(step.missed.join(', '), 60),
    ];
  });
  const found = capacity.perSecond === null ? 'none was found' : `${significant(capacity.perSecond)}/s`;
  return [
    '',
    chalk.bold('CAPACITY'),
    `  ${found}; the figures below are those of that step`,
    ...alignRows([head, ...rows], 'rlrrrl', width, [3]),
  ];
}

function totalLines(doc: LoadResult, view: LoadView, { chalk, width }: Paper): string[] {
  const { totals, rates } = doc;
  const offered = rates.offered === null ? '' : `offered ${significant(rates.offered)}/s`;
  const achieved =
    rates.offered === null ? '' : `, ${percent(rates.completed, rates.offered)} of it completed`;
  const failed = `${count(totals.failed)} failed (${percent(totals.failed, totals.completed + totals.failed)})`;
  const rows: Row[] = [
    [
      'sessions',
      count(totals.completed),
      `${significant(rates.completed)}/s`,
      totals.failed > 0 ? { text: failed, paint: chalk.red } : failed,
    ],
    ['started', count(totals.started), `${significant(rates.started)}/s`, `${offered}${achieved}`],
    ['commands', count(totals.commands), `${significant(rates.commands)}/s`, ''],
    [
      'messages',
      count(totals.messages),
      `${significant(rates.messages)}/s`,
      totals.deleted > 0 ? `${count(totals.deleted)} deleted` : '',
    ],
    ['data', octets(totals.octets), `${octets(rates.octets)}/s`, ''],
  ];
  if (doc.tls !== undefined) {
    const { full, resumed, perSecond } = doc.tls;
    const kinds = `${count(full)} full, ${count(resumed)} resumed`;
    rows.push(['handshakes', count(full + resumed), `${significant(perSecond)}/s`, kinds]);
  }
  if (doc.refill !== undefined) rows.push(refillRow(doc.refill, chalk));
  if (totals.dropped > 0)
    rows.push(['dropped', count(totals.dropped), '', { text: 'no user or slot was free', paint: chalk.red }]);
  if (totals.late > 0) rows.push(['late', count(totals.late), '', 'started more than 10 ms behind the plan']);
  if (totals.cutOff > 0) rows.push(['cut off', count(totals.cutOff), '', 'still open when the run ended']);
  return [
    '',
    chalk.bold('SESSIONS'),
    ...hang(
      '  ',
      `${safeText(doc.scenario.id, 80)}: ${view.model}; peak ${count(totals.peakConcurrent)} open`,
      width,
      chalk.dim,
    ),
    ...alignRows(rows, 'lrrl', width),
    ...mixLines(doc, width),
  ];
}

function mixLines({ mix }: LoadResult, width: number): string[] {
  if (mix === undefined) return [];
  const rows = mix.map(
    (part): Row => [
      safeText(part.id, 60),
      count(part.started),
      `${count(part.completed)} completed`,
      `${count(part.failed)} failed`,
    ],
  );
  return ['', ...alignRows(rows, 'lrrl', width)];
}

function refillRow(refill: NonNullable<LoadResult['refill']>, chalk: ChalkInstance): Row {
  const { delivered, failed, late, perSecond, error } = refill;
  const asked = `delivered meanwhile, at ${significant(perSecond)}/s`;
  if (failed + late === 0) return ['refill', count(delivered), '', asked];
  const why = error === undefined ? '' : `: ${printable(error, 120)}`;
  const text = `${asked}; ${count(failed)} failed, ${count(late)} too late${why}`;
  return ['refill', count(delivered), '', { text, paint: chalk.red }];
}

function latencyLines(doc: LoadResult, view: LoadView, { chalk, width }: Paper): string[] {
  const rows: Row[] = [];
  for (const { rows: group } of view.latencies) {
    for (const { latency, label } of group) {
      if (latency.measure === 'first-octet' || latency.count === 0) continue;
      const failed = latency.outcome === 'failed';
      const cells = [
        failed ? `✗ ${label}, failed` : label,
        count(latency.count),
        ...[latency.p50Us, latency.p90Us, latency.p99Us, latency.p999Us, latency.maxUs].map(microseconds),
      ];
      rows.push(failed ? cells.map((text) => ({ text, paint: chalk.red })) : cells);
    }
  }
  if (doc.scheduleLag !== null && doc.scheduleLag.count > 0) {
    const lag = doc.scheduleLag;
    rows.push(
      [
        'start behind plan',
        count(lag.count),
        ...[lag.p50Us, lag.p90Us, lag.p99Us, lag.p999Us, lag.maxUs].map(microseconds),
      ].map((text) => ({ text, paint: chalk.dim })),
    );
  }
  if (rows.length === 0) return [];
  const head = ['', 'count', 'p50', 'p90', 'p99', 'p99.9', 'max'].map((text) => ({ text, paint: chalk.dim }));
  return ['', chalk.bold('LATENCY'), ...alignRows([head, ...rows], 'lrrrrrr', width, [5, 3, 1, 6])];
}

function sideLoadLines({ sideLoad }: LoadResult, { chalk, width }: Paper): string[] {
  if (sideLoad === undefined) return [];
  const { url, connections, requests, requestsPerSecond, p50Ms, p99Ms, errors, non2xx } = sideLoad;
  const cell = (us: number | null) => (us === null ? '–' : microseconds(us));
  const rows = (['without', 'with'] as const).map((side): Row => {
    const { count: sessions, p50Us, p90Us, p99Us } = sideLoad[side];
    return [`sessions ${side} it`, count(sessions), cell(p50Us), cell(p90Us), cell(p99Us)];
  });
  const head = ['', 'count', 'p50', 'p90', 'p99'].map((text) => ({ text, paint: chalk.dim }));
  const http = `${safeText(url, 200)}: ${plural(connections, 'connection')}, ${plural(requests, 'request')} at ${significant(requestsPerSecond)}/s, p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}, ${plural(errors, 'error')}, ${count(non2xx)} other than 2xx`;
  return [
    '',
    chalk.bold('HTTP BESIDE IT'),
    ...hang('  ', http, width),
    ...alignRows([head, ...rows], 'lrrrr', width),
  ];
}

function errorLines(doc: LoadResult, { chalk, width }: Paper): string[] {
  const { checks, errors } = doc.integrity;
  const whole = errors === 0 ? chalk.green('✓ intact') : chalk.red(`✗ ${plural(errors, 'error')}`);
  const lines = ['', chalk.bold('INTEGRITY'), `  ${whole}  ${plural(checks, 'check')}`];
  if (doc.errors.length === 0) return lines;
  lines.push('', chalk.bold('ERRORS'));
  const sorted = [...doc.errors].sort((a, b) => b.count - a.count);
  const digits = Math.max(...sorted.map((error) => count(error.count).length));
  for (const error of sorted.slice(0, ERRORS_SHOWN)) {
    const head = `  ${count(error.count).padStart(digits)}  `;
    const text = `${error.integrity ? 'DAMAGE ' : ''}${printable(error.text, 240)}`;
    lines.push(...hang(head, text, width, error.integrity ? chalk.red : undefined));
    if (error.refusal !== undefined)
      lines.push(...hang(' '.repeat(head.length), REFUSAL_HINTS[error.refusal], width, chalk.dim));
  }
  if (sorted.length > ERRORS_SHOWN)
    lines.push(`  and ${plural(sorted.length - ERRORS_SHOWN, 'more kind')} of error`);
  return lines;
}

function healthLines({ health }: LoadResult, { chalk, width }: Paper): string[] {
  const good = health.verdict === 'ok';
  const files =
    health.openFiles === null
      ? ''
      : `, ${count(health.openFiles)}${health.openFilesLimit === null ? '' : ` of ${count(health.openFilesLimit)}`} open files`;
  const facts = `event loop p99 ${milliseconds(health.eventLoopDelayP99Ms)}, CPU ${significant(health.cpuPercent)} %, ${octets(health.maxRssBytes)} memory${files}`;
  const each = health.workers.map(({ cpuPercent }) => `${significant(cpuPercent)} %`);
  const workers = each.length < 2 ? '' : `; ${each.length} workers with CPU ${each.join(', ')}`;
  const mark = good ? '✓ ok' : '✗ saturated';
  const [first = '', ...rest] = hang(`  ${mark}  `, facts + workers, width);
  return [
    '',
    chalk.bold('GENERATOR'),
    first.replace(mark, good ? chalk.green(mark) : chalk.red(mark)),
    ...rest,
    ...health.reasons.slice(0, 5).flatMap((reason) => hang('    ', safeText(reason, 300), width)),
  ];
}

function verdictLines(doc: LoadResult, view: LoadView, paper: Paper): string[] {
  return verdictBlock(
    {
      stamp: view.stamp,
      sentence: view.sentence,
      hint: doc.problem?.hint,
      facts: [],
      foot: `${safeText(doc.target.url, 200)}, ${milliseconds(doc.durationMs)} measured`,
      complete: doc.complete,
    },
    paper,
  );
}
