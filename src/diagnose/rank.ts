import type { Cause } from './result.js';
import { type Evidence, type Rule, STAGES, type Stage } from './rule.js';

/** Below this a cause is named only where it is the only one. */
const NAMED_MIN = 10;

/** Stages whose causes are alternatives: one refusal has one reason, while a certificate may be both expired and of another name. */
const ALTERNATIVES: ReadonlySet<Stage> = new Set<Stage>(['find', 'reach', 'login']);

/** A weight read as a probability, as odds; none is beyond doubt. */
const odds = (weight: number): number => Math.min(weight, 99) / (100 - Math.min(weight, 99));

/**
 * The causes that the evidence speaks for, the likeliest first; of equal ones the earlier on the way to the mail. A share says how the
 * alternatives of one stage compare, which are the causes that the same symptom can have.
 */
export function rank(rules: readonly Rule[], evidence: Evidence): { causes: Cause[]; advice: Cause[] } {
  const matched = rules.flatMap((rule) => {
    const match = rule.when(evidence);
    if (match === undefined || match.weight < NAMED_MIN) return [];
    const link = rule.link?.(evidence);
    const cause: Cause = {
      id: rule.id,
      stage: rule.stage,
      cause: rule.cause,
      weight: Math.min(100, Math.round(match.weight)),
      share: 1,
      reasons: [...match.reasons],
      separates: rule.separates,
      remedy: [...rule.remedy(evidence)],
      ...(link === undefined ? {} : { link }),
    };
    return [{ cause, kind: rule.kind ?? 'cause' }];
  });
  const of = (kind: 'cause' | 'advice'): Cause[] => {
    const found = matched.flatMap((one) => (one.kind === kind ? [one.cause] : []));
    const totals = new Map<string, number>();
    for (const { stage, weight } of found) totals.set(stage, (totals.get(stage) ?? 0) + odds(weight));
    const shareOf = ({ stage, weight }: Cause): number =>
      ALTERNATIVES.has(stage) ? odds(weight) / (totals.get(stage) ?? 1) : 1;
    return found
      .map((one) => ({ ...one, share: shareOf(one) }))
      .sort((a, b) => b.weight - a.weight || STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
  };
  return { causes: of('cause'), advice: of('advice') };
}
