import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Account,
  type Attempt,
  attempt,
  endingOf,
  type Surroundings,
  watchdogMs,
} from '../dialogue/attempt.js';
import { type AuthMode, usesToken } from '../dialogue/auth.js';
import type { Case } from '../dialogue/library.js';
import type { Finding, Verdict } from '../dialogue/outcome.js';
import { KIND_WORDS, kindOf } from './account-kind.js';
import type { CutOffControl } from './cut-off.js';
import { cutOffOf, type Hindrance, hindered, hindranceOf } from './hindrance.js';
import type { Invariants } from './invariants.js';
import { Blocked, type Mailbox } from './mailbox.js';
import type { CaseResult } from './result.js';
import { connectionsOf } from './seats.js';
import { capped, mayBeLate, needsConfirmation, restsOnTime, verdictOf } from './verdict.js';
import { waitsOf } from './waits.js';

/** What the cases of one run share. */
export interface CaseContext {
  readonly surroundings: Surroundings;
  readonly invariants: Invariants;
  readonly deliveryDescription: string | undefined;
  /** Whether the server answers another connection well within the time that was waited in vain. */
  readonly alive: (waitedMs: number) => Promise<boolean>;
  /** The limit for an answer where an accusation rests on it, however much of the run's patience is spent. */
  readonly fullTimeoutMs: number;
  readonly cutOffs: CutOffControl;
  /** So many connections may be open at a time, where the user says so. */
  readonly connectionsMax: number | undefined;
  /** The server greets with -ERR and serves all the same: nothing follows from such a greeting. */
  readonly rudeGreeting: boolean;
}

/** What became of a case; with a hindrance, `result` is what is reported if it is not tried again. */
export interface CaseOutcome {
  readonly result: CaseResult;
  readonly hindrance?: Hindrance | undefined;
}

/** Between a result that is doubted and the second look. */
const SECOND_LOOK_MS = 150;

/** Runs one case: builds its state, runs its dialogue, looks twice where once proves nothing. Never rejects. */
export async function runCase(
  one: Case,
  mailboxes: readonly Mailbox[],
  context: CaseContext,
): Promise<CaseOutcome> {
  const startedMs = performance.now();
  const base = {
    id: one.id,
    title: one.title,
    place: `${one.place.file}:${one.place.line}`,
    level: one.level,
    clauses: [...one.clauses],
    ...(one.why === undefined ? {} : { why: one.why }),
    dialogue: one.dialogue,
    dialogueLine: one.dialogueLine,
  };
  const without = (verdict: Verdict, note: string, hindrance?: Hindrance): CaseOutcome => ({
    result: {
      ...base,
      verdict,
      note,
      findings: [],
      attempts: 0,
      durationMs: performance.now() - startedMs,
      transcript: [],
    },
    hindrance,
  });
  const reason = notRunnable(one, mailboxes, context);
  if (reason !== undefined) return without(...reason);
  let first: Attempt;
  let last: Attempt;
  let attempts = 1;
  try {
    first = await once(one, mailboxes, context);
    last = first;
    if (looksTwice(first, one, context)) {
      await sleep(SECOND_LOOK_MS);
      context.invariants.forget(one.id);
      last = await once(one, mailboxes, context, restsOnTime(first) ? context.fullTimeoutMs : undefined);
      attempts = 2;
    }
  } catch (error) {
    if (error instanceof Blocked) return without(error.verdict, error.message, error.hindrance);
    return without('error', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
  const hindrance = hindranceIn(last, context);
  const excuse = hindrance?.reason ?? (await cutOffExcuse(last, one, mailboxes, context));
  const judged =
    excuse === undefined
      ? doubted(last.findings, await doubtOf(last, mailboxes, context))
      : hindered(last.findings, excuse);
  const findings = [...judged, ...cutShort(last, one)].map((finding) => capped(finding, one.level));
  const result = {
    ...base,
    verdict: verdictOf(findings),
    findings,
    attempts,
    ...(endedOtherwise(first, last) ? { firstAttempt: endOf(first) } : {}),
    durationMs: performance.now() - startedMs,
    transcript: [...last.transcript],
  };
  return { result, hindrance };
}

/** A hindered dialogue is not looked at again at once: what hindered it is still there. */
function looksTwice(first: Attempt, { needs }: Case, context: CaseContext): boolean {
  const aborted = context.surroundings.signal?.aborted === true;
  return !aborted && needsConfirmation(first, needs.delivery) && hindranceIn(first, context) === undefined;
}

function hindranceIn(result: Attempt, { rudeGreeting }: CaseContext): Hindrance | undefined {
  const hindrance = hindranceOf(result);
  const greeted = rudeGreeting && endingOf(result)?.cause === 'reply';
  return greeted && hindrance?.kind === 'turned away' ? undefined : hindrance;
}

/** Why a connection that the server ended in place of an answer accuses nobody; undefined where it does. */
async function cutOffExcuse(
  result: Attempt,
  { state }: Case,
  mailboxes: readonly Mailbox[],
  { cutOffs }: CaseContext,
): Promise<string | undefined> {
  const cutOff = cutOffOf(result);
  if (cutOff === undefined) return undefined;
  return cutOffs.excuse(cutOff, state === 'transaction' ? mailboxes[0]?.account : undefined);
}

/** Whether the second look did not bear the first one out. */
function endedOtherwise(first: Attempt, last: Attempt): boolean {
  return !first.finished && endingOf(first)?.verdict !== endingOf(last)?.verdict;
}

/** How an attempt ended that is not the one reported, in a sentence. */
function endOf({ findings }: Attempt): string {
  const ending = findings.at(-1);
  return ending === undefined ? 'It was cut off.' : `${ending.reason} (${ending.place})`;
}

/** Why a case cannot be run at all on this server with these permissions. */
function notRunnable(
  one: Case,
  mailboxes: readonly Mailbox[],
  { surroundings, deliveryDescription, connectionsMax }: CaseContext,
): [Verdict, string] | undefined {
  const { needs, program, state } = one;
  const [first] = mailboxes;
  const wantsLogin = state === 'transaction' || program.kept.has('user') || program.kept.has('password');
  for (const capability of needs.capability ?? []) {
    if (!announces(surroundings.capabilities, capability)) {
      return ['unsupported', `the server does not announce ${capability}`];
    }
  }
  if (connectionsMax !== undefined && connectionsOf(one) > connectionsMax) {
    return [
      'blocked',
      `needs ${connectionsOf(one)} connections at a time: --max-connections is ${connectionsMax}`,
    ];
  }
  if (wantsLogin && mailboxes.length === 0) return ['blocked', 'needs a login: give --user and a password'];
  if (
    onlyToken(first?.account, surroundings.auth) &&
    (program.own.has('password') || program.own.has('password2'))
  ) {
    return ['blocked', 'needs the password beside the token: give both with --users (user,password,token)'];
  }
  if (needs.account !== undefined && (first === undefined || kindOf(first.account) !== needs.account)) {
    return ['blocked', `needs an account with ${KIND_WORDS[needs.account]}: name one in --users`];
  }
  if (needs.users !== undefined && mailboxes.length < needs.users) {
    return ['blocked', 'needs a second account: give several with --users'];
  }
  if (needs.deletion === true && !surroundings.allowDelete) {
    return ['blocked', 'deletes mail, and --allow-delete is not given'];
  }
  if (needs.exposure === true && surroundings.target.tls !== 'none' && !surroundings.allowDelete) {
    return [
      'blocked',
      'sends the password in clear, and --allow-delete does not say that it is that of a test account',
    ];
  }
  if (needs.delivery === true && deliveryDescription === undefined) {
    return ['blocked', 'needs mail to arrive in the middle of a session: give --deliver'];
  }
  return undefined;
}

/** Whether what was given as password is a token, so that the password is not known. */
function onlyToken(account: Account | undefined, auth: AuthMode): boolean {
  return usesToken(auth) && account !== undefined && account.token === undefined;
}

/** Whether CAPA lists `wanted`, a tag or a tag with one of its arguments (RFC 2449 §5). */
export function announces(capabilities: readonly string[], wanted: string): boolean {
  const [tag, ...args] = wanted.toUpperCase().split(' ');
  return capabilities.some((line) => {
    const [listed, ...listedArgs] = line.toUpperCase().trim().split(/ +/);
    return listed === tag && args.every((arg) => listedArgs.includes(arg));
  });
}

async function once(
  one: Case,
  mailboxes: readonly Mailbox[],
  context: CaseContext,
  limitMs?: number,
): Promise<Attempt> {
  const [first] = mailboxes;
  const numbers = first === undefined ? {} : await first.prepare(one);
  const { surroundings, invariants, fullTimeoutMs } = context;
  const before = first?.count;
  const result = await attempt(
    one.program,
    {
      ...surroundings,
      timeoutMs: limitMs ?? surroundings.timeoutMs,
      // What is asked of slow cases is to wait.
      onAttempt: one.slow ? undefined : surroundings.onAttempt,
    },
    mailboxes.map(({ account }) => account),
    { ...one.row, ...numbers },
    watchdogMs(one, fullTimeoutMs),
    (session) => invariants.hooks(one.id, session),
  );
  const served = hindranceIn(result, context) === undefined;
  if (one.needs.deletion === true || one.needs.delivery === true || (served && !result.finished)) {
    for (const mailbox of mailboxes) mailbox.changed();
  }
  const after = result.countAfterReset;
  if (!surroundings.allowDelete && after !== undefined && before !== undefined && after < before) {
    return { ...result, finished: false, findings: [...result.findings, mailLost(one, before, after)] };
  }
  return result;
}

function mailLost(one: Case, before: number, after: number): Finding {
  return {
    verdict: 'fail',
    reason: `After RSET the maildrop holds ${after} messages; it held ${before}.`,
    cause: 'check',
    place: `${one.place.file}:${one.place.line}`,
    source: 'RSET, STAT at the end of the session',
    expected: [`${before} messages`],
    actual: `${after} messages`,
  };
}

/** Why an accusation that rests on silence is not safe; undefined where it is, or where there is none. */
async function doubtOf(
  last: Attempt,
  mailboxes: readonly Mailbox[],
  { alive }: CaseContext,
): Promise<string | undefined> {
  if (!restsOnTime(last)) return undefined;
  if (mayBeLate(last)) return 'It may be the late answer to what was asked before.';
  const waitedMs = Math.min(...waitsOf(last).inVainMs, endingOf(last)?.waitedMs ?? Number.POSITIVE_INFINITY);
  if (await alive(waitedMs)) return undefined;
  for (const mailbox of mailboxes) mailbox.changed();
  return 'The server was slow to answer other connections as well, so its silence proves nothing.';
}

function doubted(findings: readonly Finding[], doubt: string | undefined): readonly Finding[] {
  if (doubt === undefined) return findings;
  return findings.map((finding, index) =>
    index === findings.length - 1
      ? { ...finding, verdict: 'inconclusive', reason: `${finding.reason} ${doubt}` }
      : finding,
  );
}

/** What is told of a dialogue that came neither to its end nor to a finding. */
function cutShort({ finished, findings }: Attempt, { place }: Case): Finding[] {
  if (finished || findings.length > 0) return [];
  return [
    {
      verdict: 'inconclusive',
      reason: 'The dialogue was ended from outside, by the time limit of the case or an interruption.',
      cause: 'timeout',
      place: `${place.file}:${place.line}`,
      source: '',
      expected: [],
      actual: '',
    },
  ];
}
