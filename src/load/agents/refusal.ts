import type { LoadUser } from '../plan.js';
import { planId, shareOf, usersId } from '../plan.js';
import { mustFit } from '../preflight.js';
import { LoadError } from '../problem.js';
import type { Assignment } from './protocol.js';

/** What an agent has for a shard. */
export interface Means {
  readonly version: string;
  readonly users: readonly LoadUser[];
  readonly target?: { readonly host: string; readonly port: number } | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly workers: number;
}

/** Why an agent cannot carry out what it was given, in words; undefined when it can. */
export function refusalOf(
  { plan, planId: id, index, of }: Assignment,
  { version, users, target, sources, workers }: Means,
): string | undefined {
  const { model } = plan;
  if (plan.version !== version) return `it is popspec ${version}, and the run of ${plan.version}`;
  if (planId(plan) !== id) return 'the plan that reached it is not the one that was made';
  if (target !== undefined && (target.host !== plan.target.host || target.port !== plan.target.port))
    return `it is for ${target.host}:${target.port}, and the run for ${plan.target.host}:${plan.target.port}`;
  if (users.length !== plan.users) return `it knows ${users.length} users, and the run has ${plan.users}`;
  if (usersId(users) !== plan.usersId)
    return 'its users are not those of the run: every machine needs the same names in the same order';
  const sessions = shareOf(model.kind === 'closed' ? model.sessions : users.length, { index, of });
  if (sessions < workers) return `it has ${workers} workers, and its share is ${sessions} sessions or users`;
  try {
    mustFit({ model, ...(sources === undefined ? {} : { sources }) }, { index, of });
  } catch (error) {
    if (error instanceof LoadError) return `${error.message} (${error.hint})`;
    throw error;
  }
  return undefined;
}
