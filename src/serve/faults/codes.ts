import type { Behaviour } from '../behaviour.js';
import { err, ok, type Session } from '../session.js';
import { changeCapabilities, type Fault, inArea, wrapCommand } from './fault.js';

function changeText(b: Behaviour, change: (text: string, positive: boolean) => string): void {
  const next = b.statusLine;
  b.statusLine = (positive, text) => next(positive, change(text, positive));
}

/** Refuses a login that came by `route` without the AUTH code. */
function withoutCode(route: 'PASS' | 'APOP' | 'AUTH'): (b: Behaviour) => void {
  return (b) => {
    const routes = new WeakMap<Session, string>();
    const { takeLine, refuseLogin } = b;
    b.takeLine = (s, line) => {
      routes.set(s, line.slice(0, 4).toUpperCase());
      return takeLine(s, line);
    };
    b.refuseLogin = (s, user) => (routes.get(s) === route ? err(s, 'no') : refuseLogin(s, user));
  };
}

/** Response codes in the wrong form or place (RFC 2449 §8, RFC 3206). */
export const codeFaults: Fault[] = inArea('codes', [
  {
    id: 'code-unclosed',
    title: 'A response code lacks its closing bracket',
    clause: '2449-3-ABNF-7',
    apply: (b) => changeText(b, (text) => text.replace(/^\[([^\]]+)\]/, '[$1')),
  },
  {
    id: 'code-empty-level',
    title: 'A response code has an empty level',
    clause: '2449-3-ABNF-7',
    apply: (b) => changeText(b, (text) => text.replace(/^\[([^\]]+)\]/, '[$1/]')),
  },
  {
    id: 'code-blank',
    title: 'The levels of a response code are separated by a blank',
    clause: '2449-8-RC-4',
    apply: (b) => changeText(b, (text) => text.replace(/^\[AUTH\]/, '[AUTH FAILED]')),
  },
  {
    id: 'text-bracketed',
    title: 'The text of a reply begins with a bracket that opens no response code',
    clause: '2449-6.4-RESP-1',
    apply: (b) => wrapCommand(b, 'NOOP', (s) => ok(s, '[popspec v1] still here')),
  },
  {
    id: 'code-unregistered',
    title: 'A wrong password gets a response code that no document defines',
    clause: '2449-9-IANA-3',
    apply(b) {
      b.refuseLogin = (s) => err(s, '[OUT-SYNC] wrong name or password');
    },
  },
  {
    id: 'code-in-text',
    title: 'The response code stands in the middle of the text',
    clause: '2449-8-RC-1',
    apply: (b) => changeText(b, (text) => text.replace(/^(\[[^\]]+\]) (.*)/, '$2 $1')),
  },
  {
    id: 'resp-codes-hidden',
    title: 'Response codes are used, and RESP-CODES is not announced',
    clause: '2449-8-RC-6',
    apply: (b) => changeCapabilities(b, (list) => list.filter((line) => line !== 'RESP-CODES')),
  },
  {
    id: 'in-use-at-user',
    title: 'USER is refused with IN-USE while the maildrop is locked',
    clause: '2449-8.1.2-IU-1',
    apply: (b) =>
      wrapCommand(b, 'USER', (s, args, next) => {
        const busy = (b.findUser(s, args[0] ?? '')?.owner ?? null) !== null;
        return busy ? err(s, '[IN-USE] the maildrop is in use') : next(s, args);
      }),
  },
  {
    id: 'in-use-before-password',
    title: 'A wrong password gets IN-USE while the maildrop is locked',
    clause: '2449-8.1.2-IU-2',
    apply(b) {
      const { refuseLogin } = b;
      b.refuseLogin = (s, user) =>
        (user?.owner ?? null) !== null ? err(s, '[IN-USE] the maildrop is in use') : refuseLogin(s, user);
    },
  },
  {
    id: 'in-use-as-auth',
    title: 'A login to a locked maildrop is refused with AUTH',
    clause: '3206-5-AUTH-5',
    apply: (b) => changeText(b, (text) => text.replace('[IN-USE]', '[AUTH]')),
  },
  {
    id: 'sys-bare',
    title: 'SYS has no second level',
    clause: '3206-4-SYS-2',
    apply(b) {
      b.refuseMessage = (s) => err(s, '[SYS] no such message');
    },
  },
  {
    id: 'sys-unknown-level',
    title: 'SYS has a second level that is neither TEMP nor PERM',
    clause: '3206-4-SYS-2',
    apply(b) {
      b.refuseMessage = (s) => err(s, '[SYS/DISK] no such message');
    },
  },
  {
    id: 'sys-with-ok',
    title: 'SYS accompanies a positive reply',
    clause: '3206-4-SYS-5',
    apply: (b) => wrapCommand(b, 'NOOP', (s) => ok(s, '[SYS/TEMP] still here')),
  },
  {
    id: 'sys-for-password',
    title: 'A wrong password is refused with SYS/TEMP',
    clause: '3206-4-SYS-1',
    apply(b) {
      b.refuseLogin = (s) => err(s, '[SYS/TEMP] the login failed');
    },
  },
  {
    id: 'auth-code-at-retr',
    title: 'RETR is refused with AUTH',
    clause: '3206-5-AUTH-2',
    apply(b) {
      const { refuseMessage } = b;
      b.refuseMessage = (s, verb, why) =>
        verb === 'RETR' ? err(s, '[AUTH] not your message') : refuseMessage(s, verb, why);
    },
  },
  {
    id: 'auth-code-with-ok',
    title: 'AUTH accompanies the positive reply to a login',
    clause: '3206-5-AUTH-2',
    apply: (b) => changeText(b, (text) => text.replace(/^maildrop ready$/, '[AUTH] $&')),
  },
  {
    id: 'auth-code-at-user',
    title: 'USER with an unknown name is refused with AUTH',
    clause: '3206-5-AUTH-6',
    apply: (b) =>
      wrapCommand(b, 'USER', (s, args, next) =>
        b.findUser(s, args[0] ?? '') === undefined ? err(s, '[AUTH] no such user') : next(s, args),
      ),
  },
  {
    id: 'auth-code-for-sequence',
    title: 'Errors of sequence and syntax before login get the AUTH code',
    clause: '3206-5-AUTH-5',
    apply: (b) => changeText(b, (text) => (/^(send USER|wrong arg)/.test(text) ? `[AUTH] ${text}` : text)),
  },
  ...(['PASS', 'APOP', 'AUTH'] as const).map((route) => ({
    id: `auth-code-missing-${route.toLowerCase()}`,
    title: `Wrong credentials by ${route} are refused without the AUTH code`,
    clause: '3206-6-CAP-2',
    apply: withoutCode(route),
  })),
  {
    id: 'auth-code-for-known-names',
    title: 'The AUTH code is missing when the name is unknown',
    clause: '3206-5-AUTH-1',
    apply(b) {
      const { refuseLogin } = b;
      b.refuseLogin = (s, user) => (user === undefined ? err(s, 'no such user') : refuseLogin(s, user));
    },
  },
  {
    id: 'auth-resp-code-hidden',
    title: 'The AUTH code is used, and AUTH-RESP-CODE is not announced',
    clause: '3206-5-AUTH-4',
    apply: (b) => changeCapabilities(b, (list) => list.filter((line) => line !== 'AUTH-RESP-CODE')),
  },
]);
