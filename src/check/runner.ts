import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, attempt, endingOf, type Surroundings } from '../dialogue/attempt.js';
import { type AuthMode, secretsOf } from '../dialogue/auth.js';
import type { Case, Library } from '../dialogue/library.js';
import { keepMaxOf } from '../pop3/limits.js';
import type { Delivery } from '../wire/delivery.js';
import type { Target } from '../wire/target.js';
import { type Baseline, dayOf, type Overlaid, overlay } from './baseline.js';
import type { ClauseRegister } from './clauses.js';
import { citedClauses, coverageOf } from './coverage.js';
import { Crowd } from './crowd.js';
import { CutOffControl } from './cut-off.js';
import { exitOf } from './exit.js';
import { type Hindrance, hindranceOf } from './hindrance.js';
import { Invariants } from './invariants.js';
import { type Mailbox, mailboxPrograms } from './mailbox.js';
import { withOwnId } from './own-id.js';
import { Patience } from './patience.js';
import { preflight, targetInfo } from './preflight.js';
import type { CaseResult, CheckResult, Problem } from './result.js';
import { type CaseContext, runCase } from './run-case.js';
import { type Job, runJobs } from './scheduler.js';
import { Seats } from './seats.js';
import { capped, verdictOf } from './verdict.js';
import { waitsOf } from './waits.js';

export interface CheckOptions {
  readonly target: Target;
  /** How to log in; `auto`: by the first way that the server offers and that works. */
  readonly auth: AuthMode | 'auto';
  /** Test accounts, used side by side; none at all runs what needs no login. */
  readonly accounts: readonly Account[];
  readonly library: Library;
  readonly register: ClauseRegister;
  /** The cases to run; slow ones among them are left out unless `slow` is set. */
  readonly cases: readonly Case[];
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly slow: boolean;
  readonly allowDelete: boolean;
  readonly delivery: Delivery | undefined;
  /** Why the target cannot be used, where that is known already: nothing is sent then. */
  readonly problem?: Problem;
  readonly timeoutMs: number;
  readonly failOn: 'must' | 'should' | 'warn';
  /** So many connections to the server may be open at a time; as many as accounts and server allow when left out. */
  readonly connectionsMax?: number | undefined;
  /** So many inconclusive cases are put up with. */
  readonly maxInconclusive: number;
  /** Findings that are expected. */
  readonly baseline?: Baseline | undefined;
  readonly version: string;
  /** Called when a case is done. */
  readonly onCase?: (result: CaseResult, done: number, total: number) => void;
  /** Called when a case begins. */
  readonly onStart?: (one: Case) => void;
  /** Called before the first case with what gives, at any moment, the result so far. */
  readonly onBegin?: (soFar: () => CheckResult) => void;
  readonly signal?: AbortSignal;
}

/** However many accounts there are, so much of a message can be kept in each. */
const CONTENT_MIN = 8 * 1024 * 1024;

/** Further secrets beside the passwords, such as a password in the target's URL, are masked by the caller. */
export async function runCheck(options: CheckOptions): Promise<CheckResult> {
  const startedAt = new Date();
  const startedMs = performance.now();
  const { library, register, accounts, delivery, maxInconclusive } = options;
  const cases = options.cases.filter((one) => options.slow || !one.slow);
  const surroundings: Surroundings = {
    target: options.target,
    auth: options.auth === 'auto' ? 'user' : options.auth,
    capabilities: [],
    timeoutMs: options.timeoutMs,
    allowDelete: options.allowDelete,
    secrets: accounts.flatMap(secretsOf),
    contentMax: keepMaxOf(accounts.length, CONTENT_MIN),
    deliver:
      delivery === undefined
        ? undefined
        : (fixture, user) => delivery.deliver(withOwnId(library.fixture(fixture)), user),
    signal: options.signal,
  };
  const before =
    options.problem === undefined
      ? await preflight(library, surroundings, accounts[0], options.auth)
      : { info: targetInfo(surroundings), transcript: [], problem: options.problem };
  const results: CaseResult[] = [];
  const order = new Map(cases.map((one, index) => [one.id, index]));
  const sorted = (): CaseResult[] =>
    [...results].sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
  const resultOf = (
    { results: shown, baseline }: Overlaid,
    ended: Pick<CheckResult, 'complete' | 'problem' | 'exit'>,
  ): CheckResult => ({
    schemaVersion: 1,
    kind: 'check',
    tool: { name: 'popspec', version: options.version },
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(performance.now() - startedMs),
    target: before.info,
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpus: availableParallelism(),
    },
    options: {
      only: [...options.only],
      skip: [...options.skip],
      slow: options.slow,
      allowDelete: options.allowDelete,
      ...(delivery === undefined ? {} : { deliver: delivery.description }),
      failOn: options.failOn,
      accounts: accounts.length,
      timeoutMs: options.timeoutMs,
    },
    preflight: [...before.transcript],
    cases: shown,
    clauses: citedClauses(register, cases),
    coverage: coverageOf(register, library.cases),
    ...(baseline === undefined ? {} : { baseline }),
    ...ended,
  });
  let { problem } = before;
  if (problem === undefined) {
    options.onBegin?.(() =>
      resultOf(
        { results: sorted() },
        { complete: false, exit: { code: 5, reason: 'the run did not come to its end' } },
      ),
    );
    const patience = new Patience(options.timeoutMs);
    const crowd = new Crowd(options.connectionsMax);
    const run: Surroundings = {
      ...surroundings,
      auth: before.info.auth,
      capabilities: before.info.capabilities,
      get timeoutMs() {
        return patience.timeoutMs;
      },
      onAttempt: (result) => patience.waited(waitsOf(result), hindranceOf(result)?.kind === 'turned away'),
      get breathMs() {
        return crowd.breathMs;
      },
    };
    const rudeGreeting = /^-ERR/i.test(before.transcript.find(({ kind }) => kind === 'receive')?.text ?? '');
    problem = await runCases(options, run, cases, results, { patience, crowd, rudeGreeting });
  }
  const interrupted = options.signal?.aborted === true;
  const inSuiteOrder = sorted();
  const laid: Overlaid =
    options.baseline === undefined
      ? { results: inSuiteOrder }
      : overlay(options.baseline, inSuiteOrder, library.cases, dayOf(startedAt));
  return resultOf(laid, {
    complete: !interrupted && problem === undefined,
    ...(problem === undefined ? {} : { problem }),
    exit: exitOf(laid, { problem, interrupted, failOn: options.failOn, maxInconclusive }),
  });
}

/** Runs the cases over the accounts; gives the problem that made it stop early, if one did. */
async function runCases(
  options: CheckOptions,
  surroundings: Surroundings,
  cases: readonly Case[],
  results: CaseResult[],
  { patience, crowd, rudeGreeting }: { patience: Patience; crowd: Crowd; rudeGreeting: boolean },
): Promise<Problem | undefined> {
  const { library, accounts } = options;
  const seats = new Seats(accounts, surroundings, mailboxPrograms(library));
  const invariants = new Invariants(
    cases.filter((one) => one.invariant !== undefined),
    surroundings.capabilities,
  );
  const probe = livenessProbe(library, surroundings);
  const context: CaseContext = {
    surroundings,
    invariants,
    deliveryDescription: options.delivery?.description,
    alive: async (waitedMs) => (await probe(waitedMs)) === 'answers',
    fullTimeoutMs: options.timeoutMs,
    cutOffs: new CutOffControl(library, surroundings),
    connectionsMax: options.connectionsMax,
    rudeGreeting,
  };
  let lost: Problem | undefined;
  const stopped = (): boolean => lost !== undefined || options.signal?.aborted === true;
  const jobs = inOrder(cases).map((one): Job<Mailbox | undefined> => {
    const taken = seats.for(one);
    return {
      ...taken,
      async run(members, running) {
        if (crowd.triesOf(one.id) === 0) options.onStart?.(one);
        const mine = members.filter((member) => member !== undefined);
        const { result, hindrance } = await runCase(one, mine, context);
        lost ??= patience.exhausted(one.id);
        if (looksDead(result))
          lost ??= await stillThere(probe, one, () => running() > taken.connections, options);
        const again = (why: Hindrance): Promise<boolean> =>
          crowd.again(one.id, why, taken.connections, running());
        if (!stopped() && hindrance !== undefined && (await again(hindrance))) {
          invariants.forget(one.id);
          return 'again';
        }
        results.push({ ...result, attempts: result.attempts + crowd.triesOf(one.id) });
        if (one.invariant === undefined) options.onCase?.(result, results.length, cases.length);
        return 'done';
      },
    };
  });
  await runJobs(jobs, seats.pool, { stopped, most: () => crowd.most });
  results.forEach((result, index) => {
    const one = cases.find(({ id }) => id === result.id);
    if (one?.invariant === undefined) return;
    const findings = [
      ...result.findings,
      ...invariants.findings(one.id).map((finding) => capped(finding, one.level)),
    ];
    const whole = { ...result, findings, verdict: verdictOf(findings) };
    if (result.note === undefined || findings.length > 0) results[index] = whole;
    options.onCase?.(results[index] ?? whole, results.length, cases.length);
  });
  return lost;
}

/** Any answer is a sign of life, also a wrong one; a line sent before the greeting wakes servers that wait for one. */
const ALIVE = `
C connect
C: CAPA
S: +OK
| S: -ERR
`;

/** How a server is found by a connection of its own. */
type Life = 'answers' | 'turns away' | 'none';

function livenessProbe(library: Library, surroundings: Surroundings): (waitedMs?: number) => Promise<Life> {
  const program = library.compile(ALIVE, '(alive)');
  return async (waitedMs = surroundings.timeoutMs) => {
    const timeoutMs = Math.max(500, Math.min(waitedMs, surroundings.timeoutMs) / 2);
    const ending = endingOf(await attempt(program, { ...surroundings, timeoutMs }, [], {}, timeoutMs * 2));
    if (ending === undefined || ending.cause === 'reply') return 'answers';
    return ending.cause === 'close' || ending.cause === 'reset' ? 'turns away' : 'none';
  };
}

/**
 * First what leaves the maildrop as it is, then what changes it, then what needs it empty: the fewest deliveries. Last what
 * puts mail there that a server may refuse to send to a client without UTF-8 mode (RFC 6856 §2.1).
 */
function inOrder(cases: readonly Case[]): Case[] {
  const rank = ({ needs }: Case): number =>
    needs.mail?.some((name) => name.startsWith('utf8-'))
      ? 3
      : needs.empty === true
        ? 2
        : needs.deletion === true || needs.delivery === true
          ? 1
          : 0;
  return [...cases].sort((a, b) => rank(a) - rank(b));
}

function looksDead(result: CaseResult): boolean {
  return result.findings.some(
    ({ cause }) => cause === 'refused' || cause === 'unreachable' || cause === 'reset' || cause === 'timeout',
  );
}

/** When a server that no longer answers is asked again: one that is started anew is back within seconds. */
const ALIVE_WAITS_MS = [500, 1000, 2000, 4000, 8000];

async function stillThere(
  probe: () => Promise<Life>,
  one: Case,
  /** Whether other cases run. */
  beside: () => boolean,
  { target, signal }: CheckOptions,
): Promise<Problem | undefined> {
  for (const waitMs of ALIVE_WAITS_MS) {
    if (signal?.aborted === true) return undefined;
    const life = await probe();
    // Our own connections may be what others are turned away for.
    if (life === 'answers' || (life === 'turns away' && beside())) return undefined;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
  return {
    code: 'LOST',
    message: `${target.host}:${target.port} no longer answers since the case ${one.id}`,
    hint: `the server may have crashed: run it again with --only ${one.id} and look at its log`,
  };
}
