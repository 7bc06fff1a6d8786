import type { ProbeResult } from '../result.js';
import { spoken } from '../words.js';

/** The reply of a server as it is shown, where there was one. */
export const said = (reply: string | undefined): string | undefined =>
  reply === undefined ? undefined : spoken(reply);

type Outcome = ProbeResult['outcome'];

/** A line of the checklist; evidence that is not there is left out. */
export const probe = (
  id: string,
  title: string,
  outcome: Outcome,
  evidence: readonly (string | undefined)[],
  tookMs = 0,
): ProbeResult => ({
  id,
  title,
  outcome,
  evidence: evidence.flatMap((line) => (line === undefined || line === '' ? [] : [line])),
  tookMs,
});

/** What one listing of capabilities has and another lacks. */
export function differences(
  before: readonly string[],
  after: readonly string[],
  what: string,
): (string | undefined)[] {
  const more = after.filter((line) => !before.includes(line));
  const less = before.filter((line) => !after.includes(line));
  return [
    more.length > 0 ? `only after ${what}: ${spoken(more.join(', '))}` : undefined,
    less.length > 0 ? `only before ${what}: ${spoken(less.join(', '))}` : undefined,
  ];
}
