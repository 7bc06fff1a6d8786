import { z } from 'zod';
import { type Verdict, verdictSchema } from '../dialogue/outcome.js';
import type { CaseResult, CheckResult } from './result.js';

/** What became of a case or a clause. */
export const changeSchema = z.enum(['new', 'gone', 'changed']);
export type Change = z.infer<typeof changeSchema>;

const sideSchema = z.object({
  file: z.string(),
  startedAt: z.string(),
  url: z.string(),
  greeting: z.string().optional(),
  cases: z.number(),
  complete: z.boolean(),
});

/** How a clause fares: kept by all of its cases that came to a verdict, warned of, broken, or without a verdict. */
export const standingSchema = z.enum(['kept', 'warned', 'broken', 'not tested']);
export type Standing = z.infer<typeof standingSchema>;

/** What `popspec compare` says of two checks. */
export const checkComparisonSchema = z.object({
  schemaVersion: z.literal(1),
  kind: z.literal('comparison'),
  of: z.literal('check'),
  tool: z.object({ name: z.literal('popspec'), version: z.string() }),
  base: sideSchema,
  new: sideSchema,
  /** Cases whose verdict is another: `new` is a finding that was not there, `gone` one that is no more, `changed` all else. */
  cases: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      level: z.string(),
      clauses: z.array(z.string()),
      base: verdictSchema,
      new: verdictSchema,
      change: changeSchema,
      /** Why the new verdict is what it is: its note or its worst finding. */
      reason: z.string().optional(),
    }),
  ),
  clauses: z.array(
    z.object({
      id: z.string(),
      rfc: z.number().optional(),
      section: z.string().optional(),
      text: z.string().optional(),
      base: standingSchema,
      new: standingSchema,
      change: changeSchema,
    }),
  ),
  /** Cases that were in one of the runs alone. */
  onlyIn: z.object({
    base: z.array(z.object({ id: z.string(), verdict: verdictSchema })),
    new: z.array(z.object({ id: z.string(), verdict: verdictSchema })),
  }),
  /** `worse`: a case fails or warns that did not, or fails where it warned; `better`: only the other way round. */
  answer: z.enum(['better', 'worse', 'same', 'cannot tell']),
  /** What was not the same beside the server. */
  notes: z.array(z.string()),
  exit: z.object({ code: z.number(), reason: z.string() }),
});
export type CheckComparison = z.infer<typeof checkComparisonSchema>;

/** A result and the file that it stands in. */
export interface NamedCheck {
  readonly file: string;
  readonly doc: CheckResult;
}

/** How bad a verdict is; undefined for those that do not say whether the rule is kept. */
const SEVERITY: Readonly<Partial<Record<Verdict, number>>> = { pass: 0, info: 0, warn: 1, fail: 2 };
const FINDINGS: ReadonlySet<Verdict> = new Set<Verdict>(['fail', 'warn', 'inconclusive', 'error']);

/** Compares two checks case by case and clause by clause. */
export function compareChecks(
  base: NamedCheck,
  next: NamedCheck,
  { failOnWorse, version }: { failOnWorse: boolean; version: string },
): CheckComparison {
  const before = new Map(base.doc.cases.map((result) => [result.id, result]));
  const after = new Map(next.doc.cases.map((result) => [result.id, result]));
  const both = next.doc.cases.filter(({ id }) => before.has(id));
  const cases = both.flatMap((result) => {
    const old = before.get(result.id)?.verdict ?? result.verdict;
    if (old === result.verdict) return [];
    const { id, title, level, clauses, verdict } = result;
    const reason = reasonOf(result);
    return [
      {
        ...{ id, title, level, clauses, base: old, new: verdict, change: changeOf(old, verdict) },
        ...(reason === undefined ? {} : { reason }),
      },
    ];
  });
  const alone = (mine: CheckResult, others: ReadonlyMap<string, CaseResult>) =>
    mine.cases.filter(({ id }) => !others.has(id)).map(({ id, verdict }) => ({ id, verdict }));
  const onlyIn = { base: alone(base.doc, after), new: alone(next.doc, before) };
  const answer = answerOf(cases, next.doc, both.length);
  return {
    schemaVersion: 1,
    kind: 'comparison',
    of: 'check',
    tool: { name: 'popspec', version },
    base: sideOf(base),
    new: sideOf(next),
    cases,
    clauses: changedClauses(base.doc, next.doc),
    onlyIn,
    answer,
    notes: notesOn(base, next, onlyIn),
    exit:
      failOnWorse && answer === 'worse'
        ? { code: 1, reason: 'new is worse than base' }
        : { code: 0, reason: `the answer is: ${answer}` },
  };
}

function changeOf(old: Verdict, verdict: Verdict): Change {
  if (FINDINGS.has(verdict) && !FINDINGS.has(old)) return 'new';
  // What was not run now has not been seen to be gone.
  return FINDINGS.has(old) && SEVERITY[verdict] === 0 ? 'gone' : 'changed';
}

function reasonOf({ note, findings, verdict }: CaseResult): string | undefined {
  return note ?? (findings.find((finding) => finding.verdict === verdict) ?? findings[0])?.reason;
}

function answerOf(
  cases: readonly Pick<CheckComparison['cases'][number], 'base' | 'new'>[],
  next: CheckResult,
  inBoth: number,
): CheckComparison['answer'] {
  const steps = cases.map((one) => (SEVERITY[one.new] ?? 0) - (SEVERITY[one.base] ?? 0));
  const said = cases.map((one) => SEVERITY[one.new] !== undefined);
  if (steps.some((step, index) => step > 0 && said[index])) return 'worse';
  if (!next.complete || inBoth === 0) return 'cannot tell';
  if (steps.some((step, index) => step < 0 && said[index])) return 'better';
  // A case that came to a verdict before and does not now may hide anything.
  return cases.some((one) => SEVERITY[one.base] !== undefined && SEVERITY[one.new] === undefined)
    ? 'cannot tell'
    : 'same';
}

function changedClauses(base: CheckResult, next: CheckResult): CheckComparison['clauses'] {
  const about = new Map([...base.clauses, ...next.clauses].map((clause) => [clause.id, clause]));
  const [before, after] = [standings(base), standings(next)];
  return [...after.keys()].flatMap((id) => {
    const [old, now] = [before.get(id), after.get(id)];
    if (old === undefined || now === undefined || old === now) return [];
    const bad = (standing: Standing) => standing === 'broken' || standing === 'warned';
    const change: Change = bad(now) && !bad(old) ? 'new' : bad(old) && now === 'kept' ? 'gone' : 'changed';
    const { rfc, section, text } = about.get(id) ?? {};
    const known =
      rfc === undefined || section === undefined || text === undefined ? {} : { rfc, section, text };
    return [{ id, ...known, base: old, new: now, change }];
  });
}

/** Of each clause that a case cites. */
function standings({ cases }: CheckResult): Map<string, Standing> {
  const worst = new Map<string, number>();
  for (const { clauses, verdict } of cases)
    for (const id of clauses) worst.set(id, Math.max(worst.get(id) ?? -1, SEVERITY[verdict] ?? -1));
  const words: readonly Standing[] = ['kept', 'warned', 'broken'];
  return new Map([...worst].map(([id, severity]) => [id, words[severity] ?? 'not tested']));
}

function sideOf({ file, doc }: NamedCheck): CheckComparison['base'] {
  const { startedAt, target, cases, complete } = doc;
  const { url, greeting } = target;
  return {
    file,
    startedAt,
    url,
    ...(greeting === undefined ? {} : { greeting }),
    cases: cases.length,
    complete,
  };
}

function notesOn(base: NamedCheck, next: NamedCheck, onlyIn: CheckComparison['onlyIn']): string[] {
  const notes = [base, next]
    .filter(({ doc }) => !doc.complete)
    .map(
      ({ file, doc }) =>
        `${file}: the run ended early (${doc.exit.reason}): what it did not reach is not compared`,
    );
  for (const [what, of] of DIFFERING) {
    const [mine, others] = [of(base.doc), of(next.doc)];
    if (mine !== others) notes.push(`${what}: ${mine} in base, ${others} in new`);
  }
  for (const [side, alone] of [
    ['base', onlyIn.base],
    ['new', onlyIn.new],
  ] as const)
    if (alone.length > 0)
      notes.push(`${alone.length} case${alone.length === 1 ? ' is' : 's are'} in ${side} alone`);
  return notes;
}

const DIFFERING: readonly (readonly [what: string, of: (doc: CheckResult) => string])[] = [
  ['target', ({ target }) => target.url],
  ['TLS', ({ target }) => target.tls],
  ['login', ({ target }) => target.auth],
  ['--only', ({ options }) => options.only.join(' ') || 'everything'],
  ['--skip', ({ options }) => options.skip.join(' ') || 'nothing'],
  ['slow cases', ({ options }) => (options.slow ? 'run' : 'left out')],
  ['deletion', ({ options }) => (options.allowDelete ? 'allowed' : 'not allowed')],
  ['delivery', ({ options }) => options.deliver ?? 'none'],
  ['accounts', ({ options }) => String(options.accounts)],
  ['time limit', ({ options }) => `${options.timeoutMs} ms`],
  ['popspec', ({ tool }) => tool.version],
];
