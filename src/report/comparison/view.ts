import type { CheckComparison } from '../../check/comparison.js';
import type { Answer, ComparedMetric, LoadComparison } from '../../load/comparison/result.js';
import { safeText } from '../escape.js';
import { microseconds, percent, plural, significant } from '../format.js';
import type { Stamp } from '../verdicts.js';
import type { Comparison } from './document.js';

/** How an answer is shown everywhere: sign and word, and the class of its colour; never by colour alone. */
export const ANSWERS: Readonly<
  Record<Answer, { sign: string; look: string; tone: Stamp['tone']; meaning: string }>
> = {
  worse: {
    sign: '✗',
    look: 'fail',
    tone: 'bad',
    meaning: 'The interval lies on the wrong side of nought, and the difference is at least the floor.',
  },
  better: { sign: '✓', look: 'pass', tone: 'good', meaning: 'The same on the right side.' },
  same: {
    sign: '=',
    look: 'info',
    tone: 'good',
    meaning: 'The whole interval is smaller than the floor: what difference there may be does not matter.',
  },
  'cannot tell': {
    sign: '?',
    look: 'inconclusive',
    tone: 'unsure',
    meaning: 'The runs bear out neither. More repeats, or longer ones, make the interval narrower.',
  },
};

export function stampOfAnswer(answer: Answer): Stamp {
  return { word: answer.toUpperCase(), tone: ANSWERS[answer].tone };
}

/** The answer in one sentence. */
export function sentenceOf(comparison: Comparison): string {
  return comparison.of === 'load' ? loadSentence(comparison) : checkSentence(comparison);
}

/** Metrics about which nothing can be told that the sentence names. */
const TOLD = 2;

function loadSentence(comparison: LoadComparison): string {
  const { metrics, answer, exit, floors, integrityErrors } = comparison;
  if (integrityErrors.base === 0 && integrityErrors.new > 0)
    return `Mail or protocol was damaged: ${plural(integrityErrors.new, 'integrity error')} in new, none in base.`;
  if (exit.code === 5) return `Nothing can be told: ${safeText(exit.reason, 300)}.`;
  const deciding = metrics.filter(({ decides }) => decides);
  const having = (wanted: Answer) => deciding.filter((metric) => metric.answer === wanted).map(change);
  if (answer === 'worse' || answer === 'better') {
    const other = having('better');
    const but = answer === 'worse' && other.length > 0 ? `; but ${other.join(', ')}` : '';
    return `${sentenceCase(having(answer).join(', '))}${but}.`;
  }
  if (answer === 'same') return `No difference of ${floors.percent} % or more in anything that decides.`;
  const open = having('cannot tell');
  const rest = open.length - TOLD;
  const more = rest > 0 ? `, and ${rest} more` : '';
  const same = deciding.filter((metric) => metric.answer === 'same').map(labelOf);
  const settled =
    same.length === 0 ? 'The runs do not tell' : `The same in ${same.join(', ')}; the runs do not tell`;
  return `${settled}: ${open.slice(0, TOLD).join(', ')}${more}.`;
}

function change(metric: ComparedMetric): string {
  const { difference } = metric;
  if (difference === null) return `${labelOf(metric)} not measured in every run`;
  const { estimate } = difference;
  const size = `${sizeOf(estimate)} ${metric.unit === 'share' ? 'points' : '%'}`;
  return `${labelOf(metric)} ${size} ${estimate < 0 ? 'lower' : 'higher'} (${intervalOf(metric)})`;
}

function checkSentence({ answer, cases, base, onlyIn }: CheckComparison): string {
  const count = (wanted: string) => cases.filter((one) => one.change === wanted).length;
  const found = [
    plural(count('new'), 'new finding'),
    ...(count('gone') > 0 ? [`${count('gone')} gone`] : []),
    ...(count('changed') > 0 ? [`${plural(count('changed'), 'verdict')} changed otherwise`] : []),
  ];
  if (base.cases === onlyIn.base.length) return 'No case is in both results: there is nothing to compare.';
  if (cases.length === 0)
    return answer === 'same'
      ? 'Every case has the verdict that it had.'
      : 'Every case that was run has the verdict that it had, but the new run ended early.';
  return `${found.join(', ')}.`;
}

function sentenceCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The files of each side. */
export function filesOf(comparison: Comparison): Readonly<Record<'base' | 'new', readonly string[]>> {
  if (comparison.of === 'check') return { base: [comparison.base.file], new: [comparison.new.file] };
  const files = ({ runs }: LoadComparison['base']) => runs.map(({ file }) => file);
  return { base: files(comparison.base), new: files(comparison.new) };
}

/** `session p99`, `throughput`, `RETR p50`. */
export function labelOf({ name }: ComparedMetric): string {
  return safeText(name.replace(/\.(p\d+)$/, ' $1'), 24);
}

/** `14.2 ms`, `98.3/s`, `0.12 %`; a dash for what was not measured in every run. */
export function figureOf({ unit }: ComparedMetric, value: number | null): string {
  if (value === null) return '–';
  if (unit === 'us') return microseconds(value);
  return unit === 'share' ? (value === 0 ? '0 %' : percent(value, 1)) : `${significant(value)}/s`;
}

/** `+10.2 %`, `−0.3 points`. */
export function estimateOf({ unit, difference }: ComparedMetric): string {
  return difference === null ? '–' : `${signed(difference.estimate)} ${unit === 'share' ? 'points' : '%'}`;
}

/** `−3.1 to +7.9 %`. */
export function intervalOf({ unit, difference }: ComparedMetric): string {
  if (difference === null) return '–';
  return `${signed(difference.low)} to ${signed(difference.high)} ${unit === 'share' ? 'points' : '%'}`;
}

/** Percent beyond which the figure says nothing more. */
const MANY = 1_000;

function signed(value: number): string {
  if (value > MANY) return `>+${MANY}`;
  const text = sizeOf(value);
  return text === '0' ? text : `${value < 0 ? '−' : '+'}${text}`;
}

/** `118`, `10.2`, `0.13`. */
function sizeOf(value: number): string {
  const size = Math.abs(value);
  return size >= 100 ? size.toFixed(0) : size >= 1 ? size.toFixed(1) : String(Number(size.toFixed(2)));
}

/** The floors in words: what a difference must exceed to count. */
export function floorWords({ floors }: LoadComparison): string {
  return `${floors.percent} % and, of latencies, ${microseconds(floors.latencyUs)}; of errors ${floors.errorPoints} points`;
}

/** The second opinion in words, with its caveat. */
export const OPINION_CAVEAT =
  'It takes every session for independent of the others, so that small differences look certain to it, and names a winner by throughput alone. The answer above does neither.';
