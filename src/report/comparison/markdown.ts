import type { CheckComparison } from '../../check/comparison.js';
import type { LoadComparison } from '../../load/comparison/result.js';
import { code, document, firstRows, text } from '../markdown-text.js';
import { verdictSign } from '../verdicts.js';
import type { Comparison } from './document.js';
import {
  ANSWERS,
  estimateOf,
  figureOf,
  filesOf,
  floorWords,
  intervalOf,
  labelOf,
  OPINION_CAVEAT,
  sentenceOf,
  stampOfAnswer,
} from './view.js';

const ROWS_MAX = 60;
const NOTE_MAX = 400;

/** A comparison in GitHub-flavoured Markdown, for a comment on a pull request. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { base, new: next } = filesOf(comparison);
  return document([
    `## ${stampOfAnswer(comparison.answer).word}: popspec compare ${comparison.of}`,
    text(sentenceOf(comparison), NOTE_MAX),
    ...(comparison.of === 'load' ? loadBlocks(comparison) : checkBlocks(comparison)),
    comparison.notes.map((note) => `- ${text(note, NOTE_MAX)}`).join('\n'),
    `base ${code(base.join(', '))}, new ${code(next.join(', '))}, popspec ${text(comparison.tool.version)}`,
  ]);
}

function loadBlocks(comparison: LoadComparison): string[] {
  const rows = comparison.metrics.map((metric) =>
    [
      labelOf(metric),
      figureOf(metric, metric.base),
      figureOf(metric, metric.new),
      estimateOf(metric),
      intervalOf(metric),
      `${ANSWERS[metric.answer].sign} ${metric.answer}`,
    ].map((cell) => text(cell)),
  );
  const opinion = comparison.secondOpinion;
  return [
    firstRows(['', 'base', 'new', 'difference', 'interval', 'answer'], rows, 'metric', ROWS_MAX),
    text(
      `Counts from ${floorWords(comparison)} on. All intervals hold at once with ${comparison.confidence * 100} %.`,
      NOTE_MAX,
    ),
    opinion === undefined
      ? ''
      : `Second opinion, autocannon-compare: ${text(opinion.rows.map(({ name, difference, pValue }) => `${name} ${difference} (p = ${pValue === null ? 'none' : pValue.toPrecision(2)})`).join(', '), NOTE_MAX)}. ${text(OPINION_CAVEAT, NOTE_MAX)}`,
  ];
}

function checkBlocks({ cases, clauses, onlyIn }: CheckComparison): string[] {
  const order = ['new', 'gone', 'changed'];
  const sorted = <T extends { change: string }>(all: readonly T[]) =>
    [...all].sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
  return [
    firstRows(
      ['', 'case', 'base', 'new', 'why'],
      sorted(cases).map(({ change, id, base, new: now, reason = '' }) => [
        change,
        code(id),
        `${verdictSign(base)} ${base}`,
        `${verdictSign(now)} ${now}`,
        text(change === 'gone' ? '' : reason),
      ]),
      'case',
      ROWS_MAX,
    ),
    firstRows(
      ['', 'clause', 'base', 'new'],
      sorted(clauses).map(({ change, id, base, new: now }) => [change, code(id), base, now]),
      'clause',
      ROWS_MAX,
    ),
    ...(['base', 'new'] as const).map((side) =>
      firstRows(
        [`in ${side} alone`, 'verdict'],
        onlyIn[side].map(({ id, verdict }) => [code(id), verdict]),
        'case',
        ROWS_MAX,
      ),
    ),
  ];
}
