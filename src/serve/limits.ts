import type { Behaviour } from './behaviour.js';
import { ServeError } from './errors.js';
import type { Policy } from './policy.js';
import { requireTls } from './require-tls.js';
import { err, type Session } from './session.js';
import { surrogateOf } from './surrogate.js';

/**
 * Limits as servers in service have them: within what the RFCs allow, and in the way of whoever tests there. None is
 * a fault.
 */
export interface Limits extends Policy {
  /** Connections at a time from one address. */
  connectionsPerAddress?: number;
  /** What happens to more of them: closed without a greeting (default), greeted with -ERR and closed, or never greeted. */
  excess?: Excess;
  /** After so many negative replies, logins apart, the session is cut off. */
  badCommands?: number;
  /** After so many failed logins the connection is cut off (RFC 1939 §4: the server may close it). */
  failedLogins?: number;
  /** The refusal of a login comes so late, and twice as late for each further one in a row, up to 15 s. */
  loginPenaltyMs?: number;
  /** No USER, PASS and AUTH, and none of them announced. */
  apopOnly?: boolean;
  noStls?: boolean;
  /** No surrogates: outside UTF-8 mode RETR and TOP of mail with UTF-8 header fields are refused (RFC 6856 §5). */
  noSurrogates?: boolean;
  /** Clear-text logins are refused until TLS is active, and none is announced (RFC 2595 §2.3). */
  requireTls?: boolean;
  /** No maildrop can be opened: for the moment, or until somebody mends it (RFC 3206 §4). */
  storeFails?: StoreFailure;
  /** Greeting and replies come so late, each. */
  replyDelayMs?: number;
  /** Commands that are never answered. */
  mute?: readonly string[];
  /** The server goes away at this many connections, once, and is back after a while. */
  away?: { atConnection: number; forMs: number };
}

export const STORE_FAILURES = ['temporarily', 'permanently'] as const;
export type StoreFailure = (typeof STORE_FAILURES)[number];

export const EXCESSES = ['closed', 'refused', 'silent'] as const;
export type Excess = (typeof EXCESSES)[number];

const PENALTY_MAX_MS = 15_000;

/** Changes what `behaviour` decides as far as `limits` go; those of connections are kept by Gate. */
export function applyLimits(behaviour: Behaviour, limits: Limits): void {
  if (limits.apopOnly === true) leaveOnlyApop(behaviour);
  if (limits.noStls === true) leaveOut(behaviour, ['STLS'], /^STLS$/);
  if (limits.noSurrogates === true) refuseUtf8Mail(behaviour);
  if (limits.requireTls === true) requireTls(behaviour);
  if (limits.storeFails !== undefined) failStore(behaviour, limits.storeFails);
  if (limits.badCommands !== undefined) cutOffAtBadCommands(behaviour, limits.badCommands);
  if (limits.failedLogins !== undefined) cutOffAtFailedLogins(behaviour, limits.failedLogins);
  if (limits.loginPenaltyMs !== undefined) penalise(behaviour, limits.loginPenaltyMs);
  for (const verb of limits.mute ?? []) silence(behaviour, verb.toUpperCase());
}

function leaveOnlyApop(behaviour: Behaviour): void {
  leaveOut(behaviour, ['USER', 'PASS', 'AUTH'], /^(USER|SASL)\b/);
}

function leaveOut(behaviour: Behaviour, verbs: readonly string[], announced: RegExp): void {
  for (const verb of verbs) behaviour.commands.delete(verb);
  const { capabilities } = behaviour;
  behaviour.capabilities = (s) => capabilities(s).filter((line) => !announced.test(line));
}

function failStore(behaviour: Behaviour, how: StoreFailure): void {
  behaviour.obstacle = () =>
    how === 'temporarily'
      ? `${behaviour.responseCode('SYS/TEMP')}the maildrop cannot be opened at the moment`
      : `${behaviour.responseCode('SYS/PERM')}the maildrop is damaged`;
}

function refuseUtf8Mail(behaviour: Behaviour): void {
  const { message, refuseMessage } = behaviour;
  for (const verb of ['RETR', 'TOP'] as const) {
    const command = behaviour.commands.get(verb);
    if (command === undefined) continue;
    const { run } = command;
    command.run = (s, args) => {
      const n = behaviour.messageNumber(s, args[0] ?? '');
      const stored = n === 0 || s.utf8 ? undefined : message(s, n);
      if (stored === undefined || surrogateOf(stored.bytes) === stored.bytes) return run(s, args);
      if (s.marks.has(n)) return refuseMessage(s, verb, 'deleted');
      return err(s, '[UTF8] this message needs UTF-8 mode');
    };
  }
}

function silence(behaviour: Behaviour, verb: string): void {
  const command = behaviour.commands.get(verb);
  if (command === undefined) {
    const known = [...behaviour.commands.keys()].join(', ');
    throw new ServeError(
      'bad-option',
      `the server has no command ${verb} to leave unanswered`,
      `it has ${known}`,
    );
  }
  behaviour.commands.set(verb, { ...command, run: () => true });
}

/** A login that succeeds ends the row. */
function penalise(behaviour: Behaviour, firstMs: number): void {
  let failures = 0;
  const { refuseLogin, open } = behaviour;
  behaviour.refuseLogin = (s, user) => {
    s.port.later(Math.min(PENALTY_MAX_MS, firstMs * 2 ** failures++), () => refuseLogin(s, user));
    return false;
  };
  behaviour.open = (s, drop) => {
    failures = 0;
    open(s, drop);
  };
}

function cutOffAtBadCommands(behaviour: Behaviour, most: number): void {
  const { takeLine } = behaviour;
  const tooMany = counter(most);
  behaviour.takeLine = (s, line) => {
    const positive = takeLine(s, line);
    if (!positive && !/^(PASS|APOP|AUTH)\b/i.test(line) && tooMany(s)) behaviour.hangUp(s);
    return positive;
  };
}

function cutOffAtFailedLogins(behaviour: Behaviour, most: number): void {
  const { refuseLogin } = behaviour;
  const tooMany = counter(most);
  behaviour.refuseLogin = (s, user) => {
    refuseLogin(s, user);
    if (tooMany(s)) behaviour.hangUp(s);
    return false;
  };
}

/** Counts for each session; true from `most` on. */
function counter(most: number): (s: Session) => boolean {
  const counts = new WeakMap<Session, number>();
  return (s) => {
    const count = (counts.get(s) ?? 0) + 1;
    counts.set(s, count);
    return count >= most;
  };
}
