import { z } from 'zod';
import { AUTH_MODES } from '../dialogue/auth.js';
import { findingSchema, traceEventSchema, verdictSchema } from '../dialogue/outcome.js';

/** A message for the person who runs popspec: what happened, and what to do next. */
export const problemSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() });
export type Problem = z.infer<typeof problemSchema>;

/** What was talked to, as far as is known. */
export const targetInfoSchema = z.object({
  /** What it is called beside others, where several targets are checked. */
  name: z.string().optional(),
  /** `pop3://host:110`, without user and password. */
  url: z.string(),
  host: z.string(),
  port: z.number(),
  address: z.string().optional(),
  tls: z.enum(['none', 'stls', 'implicit']),
  auth: z.enum(AUTH_MODES),
  /** Text of the greeting, Latin-1. */
  greeting: z.string().optional(),
  /** What CAPA announced before login, a line each. */
  capabilities: z.array(z.string()),
  tlsProtocol: z.string().optional(),
  tlsCipher: z.string().optional(),
  /** Round trip of one command in milliseconds, as calibrated before the run. */
  roundTripMs: z.number().optional(),
});
export type TargetInfo = z.infer<typeof targetInfoSchema>;

export const clauseInfoSchema = z.object({
  id: z.string(),
  rfc: z.number(),
  section: z.string(),
  level: z.string(),
  /** What the level rests on: an upper-case word of RFC 2119, a word in plain letters, or the facts. */
  basis: z.enum(['upper', 'lower', 'implied']).optional(),
  text: z.string(),
  derived: z.boolean().optional(),
});
export type ClauseInfo = z.infer<typeof clauseInfoSchema>;

/** That a finding was expected: the entry of the baseline that says so. */
export const knownSchema = z.object({
  reason: z.string(),
  /** The last day that it counts, or `never`. */
  expires: z.string(),
  /** `popspec.baseline.yaml:12`. */
  place: z.string(),
});

/**
 * What an entry of a baseline came to. `known`: a finding is as expected. `fixed`: no case has it any more. `expired`: its
 * time is over. These two make the run fail. `worse`: what was a warning fails. `not run`: nothing can be said.
 */
export const entryStateSchema = z.enum(['known', 'fixed', 'expired', 'worse', 'not run']);
export type EntryState = z.infer<typeof entryStateSchema>;

/** The baseline that was laid over the verdicts. */
export const baselineResultSchema = z.object({
  file: z.string(),
  entries: z.array(
    z.object({
      /** Of a case or a clause. */
      id: z.string(),
      verdict: z.enum(['fail', 'warn']),
      reason: z.string(),
      date: z.string(),
      expires: z.string(),
      /** `popspec.baseline.yaml:12`: where the entry begins. */
      place: z.string(),
      line: z.number(),
      lastLine: z.number(),
      state: entryStateSchema,
    }),
  ),
});
export type BaselineResult = z.infer<typeof baselineResultSchema>;

export const caseResultSchema = z.object({
  /** `rfc1939/stat/drop-listing`, with the row of a table behind it. */
  id: z.string(),
  title: z.string(),
  /** `suites/rfc1939/stat.yaml:17`. */
  place: z.string(),
  level: z.enum(['MUST', 'SHOULD', 'MAY', 'SECURITY', 'QUIRK']),
  clauses: z.array(z.string()),
  why: z.string().optional(),
  verdict: verdictSchema,
  /** Set where the baseline expects this finding: it does not make the run fail. */
  known: knownSchema.optional(),
  /** Why the case did not run, where verdict is blocked or unsupported before anything was sent. */
  note: z.string().optional(),
  findings: z.array(findingSchema),
  /** How often it was run; more than 1 when a first result had to be confirmed. */
  attempts: z.number(),
  /** What ended a first attempt that the second one did not bear out: told beside the verdict, no part of it. */
  firstAttempt: z.string().optional(),
  durationMs: z.number(),
  /** The dialogue as written in the suite. */
  dialogue: z.string(),
  /** The line of the suite file that its first line is: the places of findings count from there. */
  dialogueLine: z.number().optional(),
  /** Events of the last attempt, in order. */
  transcript: z.array(traceEventSchema),
});
export type CaseResult = z.infer<typeof caseResultSchema>;

/** The result document of `popspec check` for one target. */
export const checkResultSchema = z.object({
  schemaVersion: z.literal(1),
  kind: z.literal('check'),
  tool: z.object({ name: z.literal('popspec'), version: z.string() }),
  startedAt: z.string(),
  durationMs: z.number(),
  /** False when the run was interrupted or ended early: the cases that are there are all that was done. */
  complete: z.boolean(),
  target: targetInfoSchema,
  environment: z.object({ node: z.string(), platform: z.string(), cpus: z.number() }),
  options: z.object({
    only: z.array(z.string()),
    skip: z.array(z.string()),
    slow: z.boolean(),
    allowDelete: z.boolean(),
    deliver: z.string().optional(),
    failOn: z.enum(['must', 'should', 'warn']),
    accounts: z.number(),
    timeoutMs: z.number(),
    /** Arguments of `popspec check` that reach the target in the same way again, without secrets and selection. */
    arguments: z.array(z.string()).optional(),
  }),
  /** Set when the run could not begin, or not go on. */
  problem: problemSchema.optional(),
  /** Transcript of the preflight (greeting, CAPA, login). */
  preflight: z.array(traceEventSchema),
  cases: z.array(caseResultSchema),
  /** Every clause that a case of the run cites. */
  clauses: z.array(clauseInfoSchema),
  /**
   * For each RFC: clauses that bind a server, how many of them the suites test, and for how many of the others the register
   * says why the wire cannot show them.
   */
  coverage: z.array(
    z.object({
      rfc: z.number(),
      title: z.string(),
      binding: z.number(),
      tested: z.number(),
      notOnWire: z.number(),
    }),
  ),
  /** Left out when the run had no baseline. */
  baseline: baselineResultSchema.optional(),
  exit: z.object({ code: z.number(), reason: z.string() }),
});
export type CheckResult = z.infer<typeof checkResultSchema>;
