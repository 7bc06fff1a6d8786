import type { Behaviour } from '../behaviour.js';
import type { Session } from '../session.js';
import { emptyMessage } from '../views.js';
import { changeCommand, inArea, wrapCommand } from './fault.js';

const WORD_32 = 1n << 32n;
const MANY = 9;

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
  {
    id: 'stat-argument',
    title: 'STAT with an argument is executed',
    clause: '1939-5-STAT-10',
    apply: (b) => changeCommand(b, 'STAT', { max: MANY }),
  },
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
]);
