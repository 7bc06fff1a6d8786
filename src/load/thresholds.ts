import { LoadError } from './problem.js';
import type { ProgramNames } from './program-names.js';

export type Comparison = '<' | '<=' | '>' | '>=' | '==';

/** What a threshold looks at. Latencies are compared in microseconds, shares in per cent. */
export type Metric =
  | { readonly of: 'latency'; readonly name: string; readonly stat: 'min' | 'mean' | 'max' | number }
  | { readonly of: 'share'; readonly name: 'errors' | 'rate' | 'dropped' }
  | { readonly of: 'count'; readonly name: 'errors' | 'integrity' | 'sessions' | 'dropped' }
  | { readonly of: 'per-second'; readonly name: 'rate' };

/** `session.p99 < 200ms`, parsed. */
export interface Threshold {
  /** As it was written, blanks evened out. */
  readonly expression: string;
  readonly metric: Metric;
  readonly comparison: Comparison;
  readonly limit: number;
  /** Whether the run ends as soon as it is missed. */
  readonly abort: boolean;
}

const FORM =
  /^(?<name>[A-Za-z][\w-]*)(?:\.(?<stat>[\w.-]+))?(?<gap1>\s*)(?<op>[<>=!]+)(?<gap2>\s*)(?<number>[\d.]+)\s*(?<unit>\S*)$/;
/** What ends a run early. */
const ABORT = /\s+abort\s*$/;
const COMPARISONS: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '==']);
const UNITS_US: Readonly<Record<string, number>> = { us: 1, µs: 1, ms: 1000, s: 1e6, m: 6e7 };

/** Units that a metric without a statistic may be compared in; '' is a plain count. */
const PLAIN: Readonly<Record<string, readonly ('' | '%' | '/s')[]>> = {
  errors: ['%', ''],
  integrity: [''],
  rate: ['%', '/s'],
  sessions: [''],
  dropped: ['', '%'],
};
const STATISTICS = 'min, mean, max, p50, p90, p99, p99.9 or any other percentile';

/**
 * Reads a threshold (docs/load.md has the grammar). Throws LoadError for what cannot be read, for a metric that this
 * scenario cannot give, and for a unit that does not go with the metric; each with the column.
 */
export function parseThreshold(text: string, names: ProgramNames, model: 'closed' | 'open'): Threshold {
  const abort = ABORT.test(text);
  const source = text.replace(ABORT, '').trim();
  const fail = (column: number, problem: string, hint: string): never => {
    throw new LoadError('LOAD_THRESHOLD', `threshold "${source}", column ${column}: ${problem}`, hint);
  };
  const parts = FORM.exec(source)?.groups;
  if (parts === undefined) {
    const like = 'write it like "session.p99 < 200ms", "errors < 1%", "integrity == 0" or "rate >= 400/s"';
    return fail(badColumn(source), 'this is no comparison of a metric with a number', like);
  }
  const { name = '', stat, gap1 = '', op = '', gap2 = '', number = '', unit = '' } = parts;
  const opColumn = name.length + (stat === undefined ? 0 : stat.length + 1) + gap1.length + 1;
  const numberColumn = opColumn + op.length + gap2.length;
  const unitColumn = source.length - unit.length + 1;
  if (!COMPARISONS.has(op)) fail(opColumn, `"${op}" is no comparison`, 'known are < <= > >= ==');
  const value = Number(number);
  if (!Number.isFinite(value)) fail(numberColumn, `"${number}" is no number`, 'write it like 200 or 99.5');
  const expression = `${name}${stat === undefined ? '' : `.${stat}`} ${op} ${number}${unit}`;
  const comparison = op as Comparison;
  const units = PLAIN[name];
  if (units !== undefined) {
    if (stat !== undefined)
      fail(name.length + 1, `"${name}" has no statistics`, `write "${name} ${op} ${number}"`);
    if (!units.some((known) => known === unit)) {
      const kinds = units.map((known) => (known === '' ? 'a plain number' : known)).join(' or ');
      fail(unitColumn, `"${name}" is not given in "${unit}"`, `it is compared with ${kinds}`);
    }
    if (model === 'closed' && (name === 'dropped' || (name === 'rate' && unit === '%'))) {
      const hint =
        'it needs the open model (--rate); in the closed model compare "rate" with sessions per second';
      fail(
        1,
        `"${name}" in ${unit === '%' ? '%' : 'starts'} is held against planned starts, which this run has not`,
        hint,
      );
    }
    if (abort && name === 'sessions')
      fail(
        source.length + 2,
        'only the end of a run tells how many sessions there were',
        'leave "abort" out',
      );
    return { expression, metric: plainMetric(name, unit), comparison, limit: value, abort };
  }
  if (!isLatency(name, names, model)) {
    fail(1, `this scenario has no metric "${name}"`, `known are ${knownMetrics(names, model)}`);
  }
  const statistic = statisticOf(stat ?? '');
  if (statistic === undefined) {
    const problem = stat === undefined ? `which figure of "${name}" is meant?` : `"${stat}" is no statistic`;
    return fail(
      name.length + (stat === undefined ? 1 : 2),
      problem,
      `write ${name}.p99; known are ${STATISTICS}`,
    );
  }
  const factor = UNITS_US[unit];
  if (factor === undefined) {
    return fail(
      unitColumn,
      unit === '' ? 'a unit is missing' : `"${unit}" is no unit of time`,
      'known are us, ms, s, m',
    );
  }
  return {
    expression,
    metric: { of: 'latency', name, stat: statistic },
    comparison,
    limit: value * factor,
    abort,
  };
}

function plainMetric(name: string, unit: string): Metric {
  if (unit === '%') return { of: 'share', name: name as 'errors' | 'rate' | 'dropped' };
  if (unit === '/s') return { of: 'per-second', name: 'rate' };
  return { of: 'count', name: name as 'errors' | 'integrity' | 'sessions' | 'dropped' };
}

function statisticOf(text: string): 'min' | 'mean' | 'max' | number | undefined {
  if (text === 'min' || text === 'mean' || text === 'max') return text;
  const percentile = /^p(\d{1,2}(?:\.\d{1,4})?|100)$/.exec(text)?.[1];
  return percentile === undefined ? undefined : Number(percentile);
}

function isLatency(
  name: string,
  { phases, verbs, openEnded }: ProgramNames,
  model: 'closed' | 'open',
): boolean {
  if (name === 'lag') return model === 'open';
  return phases.has(name) || verbs.has(name) || (openEnded && /^[A-Z]{1,12}$/.test(name));
}

function knownMetrics({ phases, verbs }: ProgramNames, model: 'closed' | 'open'): string {
  const timed = [...phases, ...verbs, ...(model === 'open' ? ['lag'] : [])];
  return `${timed.map((name) => `${name}.p99`).join(', ')}, ${Object.keys(PLAIN).join(', ')}`;
}

/** Column of the first character that does not belong to a threshold. */
function badColumn(source: string): number {
  const shapes = [/^[A-Za-z][\w-]*(?:\.[\w.-]+)?/, /^\s*[<>=!]+/, /^\s*[\d.]+/, /^\s*\S*$/];
  let at = 0;
  for (const shape of shapes) {
    const match = shape.exec(source.slice(at));
    if (match === null) break;
    at += match[0].length;
  }
  return at + 1 + (/^\s*/.exec(source.slice(at))?.[0].length ?? 0);
}
