import type { CheckResult } from '../check/result.js';
import type { LoadResult } from '../load/result.js';
import { caseLabels, caseReason, clauseIndex, viewCheck } from './check-view.js';
import type { ResultDocument } from './document.js';
import { printable, safeText } from './escape.js';
import { count, microseconds, milliseconds, plural, significant } from './format.js';
import { viewLoad } from './load-view.js';
import { VERDICT_INFO, verdictSign } from './verdicts.js';

/** Rows of a table; a step summary or a comment is for a first look (GitHub takes 65,536 characters in a comment). */
const ROWS_MAX = 40;
const CELL_MAX = 160;

/** A short summary in GitHub-flavoured Markdown, for a CI step summary or a pull request. */
export function renderMarkdown(doc: ResultDocument): string {
  return doc.kind === 'check' ? checkMarkdown(doc) : loadMarkdown(doc);
}

function checkMarkdown(doc: CheckResult): string {
  const view = viewCheck(doc);
  const clauses = clauseIndex(doc);
  const counts = VERDICT_INFO.filter(({ verdict }) => (view.counts.get(verdict) ?? 0) > 0);
  const found = view.findings.filter(({ verdict }) => verdict !== 'info');
  const rows = found.slice(0, ROWS_MAX).map((result) => {
    const verdict = `${verdictSign(result.verdict)} ${result.verdict}`;
    return `| ${verdict} | ${code(result.id)} | ${text(caseLabels(result, clauses).join(', '))} | ${text(caseReason(result))} |`;
  });
  return document([
    `## ${view.stamp.word}: popspec check ${code(doc.target.url)}`,
    text(view.sentence, 400),
    doc.problem?.hint === undefined ? '' : text(doc.problem.hint, 400),
    counts.length === 0
      ? ''
      : table(
          counts.map(({ verdict, sign }) => `${sign} ${verdict}`),
          [`| ${counts.map(({ verdict }) => count(view.counts.get(verdict) ?? 0)).join(' | ')} |`],
        ),
    rows.length === 0 ? '' : table(['verdict', 'case', 'clause', 'what was found'], rows),
    found.length > ROWS_MAX ? `and ${plural(found.length - ROWS_MAX, 'more case')} with findings` : '',
    `popspec ${text(doc.tool.version)}, ${milliseconds(doc.durationMs)}${doc.complete ? '' : ', ended early'}`,
  ]);
}

function loadMarkdown(doc: LoadResult): string {
  const view = viewLoad(doc);
  const thresholds = doc.thresholds.map(
    ({ expression, actual, passed }) =>
      `| ${passed ? '✓ met' : '✗ missed'} | ${code(expression)} | ${text(actual)} |`,
  );
  const latencies = view.latencies
    .flatMap(({ rows }) => rows)
    .filter(({ latency }) => latency.measure !== 'first-octet' && latency.count > 0)
    .slice(0, ROWS_MAX)
    .map(({ latency, label }) => {
      const values = [latency.p50Us, latency.p90Us, latency.p99Us, latency.maxUs].map(microseconds);
      return `| ${[text(label), latency.outcome, count(latency.count), ...values].join(' | ')} |`;
    });
  const errors = [...doc.errors]
    .sort((a, b) => b.count - a.count)
    .slice(0, ROWS_MAX)
    .map(
      (error) =>
        `| ${count(error.count)} | ${error.integrity ? 'yes' : 'no'} | ${code(printable(error.text, CELL_MAX))} |`,
    );
  return document([
    `## ${view.stamp.word}: popspec load ${code(doc.target.url)}`,
    text(view.sentence, 400),
    doc.problem?.hint === undefined ? '' : text(doc.problem.hint, 400),
    thresholds.length === 0 ? '' : table(['threshold', 'limit', 'actual'], thresholds),
    `${text(doc.scenario.id)}: ${text(view.model)}; ${significant(doc.rates.started)}/s started, ${count(doc.totals.failed)} failed, ${count(doc.totals.dropped)} dropped`,
    latencies.length === 0
      ? ''
      : table(['latency', 'outcome', 'count', 'p50', 'p90', 'p99', 'max'], latencies),
    errors.length === 0 ? '' : table(['errors', 'damage', 'text'], errors),
    `popspec ${text(doc.tool.version)}, ${milliseconds(doc.durationMs)}${doc.complete ? '' : ', ended early'}`,
  ]);
}

function document(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n');
}

/** Text in which nothing is markup: no link, image, mention, HTML tag or table border comes out of it. */
function text(value: string, max = CELL_MAX): string {
  // GitHub looks for mentions after entities are decoded, and leaves code alone.
  return entities(safeText(value, max)).replaceAll('&#64;', '<code>@</code>');
}

/** Code that stays within its table cell: as HTML, since a backtick in it would end a Markdown span. */
function code(value: string): string {
  return `<code>${entities(safeText(value, CELL_MAX))}</code>`;
}

function entities(value: string): string {
  const escaped = value.replace(/[\\`*_{}[\]()#+!|<>&~@:]/g, (character) => `&#${character.charCodeAt(0)};`);
  return escaped.replace(/www\./gi, (word) => `${word.slice(0, 3)}&#46;`);
}
