import { z } from 'zod';

/** A start that is so much behind its plan is late: more than the timers of the system explain. */
export const LATE_MS = 10;

/** What is counted of a run, of its measured part and of each interval. */
export const countsSchema = z.object({
  planned: z.number(),
  started: z.number(),
  /** Started more than LATE_MS behind the plan (open model). */
  late: z.number(),
  completed: z.number(),
  failed: z.number(),
  dropped: z.number(),
  cutOff: z.number(),
  commands: z.number(),
  messages: z.number(),
  octets: z.number(),
  deleted: z.number(),
  checks: z.number(),
  integrityErrors: z.number(),
});
export type Counts = z.infer<typeof countsSchema>;

export function noCounts(): Counts {
  return {
    planned: 0,
    started: 0,
    late: 0,
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

const KEYS = Object.keys(noCounts()) as (keyof Counts)[];

/** What was counted between two states of the same counts. */
export function countsSince(earlier: Counts, now: Counts): Counts {
  const difference = noCounts();
  for (const key of KEYS) difference[key] = now[key] - earlier[key];
  return difference;
}

export function sumOfCounts(counts: readonly Counts[]): Counts {
  const sum = noCounts();
  for (const one of counts) for (const key of KEYS) sum[key] += one[key];
  return sum;
}
