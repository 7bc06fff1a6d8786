import type { ChalkInstance } from 'chalk';
import type { CaseResult, CheckResult } from '../check/result.js';
import type { Finding } from '../dialogue/outcome.js';
import { knownWords, viewBaseline } from './baseline-view.js';
import {
  alternativesOf,
  type CheckView,
  caseLabels,
  clauseIndex,
  evidenceOf,
  lastSent,
  type RfcRow,
  type Tally,
  viewCheck,
} from './check-view.js';
import { printable, safeText } from './escape.js';
import { count, milliseconds, plural } from './format.js';
import { alignRows, type Cell, hang, type Row, wrap } from './table.js';
import { paintVerdict, verdictBlock, WIDTH } from './terminal-style.js';
import { causeWords, VERDICT_INFO, verdictSign } from './verdicts.js';

/** Findings shown in full; a server that breaks everything is better read in the HTML report. */
const FINDINGS_SHOWN = 50;
/** Findings of one case that are shown; the first ones say what the later ones repeat. */
const FINDINGS_PER_CASE = 3;
const LINE_OCTETS = 200;
/** Findings that are known: they stand in the baseline file. */
const KNOWN_SHOWN = 20;

/** The end summary of a check: findings, what was not run, counts and the verdict last, where the eye is. */
export function checkSummary(doc: CheckResult, chalk: ChalkInstance): string {
  const view = viewCheck(doc);
  const lines = [
    ...findingLines(doc, view, chalk),
    ...notRunLines(view, chalk),
    ...tableLines(view, doc, chalk),
    ...baselineLines(doc, chalk),
    ...verdictLines(doc, view, chalk),
  ];
  return `${lines.join('\n')}\n`;
}

function findingLines(doc: CheckResult, view: CheckView, chalk: ChalkInstance): string[] {
  const lines: string[] = [];
  const shown = view.findings.filter(({ verdict, known }) => verdict !== 'info' && known === undefined);
  const clauses = clauseIndex(doc);
  for (const result of shown.slice(0, FINDINGS_SHOWN)) {
    const paint = paintVerdict(result.verdict, chalk);
    const labels = [...caseLabels(result, clauses), result.level].join(' · ');
    lines.push(
      '',
      `${paint(chalk.bold(`${verdictSign(result.verdict)} ${result.verdict.toUpperCase()}`))}  ${chalk.bold(safeText(result.id, 200))}`,
    );
    lines.push(...wrap(safeText(result.title, 300), WIDTH - 4).map((line) => `    ${line}`));
    lines.push(`    ${chalk.dim(labels)}`);
    for (const finding of result.findings.slice(0, FINDINGS_PER_CASE)) {
      lines.push(...oneFinding(finding, result, doc, chalk));
    }
    const more = result.findings.length - FINDINGS_PER_CASE;
    if (more > 0) lines.push(`    ${chalk.dim(`and ${plural(more, 'more finding')} in this case`)}`);
    lines.push(`    ${chalk.dim('more')}      popspec explain ${safeText(result.id, 200)}`);
  }
  const rest = shown.length - FINDINGS_SHOWN;
  if (rest > 0) lines.push('', `  and ${plural(rest, 'more case')} with findings: see the HTML report`);
  return lines;
}

function oneFinding(finding: Finding, result: CaseResult, doc: CheckResult, chalk: ChalkInstance): string[] {
  const { transcript, witness } = evidenceOf(finding, result, doc);
  const sent = lastSent(transcript, finding.event)?.replace(/\r\n$/, '');
  const waited = finding.waitedMs === undefined ? '' : ` after ${milliseconds(finding.waitedMs)}`;
  const expected = alternativesOf(finding)
    .slice(0, 6)
    .map((line) => printable(line, LINE_OCTETS));
  const facts: [string, string][] = [
    ['why', safeText(finding.reason, 400)],
    ['at', safeText(finding.place, 200)],
    ['line', printable(finding.source.trim(), LINE_OCTETS)],
    ['sent', sent === undefined ? '' : printable(sent, LINE_OCTETS)],
    ['expected', expected.join('  or  ')],
    ['got', printable(finding.actual, LINE_OCTETS)],
    ['because', `${causeWords(finding.cause)}${waited}`],
  ];
  for (const { expression, value } of (finding.values ?? []).slice(0, 6))
    facts.push(['value', `${printable(expression, 100)} = ${printable(value, LINE_OCTETS)}`]);
  if (witness !== undefined) facts.push(['seen in', safeText(witness.id, 200)]);
  return facts
    .filter(([, value]) => value !== '')
    .flatMap(([name, value]) =>
      wrap(value, WIDTH - 14).map(
        (line, index) => `    ${chalk.dim((index === 0 ? name : '').padEnd(8))}  ${line}`,
      ),
    );
}

function notRunLines(view: CheckView, chalk: ChalkInstance): string[] {
  if (view.notRun.length === 0) return [];
  const lines = ['', chalk.bold('NOT RUN')];
  for (const { verdict, text, cases } of view.notRun.slice(0, 15)) {
    const head = `  ${verdictSign(verdict)} ${verdict.padEnd(11)} ${plural(cases.length, 'case').padStart(9)}  `;
    lines.push(...hang(head, text, WIDTH));
  }
  if (view.notRun.length > 15) lines.push(`  and ${plural(view.notRun.length - 15, 'more reason')}`);
  return lines;
}

function tableLines(view: CheckView, doc: CheckResult, chalk: ChalkInstance): string[] {
  if (doc.cases.length === 0) return [];
  const tested = new Map(doc.coverage.map((row) => [row.rfc, row]));
  const cell = ({ kept, judged }: Tally): Cell | string => {
    if (judged === 0) return { text: '–', paint: chalk.dim };
    return kept === judged ? `${kept}/${judged}` : { text: `${kept}/${judged}`, paint: chalk.red };
  };
  const row = (entry: RfcRow): Row => {
    const clauses = entry.rfc === null ? undefined : tested.get(entry.rfc);
    return [
      entry.rfc === null ? 'other' : `RFC ${entry.rfc}`,
      ...view.levels.map((level) => cell(entry.byLevel.get(level) ?? { kept: 0, judged: 0 })),
      entry.undecided === 0 ? '–' : { text: String(entry.undecided), paint: chalk.magenta },
      entry.notRun === 0 ? '–' : String(entry.notRun),
      clauses === undefined ? '–' : `${clauses.tested}/${clauses.binding - clauses.notOnWire}`,
    ];
  };
  const head = ['kept/tested', ...view.levels, 'undecided', 'not run', 'clauses'];
  return [
    '',
    chalk.bold('BY RFC AND LEVEL'),
    ...alignRows(
      [head.map((text) => ({ text, paint: chalk.dim })), ...view.rfcs.map(row)],
      `l${'r'.repeat(head.length - 1)}`,
    ),
  ];
}

/** What is known, and what the baseline asks for: that last, since it makes the run fail. */
function baselineLines(doc: CheckResult, chalk: ChalkInstance): string[] {
  const view = viewBaseline(doc);
  if (view === undefined) return [];
  const { file, demands, known, notRun } = view;
  const lines = ['', `${chalk.bold('BASELINE')}  ${chalk.dim(file)}`];
  for (const result of known.slice(0, KNOWN_SHOWN))
    lines.push(...hang('  known    ', `${safeText(result.id, 200)} ${knownWords(result)}`, WIDTH, chalk.dim));
  if (known.length > KNOWN_SHOWN)
    lines.push(`  and ${plural(known.length - KNOWN_SHOWN, 'more finding')} known`);
  if (notRun > 0) lines.push(`  not run  ${plural(notRun, 'entry', 'entries')}`);
  for (const { entry, text } of demands)
    lines.push(...hang(`  ${entry.state.padEnd(9)}`, text, WIDTH, chalk.red));
  return lines;
}

function verdictLines(doc: CheckResult, view: CheckView, chalk: ChalkInstance): string[] {
  const counts = VERDICT_INFO.filter(({ verdict }) => (view.counts.get(verdict) ?? 0) > 0).map(
    ({ verdict, sign }): Cell => ({
      text: `${sign} ${count(view.counts.get(verdict) ?? 0)} ${verdict}`,
      paint: paintVerdict(verdict, chalk),
    }),
  );
  return verdictBlock(
    {
      stamp: view.stamp,
      sentence: view.sentence,
      hint: doc.problem?.hint,
      facts: counts,
      foot: `${safeText(doc.target.url, 200)}, ${milliseconds(doc.durationMs)}`,
      complete: doc.complete,
    },
    chalk,
  );
}
