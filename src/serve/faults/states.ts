import type { Behaviour } from '../behaviour.js';
import { err, ok, type Session } from '../session.js';
import { changeCommand, inArea, wrapCommand } from './fault.js';

function alsoFinds(b: Behaviour, keyword: (given: string) => string): void {
  const next = b.findCommand;
  b.findCommand = (given) => next(given) ?? next(keyword(given));
}

export const stateFaults = inArea('login', [
  ...['STAT', 'NOOP', 'RSET', 'UIDL'].map((verb) => ({
    id: `${verb.toLowerCase()}-before-login`,
    title: `${verb} is answered before login`,
    clause: '1939-3-STATE-8a',
    apply: (b: Behaviour) => changeCommand(b, verb, { phase: 'any' }),
  })),
  ...['LIST', 'RETR', 'DELE', 'TOP'].map((verb) => ({
    id: `${verb.toLowerCase()}-before-login`,
    title: `${verb} before login works on the messages of the first user`,
    clause: '1939-3-STATE-8a',
    apply(b: Behaviour) {
      changeCommand(b, verb, { phase: 'any' });
      wrapCommand(b, verb, (s, args, next) => {
        const [first] = s.drops.values();
        if (s.phase === 'transaction' || first === undefined) return next(s, args);
        s.messages = first.messages;
        s.count = first.messages.length;
        return next(s, args);
      });
    },
  })),
  ...['PASS', 'APOP', 'AUTH'].map((verb) => ({
    id: `${verb.toLowerCase()}-after-login`,
    title: `${verb} after login gets a positive answer`,
    clause: '1939-3-STATE-8b',
    apply(b: Behaviour) {
      changeCommand(b, verb, { phase: 'any' });
      wrapCommand(b, verb, (s, args, next) => (s.phase === 'transaction' ? ok(s) : next(s, args)));
    },
  })),
  {
    id: 'quit-before-login-refused',
    title: 'QUIT is refused before login',
    clause: '1939-4-QUIT-1',
    apply: (b) => changeCommand(b, 'QUIT', { phase: 'transaction' }),
  },
  {
    id: 'keyword-case',
    title: 'Keywords in lower case are not known',
    clause: '1939-3-CMD-1',
    apply(b) {
      const next = b.findCommand;
      b.findCommand = (keyword) => (keyword === keyword.toUpperCase() ? next(keyword) : undefined);
    },
  },
  {
    id: 'keyword-prefix',
    title: 'Only the first four characters of a keyword count',
    clause: '1939-3-CMD-6',
    apply: (b) => alsoFinds(b, (given) => given.slice(0, 4)),
  },
  {
    id: 'mixed-case-quit-ignored',
    title: 'QUIT in mixed case gets no answer',
    clause: '1939-3-CMD-1',
    apply(b) {
      const next = b.takeLine;
      b.takeLine = (s, line) => (/^quit$/i.test(line) && !/^(QUIT|quit)$/.test(line)) || next(s, line);
    },
  },
  {
    id: 'unknown-ok',
    title: 'Unknown commands get a positive answer',
    clause: '1939-3-STATE-5',
    apply(b) {
      b.unknownCommand = (s) => ok(s);
    },
  },
  {
    id: 'unknown-silent',
    title: 'Unknown commands get no answer',
    clause: '1939-3-STATE-5',
    apply(b) {
      b.unknownCommand = () => false;
    },
  },
  {
    id: 'unknown-closes',
    title: 'An unknown command closes the connection without an answer',
    clause: '1939-3-STATE-9',
    apply(b) {
      b.unknownCommand = (s) => {
        b.hangUp(s);
        return false;
      };
    },
  },
  {
    id: 'error-closes',
    title: 'Every negative answer closes the connection',
    clause: '1939-3-STATE-9',
    apply(b) {
      const next = b.takeLine;
      b.takeLine = (s, line) => {
        const positive = next(s, line);
        if (!positive) b.hangUp(s);
        return positive;
      };
    },
  },
  {
    id: 'greeting-error',
    title: 'The greeting is negative and service follows',
    clause: '1939-4-GREET-2',
    apply(b) {
      b.greet = (s) => err(s, 'not now');
    },
  },
  {
    id: 'greeting-two-lines',
    title: 'The greeting has two lines',
    clause: '1939-4-GREET-1',
    apply(b) {
      const next = b.greet;
      b.greet = (s) => {
        next(s);
        ok(s, 'how are you');
      };
    },
  },
  {
    id: 'greeting-silent',
    title: 'The greeting waits for the first command',
    clause: '1939-3-CONN-2',
    apply(b) {
      const silent = new WeakSet<Session>();
      const greet = b.greet;
      b.greet = (s) => {
        silent.add(s);
      };
      const next = b.takeLine;
      b.takeLine = (s, line) => {
        if (silent.delete(s)) greet(s);
        return next(s, line);
      };
    },
  },
]);
