import type { CaseResult, CheckResult } from '../check/result.js';
import type { Verdict } from '../dialogue/outcome.js';
import { suiteOf, type Tally, tallyOf, viewCheck } from './check-view.js';
import { safeText } from './escape.js';
import { plural } from './format.js';
import { type Stamp, stampOf, VERDICT_INFO } from './verdicts.js';

/** One server of a matrix: a check and what it is called beside the others. */
export interface Column {
  readonly name: string;
  readonly doc: CheckResult;
  /** The HTML report of this check, where it stands beside the matrix: a relative link. */
  readonly page?: string;
}

/** Several checks side by side: cases by servers. Derived from the documents, nothing new. */
export interface MatrixView {
  readonly stamp: Stamp;
  readonly sentence: string;
  readonly servers: readonly MatrixServer[];
  readonly levels: readonly CaseResult['level'][];
  /** How often each verdict happened on all servers together. */
  readonly counts: ReadonlyMap<Verdict, number>;
  readonly folders: readonly MatrixFolder[];
}

export interface MatrixServer extends Column {
  readonly counts: ReadonlyMap<Verdict, number>;
  readonly byLevel: ReadonlyMap<CaseResult['level'], Tally>;
}

/** The suites of one folder, which is one RFC or topic. */
export interface MatrixFolder {
  readonly name: string;
  readonly suites: readonly MatrixSuite[];
}

export interface MatrixSuite {
  readonly name: string;
  readonly rows: readonly MatrixRow[];
}

export interface MatrixRow {
  readonly id: string;
  readonly title: string;
  /** A result for each server, undefined where the case was not in the run. */
  readonly results: readonly (CaseResult | undefined)[];
}

/** What a run of several targets is judged by, worst first: exit codes. */
const WORST_FIRST = [130, 4, 3, 1, 5];

export function viewMatrix(columns: readonly Column[]): MatrixView {
  const servers = columns.map((column): MatrixServer => {
    const { counts, levels } = viewCheck(column.doc);
    const byLevel = new Map(
      levels.map((level) => [level, tallyOf(column.doc.cases.filter((result) => result.level === level))]),
    );
    return { ...column, counts, byLevel };
  });
  const folders = foldersOf(columns);
  return {
    stamp: stampOf(worstExit(columns.map(({ doc }) => doc.exit.code))),
    sentence: sentenceOf(servers, folders),
    servers,
    levels: [...new Set(servers.flatMap(({ byLevel }) => [...byLevel.keys()]))],
    counts: new Map(
      VERDICT_INFO.map(({ verdict }) => [
        verdict,
        servers.reduce((sum, { counts }) => sum + (counts.get(verdict) ?? 0), 0),
      ]),
    ),
    folders,
  };
}

/** The exit code of several runs together. */
export function worstExit(codes: readonly number[]): number {
  return WORST_FIRST.find((code) => codes.includes(code)) ?? 0;
}

/** Verdicts of some results, those that a reader looks for first, in the order of reports; passes are left out. */
export function countsOf(results: readonly (CaseResult | undefined)[]): readonly [Verdict, number][] {
  return VERDICT_INFO.filter(({ verdict }) => verdict !== 'pass')
    .map(({ verdict }): [Verdict, number] => [
      verdict,
      results.filter((result) => result?.verdict === verdict).length,
    ])
    .filter(([, number]) => number > 0);
}

function foldersOf(columns: readonly Column[]): MatrixFolder[] {
  const byColumn = columns.map(({ doc }) => new Map(doc.cases.map((result) => [result.id, result])));
  const folders = new Map<string, Map<string, MatrixRow[]>>();
  const seen = new Set<string>();
  for (const result of columns.flatMap(({ doc }) => doc.cases)) {
    if (seen.has(result.id)) continue;
    seen.add(result.id);
    const { name } = suiteOf(result);
    const folder = name.split('/')[0] ?? name;
    const suites = folders.get(folder) ?? new Map<string, MatrixRow[]>();
    const rows = suites.get(name) ?? [];
    rows.push({ id: result.id, title: result.title, results: byColumn.map((by) => by.get(result.id)) });
    folders.set(folder, suites.set(name, rows));
  }
  return [...folders].map(([name, suites]) => ({
    name,
    suites: [...suites].map(([suite, rows]) => ({ name: suite, rows })),
  }));
}

/** Whether the servers got different verdicts in this case. */
export function tellsApart({ results }: MatrixRow): boolean {
  return new Set(results.map((result) => result?.verdict)).size > 1;
}

function sentenceOf(servers: readonly MatrixServer[], folders: readonly MatrixFolder[]): string {
  const unreached = servers.filter(({ doc }) => doc.problem !== undefined);
  const failing = servers.filter(({ counts }) => (counts.get('fail') ?? 0) > 0);
  const rows = folders.flatMap(({ suites }) => suites.flatMap((suite) => suite.rows));
  const apart = rows.filter(tellsApart);
  const lost =
    unreached.length === 0
      ? ''
      : ` ${unreached.map(({ name }) => safeText(name, 60)).join(', ')} could not be checked whole.`;
  const broken =
    failing.length === 0
      ? 'no server breaks a rule'
      : `${plural(failing.length, 'server')} of ${servers.length} break rules`;
  return `${plural(rows.length, 'case')} on ${plural(servers.length, 'server')}: ${broken}, and ${plural(apart.length, 'case')} tell them apart.${lost}`;
}
