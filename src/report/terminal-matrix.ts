import type { ChalkInstance } from 'chalk';
import { safeText } from './escape.js';
import { type Column, countsOf, type MatrixRow, viewMatrix } from './matrix-view.js';
import { alignRows, type Cell, cut, type Row, wrap } from './table.js';
import { paintVerdict, WIDTH } from './terminal-style.js';
import { verdictSign } from './verdicts.js';

/** Verdicts of a cell that are shown; the first ones are the worst. */
const SHOWN = 2;
const NAME_MAX = 24;
/** What a cell takes: `53/56`, `12✗ 3!`. */
const CELL = 8;
const SUITE_MAX = 28;

/**
 * What several checks say at their end: suites by servers, with what did not pass, and how many kept each level. Servers for
 * which there is no room stand in a table of their own below.
 */
export function matrixSummary(columns: readonly Column[], chalk: ChalkInstance, width = WIDTH): string {
  const { servers, levels, folders, sentence } = viewMatrix(columns);
  const suites = folders
    .flatMap((folder) => folder.suites)
    .filter((suite) => suite.rows.some(({ results }) => results.some((one) => one?.verdict !== 'pass')));
  const nameOf = (name: string) => cut(safeText(name, 100), NAME_MAX);
  const table = (from: number, to: number): string[] => {
    const these = servers.slice(from, to);
    const rows: Row[] = [
      ['', ...these.map(({ name }): Cell => ({ text: nameOf(name), paint: chalk.bold }))],
      ...suites.map(
        (suite): Row => [
          cut(safeText(suite.name, 100), SUITE_MAX),
          ...these.map((_, index) => cell(suite.rows, from + index, chalk)),
        ],
      ),
      ...levels.map(
        (level): Row => [
          level,
          ...these.map(({ byLevel }) => {
            const { kept = 0, judged = 0 } = byLevel.get(level) ?? {};
            return judged === 0 ? '–' : `${kept}/${judged}`;
          }),
        ],
      ),
    ];
    return alignRows(rows, 'l'.repeat(1 + these.length), width);
  };
  const label = Math.max(8, ...suites.map(({ name }) => Math.min(SUITE_MAX, name.length)));
  const widths = servers.map(({ name }) => 2 + Math.max(CELL, nameOf(name).length));
  const tables = bands(widths, width - 2 - label).flatMap(([from, to]) => ['', ...table(from, to)]);
  return [...tables, '', ...wrap(sentence, width), ''].join('\n');
}

/** Neighbours that have room side by side, at least one: from here to before there. */
function bands(widths: readonly number[], room: number): (readonly [number, number])[] {
  const found: [number, number][] = [];
  let left = 0;
  for (const [index, width] of widths.entries()) {
    const last = found.at(-1);
    if (last === undefined || width > left) found.push([index, index + 1]);
    else last[1] = index + 1;
    left = (last === found.at(-1) ? left : room) - width;
  }
  return found;
}

function cell(rows: readonly MatrixRow[], column: number, chalk: ChalkInstance): Cell {
  const counts = countsOf(rows.map(({ results }) => results[column]));
  const [worst] = counts;
  if (worst === undefined) return { text: verdictSign('pass'), paint: chalk.green };
  const text = counts.slice(0, SHOWN).map(([verdict, number]) => `${number}${verdictSign(verdict)}`);
  return { text: text.join(' '), paint: paintVerdict(worst[0], chalk) };
}
