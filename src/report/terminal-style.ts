import type { ChalkInstance } from 'chalk';
import type { Verdict } from '../dialogue/outcome.js';
import { safeText } from './escape.js';
import { type Cell, hang } from './table.js';
import type { Stamp } from './verdicts.js';

/** Columns that a summary is laid out for. */
export const WIDTH = 80;

/** The last block of a summary: the stamp, the verdict in a sentence, and what it rests on. */
export interface VerdictBlock {
  readonly stamp: Stamp;
  readonly sentence: string;
  readonly hint: string | undefined;
  /** Counts, as many on a line as fit. */
  readonly facts: readonly Cell[];
  readonly foot: string;
  readonly complete: boolean;
}

export function verdictBlock(block: VerdictBlock, chalk: ChalkInstance): string[] {
  const { word, tone } = block.stamp;
  const paint = tone === 'good' ? chalk.green : tone === 'bad' ? chalk.red : chalk.magenta;
  const indent = ' '.repeat(word.length + 2);
  const [first = '', ...rest] = hang(`${word}  `, block.sentence, WIDTH);
  return [
    '',
    `${paint(chalk.bold(word))}${first.slice(word.length)}`,
    ...rest,
    ...(block.hint === undefined ? [] : hang(`${indent}→ `, safeText(block.hint, 400), WIDTH)),
    ...flow(block.facts, indent),
    ...hang(indent, block.foot, WIDTH, chalk.dim),
    ...(block.complete ? [] : [`${indent}The run ended early: this is what was done until then.`]),
  ];
}

function flow(cells: readonly Cell[], indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { text, paint } of cells) {
    if (width > 0 && indent.length + width + 2 + text.length > WIDTH) {
      lines.push(indent + line);
      line = '';
      width = 0;
    }
    line += `${width === 0 ? '' : '  '}${paint?.(text) ?? text}`;
    width += (width === 0 ? 0 : 2) + text.length;
  }
  return line === '' ? lines : [...lines, indent + line];
}

export function paintVerdict(verdict: Verdict, chalk: ChalkInstance): (text: string) => string {
  if (verdict === 'fail' || verdict === 'error') return chalk.red;
  if (verdict === 'warn') return chalk.yellow;
  if (verdict === 'inconclusive') return chalk.magenta;
  if (verdict === 'pass') return chalk.green;
  return verdict === 'info' ? chalk.cyan : chalk.dim;
}
