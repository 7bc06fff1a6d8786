import type { CheckResult } from '../check/result.js';
import { knownWords, viewBaseline } from './baseline-view.js';
import { type CheckView, type RfcRow, type Tally, viewCheck } from './check-view.js';
import { safeText } from './escape.js';
import { count, milliseconds, plural } from './format.js';
import { alignRows, type Cell, hang, type Row } from './table.js';
import { findingLines } from './terminal-findings.js';
import { type Paper, paintVerdict, verdictBlock, WIDTH } from './terminal-style.js';
import { VERDICT_INFO, verdictSign } from './verdicts.js';

/** Findings that are known: they stand in the baseline file. */
const KNOWN_SHOWN = 20;

/** The end summary of a check: findings, what was not run, counts and the verdict last, where the eye is. */
export function checkSummary(doc: CheckResult, paper: Paper): string {
  const view = viewCheck(doc);
  const lines = [
    ...findingLines(doc, view, paper),
    ...notRunLines(view, paper),
    ...tableLines(view, doc, paper),
    ...baselineLines(doc, paper),
    ...verdictLines(doc, view, paper),
  ];
  return `${lines.join('\n')}\n`;
}

function notRunLines(view: CheckView, { chalk, width }: Paper): string[] {
  if (view.notRun.length === 0) return [];
  const lines = ['', chalk.bold('NOT RUN')];
  for (const { verdict, text, cases } of view.notRun.slice(0, 15)) {
    const head =
      width < WIDTH
        ? `  ${verdictSign(verdict)} ${count(cases.length)} ${verdict}  `
        : `  ${verdictSign(verdict)} ${verdict.padEnd(11)} ${plural(cases.length, 'case').padStart(9)}  `;
    lines.push(...hang(head, text, width));
  }
  if (view.notRun.length > 15) lines.push(`  and ${plural(view.notRun.length - 15, 'more reason')}`);
  return lines;
}

function tableLines(view: CheckView, doc: CheckResult, { chalk, width }: Paper): string[] {
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
      width,
      head.map((_, column) => column).reverse(),
    ),
  ];
}

/** What is known, and what the baseline asks for: that last, since it makes the run fail. */
function baselineLines(doc: CheckResult, { chalk, width }: Paper): string[] {
  const view = viewBaseline(doc);
  if (view === undefined) return [];
  const { file, demands, known, notRun } = view;
  const [first = '', ...rest] = hang('BASELINE  ', file, width);
  const lines = [
    '',
    `${chalk.bold('BASELINE')}${chalk.dim(first.slice(8))}`,
    ...rest.map((line) => chalk.dim(line)),
  ];
  for (const result of known.slice(0, KNOWN_SHOWN))
    lines.push(...hang('  known    ', `${safeText(result.id, 200)} ${knownWords(result)}`, width, chalk.dim));
  if (known.length > KNOWN_SHOWN)
    lines.push(`  and ${plural(known.length - KNOWN_SHOWN, 'more finding')} known`);
  if (notRun > 0) lines.push(`  not run  ${plural(notRun, 'entry', 'entries')}`);
  for (const { entry, text } of demands)
    lines.push(...hang(`  ${entry.state.padEnd(9)}`, text, width, chalk.red));
  return lines;
}

function verdictLines(doc: CheckResult, view: CheckView, paper: Paper): string[] {
  const counts = VERDICT_INFO.filter(({ verdict }) => (view.counts.get(verdict) ?? 0) > 0).map(
    ({ verdict, sign }): Cell => ({
      text: `${sign} ${count(view.counts.get(verdict) ?? 0)} ${verdict}`,
      paint: paintVerdict(verdict, paper.chalk),
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
    paper,
  );
}
