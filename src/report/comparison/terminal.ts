import type { ChalkInstance } from 'chalk';
import type { CheckComparison } from '../../check/comparison.js';
import type { Answer, LoadComparison } from '../../load/comparison/result.js';
import { safeText } from '../escape.js';
import { plural } from '../format.js';
import { alignRows, type Cell, hang, type Row } from '../table.js';
import { paintVerdict, verdictBlock, WIDTH } from '../terminal-style.js';
import { verdictSign } from '../verdicts.js';
import type { Comparison } from './document.js';
import {
  ANSWERS,
  estimateOf,
  figureOf,
  floorWords,
  intervalOf,
  labelOf,
  sentenceOf,
  stampOfAnswer,
} from './view.js';

/** Cases, clauses and notes of one kind; the HTML report has all. */
const SHOWN = 40;

/** A comparison for 80 columns: what changed, what must be known beside it, and the answer last. */
export function comparisonSummary(comparison: Comparison, chalk: ChalkInstance): string {
  const lines = comparison.of === 'load' ? loadLines(comparison, chalk) : checkLines(comparison, chalk);
  const notes = comparison.notes.slice(0, SHOWN).flatMap((note) => hang('  · ', safeText(note, 400), WIDTH));
  const block = verdictBlock(
    {
      stamp: stampOfAnswer(comparison.answer),
      sentence: sentenceOf(comparison),
      hint: hintOf(comparison),
      facts: [],
      foot: footOf(comparison),
      complete: true,
    },
    { chalk, width: WIDTH },
  );
  return `${[...lines, ...(notes.length === 0 ? [] : ['', chalk.bold('TO KNOW'), ...notes]), ...block].join('\n')}\n`;
}

function hintOf({ of, answer, exit }: Comparison): string | undefined {
  if (of !== 'load' || answer !== 'cannot tell' || exit.code === 5) return undefined;
  return 'more runs a side, taken in turns, or longer ones make the intervals narrower';
}

function footOf(comparison: Comparison): string {
  if (comparison.of === 'check')
    return `${safeText(comparison.base.file, 200)} against ${safeText(comparison.new.file, 200)}`;
  const { base, new: next } = comparison;
  return `${plural(base.runs.length, 'run')} against ${next.runs.length} of ${safeText(comparison.scenario.id, 100)}; counts from ${floorWords(comparison)} on; all intervals hold at once with ${comparison.confidence * 100} %`;
}

function paintAnswer(answer: Answer, chalk: ChalkInstance): (text: string) => string {
  if (answer === 'worse') return chalk.red;
  if (answer === 'better') return chalk.green;
  return answer === 'same' ? chalk.cyan : chalk.magenta;
}

function loadLines(comparison: LoadComparison, chalk: ChalkInstance): string[] {
  const dim = (text: string): Cell => ({ text, paint: chalk.dim });
  const rowsOf = (decides: boolean): Row[] =>
    comparison.metrics
      .filter((metric) => metric.decides === decides)
      .map(
        (metric): Row => [
          labelOf(metric),
          figureOf(metric, metric.base),
          figureOf(metric, metric.new),
          estimateOf(metric),
          intervalOf(metric),
          {
            text: `${ANSWERS[metric.answer].sign} ${metric.answer}`,
            paint: paintAnswer(metric.answer, chalk),
          },
        ],
      );
  const head = ['', 'base', 'new', 'difference', 'interval', 'answer'].map(dim);
  const rows = [...rowsOf(true), ...rowsOf(false)];
  const [first = '', ...table] = alignRows([head, ...rows], 'lrrrrl');
  const deciding = rowsOf(true).length;
  const verbs = table.slice(deciding);
  return [
    '',
    chalk.bold('NEW AGAINST BASE'),
    first,
    ...table.slice(0, deciding),
    ...(verbs.length === 0 ? [] : ['', chalk.bold('BY COMMAND'), ...verbs]),
    ...opinionLines(comparison, chalk),
  ];
}

function opinionLines({ secondOpinion }: LoadComparison, chalk: ChalkInstance): string[] {
  if (secondOpinion === undefined) return [];
  const rows = secondOpinion.rows.map(
    ({ name, difference, pValue, significant }): Row => [
      name,
      safeText(difference, 20),
      `p = ${pValue === null ? 'none' : pValue.toPrecision(2)}`,
      significant,
    ],
  );
  const { winner } = secondOpinion;
  return [
    '',
    `${chalk.bold('SECOND OPINION')}  ${chalk.dim('autocannon-compare')}`,
    ...alignRows(rows, 'lrrl'),
    ...hang(
      '  ',
      winner === 'none' ? 'it says: equal (by throughput)' : `it says: ${winner} wins (by throughput)`,
      WIDTH,
    ),
  ];
}

function checkLines(comparison: CheckComparison, chalk: ChalkInstance): string[] {
  const lines: string[] = [];
  for (const change of ['new', 'gone', 'changed'] as const) {
    const cases = comparison.cases.filter((one) => one.change === change);
    const clauses = comparison.clauses.filter((one) => one.change === change);
    if (cases.length === 0 && clauses.length === 0) continue;
    lines.push('', chalk.bold(HEADS[change]));
    for (const { id, base, new: now, reason } of cases.slice(0, SHOWN)) {
      lines.push(
        `  ${paintVerdict(now, chalk)(`${verdictSign(now)} ${base} → ${now}`.padEnd(24))}  ${safeText(id, 200)}`,
      );
      if (change !== 'gone' && reason !== undefined)
        lines.push(...hang('      ', safeText(reason, 300), WIDTH, chalk.dim));
    }
    lines.push(...more(cases.length, 'case'));
    for (const { id, base, new: now } of clauses.slice(0, SHOWN))
      lines.push(chalk.dim(`  § ${`${base} → ${now}`.padEnd(22)}  ${safeText(id, 60)}`));
    lines.push(...more(clauses.length, 'clause'));
  }
  for (const side of ['base', 'new'] as const) {
    const alone = comparison.onlyIn[side];
    if (alone.length === 0) continue;
    lines.push('', chalk.bold(`IN ${side.toUpperCase()} ALONE`));
    for (const { id, verdict } of alone.slice(0, SHOWN))
      lines.push(`  ${verdictSign(verdict)} ${verdict.padEnd(12)}  ${safeText(id, 200)}`);
    lines.push(...more(alone.length, 'case'));
  }
  return lines;
}

const HEADS = { new: 'NEW FINDINGS', gone: 'GONE', changed: 'CHANGED OTHERWISE' } as const;

function more(howMany: number, what: string): string[] {
  return howMany > SHOWN ? [`  and ${plural(howMany - SHOWN, `more ${what}`)}`] : [];
}
