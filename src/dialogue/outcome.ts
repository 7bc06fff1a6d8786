import { z } from 'zod';

/** The verdict words, worst first where they are compared. */
export const VERDICTS = [
  'error',
  'fail',
  'inconclusive',
  'warn',
  'blocked',
  'unsupported',
  'info',
  'pass',
] as const;
export const verdictSchema = z.enum(VERDICTS);
export type Verdict = z.infer<typeof verdictSchema>;

/** Verdicts after which a dialogue goes on; the others end it. */
export const GOES_ON: ReadonlySet<Verdict> = new Set<Verdict>(['pass', 'warn', 'info']);

/** The worst of several verdicts; `pass` of none. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  let worst: Verdict = 'pass';
  for (const verdict of verdicts) if (VERDICTS.indexOf(verdict) < VERDICTS.indexOf(worst)) worst = verdict;
  return worst;
}

/** Why a wait ended, or `check` where an expression over captures did not hold. */
export const causeSchema = z.enum([
  'reply',
  'close',
  'reset',
  'silence',
  'timeout',
  'limit',
  'refused',
  'unreachable',
  'tls',
  'unsolicited',
  'delivery',
  'check',
  'statement',
  'guard',
]);
export type Cause = z.infer<typeof causeSchema>;

/**
 * One event on a connection, secrets already masked. `text` holds one character for each octet (Latin-1), line
 * ends included, so that every byte can be shown; `omitted` octets were left out of the middle at `text[cut]`.
 */
export const traceEventSchema = z.object({
  /** Microseconds since the dialogue began. */
  atUs: z.number(),
  /** Label of the connection: A, B, … */
  connection: z.string(),
  kind: z.enum([
    'connect',
    'connected',
    'tls',
    'send',
    'receive',
    'close',
    'reset',
    'error',
    'timeout',
    'silence',
    'we-close',
    'we-half-close',
    'we-abort',
    'note',
  ]),
  text: z.string(),
  omitted: z.number().optional(),
  cut: z.number().optional(),
});
export type TraceEvent = z.infer<typeof traceEventSchema>;

/** Something that a dialogue found, with all that is needed to prove it. */
export const findingSchema = z.object({
  verdict: verdictSchema,
  /** One sentence; from the suite where it gives one. */
  reason: z.string(),
  cause: causeSchema,
  /** Where the line stands that found it: `suites/rfc1939/stat.yaml:17`. */
  place: z.string(),
  /** That line of the dialogue. */
  source: z.string(),
  /** The lines and events that would have been right, in order. */
  expected: z.array(z.string()),
  /** What came instead, control octets escaped. */
  actual: z.string(),
  /** How long was waited, in milliseconds, where the finding rests on waiting. */
  waitedMs: z.number().optional(),
  /** A multi-line reply had begun and never came to its end. */
  unfinished: z.boolean().optional(),
  /** Values of the parts of an expression that did not hold. */
  values: z.array(z.object({ expression: z.string(), value: z.string() })).optional(),
  /** Index into the transcript of the event that was judged. */
  event: z.number().optional(),
  /** For an invariant: the case in whose dialogue it was seen. */
  witness: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;
