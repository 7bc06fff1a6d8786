import { z } from 'zod';
import { SuiteError } from '../dialogue/errors.js';
import type { Case } from '../dialogue/library.js';
import type { Verdict } from '../dialogue/outcome.js';
import { readYamlFile } from '../dialogue/yaml-file.js';
import { nearMatches } from '../near-matches.js';
import type { BaselineResult, CaseResult, EntryState } from './result.js';

const DAY = /^\d{4}-\d\d-\d\d$/;

/** Whether a text is a day of the calendar, such as `2026-03-31`. */
export function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(text)) && dayOf(new Date(text)) === text;
}

const day = (expected: string, fits: (text: string) => boolean) => z.string(expected).refine(fits, expected);

const entrySchema = z.strictObject({
  verdict: z.enum(['fail', 'warn']),
  reason: z.string('say why this is put up with').trim().min(1, 'say why this is put up with'),
  date: day('expected a day like 2026-03-31', isDay),
  expires: day('expected a day like 2026-03-31, or never', (text) => text === 'never' || isDay(text)),
});

/** Findings that are known, by the id of a case or of a clause: then of every case that cites it. */
const fileSchema = z.record(z.string(), entrySchema).nullable();

/** A finding that is put up with for now. */
export interface BaselineEntry extends z.infer<typeof entrySchema> {
  readonly id: string;
  /** `popspec.baseline.yaml:12`, where the entry begins. */
  readonly place: string;
  readonly line: number;
  readonly lastLine: number;
}

export interface Baseline {
  readonly file: string;
  readonly entries: readonly BaselineEntry[];
}

/** Results with what a baseline says of them. */
export interface Overlaid {
  readonly results: CaseResult[];
  /** Undefined where there is none. */
  readonly baseline?: BaselineResult;
}

type Covered = Pick<Case, 'id' | 'clauses'>;

/** `2026-03-31`, in UTC. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/**
 * Reads a baseline file. Throws a SuiteError with file, line and column when it cannot be read, has a mistake, or names what
 * is neither one of `cases` nor a clause that one of them cites.
 */
export function readBaseline(file: string, cases: readonly Covered[]): Baseline {
  const { data, placeOf, lastLineOf } = readYamlFile(file, fileSchema);
  const entries = Object.entries(data ?? {}).map(([id, entry]): BaselineEntry => {
    const where = placeOf([id]);
    if (!cases.some((one) => covers(id, one))) {
      const near = nearMatches(id, [...new Set(cases.flatMap((one) => [one.id, ...one.clauses]))]);
      const guess = near.length === 0 ? 'popspec list shows the cases' : `did you mean ${near.join(' or ')}?`;
      throw new SuiteError(`"${id}" is neither a case nor a clause that one cites`, where, guess);
    }
    return { ...entry, id, place: `${file}:${where.line}`, line: where.line, lastLine: lastLineOf([id]) };
  });
  return { file, entries };
}

function covers(id: string, one: Covered): boolean {
  return one.id === id || one.clauses.includes(id);
}

/** How bad a verdict is that says something about the clause; undefined for those that say nothing. */
const SEVERITY: Readonly<Partial<Record<Verdict, number>>> = { pass: 0, info: 0, warn: 1, fail: 2 };

/**
 * Lays a baseline over results: gives them with `known` where an entry that has not expired expects what was found, and
 * what each entry came to. `cases` are all that there are, so that a clause is not taken for kept while a case that
 * cites it did not run; `today` is a day like 2026-03-31.
 */
export function overlay(
  baseline: Baseline,
  results: readonly CaseResult[],
  cases: readonly Covered[],
  today: string,
): Required<Overlaid> {
  const byId = new Map(results.map((result) => [result.id, result]));
  const entries = baseline.entries.map((entry) => {
    const covered = cases.filter((one) => covers(entry.id, one)).map(({ id }) => byId.get(id));
    return { ...entry, state: stateOf(entry, covered, today) };
  });
  return {
    results: results.map((result) => marked(result, baseline, today)),
    baseline: { file: baseline.file, entries },
  };
}

/** A result with `known` where an entry expects its verdict and has not expired; as it is otherwise. */
export function marked(result: CaseResult, { entries }: Baseline, today: string): CaseResult {
  const fitting = entries.filter(
    (entry) => entry.verdict === result.verdict && covers(entry.id, result) && !isOver(entry, today),
  );
  // An entry for the case itself says more than one for a clause.
  const entry = fitting.find(({ id }) => id === result.id) ?? fitting[0];
  if (entry === undefined) return result;
  const { reason, expires, place } = entry;
  return { ...result, known: { reason, expires, place } };
}

function isOver({ expires }: BaselineEntry, today: string): boolean {
  return expires !== 'never' && expires < today;
}

function stateOf(
  entry: BaselineEntry,
  covered: readonly (CaseResult | undefined)[],
  today: string,
): EntryState {
  const expected = SEVERITY[entry.verdict] ?? 0;
  const found = covered.map((result) => result && SEVERITY[result.verdict]);
  const holds = found.includes(expected);
  const decided = found.every((severity) => severity !== undefined);
  const worse = found.some((severity) => severity !== undefined && severity > expected);
  if (!holds && !worse && decided) return 'fixed';
  if (isOver(entry, today)) return 'expired';
  if (holds) return 'known';
  return worse ? 'worse' : 'not run';
}

/** What an entry that makes the run fail asks for, with the place to go to; undefined for the others. */
export function demandOf(entry: BaselineResult['entries'][number]): string | undefined {
  const { id, verdict, place, line, lastLine, expires, state } = entry;
  if (state === 'fixed') {
    const lines = lastLine > line ? `lines ${line} to ${lastLine}` : `line ${line}`;
    return `${place}: ${id} no longer ${verdict}s: delete ${lines}`;
  }
  if (state !== 'expired') return undefined;
  return `${place}: ${id} was put up with until ${expires}: mend it, or give the entry a new day`;
}
