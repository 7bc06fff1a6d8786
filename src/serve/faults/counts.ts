import { endsALine } from '../../pop3/stuffing.js';
import type { Behaviour } from '../behaviour.js';
import { type StoredMessage, wireForm } from '../maildrop.js';
import { err, type Session } from '../session.js';
import { listedNumbers } from '../views.js';
import { inArea, wrapCommand } from './fault.js';

/** Octets of an X-UIDL field with a unique-id of 32 characters. */
const UID_FIELD = 'X-UIDL: '.length + 32 + '\r\n'.length;
const KIB = 1024;

/** Adds `more` octets to the size of each message. */
function changeSize(b: Behaviour, more: (s: Session, n: number) => number): void {
  const next = b.size;
  b.size = (s, n) => next(s, n) + more(s, n);
}

function rewriteStat(b: Behaviour, rewrite: (text: string, s: Session) => string): void {
  const next = b.statText;
  b.statText = (s) => rewrite(next(s), s);
}

/** How many lines message n has as it is sent. */
function lineEnds(s: Session, n: number): number {
  const message = s.behaviour.message(s, n);
  if (message === undefined) return 0;
  const pieces = message.bytes.toString('latin1').split('\r\n').length;
  return endsALine(message.bytes) ? pieces - 1 : pieces;
}

export const countFaults = inArea('counts', [
  {
    id: 'stat-ignores-marks',
    title: 'STAT still counts messages that are marked as deleted, in number and size',
    clause: '1939-5-STAT-6',
    apply(b) {
      const next = b.listed;
      b.listed = (s, n, verb) => verb === 'STAT' || next(s, n, verb);
    },
  },
  {
    id: 'stat-size-ignores-marks',
    title: 'The size in STAT still holds messages that are marked as deleted',
    clause: '1939-5-STAT-7',
    apply(b) {
      const next = b.totals;
      b.totals = (s) => {
        const all = Array.from({ length: s.count }, (_, i) => b.size(s, i + 1));
        return { count: next(s).count, octets: all.reduce((sum, octets) => sum + octets, 0) };
      };
    },
  },
  {
    id: 'stat-padded',
    title: 'Two spaces stand between count and size in STAT',
    clause: '1939-5-STAT-3',
    apply: (b) => rewriteStat(b, (text) => text.replace(' ', '  ')),
  },
  {
    id: 'stat-negative',
    title: 'The size in STAT has a minus sign',
    clause: '1939-5-STAT-3',
    apply: (b) => rewriteStat(b, (text) => text.replace(' ', ' -')),
  },
  {
    id: 'stat-words',
    title: 'STAT answers in words',
    clause: '1939-5-STAT-3',
    apply: (b) => rewriteStat(b, (text) => text.replace(/^(\d+) (\d+)$/, '$1 messages ($2 octets)')),
  },
  {
    id: 'stat-extra',
    title: 'STAT has further text behind the size, which is discouraged',
    clause: '1939-5-STAT-5',
    apply: (b) => rewriteStat(b, (text) => `${text} octets`),
  },
  {
    id: 'stat-size-lf',
    title: 'STAT counts line ends as one octet, so that it disagrees with LIST',
    clause: '1939-5-STAT-8',
    apply(b) {
      const next = b.totals;
      b.totals = (s) => {
        const { count, octets } = next(s);
        const lines = listedNumbers(s, 'STAT').reduce((sum, n) => sum + lineEnds(s, n), 0);
        return { count, octets: octets - lines };
      };
    },
  },
  {
    id: 'stat-empty-bare',
    title: 'STAT of an empty maildrop is a bare +OK',
    clause: '1939-5-STAT-9',
    apply: (b) => rewriteStat(b, (text, s) => (s.count === 0 ? '' : text)),
  },
  {
    id: 'list-size-lf',
    title: 'Sizes count each line end as one octet',
    clause: '1939-11-FMT-2',
    apply: (b) => changeSize(b, (s, n) => -lineEnds(s, n)),
  },
  {
    id: 'list-size-stuffed',
    title: 'Sizes count the dots that byte-stuffing adds',
    clause: '1939-11-FMT-3',
    apply: (b) =>
      changeSize(b, (s, n) => {
        const message = b.message(s, n);
        return message === undefined ? 0 : wireForm(message).length - '.\r\n'.length - message.octets;
      }),
  },
  {
    id: 'size-unstable',
    title: 'The size of a message grows by one when it is retrieved',
    clause: '1939-4-MSGNO-2',
    apply(b) {
      const retrieved = new WeakMap<Session, Set<number>>();
      const next = b.fetched;
      b.fetched = (s, n) => {
        next(s, n);
        retrieved.set(s, (retrieved.get(s) ?? new Set()).add(n));
      };
      changeSize(b, (s, n) => (retrieved.get(s)?.has(n) ? 1 : 0));
    },
  },
  {
    id: 'retr-changes-size',
    title: 'The size of a message doubles when it is retrieved a second time in a session',
    clause: '1939-4-MSGNO-2',
    apply(b) {
      const retrieved = new WeakMap<Session, number[]>();
      wrapCommand(b, 'RETR', (s, args, next) => {
        retrieved.set(s, [...(retrieved.get(s) ?? []), b.messageNumber(s, args[0] ?? '')]);
        return next(s, args);
      });
      changeSize(b, (s, n) => {
        const again = retrieved.get(s)?.filter((number) => number === n).length ?? 0;
        return again > 1 ? (b.message(s, n)?.bytes.length ?? 0) : 0;
      });
    },
  },
  {
    id: 'uidl-changes-size',
    title: 'The size of a message grows by a header field when its unique-id is first asked for',
    clause: '1939-4-MSGNO-2',
    apply(b) {
      const marked = new WeakSet<StoredMessage>();
      wrapCommand(b, 'UIDL', (s, args, next) => {
        for (const message of s.messages) marked.add(message);
        return next(s, args);
      });
      changeSize(b, (s, n) => {
        const message = b.message(s, n);
        return message !== undefined && marked.has(message) ? UID_FIELD : 0;
      });
    },
  },
  {
    id: 'list-size-rounded',
    title: 'Sizes are rounded up to whole KiB',
    clause: '1939-5-LIST-8',
    apply(b) {
      const next = b.size;
      b.size = (s, n) => Math.ceil(next(s, n) / KIB) * KIB;
    },
  },
  {
    id: 'list-omits-last',
    title: 'LIST leaves out the last message',
    clause: '1939-5-LIST-5',
    apply(b) {
      const next = b.scanRows;
      b.scanRows = (s) => next(s).slice(0, -1);
    },
  },
  {
    id: 'list-shows-deleted',
    title: 'LIST shows messages that are marked as deleted',
    clause: '1939-5-LIST-11',
    apply(b) {
      const next = b.listed;
      b.listed = (s, n, verb) => verb === 'LIST' || next(s, n, verb);
    },
  },
  {
    id: 'list-descending',
    title: 'LIST begins with the last message',
    clause: '1939-5-LIST-5',
    apply(b) {
      const next = b.scanRows;
      b.scanRows = (s) => next(s).reverse();
    },
  },
  {
    id: 'list-renumbers',
    title: 'The numbers in LIST close up after DELE',
    clause: '1939-4-MSGNO-4',
    apply(b) {
      const next = b.scanRows;
      b.scanRows = (s) => next(s).map((row, i) => row.replace(/^\d+/, String(i + 1)));
    },
  },
  {
    id: 'list-arg-no-number',
    title: 'LIST with a message number answers with the size alone',
    clause: '1939-5-LIST-3',
    apply(b) {
      b.scanOne = (s, n) => String(b.size(s, n));
    },
  },
  {
    id: 'list-arg-ignored',
    title: 'LIST with a message number always answers for message 1',
    clause: '1939-5-LIST-13',
    apply(b) {
      b.scanOne = (s) => b.scanListing(s, 1);
    },
  },
  {
    id: 'list-extra-column',
    title: 'Scan listings have a further column, which is discouraged',
    clause: '1939-5-LIST-10',
    apply(b) {
      const next = b.scanListing;
      b.scanListing = (s, n) => `${next(s, n)} inbox`;
    },
  },
  {
    id: 'list-float',
    title: 'Sizes in scan listings have a decimal point',
    clause: '1939-5-LIST-7',
    apply(b) {
      const next = b.scanListing;
      b.scanListing = (s, n) => `${next(s, n)}.0`;
    },
  },
  {
    id: 'list-empty-error',
    title: 'LIST of an empty maildrop is refused',
    clause: '1939-5-LIST-6',
    apply: (b) =>
      wrapCommand(b, 'LIST', (s, args, next) =>
        s.count === 0 && args.length === 0 ? err(s, 'no messages') : next(s, args),
      ),
  },
]);
