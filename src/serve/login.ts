import { timingSafeEqual } from 'node:crypto';
import { apopDigest } from '../pop3/apop.js';
import type { Behaviour } from './behaviour.js';
import type { Maildrop } from './maildrop.js';
import { err, ok, type Session } from './session.js';

/** PASS, right behind a USER; whatever the outcome, the name is used up (RFC 1939 §7). */
export function passLogin(s: Session, [octets = '']: readonly string[]): boolean {
  const name = s.name;
  s.name = null;
  if (name === null) return err(s, 'send USER first');
  const user = s.behaviour.findUser(s, name);
  const password = s.behaviour.credential(octets);
  return logIn(
    s,
    user,
    user !== undefined && password !== null && s.behaviour.passwordMatches(user, password),
  );
}

export function apopLogin(s: Session, [octets = '', digest]: readonly string[]): boolean {
  const name = s.behaviour.credential(octets);
  const user = name === null ? undefined : s.behaviour.findUser(s, name);
  return logIn(s, user, user !== undefined && s.behaviour.digestMatches(user, s.timestamp, digest ?? ''));
}

/** Lock, then TRANSACTION; a delay and a busy maildrop is told of only to whom the password is known (RFC 2449 §8.1.2). */
export function logIn(s: Session, user: Maildrop | undefined, authentic: boolean): boolean {
  const { behaviour } = s;
  if (user === undefined || !authentic) {
    s.counters.loginFailures++;
    return behaviour.refuseLogin(s, user);
  }
  const obstacle = behaviour.obstacle(s, user);
  if (obstacle !== '') {
    s.counters.loginFailures++;
    return err(s, obstacle);
  }
  s.counters.sessions++;
  behaviour.open(s, user);
  behaviour.startDelay(user);
  return ok(s, 'maildrop ready');
}

/** How credentials are judged and maildrops locked in a conforming server. */
export const cleanLogin = {
  findUser: (s, name) => s.drops.get(name),
  passwordMatches: (user, password) => sameText(user.password, password),
  digestMatches: (user, timestamp, digest) => sameText(apopDigest(timestamp, user.password), digest),
  obstacle(s, drop) {
    const { lock, responseCode } = s.behaviour;
    return lock(s, drop) ? '' : `${responseCode('IN-USE')}the maildrop is in use by another session`;
  },
  startDelay: () => undefined,
  lock(s, drop) {
    if (drop.owner !== null) return false;
    drop.owner = s;
    return true;
  },
  refuseLogin: (s) => err(s, `${s.behaviour.responseCode('AUTH')}wrong name or password`),
  open(s, drop) {
    s.phase = 'transaction';
    s.name = null;
    s.drop = drop;
    s.messages = drop.messages;
    s.count = drop.messages.length;
    s.marks.clear();
  },
} satisfies Partial<Behaviour>;

/** Compares in a time that tells nothing of where texts differ. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
