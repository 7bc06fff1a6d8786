import type { Conversation } from './conversation.js';
import { type Hostile, NOTHING } from './hostile.js';
import { again, inTurn, once, rows } from './pour.js';

const MEGABYTE = 1024 * 1024;
const TEN_MILLION = 10_000_000;
const LINE = `${'x'.repeat(70)}\r\n`;

/** In place of the answers to these commands, and of the greeting where there is none named, `next` is poured out. */
function pouring(
  id: string,
  title: string,
  verbs: RegExp | undefined,
  next: () => () => Buffer | undefined,
): Hostile {
  return {
    id,
    title,
    manners: () => ({
      said(piece, c: Conversation) {
        const due = verbs === undefined ? !c.greeted : c.greeted && verbs.test(c.verb);
        if (!due || piece.toString('latin1', 0, 3) !== '+OK') return piece;
        c.pour(next());
        return NOTHING;
      },
    }),
  };
}

const ANY = /./;
const CONTENT = /^(RETR|TOP)$/;

export const floods: readonly Hostile[] = [
  pouring('greeting-endless', 'The greeting is a line without an end', undefined, () =>
    inTurn(once('+OK '), again('x')),
  ),
  pouring('greeting-again', 'Greets without an end, line after line', undefined, () =>
    again('+OK popspec ready\r\n'),
  ),
  pouring('greeting-megabyte', 'The greeting is a line of a megabyte', undefined, () =>
    inTurn(once('+OK '), again('x', MEGABYTE), once('\r\n')),
  ),
  pouring('status-60k', 'Every positive answer has a text of 60,000 octets', ANY, () =>
    inTurn(once('+OK 2 240 '), again('x', 60_000), once('\r\n')),
  ),
  pouring('status-megabyte', 'Every positive answer has a text of a megabyte', ANY, () =>
    inTurn(once('+OK 2 240 '), again('x', MEGABYTE), once('\r\n')),
  ),
  pouring('status-100-megabytes', 'Every positive answer is a line of 100 megabytes', ANY, () =>
    inTurn(once('+OK '), again('x', 100 * MEGABYTE), once('\r\n')),
  ),
  pouring('answers-endless', 'Every positive answer comes again and again without an end', ANY, () =>
    again('+OK 2 240\r\n'),
  ),
  pouring('content-endless', 'Messages have no end', CONTENT, () => inTurn(once('+OK\r\n'), again(LINE))),
  pouring('content-one-line', 'Messages are one line without an end', CONTENT, () =>
    inTurn(once('+OK\r\n'), again('x')),
  ),
  pouring('content-dots', 'Messages are stuffed dots without an end', CONTENT, () =>
    inTurn(once('+OK\r\n'), again('..\r\n')),
  ),
  pouring('content-blank', 'Messages are empty lines without an end', CONTENT, () =>
    inTurn(once('+OK\r\n'), again('\r\n')),
  ),
  pouring('content-100-megabytes', 'Messages have 100 megabytes, and an end', CONTENT, () =>
    inTurn(once('+OK\r\n'), again(LINE, (100 * MEGABYTE) / LINE.length), once('.\r\n')),
  ),
  pouring('content-30-megabytes', 'Messages have 30 megabytes of stuffed dots, and an end', CONTENT, () =>
    inTurn(once('+OK\r\n'), again('..\r\n', (30 * MEGABYTE) / 4), once('.\r\n')),
  ),
  pouring('list-ten-million', 'LIST has ten million rows', /^LIST$/, () =>
    inTurn(
      once('+OK\r\n'),
      rows((n) => `${n} 120`, TEN_MILLION),
      once('.\r\n'),
    ),
  ),
  pouring('uidl-endless', 'UIDL has no end', /^UIDL$/, () =>
    inTurn(
      once('+OK\r\n'),
      rows((n) => `${n} id-${n}`),
    ),
  ),
  pouring('uidl-long', 'UIDL has unique-ids of 100,000 octets', /^UIDL$/, () =>
    inTurn(
      once('+OK\r\n'),
      rows((n) => `${n} ${'x'.repeat(100_000)}`, 20),
      once('.\r\n'),
    ),
  ),
  pouring('capa-endless', 'CAPA has no end', /^CAPA$/, () =>
    inTurn(
      once('+OK\r\n'),
      rows((n) => `X-${n}`),
    ),
  ),
  pouring('capa-many', 'CAPA has 100,000 capabilities', /^CAPA$/, () =>
    inTurn(
      once('+OK\r\n'),
      rows((n) => (n === 1 ? 'USER' : `X-${n}`), 100_000),
      once('.\r\n'),
    ),
  ),
  pouring('capa-long', 'CAPA has lines of a megabyte', /^CAPA$/, () =>
    inTurn(once('+OK\r\nUSER\r\nX-'), again('x', MEGABYTE), once('\r\n.\r\n')),
  ),
  {
    id: 'floods-at-quit',
    title: 'Says +OK without an end in answer to QUIT',
    manners: () => ({
      heard(_line, c) {
        if (c.verb !== 'QUIT') return true;
        c.pour(again('+OK bye\r\n'));
        return false;
      },
    }),
  },
];
