import { z } from 'zod';
import { traceEventSchema } from '../dialogue/outcome.js';
import { factsSchema } from './facts.js';
import { STAGES } from './rule.js';

/** One thing that was looked at, as it stands in the checklist. */
export const probeResultSchema = z.object({
  /** Slug of the probe, and what it was about: `tls pop.example.org:995`. */
  id: z.string(),
  title: z.string(),
  outcome: z.enum(['ok', 'warn', 'bad', 'skipped']),
  /** What was seen, a line each; the server's words Latin-1 and as they came. */
  evidence: z.array(z.string()),
  tookMs: z.number(),
});
export type ProbeResult = z.infer<typeof probeResultSchema>;

/** A cause or a piece of advice that the facts speak for. */
export const causeSchema = z.object({
  /** Id of its rule. */
  id: z.string(),
  stage: z.enum(STAGES),
  cause: z.string(),
  /** 0 to 100: how strongly the facts speak for it. */
  weight: z.number(),
  /** How probable it is among its neighbours, the alternatives of its stage, 0 to 1; 1 where it has none. */
  share: z.number(),
  reasons: z.array(z.string()),
  separates: z.string(),
  remedy: z.array(z.string()),
  link: z.string().optional(),
});
export type Cause = z.infer<typeof causeSchema>;

/** What a diagnosis comes to; the exit code follows from it. */
export const conclusionSchema = z.object({
  /** `unclear`: something is wrong that no rule explains, or time was up before a cause showed. */
  kind: z.enum(['healthy', 'cause', 'unreachable', 'unclear', 'interrupted']),
  says: z.string(),
});
export type Conclusion = z.infer<typeof conclusionSchema>;

/** The result document of `popspec diagnose`. */
export const diagnoseResultSchema = z.object({
  schemaVersion: z.literal(1),
  kind: z.literal('diagnose'),
  tool: z.object({ name: z.literal('popspec'), version: z.string() }),
  startedAt: z.string(),
  durationMs: z.number(),
  /** What was asked about: `user@example.org`, a host, a URL without password, a provider. */
  subject: z.string(),
  environment: z.object({ node: z.string(), platform: z.string() }),
  options: z.object({
    timeoutMs: z.number(),
    limitMs: z.number(),
    loginBudget: z.number(),
    allowRetr: z.boolean(),
    follow: z.boolean(),
    insecure: z.boolean(),
  }),
  /** Name of the provider, where it is known. */
  provider: z.string().optional(),
  conclusion: conclusionSchema,
  /** The likeliest first. */
  causes: z.array(causeSchema),
  advice: z.array(causeSchema),
  probes: z.array(probeResultSchema),
  facts: factsSchema,
  /** What was said on each connection. */
  transcripts: z.array(z.object({ title: z.string(), events: z.array(traceEventSchema) })),
  exit: z.object({ code: z.number(), reason: z.string() }),
});
export type DiagnoseResult = z.infer<typeof diagnoseResultSchema>;
