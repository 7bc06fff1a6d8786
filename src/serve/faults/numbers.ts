import type { Behaviour } from '../behaviour.js';
import type { Session } from '../session.js';
import { emptyMessage } from '../views.js';
import { afterCommand, changeCommand, inArea, wrapCommand } from './fault.js';

const WORD_32 = 1n << 32n;
const MANY = 9;
/** Commands that take no argument, each with the clause that says so. */
const WITHOUT_ARGUMENT = [
  ['STAT', '1939-5-STAT-10'],
  ['NOOP', '1939-5-NOOP-3'],
  ['RSET', '1939-5-RSET-6'],
  ['QUIT', '1939-4-QUIT-3'],
  ['CAPA', '2449-5-CAPA-9'],
] as const;

/** Reads with `read` what the clean reader refuses; `read` gives 0 for what it refuses too. */
function alsoReads(b: Behaviour, read: (argument: string, s: Session) => number): void {
  const next = b.messageNumber;
  b.messageNumber = (s, argument) => next(s, argument) || inRange(s, read(argument, s));
}

function inRange(s: Session, n: number): number {
  return n >= 1 && n <= s.count ? n : 0;
}

export const numberFaults = inArea('numbers', [
  {
    id: 'zero-is-first',
    title: 'Message number 0 stands for message 1',
    clause: '1939-3-STATE-7d',
    apply: (b) => alsoReads(b, (argument) => (/^0+$/.test(argument) ? 1 : 0)),
  },
  {
    id: 'number-wraps',
    title: 'Message numbers wrap at 32 bits',
    clause: '1939-3-STATE-7d',
    apply: (b) =>
      alsoReads(b, (argument) => (/^\d+$/.test(argument) ? Number(BigInt(argument) % WORD_32) : 0)),
  },
  {
    id: 'number-junk',
    title: 'What follows the digits of a message number is ignored',
    clause: '1939-3-STATE-7c',
    apply: (b) => alsoReads(b, (argument) => Number(/^\d+/.exec(argument)?.[0] ?? 0)),
  },
  {
    id: 'number-negative',
    title: 'Negative message numbers count from the end',
    clause: '1939-3-STATE-7c',
    apply: (b) =>
      alsoReads(b, (argument, s) => (/^-\d+$/.test(argument) ? s.count + 1 + Number(argument) : 0)),
  },
  {
    id: 'number-signed',
    title: 'A message number may have a plus sign',
    clause: '1939-3-STATE-7c',
    apply: (b) => alsoReads(b, (argument) => (/^\+\d+$/.test(argument) ? Number(argument) : 0)),
  },
  {
    id: 'number-hex',
    title: 'Message numbers may be hexadecimal',
    clause: '1939-3-STATE-7c',
    apply: (b) => alsoReads(b, (argument) => (/^0x[0-9a-f]+$/i.test(argument) ? Number(argument) : 0)),
  },
  {
    id: 'number-word',
    title: 'A word in place of a message number stands for message 1',
    clause: '1939-3-STATE-7c',
    apply: (b) => alsoReads(b, (argument) => (/^[a-z]+$/i.test(argument) ? 1 : 0)),
  },
  {
    id: 'range-off-by-one',
    title: 'The number behind the last message is accepted and names an empty message',
    clause: '1939-3-STATE-7d',
    apply(b) {
      const nextNumber = b.messageNumber;
      b.messageNumber = (s, argument) =>
        nextNumber(s, argument) || (argument === String(s.count + 1) ? s.count + 1 : 0);
      const nextMessage = b.message;
      b.message = (s, n) => (n > s.count ? emptyMessage() : nextMessage(s, n));
    },
  },
  {
    id: 'retr-extra-argument',
    title: 'RETR with a second argument is executed',
    clause: '1939-3-STATE-7b',
    apply: (b) => changeCommand(b, 'RETR', { max: MANY }),
  },
  {
    id: 'dele-extra-argument',
    title: 'DELE with a second argument is executed',
    clause: '1939-3-STATE-7b',
    apply: (b) => changeCommand(b, 'DELE', { max: MANY }),
  },
  ...WITHOUT_ARGUMENT.map(([verb, clause]) => ({
    id: `${verb.toLowerCase()}-argument`,
    title: `${verb} with an argument is executed`,
    clause,
    apply: (b: Behaviour) => changeCommand(b, verb, { max: MANY }),
  })),
  ...['LIST', 'UIDL', 'TOP'].map((verb) => ({
    id: `${verb.toLowerCase()}-extra-argument`,
    title: `${verb} with an argument too many is executed`,
    clause: '1939-3-STATE-7b',
    apply: (b: Behaviour) => changeCommand(b, verb, { max: MANY }),
  })),
  {
    id: 'missing-argument-first',
    title: 'RETR, DELE and TOP without an argument take message 1',
    clause: '1939-3-STATE-7a',
    apply(b) {
      for (const verb of ['RETR', 'DELE', 'TOP']) {
        changeCommand(b, verb, { min: 0 });
        wrapCommand(b, verb, (s, [n = '1', lines = '0'], next) => next(s, [n, lines]));
      }
    },
  },
  {
    id: 'dele-shifts-retr',
    title: 'RETR counts only messages that are not marked as deleted',
    clause: '1939-4-MSGNO-4',
    apply: (b) =>
      wrapCommand(b, 'RETR', (s, [argument = ''], next) => {
        const n = b.messageNumber(s, argument);
        if (n === 0 || s.marks.has(n)) return next(s, [argument]);
        const before = [...s.marks].filter((mark) => mark < n).length;
        return next(s, [String(Math.min(n + before, s.count))]);
      }),
  },
  {
    id: 'rset-shifts-retr',
    title: 'After RSET every number stands for message 1 in RETR',
    clause: '1939-5-RSET-4',
    apply(b) {
      const reset = afterCommand(b, 'RSET');
      wrapCommand(b, 'RETR', (s, args, next) =>
        next(s, reset.has(s) && b.messageNumber(s, args[0] ?? '') > 0 ? ['1'] : args),
      );
    },
  },
]);
