import type { ChalkInstance } from 'chalk';
import { safeText } from './escape.js';
import { type Column, countsOf, type MatrixRow, viewMatrix } from './matrix-view.js';
import { alignRows, type Cell, type Row, wrap } from './table.js';
import { paintVerdict, WIDTH } from './terminal-style.js';
import { verdictSign } from './verdicts.js';

/** Verdicts of a cell that are shown; the first ones are the worst. */
const SHOWN = 2;
const NAME_MAX = 16;

/** What several checks say at their end: suites by servers, with what did not pass, and how many kept each level. */
export function matrixSummary(columns: readonly Column[], chalk: ChalkInstance): string {
  const { servers, levels, folders, sentence } = viewMatrix(columns);
  const names = servers.map(({ name }) => safeText(name, NAME_MAX));
  const suites = folders.flatMap((folder) => folder.suites);
  const rows: Row[] = [
    ['', ...names.map((text): Cell => ({ text, paint: chalk.bold }))],
    ...suites
      .filter((suite) => suite.rows.some(({ results }) => results.some((one) => one?.verdict !== 'pass')))
      .map(
        (suite): Row => [
          safeText(suite.name, 40),
          ...servers.map((_, column) => cell(suite.rows, column, chalk)),
        ],
      ),
    ...levels.map(
      (level): Row => [
        level,
        ...servers.map(({ byLevel }) => {
          const { kept = 0, judged = 0 } = byLevel.get(level) ?? {};
          return judged === 0 ? '–' : `${kept}/${judged}`;
        }),
      ],
    ),
  ];
  const table = alignRows(rows, `l${'l'.repeat(servers.length)}`);
  return `${['', ...table, '', ...wrap(sentence, WIDTH), ''].join('\n')}`;
}

function cell(rows: readonly MatrixRow[], column: number, chalk: ChalkInstance): Cell {
  const counts = countsOf(rows.map(({ results }) => results[column]));
  const [worst] = counts;
  if (worst === undefined) return { text: verdictSign('pass'), paint: chalk.green };
  const text = counts.slice(0, SHOWN).map(([verdict, number]) => `${number}${verdictSign(verdict)}`);
  return { text: text.join(' '), paint: paintVerdict(worst[0], chalk) };
}
