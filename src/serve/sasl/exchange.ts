import { logIn } from '../login.js';
import type { Maildrop } from '../maildrop.js';
import { err, type Session } from '../session.js';

/** How an exchange ended: whose credentials were judged and how, or null when a message had no valid syntax. */
export type Outcome = { readonly user: Maildrop | undefined; readonly authentic: boolean } | null;

/** Yields challenges, is given the decoded responses, returns the outcome. */
export type Exchange = Generator<Buffer, Outcome, Buffer>;

/** A SASL mechanism (RFC 4422 §4): who speaks first, where it may be used, and its exchange. */
export interface Mechanism {
  readonly name: string;
  /** A mechanism in which the client begins yields EMPTY first; an initial response stands for its answer. */
  readonly begins: 'client' | 'server';
  available(s: Session): boolean;
  run(s: Session): Exchange;
}

export const EMPTY = Buffer.alloc(0);

/** AUTH (RFC 5034 §4). "=" is a present but empty initial response. */
export function authenticate(s: Session, [name = '', initial]: readonly string[]): boolean {
  const { sasl } = s.behaviour;
  const mechanism = sasl.find(s, name);
  if (mechanism === undefined) return err(s, 'mechanism not supported');
  if (initial !== undefined && mechanism.begins === 'server') return sasl.unwantedInitial(s, mechanism);
  return begin(s, mechanism, initial);
}

export function begin(s: Session, mechanism: Mechanism, initial: string | undefined): boolean {
  const exchange = mechanism.run(s);
  const first = exchange.next();
  return initial === undefined ? goOn(s, exchange, first) : take(s, exchange, initial === '=' ? '' : initial);
}

function goOn(s: Session, exchange: Exchange, step: IteratorResult<Buffer, Outcome>): boolean {
  const { sasl } = s.behaviour;
  if (step.done === true) {
    return step.value === null ? sasl.malformed(s) : logIn(s, step.value.user, step.value.authentic);
  }
  s.respond = (line) => {
    s.respond = null;
    return line === '*' ? sasl.cancelled(s) : take(s, exchange, line);
  };
  sasl.challenge(s, step.value);
  return true;
}

function take(s: Session, exchange: Exchange, response: string): boolean {
  const decoded = s.behaviour.sasl.decode(s, response);
  return decoded === null ? s.behaviour.sasl.malformed(s) : goOn(s, exchange, exchange.next(decoded));
}
