import { z } from 'zod';
import { AUTH_MODES } from '../dialogue/auth.js';
import { causeSchema, traceEventSchema } from '../dialogue/outcome.js';
import { refusalSchema } from './refusals.js';

/** A latency distribution in microseconds. */
export const latencySchema = z.object({
  /** `session`, `connect`, `tls`, `greeting`, `login` (phases) or a verb (`STAT`). */
  name: z.string(),
  kind: z.enum(['session', 'phase', 'command']),
  /** Commands answered by -ERR, or sessions that failed, are kept apart. */
  outcome: z.enum(['ok', 'failed']),
  /** From the planned start (open model), the actual send, or to the first octet of the answer. */
  measure: z.enum(['planned', 'sent', 'first-octet']),
  count: z.number(),
  minUs: z.number(),
  meanUs: z.number(),
  p50Us: z.number(),
  p90Us: z.number(),
  p95Us: z.number(),
  p99Us: z.number(),
  p999Us: z.number(),
  maxUs: z.number(),
  /** Values of more than ten minutes, which percentiles take as ten minutes; left out when there are none. */
  overflow: z.number().optional(),
  /** HdrHistogram V2, compressed, base64; integer microseconds. */
  histogram: z.string(),
});
export type Latency = z.infer<typeof latencySchema>;

/** One interval of the run. */
export const intervalSchema = z.object({
  /** Milliseconds since the run began, end of the interval. */
  atMs: z.number(),
  durationMs: z.number(),
  planned: z.number(),
  started: z.number(),
  completed: z.number(),
  failed: z.number(),
  /** Planned starts that no free user or session slot was there for; older results do without. */
  dropped: z.number().optional(),
  /** Sessions open at the end of the interval. */
  concurrent: z.number(),
  commands: z.number(),
  messages: z.number(),
  octets: z.number(),
  integrityErrors: z.number(),
  /** Session latency in this interval; null when none ended in it. */
  p50Us: z.number().nullable(),
  p90Us: z.number().nullable(),
  p99Us: z.number().nullable(),
  /** How much later than planned its sessions were started; left out when none was, and in the closed model. */
  lagMeanUs: z.number().optional(),
  lagMaxUs: z.number().optional(),
  /** The distribution behind the percentiles: HdrHistogram V2, compressed, base64, two digits; left out when no session ended. */
  histogram: z.string().optional(),
});
export type Interval = z.infer<typeof intervalSchema>;

export const loadErrorSchema = z.object({
  /** `-ERR [IN-USE] …` with numbers taken out, `connection reset`, `no answer to RETR within 20 s`. */
  text: z.string(),
  cause: causeSchema,
  /** Whether the mail or the protocol was damaged, rather than refused. */
  integrity: z.boolean(),
  /** A refusal that has a name: not the server's weakness, but its rules or its plight. */
  refusal: refusalSchema.optional(),
  count: z.number(),
  firstAtMs: z.number(),
  /** Transcript of the first session that met it. */
  transcript: z.array(traceEventSchema),
});
export type LoadError = z.infer<typeof loadErrorSchema>;

export const thresholdResultSchema = z.object({
  expression: z.string(),
  /** The actual value with its unit, as shown beside the limit. */
  actual: z.string(),
  /** Null when nothing was measured for it: the threshold then counts as missed. */
  value: z.number().nullable(),
  passed: z.boolean(),
});
export type ThresholdResult = z.infer<typeof thresholdResultSchema>;

/** One step of a search for the capacity. */
export const capacityStepSchema = z.object({
  ratePerSecond: z.number(),
  /** `missed`: a threshold was; `generator`: it says nothing about the server; `ended`: the search ended with it. */
  verdict: z.enum(['held', 'missed', 'generator', 'ended']),
  /** Thresholds that were missed, with the actual values. */
  missed: z.array(z.string()),
  completedPerSecond: z.number(),
  /** Of sessions that went well; null when there were none. */
  p50Us: z.number().nullable(),
  p99Us: z.number().nullable(),
  failed: z.number(),
  dropped: z.number(),
});
export type CapacityStep = z.infer<typeof capacityStepSchema>;

const sideLatencySchema = z.object({
  count: z.number(),
  p50Us: z.number().nullable(),
  p90Us: z.number().nullable(),
  p99Us: z.number().nullable(),
});

const modelTimes = {
  durationMs: z.number(),
  warmupMs: z.number(),
  /** The run was to end after so many sessions. */
  count: z.number().optional(),
};

/** What refilling came to. */
export const refillSchema = z.object({
  delivered: z.number(),
  failed: z.number(),
  /** Not tried, since too many deliveries before had not ended. */
  late: z.number(),
  /** Why the first that failed did. */
  error: z.string().optional(),
});
export type Refill = z.infer<typeof refillSchema>;

/** The result document of `popspec load`. */
export const loadResultSchema = z.object({
  schemaVersion: z.literal(1),
  kind: z.literal('load'),
  tool: z.object({ name: z.literal('popspec'), version: z.string() }),
  startedAt: z.string(),
  /** Measured time, warm-up left out. */
  durationMs: z.number(),
  /** False when the run was interrupted. */
  complete: z.boolean(),
  target: z.object({
    url: z.string(),
    host: z.string(),
    port: z.number(),
    address: z.string().optional(),
    tls: z.enum(['none', 'stls', 'implicit']),
    auth: z.enum(AUTH_MODES),
    greeting: z.string().optional(),
  }),
  environment: z.object({ node: z.string(), platform: z.string(), cpus: z.number() }),
  /** What was run: a scenario, or a profile or mix of several, whose dialogues then stand here one after the other. */
  scenario: z.object({ id: z.string(), title: z.string(), dialogue: z.string() }),
  /** The scenarios of a mix, each session one of them by weight; left out when there is one. */
  mix: z
    .array(
      z.object({
        id: z.string(),
        title: z.string(),
        weight: z.number(),
        dialogue: z.string(),
        started: z.number(),
        completed: z.number(),
        failed: z.number(),
      }),
    )
    .optional(),
  model: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('closed'),
      sessions: z.number(),
      /** The first sessions were spread over this time. */
      rampMs: z.number().optional(),
      /** A slot started a session at most so often. */
      pacingMs: z.number().optional(),
      ...modelTimes,
    }),
    z.object({
      kind: z.literal('open'),
      /** Planned session starts per second; in each stage the rate goes in a straight line from one to the other. */
      stages: z.array(
        z.object({ fromPerSecond: z.number(), toPerSecond: z.number(), durationMs: z.number() }),
      ),
      arrivals: z.enum(['uniform', 'poisson']),
      maxSessions: z.number(),
      ...modelTimes,
    }),
  ]),
  /** Of arrivals and of every choice: the same seed makes the same ones. */
  seed: z.number(),
  users: z.number(),
  totals: z.object({
    /** Session starts that the plan asked for. */
    planned: z.number(),
    started: z.number(),
    /** Started more than 10 ms behind the plan (open model); scheduleLag tells by how much. */
    late: z.number(),
    completed: z.number(),
    failed: z.number(),
    /** Planned starts that no free user or session slot was there for. */
    dropped: z.number(),
    /** Sessions still open when the run ended and cut off then. */
    cutOff: z.number(),
    commands: z.number(),
    messages: z.number(),
    /** Un-stuffed octets of the messages that were read. */
    octets: z.number(),
    deleted: z.number(),
    peakConcurrent: z.number(),
  }),
  rates: z.object({
    /** Per second. */
    offered: z.number().nullable(),
    started: z.number(),
    completed: z.number(),
    commands: z.number(),
    messages: z.number(),
    octets: z.number(),
  }),
  /** How much later than planned sessions were started; null in the closed model. */
  scheduleLag: latencySchema.nullable(),
  /** Handshakes that were finished in the measured time, and their rate; left out without TLS. */
  tls: z.object({ full: z.number(), resumed: z.number(), perSecond: z.number() }).optional(),
  /** What an HTTP load beside this one did, and what that did to the sessions. */
  sideLoad: z
    .object({
      url: z.string(),
      connections: z.number(),
      /** When it ran, in milliseconds since the run began. */
      fromMs: z.number(),
      toMs: z.number(),
      requests: z.number(),
      requestsPerSecond: z.number(),
      p50Ms: z.number(),
      p99Ms: z.number(),
      /** Connections that failed or timed out, and answers other than 2xx. */
      errors: z.number(),
      non2xx: z.number(),
      /** Sessions that went well in the measured time before it and with it. */
      without: sideLatencySchema,
      with: sideLatencySchema,
    })
    .optional(),
  /** Messages that were delivered while the run went on, so that mailboxes that are read empty fill again. */
  refill: refillSchema.extend({ by: z.string(), perSecond: z.number() }).optional(),
  latencies: z.array(latencySchema),
  series: z.array(intervalSchema),
  integrity: z.object({ checks: z.number(), errors: z.number() }),
  errors: z.array(loadErrorSchema),
  thresholds: z.array(thresholdResultSchema),
  /** The search for the highest rate at which all thresholds hold; the other figures are those of its best step. */
  capacity: z
    .object({
      /** Null when they held at no rate. */
      perSecond: z.number().nullable(),
      /** What stood in the way of more; `none` when the search was ended before it met a limit. */
      limit: z.enum(['server', 'generator', 'none']),
      steps: z.array(capacityStepSchema),
    })
    .optional(),
  health: z.object({
    /** The worst of all workers. */
    eventLoopDelayP99Ms: z.number(),
    eventLoopDelayMaxMs: z.number(),
    /** Of all workers together; 100 is one core. */
    cpuPercent: z.number(),
    /** Time that collecting garbage took in all, and the longest pause. */
    gcMs: z.number(),
    gcMaxMs: z.number(),
    maxRssBytes: z.number(),
    openFiles: z.number().nullable(),
    openFilesLimit: z.number().nullable(),
    /** Each thread by itself; `busyShare` is the share of seconds in which it had no idle time. */
    workers: z.array(
      z.object({
        eventLoopDelayP99Ms: z.number(),
        eventLoopDelayMaxMs: z.number(),
        cpuPercent: z.number(),
        gcMs: z.number(),
        gcMaxMs: z.number(),
        busyShare: z.number(),
      }),
    ),
    /** `saturated`: the generator, not the server, was the bottleneck; the run is invalid. */
    verdict: z.enum(['ok', 'saturated']),
    reasons: z.array(z.string()),
  }),
  problem: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
  exit: z.object({ code: z.number(), reason: z.string() }),
});
export type LoadResult = z.infer<typeof loadResultSchema>;
