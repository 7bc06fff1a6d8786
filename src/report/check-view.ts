import type { CaseResult, CheckResult, ClauseInfo } from '../check/result.js';
import type { Finding, TraceEvent, Verdict } from '../dialogue/outcome.js';
import { safeText } from './escape.js';
import { count, every, plural } from './format.js';
import { type Stamp, stampOf, VERDICT_INFO, verdictOrder } from './verdicts.js';

/** What reporters of a check have in common: derived from the document, nothing new. */
export interface CheckView {
  readonly stamp: Stamp;
  /** The verdict in one sentence. */
  readonly sentence: string;
  readonly counts: ReadonlyMap<Verdict, number>;
  /** Cases that need eyes, worst first: fail, error, warn, inconclusive, info. */
  readonly findings: readonly CaseResult[];
  readonly notRun: readonly Reason[];
  readonly suites: readonly Suite[];
  readonly levels: readonly CaseResult['level'][];
  readonly rfcs: readonly RfcRow[];
}

/** Cases that were not run for one reason. */
export interface Reason {
  readonly verdict: 'blocked' | 'unsupported';
  readonly text: string;
  readonly cases: readonly CaseResult[];
}

/** The cases of one suite file. */
export interface Suite {
  /** `rfc1939/stat`: what the ids of its cases begin with. */
  readonly name: string;
  /** `suites/rfc1939/stat.yaml`. */
  readonly file: string;
  readonly cases: readonly CaseResult[];
}

export interface Tally {
  /** pass and info. */
  readonly kept: number;
  /** kept, warn and fail. */
  readonly judged: number;
}

export interface RfcRow {
  /** Null for cases whose clauses stand in no RFC. */
  readonly rfc: number | null;
  readonly byLevel: ReadonlyMap<CaseResult['level'], Tally>;
  readonly all: Tally;
  /** inconclusive and error. */
  readonly undecided: number;
  /** blocked and unsupported. */
  readonly notRun: number;
}

/** In the order of reports. */
export const LEVELS: readonly CaseResult['level'][] = ['MUST', 'SHOULD', 'MAY', 'SECURITY', 'QUIRK'];
const NEEDS_EYES = new Set<Verdict>(['fail', 'error', 'warn', 'inconclusive', 'info']);

export function viewCheck(doc: CheckResult): CheckView {
  const counts = new Map<Verdict, number>(VERDICT_INFO.map(({ verdict }) => [verdict, 0]));
  for (const { verdict } of doc.cases) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const findings = doc.cases
    .filter(({ verdict }) => NEEDS_EYES.has(verdict))
    .sort((a, b) => verdictOrder(a.verdict) - verdictOrder(b.verdict));
  return {
    stamp: stampOf(doc.exit.code),
    sentence: sentenceOf(doc, counts, findings),
    counts,
    findings,
    notRun: notRunReasons(doc.cases),
    suites: suitesOf(doc.cases),
    levels: LEVELS.filter((level) => doc.cases.some((result) => result.level === level)),
    rfcs: rfcRows(doc),
  };
}

function sentenceOf(
  doc: CheckResult,
  counts: ReadonlyMap<Verdict, number>,
  findings: readonly CaseResult[],
): string {
  if (doc.problem !== undefined) return safeText(doc.problem.message, 400);
  const known = doc.cases.filter((result) => result.known !== undefined).length;
  const failed = findings.filter((result) => result.verdict === 'fail' && result.known === undefined).length;
  const warned = counts.get('warn') ?? 0;
  const run = doc.cases.length - (counts.get('blocked') ?? 0) - (counts.get('unsupported') ?? 0);
  const warnings = warned > 0 ? `, ${plural(warned, 'warning')}` : '';
  const expected = known > 0 ? `, ${plural(known, 'finding')} known` : '';
  if (doc.exit.code === 0) {
    if (known > 0)
      return `No rule is broken but what the baseline knows: ${plural(known, 'finding')} in ${plural(run, 'case')}.`;
    return warned === 0
      ? `${every(run, 'case')} passed: no rule that was tested is broken.`
      : `No rule is broken; ${plural(warned, 'warning')} in ${plural(run, 'case')}.`;
  }
  if (doc.exit.code === 1 && failed > 0) {
    const broken = findings.filter(({ verdict, known }) => verdict === 'fail' && known === undefined);
    return `${count(failed)} of ${plural(run, 'case')} failed (${sectionsOf(broken, doc)})${warnings}${expected}.`;
  }
  return safeText(doc.exit.reason, 400);
}

/** `RFC 1939 §3, §5; RFC 2449 §5`, at most six sections. */
function sectionsOf(cases: readonly CaseResult[], doc: CheckResult): string {
  const clauses = clauseIndex(doc);
  const sections = new Map<string, Set<string>>();
  let total = 0;
  for (const id of cases.flatMap((result) => result.clauses)) {
    const clause = clauses.get(id);
    const rfc = clause === undefined ? 'other rules' : `RFC ${clause.rfc}`;
    const known = sections.get(rfc) ?? new Set();
    const section = clause === undefined ? '' : ` §${safeText(clause.section, 20)}`;
    if (known.has(section)) continue;
    if (total++ < 6) sections.set(rfc, known.add(section));
  }
  const text = [...sections].map(([rfc, set]) => `${rfc}${[...set].join(',')}`).join('; ');
  return total > 6 ? `${text} and ${total - 6} more` : text;
}

export function clauseIndex(doc: CheckResult): Map<string, ClauseInfo> {
  return new Map(doc.clauses.map((clause) => [clause.id, clause]));
}

/** `RFC 1939 §5`. */
export function clauseLabel(clause: ClauseInfo): string {
  return `RFC ${clause.rfc} §${safeText(clause.section, 20)}`;
}

/** The clauses of a case as labels without repetition; the ids of those the document does not describe. */
export function caseLabels(result: CaseResult, clauses: ReadonlyMap<string, ClauseInfo>): string[] {
  const labels = result.clauses.map((id) => {
    const clause = clauses.get(id);
    return clause === undefined ? safeText(id, 60) : clauseLabel(clause);
  });
  return [...new Set(labels)];
}

/** The line and the transcript that prove a finding; an invariant's stand in the case that witnessed it. */
export function evidenceOf(
  finding: Finding,
  result: CaseResult,
  doc: CheckResult,
): { readonly transcript: readonly TraceEvent[]; readonly witness: CaseResult | undefined } {
  if (finding.witness === undefined || finding.witness === result.id)
    return { transcript: result.transcript, witness: undefined };
  const witness = doc.cases.find(({ id }) => id === finding.witness);
  return { transcript: witness?.transcript ?? result.transcript, witness };
}

/** What was last sent on the connection of the judged event before it: the question to the answer. */
export function lastSent(transcript: readonly TraceEvent[], event: number | undefined): string | undefined {
  if (event === undefined) return undefined;
  const judged = transcript[event];
  return transcript
    .slice(0, event + 1)
    .findLast(({ kind, connection }) => kind === 'send' && connection === judged?.connection)?.text;
}

/** The lines of a case's dialogue that found something, from 0; all alike where an older result does not say which it was. */
export function judgedLines({ dialogue, dialogueLine, findings }: CaseResult): ReadonlySet<number> {
  const lines = dialogue.split('\n').map((line) => line.trim());
  const judged = new Set<number>();
  for (const { place, source } of findings) {
    const at = Number(/:(\d+)$/.exec(place)?.[1]) - (dialogueLine ?? Number.NaN);
    if (lines[at] === source.trim()) judged.add(at);
    else for (const [index, line] of lines.entries()) if (line === source.trim()) judged.add(index);
  }
  return judged;
}

/** What would have been right, where it is not the judged line itself again. */
export function alternativesOf(finding: Finding): readonly string[] {
  const source = finding.source.trim();
  return finding.expected.filter((line) => line.trim() !== source || finding.cause !== 'check');
}

function notRunReasons(cases: readonly CaseResult[]): Reason[] {
  const reasons = new Map<string, CaseResult[]>();
  for (const result of cases) {
    if (result.verdict !== 'blocked' && result.verdict !== 'unsupported') continue;
    const key = `${result.verdict} ${caseReason(result)}`;
    grouped(reasons, key).push(result);
  }
  return [...reasons]
    .map(([key, members]) => {
      const verdict = members[0]?.verdict === 'blocked' ? ('blocked' as const) : ('unsupported' as const);
      return { verdict, text: key.slice(verdict.length + 1), cases: members };
    })
    .sort((a, b) =>
      a.verdict === b.verdict ? b.cases.length - a.cases.length : a.verdict < b.verdict ? -1 : 1,
    );
}

/** Why a case has its verdict, in one sentence: its note, or the reason of its worst finding. */
export function caseReason(result: CaseResult): string {
  const finding = result.findings.find(({ verdict }) => verdict === result.verdict) ?? result.findings[0];
  return safeText(result.note ?? finding?.reason ?? 'no reason was recorded', 300);
}

function suitesOf(cases: readonly CaseResult[]): Suite[] {
  const suites = new Map<string, { name: string; file: string; cases: CaseResult[] }>();
  for (const result of cases) {
    const { name, file } = suiteOf(result);
    const suite = suites.get(name) ?? { name, file, cases: [] };
    suite.cases.push(result);
    suites.set(name, suite);
  }
  return [...suites.values()];
}

/** The suite file of a case and the part of its id that names it, wherever the suites are installed. */
export function suiteOf(result: Pick<CaseResult, 'id' | 'place'>): { name: string; file: string } {
  const file = result.place.replace(/(?::\d+){1,2}$/, '');
  const stem = `/${file.replace(/\\/g, '/').replace(/\.ya?ml$/, '')}`;
  const parts = result.id.split('/');
  for (let length = parts.length - 1; length > 0; length--) {
    const name = parts.slice(0, length).join('/');
    if (stem.endsWith(`/${name}`)) return { name, file };
  }
  return { name: parts.slice(0, -1).join('/') || 'cases', file };
}

function rfcRows(doc: CheckResult): RfcRow[] {
  const clauses = clauseIndex(doc);
  const byRfc = new Map<number | null, CaseResult[]>();
  for (const result of doc.cases) {
    const rfc = result.clauses.map((id) => clauses.get(id)?.rfc).find((known) => known !== undefined) ?? null;
    grouped(byRfc, rfc).push(result);
  }
  return [...byRfc]
    .sort(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY))
    .map(([rfc, cases]) => ({
      rfc,
      byLevel: new Map(
        LEVELS.map((level) => [level, tallyOf(cases.filter((result) => result.level === level))]),
      ),
      all: tallyOf(cases),
      undecided: cases.filter(({ verdict }) => verdict === 'inconclusive' || verdict === 'error').length,
      notRun: cases.filter(({ verdict }) => verdict === 'blocked' || verdict === 'unsupported').length,
    }));
}

function grouped<Key>(groups: Map<Key, CaseResult[]>, key: Key): CaseResult[] {
  const members = groups.get(key) ?? [];
  if (members.length === 0) groups.set(key, members);
  return members;
}

/** How many of the cases that came to a verdict kept their rule. */
export function tallyOf(cases: readonly CaseResult[]): Tally {
  const kept = cases.filter(({ verdict }) => verdict === 'pass' || verdict === 'info').length;
  return {
    kept,
    judged: kept + cases.filter(({ verdict }) => verdict === 'warn' || verdict === 'fail').length,
  };
}
