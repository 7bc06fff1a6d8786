import type { Target } from '../wire/target.js';
import type { WireEvent } from '../wire/trace.js';
import { type AuthMode, type Credentials, tokenOf } from './auth.js';
import type { Scope } from './expression.js';
import type { Case } from './library.js';
import type { Finding } from './outcome.js';
import type { Program } from './program.js';
import { Session } from './session.js';
import type { SessionHooks, SessionResult } from './session-types.js';

/** A test account. */
export interface Account extends Credentials {
  readonly name: string;
}

/** What every dialogue of a run is run with. */
export interface Surroundings {
  readonly target: Target;
  readonly auth: AuthMode;
  readonly capabilities: readonly string[];
  readonly timeoutMs: number;
  readonly allowDelete: boolean;
  /** Every secret of the run, so that no transcript shows any. */
  readonly secrets: readonly string[];
  readonly deliver: ((fixture: string, user: string) => Promise<void>) | undefined;
  readonly signal: AbortSignal | undefined;
  /** Is told how each dialogue ended. */
  readonly onAttempt?: ((result: Attempt) => void) | undefined;
  /** So long is waited before a connection is opened: a server that counts them needs a moment to see the last one go. */
  readonly breathMs?: number;
  /** Octets of one multi-line reply that may be kept. */
  readonly contentMax?: number;
  /** Passes over what the server says unasked: for dialogues of the tool itself. */
  readonly tolerant?: boolean;
}

/** One run of one dialogue. */
export interface Attempt extends SessionResult {
  readonly transcript: readonly WireEvent[];
  readonly durationMs: number;
}

/** Runs a compiled dialogue as `account` once. `watchdogMs` ends it whatever happens; it never rejects. */
export function attempt(
  program: Program,
  surroundings: Surroundings,
  accounts: readonly Account[],
  extra: Scope,
  watchdogMs: number,
  hooks?: (session: () => Session) => SessionHooks,
): Promise<Attempt> {
  const { target, auth, capabilities, timeoutMs, allowDelete, secrets, deliver, signal } = surroundings;
  const [first, second] = accounts;
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const cut = (why: string): void => session.interrupt(why);
    const watchdog = setTimeout(() => cut('the dialogue took too long and was ended'), watchdogMs);
    const aborted = (): void => cut('interrupted');
    signal?.addEventListener('abort', aborted, { once: true });
    const session: Session = new Session(
      {
        program,
        target,
        variables: {
          user: first?.name ?? '',
          password: first?.password ?? '',
          token: first === undefined ? '' : tokenOf(first, auth),
          user2: second?.name ?? '',
          password2: second?.password ?? '',
          token2: second === undefined ? '' : tokenOf(second, auth),
          auth,
          capabilities,
          ...extra,
        },
        secrets,
        timeoutMs,
        allowDelete,
        fetchedGoes: capabilities.some((line) => /^EXPIRE 0( |$)/i.test(line)),
        think: false,
        keepBodies: true,
        ...(surroundings.contentMax === undefined ? {} : { contentMax: surroundings.contentMax }),
        tolerant: surroundings.tolerant === true,
        ...(deliver === undefined ? {} : { deliver }),
        ...(hooks === undefined ? {} : { hooks: hooks(() => session) }),
      },
      (result) => {
        clearTimeout(watchdog);
        signal?.removeEventListener('abort', aborted);
        const durationMs = performance.now() - startedMs;
        const ended = { ...result, transcript: session.trace.events(), durationMs };
        surroundings.onAttempt?.(ended);
        resolve(ended);
      },
    );
    const { breathMs = 0 } = surroundings;
    if (breathMs === 0) session.start();
    else setTimeout(() => session.start(), breathMs);
    // A signal that is set already fires no more.
    if (signal?.aborted === true) aborted();
  });
}

/** The finding that ended a dialogue before its end, if one did. */
export function endingOf(result: SessionResult): Finding | undefined {
  return result.finished ? undefined : result.findings.at(-1);
}

/** How long a case may take at most. */
export function watchdogMs(one: Pick<Case, 'slow'>, timeoutMs: number): number {
  return one.slow ? 60 * 60_000 : Math.max(30_000, 3 * timeoutMs);
}
