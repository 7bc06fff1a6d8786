import { z } from 'zod';
import { latencySchema } from '../result.js';

/** What a comparison says of a metric, and of all: never more than the figures bear out. */
export const answerSchema = z.enum(['better', 'worse', 'same', 'cannot tell']);
export type Answer = z.infer<typeof answerSchema>;

export const metricSchema = z.object({
  /** `session.p99`, `throughput`, `errors`, `RETR.p50`. */
  name: z.string(),
  /** Of `base` and `new`: microseconds, sessions a second, or a share from 0 to 1. */
  unit: z.enum(['us', 'per-second', 'share']),
  /** Whether the answer to the whole rests on it; the others tell where a difference comes from. */
  decides: z.boolean(),
  /** Means over the runs (geometric, but of shares); null where it was not measured in every run. */
  base: z.number().nullable(),
  new: z.number().nullable(),
  /**
   * New against base: percent of the base, of shares percentage points. All intervals of a comparison hold at once with the
   * probability `confidence`.
   */
  difference: z.object({ estimate: z.number(), low: z.number(), high: z.number() }).nullable(),
  /** A difference that is smaller does not count; in the unit of `difference`. */
  floor: z.number().nullable(),
  answer: answerSchema,
  /** The figure of each run, in the order of the files. */
  runs: z.object({ base: z.array(z.number().nullable()), new: z.array(z.number().nullable()) }),
});
export type ComparedMetric = z.infer<typeof metricSchema>;

const sideSchema = z.object({
  runs: z.array(
    z.object({
      file: z.string(),
      startedAt: z.string(),
      url: z.string(),
      greeting: z.string().optional(),
      durationMs: z.number(),
      completed: z.number(),
      failed: z.number(),
      /** Why its figures are not those of the server. */
      invalid: z.string().optional(),
    }),
  ),
  /** Sessions that went well, of all runs together. */
  session: latencySchema.nullable(),
});

/** What autocannon-compare says, of the runs of each side taken together. */
export const secondOpinionSchema = z.object({
  tool: z.literal('autocannon-compare'),
  rows: z.array(
    z.object({
      name: z.enum(['requests', 'throughput', 'latency']),
      /** As it gives it: `-3.2%`, new against base. */
      difference: z.string(),
      /** Null where it comes to no number. */
      pValue: z.number().nullable(),
      significant: z.string(),
    }),
  ),
  /** By throughput alone. */
  winner: z.enum(['base', 'new', 'none']),
});
export type SecondOpinion = z.infer<typeof secondOpinionSchema>;

/** What `popspec compare` says of load runs. */
export const loadComparisonSchema = z.object({
  schemaVersion: z.literal(1),
  kind: z.literal('comparison'),
  of: z.literal('load'),
  tool: z.object({ name: z.literal('popspec'), version: z.string() }),
  scenario: z.object({ id: z.string(), title: z.string() }),
  base: sideSchema,
  new: sideSchema,
  /** A difference must be larger than both to count. */
  floors: z.object({ percent: z.number(), latencyUs: z.number(), errorPoints: z.number() }),
  confidence: z.number(),
  metrics: z.array(metricSchema),
  /** Times that mail or protocol was damaged. One in new, where base has none, is `worse` whatever the rest is. */
  integrityErrors: z.object({ base: z.number(), new: z.number() }),
  answer: answerSchema,
  /** What a reader must know to judge the answer. */
  notes: z.array(z.string()),
  secondOpinion: secondOpinionSchema.optional(),
  exit: z.object({ code: z.number(), reason: z.string() }),
});
export type LoadComparison = z.infer<typeof loadComparisonSchema>;
export type ComparedSide = z.infer<typeof sideSchema>;
