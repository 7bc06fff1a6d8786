import type { Behaviour } from '../behaviour.js';
import type { Session } from '../session.js';
import { err } from '../session.js';
import {
  changeCapabilities,
  changeCommand,
  type Fault,
  hideAfterLogin,
  inArea,
  wrapCommand,
} from './fault.js';

function changeLine(b: Behaviour, from: RegExp, to: string): void {
  changeCapabilities(b, (list) => list.map((line) => line.replace(from, to)));
}

function hide(b: Behaviour, hidden: RegExp): void {
  changeCapabilities(b, (list) => list.filter((line) => !hidden.test(line)));
}

const loggedIn = (s: Session): boolean => s.phase === 'transaction';

/** How one capability can be announced wrongly. */
export const announcedFaults: Fault[] = inArea('capa', [
  {
    id: 'capa-argument-added',
    title: 'Capabilities that have no arguments are announced with one',
    clause: '2449-3-ABNF-3',
    apply: (b) => changeLine(b, /^(?!IMPL)(\S+)$/, '$1 v2'),
  },
  {
    id: 'capa-sasl-commas',
    title: 'CAPA separates SASL and its mechanisms by commas',
    clause: '2449-6.3-SASL-1',
    apply: (b) =>
      changeCapabilities(b, (list) => list.map((line) => (/^SASL /.test(line) ? 'SASL PLAIN,LOGIN' : line))),
  },
  {
    id: 'capa-implementation-bare',
    title: 'CAPA lists IMPLEMENTATION without an argument',
    clause: '2449-6.9-IMPL-1',
    apply: (b) => changeLine(b, /^IMPLEMENTATION .*/, 'IMPLEMENTATION'),
  },
  {
    id: 'capa-late',
    title: 'Before login CAPA lists the ways of logging in and nothing else',
    clause: '2449-5-CAPA-4',
    apply: (b) =>
      changeCapabilities(b, (list, s) =>
        loggedIn(s) ? list : list.filter((line) => /^(USER|SASL|STLS)/.test(line)),
      ),
  },
  {
    id: 'capa-drops-user',
    title: 'CAPA no longer lists USER after login',
    clause: '2449-6.2-USER-1',
    apply: (b) => hideAfterLogin(b, /^USER$/),
  },
  {
    id: 'capa-sasl-changes',
    title: 'CAPA lists another SASL mechanism after login',
    clause: '2449-6.3-SASL-1',
    apply: (b) =>
      changeCapabilities(b, (list, s) =>
        loggedIn(s) ? list.map((line) => line.replace(/^SASL .*/, 'SASL ANONYMOUS')) : list,
      ),
  },
  {
    id: 'capa-implementation-changes',
    title: 'IMPLEMENTATION has another argument after login',
    clause: '2449-6.9-IMPL-1',
    apply: (b) =>
      changeCapabilities(b, (list, s) =>
        loggedIn(s) ? list.map((line) => line.replace(/^IMPLEMENTATION .*/, '$&-store')) : list,
      ),
  },
  {
    id: 'user-refused',
    title: 'USER is announced, and refused to whom has read that',
    clause: '2449-6.2-USER-1',
    apply(b) {
      const readers = new WeakSet<Session>();
      wrapCommand(b, 'CAPA', (s, args, next) => {
        readers.add(s);
        return next(s, args);
      });
      wrapCommand(b, 'USER', (s, args, next) =>
        readers.has(s) ? err(s, 'plaintext logins are disabled') : next(s, args),
      );
    },
  },
  ...['USER', 'STLS'].map((tag) => ({
    id: `capa-hides-${tag.toLowerCase()}`,
    title: `CAPA does not announce ${tag}, which works`,
    clause: '2449-5-CAPA-16',
    apply: (b: Behaviour) => hide(b, new RegExp(`^${tag}$`)),
  })),
  {
    id: 'capa-apop',
    title: 'CAPA lists APOP, which the greeting announces',
    clause: '2449-6-APOP-1',
    apply: (b) => changeCapabilities(b, (list) => [...list, 'APOP']),
  },
  {
    id: 'capa-misspelt',
    title: 'CAPA lists PIPELINE in place of PIPELINING',
    clause: '2449-5-CAPA-7',
    apply: (b) => changeLine(b, /^PIPELINING$/, 'PIPELINE'),
  },
  {
    id: 'capa-unregistered',
    title: 'CAPA lists a tag that no document defines',
    clause: '2449-9-IANA-1',
    apply: (b) => changeCapabilities(b, (list) => [...list, 'CELERITY 12']),
  },
  {
    id: 'capa-two-dots',
    title: 'CAPA ends its list with two lines that hold a dot',
    clause: '2449-5-CAPA-14',
    apply(b) {
      const next = b.rows;
      b.rows = (verb, rows) => next(verb, rows) + (verb === 'CAPA' ? '.\r\n' : '');
    },
  },
  {
    id: 'capa-between',
    title: 'CAPA is refused between USER and PASS',
    clause: '2449-5-CAPA-10',
    apply(b) {
      changeCommand(b, 'CAPA', { keepsName: true });
      wrapCommand(b, 'CAPA', (s, args, next) => (s.name === null ? next(s, args) : err(s, 'send PASS')));
    },
  },
  {
    id: 'capa-empty-after-failure',
    title: 'CAPA lists nothing after a failed login',
    clause: '2449-5-CAPA-10',
    apply(b) {
      const failed = new WeakSet<Session>();
      const next = b.refuseLogin;
      b.refuseLogin = (s, user) => {
        failed.add(s);
        return next(s, user);
      };
      changeCapabilities(b, (list, s) => (failed.has(s) ? [] : list));
    },
  },
]);
