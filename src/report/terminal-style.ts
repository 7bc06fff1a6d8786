import type { ChalkInstance } from 'chalk';
import type { Verdict } from '../dialogue/outcome.js';
import { safeText } from './escape.js';
import { type Cell, hang } from './table.js';
import type { Stamp } from './verdicts.js';

/** Columns that a summary is laid out for where nothing narrower is known. */
export const WIDTH = 80;
/** A terminal that is narrower breaks lines by itself. */
const NARROWEST = 40;

/** What a summary is written on. */
export interface Paper {
  readonly chalk: ChalkInstance;
  /** Columns. */
  readonly width: number;
}

/** Columns for a summary on this stream: those of a narrow terminal, WIDTH anywhere else. */
export function summaryWidth(stream: {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number;
}): number {
  if (stream.isTTY !== true) return WIDTH;
  return Math.min(WIDTH, Math.max(NARROWEST, stream.columns ?? WIDTH));
}

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

export function verdictBlock(block: VerdictBlock, { chalk, width }: Paper): string[] {
  const { word, tone } = block.stamp;
  const paint = tone === 'good' ? chalk.green : tone === 'bad' ? chalk.red : chalk.magenta;
  const indent = ' '.repeat(word.length + 2);
  const [first = '', ...rest] = hang(`${word}  `, block.sentence, width);
  return [
    '',
    `${paint(chalk.bold(word))}${first.slice(word.length)}`,
    ...rest,
    ...(block.hint === undefined ? [] : hang(`${indent}→ `, safeText(block.hint, 400), width)),
    ...flow(block.facts, indent, width),
    ...hang(indent, block.foot, width, chalk.dim),
    ...(block.complete ? [] : hang(indent, 'The run ended early: this is what was done until then.', width)),
  ];
}

function flow(cells: readonly Cell[], indent: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { text, paint } of cells) {
    if (width > 0 && indent.length + width + 2 + text.length > columns) {
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
