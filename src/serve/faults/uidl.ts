import { randomBytes } from 'node:crypto';
import type { Behaviour } from '../behaviour.js';
import type { StoredMessage } from '../maildrop.js';
import { err, type Session } from '../session.js';
import { afterCommand, inArea, wrapCommand } from './fault.js';

/** One more than a unique-id may have (RFC 1939 §7). */
const TOO_LONG = 71;

export function rewriteUid(b: Behaviour, rewrite: (uid: string, s: Session, n: number) => string): void {
  const next = b.uid;
  b.uid = (s, n) => rewrite(next(s, n), s, n);
}

function someUid(): string {
  return randomBytes(12).toString('base64url');
}

export const uidlFaults = inArea('uidl', [
  {
    id: 'uidl-no-number',
    title: 'UIDL with a message number answers with the unique-id alone',
    clause: '1939-7-UIDL-3',
    apply(b) {
      b.uidOne = (s, n) => b.uid(s, n);
    },
  },
  {
    id: 'uidl-extra',
    title: 'Something follows the unique-id in its listing',
    clause: '1939-7-UIDL-6',
    apply(b) {
      const next = b.uidListing;
      b.uidListing = (s, n) => `${next(s, n)} inbox`;
    },
  },
  {
    id: 'uidl-duplicate',
    title: 'All messages have the unique-id of the first one',
    clause: '1939-7-UIDL-9',
    apply: (b) => rewriteUid(b, (uid, s) => b.message(s, 1)?.uid ?? uid),
  },
  {
    id: 'uidl-per-session',
    title: 'Unique-ids are different in each session',
    clause: '1939-7-UIDL-10',
    apply(b) {
      const prefixes = new WeakMap<Session, string>();
      const next = b.open;
      b.open = (s, drop) => {
        next(s, drop);
        prefixes.set(s, someUid());
      };
      rewriteUid(b, (uid, s) => `${prefixes.get(s) ?? ''}${uid}`);
    },
  },
  {
    id: 'uidl-empty',
    title: 'Unique-ids are empty',
    clause: '1939-7-UIDL-7',
    apply: (b) => rewriteUid(b, () => ''),
  },
  {
    id: 'uidl-omits-last',
    title: 'UIDL leaves out the last message',
    clause: '1939-7-UIDL-4',
    apply(b) {
      const next = b.uidRows;
      b.uidRows = (s) => next(s).slice(0, -1);
    },
  },
  {
    id: 'uidl-empty-error',
    title: 'UIDL of an empty maildrop is refused',
    clause: '1939-7-UIDL-17',
    apply: (b) =>
      wrapCommand(b, 'UIDL', (s, args, next) => (s.count === 0 ? err(s, 'no messages') : next(s, args))),
  },
  {
    id: 'uidl-long',
    title: 'Unique-ids have more than 70 characters',
    clause: '1939-7-UIDL-7',
    apply: (b) => rewriteUid(b, (uid) => uid.padEnd(TOO_LONG, '0')),
  },
  {
    id: 'uidl-space',
    title: 'Unique-ids hold a space',
    clause: '1939-7-UIDL-8',
    apply: (b) => rewriteUid(b, (uid) => `${uid.slice(0, 4)} ${uid.slice(4)}`),
  },
  {
    id: 'uidl-by-position',
    title: 'Unique-ids follow the position in the maildrop and not the message',
    clause: '1939-7-UIDL-18',
    apply: (b) => rewriteUid(b, (_uid, _s, n) => `message-${n}`),
  },
  {
    id: 'uidl-saved-at-quit',
    title: 'Unique-ids are forgotten when the session that saw them did not end with QUIT',
    clause: '1939-7-UIDL-11',
    apply(b) {
      const assigned = new WeakMap<StoredMessage, string>();
      rewriteUid(b, (_uid, s, n) => {
        const message = b.message(s, n);
        if (message === undefined) return '';
        const uid = assigned.get(message) ?? someUid();
        assigned.set(message, uid);
        return uid;
      });
      const next = b.abandoned;
      b.abandoned = (s, how, rest) => {
        next(s, how, rest);
        for (const message of s.messages) assigned.delete(message);
      };
    },
  },
  {
    id: 'uidl-after-retr',
    title: 'The unique-id of a message changes when it is retrieved',
    clause: '1939-7-UIDL-19',
    apply(b) {
      const retrieved = new WeakSet<StoredMessage>();
      const next = b.fetched;
      b.fetched = (s, n) => {
        next(s, n);
        const message = b.message(s, n);
        if (message !== undefined) retrieved.add(message);
      };
      rewriteUid(b, (uid, s, n) => {
        const message = b.message(s, n);
        return message !== undefined && retrieved.has(message) ? `${uid}-read` : uid;
      });
    },
  },
  {
    id: 'uidl-arg-differs',
    title: 'UIDL with a message number gives another unique-id than the full listing',
    clause: '1939-7-UIDL-20',
    apply(b) {
      b.uidOne = (s, n) => `${n} ${b.uid(s, n)}-one`;
    },
  },
  {
    id: 'uidl-renumbers',
    title: 'The numbers in UIDL close up after DELE',
    clause: '1939-4-MSGNO-4',
    apply(b) {
      const next = b.uidRows;
      b.uidRows = (s) => next(s).map((row, i) => row.replace(/^\d+/, String(i + 1)));
    },
  },
  {
    id: 'rset-changes-uids',
    title: 'Unique-ids are different after RSET',
    clause: '1939-5-RSET-4',
    apply(b) {
      const reset = afterCommand(b, 'RSET');
      rewriteUid(b, (uid, s) => (reset.has(s) ? `r${uid}` : uid));
    },
  },
]);
