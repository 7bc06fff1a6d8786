import { apopDigest } from '../../pop3/apop.js';
import type { Behaviour } from '../behaviour.js';
import { logIn } from '../login.js';
import type { Maildrop } from '../maildrop.js';
import { err, ok, type Session } from '../session.js';
import { barLogins, changeCommand, inArea, wrapCommand } from './fault.js';

const NAME_LENGTH = 32;
const DIGEST_PREFIX = 8;

function alsoMatches(b: Behaviour, matches: (right: string, given: string) => boolean): void {
  const next = b.passwordMatches;
  b.passwordMatches = (user, given) => next(user, given) || matches(user.password, given);
}

/** Answers what matches `pattern` positively before login. */
function acceptBare(b: Behaviour, pattern: RegExp): void {
  const next = b.takeLine;
  b.takeLine = (s, line) => (pattern.test(line) && s.phase === 'authorization' ? ok(s) : next(s, line));
}

/** Logs in the user that USER has named, whatever the password, at a line that matches `pattern`. */
function logInByBare(b: Behaviour, pattern: RegExp): void {
  const next = b.takeLine;
  b.takeLine = (s, line) => {
    const { name } = s;
    if (name === null || !pattern.test(line)) return next(s, line);
    s.name = null;
    return logIn(s, b.findUser(s, name), true);
  };
}

function refuseUnknownNames(b: Behaviour, refused: (s: Session) => void = () => undefined): void {
  wrapCommand(b, 'USER', (s, args, next) => {
    if (s.drops.has(args[0] ?? '')) return next(s, args);
    refused(s);
    return err(s, 'no such user');
  });
}

export const loginFaults = inArea('login', [
  {
    id: 'any-password',
    title: 'Every password is accepted',
    clause: '1939-7-PASS-3',
    apply: (b) => alsoMatches(b, () => true),
  },
  {
    id: 'password-caseless',
    title: 'Passwords are compared without regard to case',
    clause: '1939-7-PASS-3',
    apply: (b) => alsoMatches(b, (right, given) => right.toLowerCase() === given.toLowerCase()),
  },
  {
    id: 'password-prefix',
    title: 'Passwords are compared only as far as the shorter one goes',
    clause: '1939-7-PASS-3',
    apply: (b) => alsoMatches(b, (right, given) => right.startsWith(given) || given.startsWith(right)),
  },
  {
    id: 'pass-first',
    title: 'PASS without USER logs in the first user',
    clause: '1939-7-PASS-1',
    apply: (b) =>
      wrapCommand(b, 'PASS', (s, [password = ''], next) => {
        const [first] = s.drops.values();
        if (s.name !== null || first === undefined) return next(s, [password]);
        return logIn(s, first, b.passwordMatches(first, password));
      }),
  },
  {
    id: 'pass-again',
    title: 'After a failed PASS another PASS is taken without a new USER',
    clause: '1939-7-PASS-2',
    apply: (b) =>
      wrapCommand(b, 'PASS', (s, args, next) => {
        const { name } = s;
        const positive = next(s, args);
        if (!positive) s.name = name;
        return positive;
      }),
  },
  {
    id: 'empty-user-ok',
    title: 'USER with an empty name is accepted',
    clause: '1939-7-USER-1',
    apply: (b) => acceptBare(b, /^user $/i),
  },
  {
    id: 'user-no-argument-ok',
    title: 'USER without a name is accepted',
    clause: '1939-3-STATE-7a',
    apply: (b) => acceptBare(b, /^user$/i),
  },
  {
    id: 'pass-no-argument-ok',
    title: 'PASS without a password logs in',
    clause: '1939-7-PASS-8',
    apply: (b) => logInByBare(b, /^pass$/i),
  },
  {
    id: 'empty-password-ok',
    title: 'PASS with an empty password logs in',
    clause: '1939-7-PASS-8',
    apply: (b) => logInByBare(b, /^pass $/i),
  },
  {
    id: 'first-user-counts',
    title: 'Of two USERs in a row the first gives the name',
    clause: '1939-7-PASS-6',
    apply(b) {
      changeCommand(b, 'USER', { keepsName: true });
      wrapCommand(b, 'USER', (s, args, next) => (s.name === null ? next(s, args) : ok(s, 'send PASS')));
    },
  },
  {
    id: 'user-tells-names',
    title: 'USER with an unknown name is refused',
    clause: '1939-13-SEC-2',
    apply: (b) => refuseUnknownNames(b),
  },
  {
    id: 'refused-user-sticks',
    title: 'Once USER was refused for an unknown name no login succeeds on the connection',
    clause: '1939-7-USER-4',
    apply(b) {
      const barred = new WeakSet<Session>();
      refuseUnknownNames(b, (s) => barred.add(s));
      barLogins(b, barred);
    },
  },
  {
    id: 'login-stays-out',
    title: 'A login is answered with +OK and the session stays in the AUTHORIZATION state',
    clause: '1939-4-AUTH-1',
    apply(b) {
      const next = b.open;
      b.open = (s, drop) => {
        next(s, drop);
        b.release(s);
      };
    },
  },
  {
    id: 'apop-no-argument-ok',
    title: 'APOP without arguments gets a positive answer',
    clause: '1939-7-APOP-1',
    apply: (b) => acceptBare(b, /^apop$/i),
  },
  {
    id: 'apop-no-digest-ok',
    title: 'APOP without a digest gets a positive answer',
    clause: '1939-7-APOP-1',
    apply: (b) => acceptBare(b, /^apop \S+$/i),
  },
  {
    id: 'name-truncated',
    title: 'User names are compared in their first 32 characters',
    clause: '1939-3-CMD-7',
    apply(b) {
      const next = b.findUser;
      b.findUser = (s, name) =>
        name.length > NAME_LENGTH ? userWithPrefix(s, name.slice(0, NAME_LENGTH)) : next(s, name);
    },
  },
  {
    id: 'apop-constant',
    title: 'The greeting has the same timestamp every time, so that a digest can be replayed',
    clause: '1939-7-APOP-5',
    apply(b) {
      const timestamp = b.timestamp();
      b.timestamp = () => timestamp;
    },
  },
  {
    id: 'apop-prefix',
    title: 'APOP accepts the first digits of the digest',
    clause: '1939-7-APOP-11',
    apply(b) {
      b.digestMatches = (user, timestamp, digest) =>
        digest.length >= DIGEST_PREFIX && apopDigest(timestamp, user.password).startsWith(digest);
    },
  },
  {
    id: 'apop-malformed',
    title: 'The timestamp in the greeting has no @',
    clause: '1939-7-APOP-4',
    apply(b) {
      const next = b.timestamp;
      b.timestamp = () => next().replace('@', '.');
    },
  },
  {
    id: 'apop-any',
    title: 'APOP accepts every digest',
    clause: '1939-7-APOP-9',
    apply(b) {
      b.digestMatches = () => true;
    },
  },
  {
    id: 'lock-shared',
    title: 'A second session is let in and takes messages away under the first',
    clause: '1939-4-LOCK-1',
    apply(b) {
      b.lock = (s, drop) => {
        drop.owner = s;
        return true;
      };
      b.message = (s, n) => (s.drop?.messages ?? s.messages)[n - 1];
    },
  },
  {
    id: 'lock-kept-on-refusal',
    title: 'A login that is refused leaves the maildrop locked until its connection ends',
    clause: '1939-4-LOCK-5',
    apply(b) {
      const next = b.refuseLogin;
      b.refuseLogin = (s, user) => {
        if (user !== undefined) user.owner ??= s;
        return next(s, user);
      };
      const nextEnded = b.ended;
      b.ended = (s) => {
        nextEnded(s);
        for (const user of s.drops.values()) if (user.owner === s) user.owner = null;
      };
    },
  },
  {
    id: 'relogin',
    title: 'USER and PASS are accepted after login and change the maildrop',
    clause: '1939-3-STATE-8b',
    apply(b) {
      for (const verb of ['USER', 'PASS']) Object.assign(b.commands.get(verb) ?? {}, { phase: 'any' });
      const next = b.findUser;
      b.findUser = (s, name) => {
        const user = next(s, name);
        if (user !== undefined) b.release(s);
        return user;
      };
    },
  },
  {
    id: 'login-drops-pipelined',
    title: 'Input that arrives in one segment with the command that logs in is lost',
    clause: '2449-6.6-PIPE-5',
    apply(b) {
      const next = b.open;
      b.open = (s, drop) => {
        next(s, drop);
        s.port.discardInput();
      };
    },
  },
]);

function userWithPrefix(s: Session, prefix: string): Maildrop | undefined {
  for (const [name, user] of s.drops) if (name.startsWith(prefix)) return user;
  return undefined;
}
