import type { CaseResult, CheckResult } from '../check/result.js';
import type { Verdict } from '../dialogue/outcome.js';
import type { LoadResult } from '../load/result.js';
import { knownWords, viewBaseline } from './baseline-view.js';
import { alternativesOf, caseLabels, caseReason, clauseIndex, evidenceOf, viewCheck } from './check-view.js';
import type { RunDocument } from './document.js';
import { printable, safeText } from './escape.js';
import { count, microseconds, milliseconds, significant } from './format.js';
import { viewLoad } from './load-view.js';
import { CELL_MAX, code, document, firstRows, folded, table, text } from './markdown-text.js';
import { type Column, countsOf, viewMatrix } from './matrix-view.js';
import { transcriptText } from './transcript.js';
import { causeWords, VERDICT_INFO, verdictSign } from './verdicts.js';

/** Rows of a table: a summary or a comment is for a first look. */
const ROWS_MAX = 40;
const MATRIX_ROWS_MAX = 300;
/** Verdicts for which a case has a row in a matrix. */
const TELLING: ReadonlySet<Verdict> = new Set<Verdict>(['fail', 'warn', 'error', 'inconclusive']);
/** Failures that are told with their transcript. */
const PROOFS = 5;
const PROOF_BOUNDS = { lines: 14, lineOctets: 120 } as const;

/** A short summary in GitHub-flavoured Markdown, for a CI step summary or a comment on a pull request. */
export function renderMarkdown(doc: RunDocument): string {
  return doc.kind === 'check' ? checkMarkdown(doc) : loadMarkdown(doc);
}

function checkMarkdown(doc: CheckResult): string {
  const view = viewCheck(doc);
  const clauses = clauseIndex(doc);
  const counts = VERDICT_INFO.filter(({ verdict }) => (view.counts.get(verdict) ?? 0) > 0);
  const found = view.findings.filter(({ verdict, known }) => verdict !== 'info' && known === undefined);
  const rows = found
    .slice(0, ROWS_MAX)
    .map((result) => [
      `${verdictSign(result.verdict)} ${result.verdict}`,
      code(result.id),
      text(caseLabels(result, clauses).join(', ')),
      text(caseReason(result)),
    ]);
  const failed = found.filter(({ verdict }) => verdict === 'fail');
  return document([
    `## ${view.stamp.word}: popspec check ${code(doc.target.name ?? doc.target.url)}`,
    text(view.sentence, 400),
    doc.problem?.hint === undefined ? '' : text(doc.problem.hint, 400),
    table(
      counts.map(({ verdict, sign }) => `${sign} ${verdict}`),
      counts.length === 0 ? [] : [counts.map(({ verdict }) => count(view.counts.get(verdict) ?? 0))],
    ),
    table(['verdict', 'case', 'clause', 'what was found'], rows, 'case', found.length),
    baselineTable(doc),
    ...failed.slice(0, PROOFS).map((result) => proof(result, doc)),
    footer(doc),
  ]);
}

/** What the baseline asks for, then what it knows. */
function baselineTable(doc: CheckResult): string {
  const { file = '', demands = [], known = [] } = viewBaseline(doc) ?? {};
  const rows = [
    ...demands.map(({ entry, text: demand }) => [`✗ ${entry.state}`, code(entry.id), text(demand, 400)]),
    ...known.map((result) => ['known', code(result.id), text(knownWords(result) ?? '', 400)]),
  ];
  return firstRows(['baseline', 'case or clause', code(file)], rows, 'entry', ROWS_MAX);
}

/** What was expected, what came, and the lines around it. */
function proof(result: CaseResult, doc: CheckResult): string {
  const [finding] = result.findings;
  if (finding === undefined) return '';
  const { transcript } = evidenceOf(finding, result, doc);
  const values = (finding.values ?? []).slice(0, 4);
  const lines = [
    `line:     ${printable(finding.source.trim(), CELL_MAX)}`,
    ...alternativesOf(finding)
      .slice(0, 4)
      .map((line) => `expected: ${printable(line, CELL_MAX)}`),
    `got:      ${printable(finding.actual, CELL_MAX)}`,
    ...values.map(
      ({ expression, value }) =>
        `value:    ${printable(expression, CELL_MAX)} = ${printable(value, CELL_MAX)}`,
    ),
    `because:  ${causeWords(finding.cause)}`,
    '',
    transcriptText(transcript, PROOF_BOUNDS, finding.event),
  ];
  const title = `${verdictSign(result.verdict)} ${result.id}: ${result.title}`;
  return folded(safeText(title), lines.join('\n'));
}

function loadMarkdown(doc: LoadResult): string {
  const view = viewLoad(doc);
  const thresholds = doc.thresholds.map(({ expression, actual, passed }) => [
    passed ? '✓ met' : '✗ missed',
    code(expression),
    text(actual),
  ]);
  const latencies = view.latencies
    .flatMap(({ rows }) => rows)
    .filter(({ latency }) => latency.measure !== 'first-octet' && latency.count > 0)
    .map(({ latency, label }) => {
      const values = [latency.p50Us, latency.p90Us, latency.p99Us, latency.maxUs].map(microseconds);
      return [text(label), latency.outcome, count(latency.count), ...values];
    });
  const errors = [...doc.errors]
    .sort((a, b) => b.count - a.count)
    .map((error) => [
      count(error.count),
      error.integrity ? 'yes' : 'no',
      code(printable(error.text, CELL_MAX)),
    ]);
  return document([
    `## ${view.stamp.word}: popspec load ${code(doc.target.url)}`,
    text(view.sentence, 400),
    doc.problem?.hint === undefined ? '' : text(doc.problem.hint, 400),
    firstRows(['threshold', 'limit', 'actual'], thresholds, 'threshold', ROWS_MAX),
    `${text(doc.scenario.id)}: ${text(view.model)}; ${significant(doc.rates.started)}/s started, ${count(doc.totals.failed)} failed, ${count(doc.totals.dropped)} dropped`,
    firstRows(
      ['latency', 'outcome', 'count', 'p50', 'p90', 'p99', 'max'],
      latencies,
      'distribution',
      ROWS_MAX,
    ),
    firstRows(['errors', 'damage', 'text'], errors, 'kind of error', ROWS_MAX),
    footer(doc),
  ]);
}

/** Several checks side by side: the servers with their counts, then the cases in which one of them was found wanting. */
export function renderMatrixMarkdown(columns: readonly Column[]): string {
  const { stamp, sentence, servers, levels, folders } = viewMatrix(columns);
  const perServer = servers.map(({ name, doc, counts, byLevel }) => [
    code(name),
    code(doc.target.url),
    ...levels.map((level) => {
      const { kept = 0, judged = 0 } = byLevel.get(level) ?? {};
      return judged === 0 ? '–' : `${kept}/${judged}`;
    }),
    text(
      VERDICT_INFO.filter(({ verdict }) => verdict !== 'pass' && (counts.get(verdict) ?? 0) > 0)
        .map(({ verdict, sign }) => `${sign} ${count(counts.get(verdict) ?? 0)} ${verdict}`)
        .join(', '),
    ),
  ]);
  const apart = folders
    .flatMap(({ suites }) => suites.flatMap((suite) => suite.rows))
    .filter(({ results }) => countsOf(results).some(([verdict]) => TELLING.has(verdict)));
  const rows = apart
    .slice(0, MATRIX_ROWS_MAX)
    .map(({ id, results }) => [
      code(id),
      ...results.map((result) =>
        result === undefined ? '' : `${verdictSign(result.verdict)} ${result.verdict}`,
      ),
    ]);
  return document([
    `## ${stamp.word}: popspec check of several servers`,
    text(sentence, 400),
    table(['server', 'target', ...levels, 'not passed'], perServer, 'server'),
    table(['case', ...servers.map(({ name }) => code(name))], rows, 'case', apart.length),
  ]);
}

function footer({ tool, durationMs, complete }: RunDocument): string {
  return `popspec ${text(tool.version)}, ${milliseconds(durationMs)}${complete ? '' : ', ended early'}`;
}
