import type { Behaviour } from '../behaviour.js';
import type { Command } from '../commands.js';
import type { Limits } from '../limits.js';
import type { Session } from '../session.js';

/** The first octet of a TLS record that holds a handshake message (RFC 8446 §5.1). */
export const HANDSHAKE_RECORD = 0x16;

export type FaultArea =
  | 'framing'
  | 'counts'
  | 'numbers'
  | 'update'
  | 'top'
  | 'uidl'
  | 'login'
  | 'stls'
  | 'tls'
  | 'sasl'
  | 'capa'
  | 'utf8'
  | 'lang'
  | 'history'
  | 'codes'
  | 'policy'
  | 'pipelining';

/** One deliberate deviation of the embedded server from a clause. */
export interface Fault {
  /** Stable: suites name it. */
  readonly id: string;
  /** One sentence: what the server does wrong. */
  readonly title: string;
  /** The clause that it breaks first. */
  readonly clause: string;
  readonly area: FaultArea;
  /** Logins in clear are refused, so that it shows to a client with TLS alone. */
  readonly needsTls?: true;
  /** What the server must have besides, so that there is something to get wrong. */
  readonly limits?: Limits;
  /** Replaces what it must in a behaviour that belongs to one server. */
  apply(behaviour: Behaviour): void;
}

export function inArea(area: FaultArea, faults: readonly Omit<Fault, 'area'>[]): Fault[] {
  return faults.map((fault) => ({ ...fault, area }));
}

/** Replaces the handler of `verb` by one that may call it; nothing happens where the server lacks the command. */
export function wrapCommand(
  behaviour: Behaviour,
  verb: string,
  wrap: (s: Session, args: readonly string[], next: Command['run']) => boolean,
): void {
  const command = behaviour.commands.get(verb);
  if (command === undefined) return;
  const next = command.run;
  command.run = (s, args) => wrap(s, args, next);
}

/** The sessions in which `verb` has been sent. */
export function afterCommand(behaviour: Behaviour, verb: string): WeakSet<Session> {
  const sessions = new WeakSet<Session>();
  wrapCommand(behaviour, verb, (s, args, next) => {
    sessions.add(s);
    return next(s, args);
  });
  return sessions;
}

/** Changes the state in which `verb` is allowed or the number of its arguments. */
export function changeCommand(behaviour: Behaviour, verb: string, change: Partial<Command>): void {
  Object.assign(behaviour.commands.get(verb) ?? {}, change);
}

/** No user is known to the sessions in `barred`. */
export function barLogins(behaviour: Behaviour, barred: WeakSet<Session>): void {
  const next = behaviour.findUser;
  behaviour.findUser = (s, name) => (barred.has(s) ? undefined : next(s, name));
}

/** Rewrites the lines of CAPA. */
export function changeCapabilities(b: Behaviour, change: (list: string[], s: Session) => string[]): void {
  const next = b.capabilities;
  b.capabilities = (s) => change(next(s), s);
}

/** Leaves lines out of CAPA after login. */
export function hideAfterLogin(b: Behaviour, hidden: RegExp): void {
  const next = b.capabilities;
  b.capabilities = (s) =>
    s.phase === 'transaction' ? next(s).filter((line) => !hidden.test(line)) : next(s);
}
