import type { Behaviour } from '../behaviour.js';
import { err, ok, type Session } from '../session.js';
import { type Fault, inArea, wrapCommand } from './fault.js';

/** A delay that a test can wait for. */
const DELAYED = { loginDelay: 1 } as const;

function changePolicy(b: Behaviour, change: (line: string, s: Session) => string): void {
  const next = b.policyLines;
  b.policyLines = (s) => next(s).map((line) => change(line, s));
}

const before = (s: Session): boolean => s.drop === null;

/** LOGIN-DELAY and EXPIRE, announced or carried out wrongly (RFC 2449 §6.5 and §6.7). */
export const policyFaults: Fault[] = inArea('policy', [
  {
    id: 'delay-fraction',
    title: 'LOGIN-DELAY has a unit and no whole number',
    clause: '2449-6.5-DELAY-1',
    apply: (b) => changePolicy(b, (line) => line.replace(/^LOGIN-DELAY \d+/, 'LOGIN-DELAY 0.5s')),
  },
  {
    id: 'delay-general-too-short',
    title: 'Before login LOGIN-DELAY is shorter than it can be',
    clause: '2449-6.5-DELAY-5',
    apply: (b) => changePolicy(b, (line, s) => line.replace(/(?<=^LOGIN-DELAY )\d+/, before(s) ? '0' : '9')),
  },
  {
    id: 'delay-without-user',
    title: 'The token USER is missing although LOGIN-DELAY changes with the login',
    clause: '2449-6.5-DELAY-6',
    apply: (b) => changePolicy(b, (line) => line.replace(/(?<=^LOGIN-DELAY \d+) USER$/, '')),
  },
  {
    id: 'delay-user-stays',
    title: 'After login LOGIN-DELAY still has the token USER',
    clause: '2449-6.5-DELAY-7',
    apply: (b) =>
      changePolicy(b, (line, s) => (before(s) ? line : line.replace(/^LOGIN-DELAY \d+$/, '$& USER'))),
  },
  {
    id: 'delay-ignored',
    title: 'LOGIN-DELAY is announced, and the next login is accepted at once',
    clause: '2449-6.5-DELAY-4',
    limits: DELAYED,
    apply(b) {
      b.startDelay = () => undefined;
    },
  },
  {
    id: 'delay-from-quit',
    title: 'The login delay begins with the end of a session',
    clause: '2449-6.5-DELAY-2',
    limits: DELAYED,
    apply(b) {
      const { startDelay, release } = b;
      b.startDelay = () => undefined;
      b.release = (s) => {
        if (s.drop !== null) startDelay(s.drop);
        release(s);
      };
    },
  },
  {
    id: 'delay-from-failure',
    title: 'A failed login begins the login delay',
    clause: '2449-6.5-DELAY-9',
    limits: DELAYED,
    apply(b) {
      const { refuseLogin } = b;
      b.refuseLogin = (s, user) => {
        if (user !== undefined) b.startDelay(user);
        return refuseLogin(s, user);
      };
    },
  },
  {
    id: 'delay-closes',
    title: 'A login that comes too early is cut off without an answer',
    clause: '2449-6.5-DELAY-8',
    limits: DELAYED,
    apply: (b) => insteadOfRefusal(b, (s) => b.hangUp(s)),
  },
  {
    id: 'delay-ok-closes',
    title: 'A login that comes too early gets +OK, and the connection is closed',
    clause: '2449-6.5-DELAY-8',
    limits: DELAYED,
    apply: (b) =>
      insteadOfRefusal(b, (s) => {
        ok(s, 'come back later');
        b.hangUp(s);
      }),
  },
  {
    id: 'delay-told-to-user',
    title: 'USER is refused with LOGIN-DELAY',
    clause: '2449-8.1.1-LD-3',
    limits: DELAYED,
    apply: (b) =>
      wrapCommand(b, 'USER', (s, args, next) => {
        const user = b.findUser(s, args[0] ?? '');
        const obstacle = user === undefined ? '' : b.obstacle(s, user);
        if (user?.owner === s) user.owner = null;
        return obstacle.includes('LOGIN-DELAY') ? err(s, obstacle) : next(s, args);
      }),
  },
  {
    id: 'delay-code-elsewhere',
    title: 'STAT is refused with LOGIN-DELAY',
    clause: '2449-8.1.1-LD-1',
    apply: (b) => wrapCommand(b, 'STAT', (s) => err(s, '[LOGIN-DELAY] not so often')),
  },
  {
    id: 'delay-code-always',
    title: 'A wrong password is refused with LOGIN-DELAY',
    clause: '2449-8.1.1-LD-2',
    limits: DELAYED,
    apply(b) {
      b.refuseLogin = (s) => err(s, '[LOGIN-DELAY] try again later');
    },
  },
  {
    id: 'expire-word',
    title: 'EXPIRE has a word that is not NEVER',
    clause: '2449-6.7-EXP-1',
    apply: (b) => changePolicy(b, (line) => line.replace(/^EXPIRE .*/, 'EXPIRE SELDOM')),
  },
  {
    id: 'expire-general-too-long',
    title: 'Before login EXPIRE promises more days than it does after it',
    clause: '2449-6.7-EXP-7',
    apply: (b) => changePolicy(b, (line, s) => line.replace(/(?<=^EXPIRE )\S+/, before(s) ? '60' : '7')),
  },
  {
    id: 'expire-without-user',
    title: 'The token USER is missing although EXPIRE changes with the login',
    clause: '2449-6.7-EXP-8',
    apply: (b) => changePolicy(b, (line) => line.replace(/(?<=^EXPIRE \d+) USER$/, '')),
  },
  {
    id: 'expire-user-stays',
    title: 'After login EXPIRE still has the token USER',
    clause: '2449-6.7-EXP-9',
    apply: (b) => changePolicy(b, (line, s) => (before(s) ? line : line.replace(/^EXPIRE \S+$/, '$& USER'))),
  },
  {
    id: 'expire-takes-top',
    title: 'With EXPIRE 0 a message goes at QUIT of which TOP has shown the header',
    clause: '2449-6.7-EXP-2',
    limits: { expire: 0 },
    apply: (b) =>
      wrapCommand(b, 'TOP', (s, args, next) => {
        const positive = next(s, args);
        if (positive) b.fetched(s, b.messageNumber(s, args[0] ?? ''));
        return positive;
      }),
  },
  {
    id: 'expire-without-quit',
    title: 'With EXPIRE 0 what was fetched goes although the session had no QUIT',
    clause: '2449-6.7-EXP-2',
    limits: { expire: 0 },
    apply(b) {
      b.abandoned = (s) => b.commit(s);
    },
  },
]);

/** Does `act` where a login is refused for the delay. */
function insteadOfRefusal(b: Behaviour, act: (s: Session) => void): void {
  const { statusLine, obstacle } = b;
  const early = new WeakSet<Session>();
  b.obstacle = (s, drop) => {
    const text = obstacle(s, drop);
    if (text.includes('LOGIN-DELAY')) {
      early.add(s);
      act(s);
    }
    return text;
  };
  b.statusLine = (positive, text) => (text.startsWith('[LOGIN-DELAY]') ? '' : statusLine(positive, text));
}
