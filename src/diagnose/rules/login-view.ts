import type { Facts } from '../facts.js';
import { meanings, type RefusalKind } from '../probes/refusals.js';
import type { Provider } from '../provider.js';
import type { Evidence, Match } from '../rule.js';
import { match, namesAlternatives, plainRefusal, quoted, refusalThatMeans, toldBy } from './view.js';

/** What rules about logins share. */

/** At most, where the server leaves open which of several causes it is. */
export const OPEN = 62;

/** A habit of a provider that the table knows. */
export const behaviour = (provider: Provider | undefined, id: Provider['behaviours'][number]['id']) =>
  provider?.behaviours.find((one) => one.id === id);

/** A refusal that says nothing but no, as the symptom that wrong passwords share with much else. */
export function ambiguous(
  { facts }: Evidence,
  weight: number,
  ...reasons: readonly (string | undefined)[]
): Match | undefined {
  const refused = plainRefusal(facts);
  return refused === undefined ? undefined : match(weight, toldBy(refused), ...reasons);
}

/** A refusal whose words say this. */
export function told(evidence: Evidence, kind: RefusalKind, weight: number): Match | undefined {
  const refused = refusalThatMeans(evidence.facts, kind);
  if (refused === undefined) return undefined;
  return match(namesAlternatives(refused.reply) ? Math.min(weight, OPEN) : weight, toldBy(refused));
}

/** What a login that was let in was told at the first commands: some servers refuse only there. */
export function refusedInside(facts: Facts, kind: RefusalKind, weight: number): Match | undefined {
  const verb = ['STAT', 'LIST', 'UIDL'].find((one) => meanings(facts.mailbox?.refused[one] ?? '').has(kind));
  return verb === undefined
    ? undefined
    : match(
        weight,
        `the login was let in, and ${verb} was answered ${quoted(facts.mailbox?.refused[verb] ?? '')}`,
      );
}

/** The page of the provider. */
export const page = ({ provider }: Evidence): string | undefined => provider?.page;
