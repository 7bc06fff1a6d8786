/** What is counted of a run, of its measured part and of each interval. */
export interface Counts {
  planned: number;
  started: number;
  completed: number;
  failed: number;
  dropped: number;
  cutOff: number;
  commands: number;
  messages: number;
  octets: number;
  deleted: number;
  checks: number;
  integrityErrors: number;
}

export function noCounts(): Counts {
  return {
    planned: 0,
    started: 0,
    completed: 0,
    failed: 0,
    dropped: 0,
    cutOff: 0,
    commands: 0,
    messages: 0,
    octets: 0,
    deleted: 0,
    checks: 0,
    integrityErrors: 0,
  };
}

/** What was counted between two states of the same counts. */
export function countsSince(earlier: Counts, now: Counts): Counts {
  const difference = noCounts();
  for (const key of Object.keys(difference) as (keyof Counts)[]) difference[key] = now[key] - earlier[key];
  return difference;
}
