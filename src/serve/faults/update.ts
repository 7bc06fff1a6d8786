import type { Behaviour, MessageVerb } from '../behaviour.js';
import { removeFrom, type StoredMessage } from '../maildrop.js';
import { type Ending, err, markedMessages, ok, type Session } from '../session.js';
import { afterCommand, inArea, wrapCommand } from './fault.js';

const LATE_REMOVAL_MS = 1_000;
const LATE_UNLOCK_MS = 3_000;

/** Lets `verb` name a message that is marked as deleted. */
function usableThoughMarked(b: Behaviour, ...verbs: MessageVerb[]): void {
  const next = b.usable;
  b.usable = (s, n, verb) => verbs.includes(verb) || next(s, n, verb);
}

/** Enters UPDATE when a connection ends in a way that `applies`. */
function commitWhenAbandoned(b: Behaviour, applies: (how: Ending, rest: Buffer) => boolean): void {
  const next = b.abandoned;
  b.abandoned = (s, how, rest) => {
    next(s, how, rest);
    if (applies(how, rest)) b.commit(s);
  };
}

/** Takes the arrivals into the snapshot. */
function refresh(s: Session): void {
  if (s.drop !== null) s.messages = s.drop.messages;
  s.count = s.messages.length;
}

export const updateFaults = inArea('update', [
  {
    id: 'dele-at-once',
    title: 'DELE removes the message at once, whether or not QUIT follows',
    clause: '1939-5-DELE-5',
    apply(b) {
      const next = b.mark;
      b.mark = (s, n) => {
        next(s, n);
        if (s.drop !== null) removeFrom(s.drop, markedMessages(s));
      };
    },
  },
  {
    id: 'dele-twice',
    title: 'DELE of a message that is already marked is accepted',
    clause: '1939-5-DELE-1',
    apply: (b) => usableThoughMarked(b, 'DELE'),
  },
  {
    id: 'dele-counts-twice',
    title: 'A message that is marked a second time is taken off the count of STAT once more',
    clause: '1939-5-DELE-7',
    apply(b) {
      usableThoughMarked(b, 'DELE');
      const again = new WeakMap<Session, number>();
      const nextMark = b.mark;
      b.mark = (s, n) => {
        if (s.marks.has(n)) again.set(s, (again.get(s) ?? 0) + 1);
        nextMark(s, n);
      };
      const nextTotals = b.totals;
      b.totals = (s) => {
        const { count, octets } = nextTotals(s);
        return { count: count - (again.get(s) ?? 0), octets };
      };
    },
  },
  {
    id: 'dele-ignored',
    title: 'DELE is accepted and marks nothing',
    clause: '1939-5-DELE-3',
    apply(b) {
      b.mark = () => undefined;
    },
  },
  {
    id: 'retr-deleted',
    title: 'RETR sends a message that is marked as deleted',
    clause: '1939-5-RETR-1',
    apply: (b) => usableThoughMarked(b, 'RETR'),
  },
  {
    id: 'top-deleted',
    title: 'TOP sends a message that is marked as deleted',
    clause: '1939-7-TOP-3',
    apply: (b) => usableThoughMarked(b, 'TOP'),
  },
  {
    id: 'list-deleted',
    title: 'LIST with the number of a message that is marked as deleted is accepted',
    clause: '1939-5-LIST-1',
    apply: (b) => usableThoughMarked(b, 'LIST'),
  },
  {
    id: 'uidl-deleted',
    title: 'UIDL with the number of a message that is marked as deleted is accepted',
    clause: '1939-7-UIDL-1',
    apply: (b) => usableThoughMarked(b, 'UIDL'),
  },
  {
    id: 'uidl-shows-deleted',
    title: 'UIDL shows messages that are marked as deleted',
    clause: '1939-7-UIDL-13',
    apply(b) {
      const next = b.listed;
      b.listed = (s, n, verb) => verb === 'UIDL' || next(s, n, verb);
    },
  },
  {
    id: 'list-deleted-zero',
    title: 'LIST shows messages that are marked as deleted with a size of 0',
    clause: '1939-5-LIST-11',
    apply(b) {
      const nextListed = b.listed;
      b.listed = (s, n, verb) => verb === 'LIST' || nextListed(s, n, verb);
      const nextSize = b.size;
      b.size = (s, n) => (s.marks.has(n) ? 0 : nextSize(s, n));
    },
  },
  {
    id: 'dele-unknown-ok',
    title: 'DELE of a message that does not exist is accepted',
    clause: '1939-5-DELE-6',
    apply(b) {
      const next = b.refuseMessage;
      b.refuseMessage = (s, verb, why) =>
        verb === 'DELE' && why === 'unknown' ? ok(s, 'marked as deleted') : next(s, verb, why);
    },
  },
  {
    id: 'rset-forgets-one',
    title: 'RSET leaves the mark of one message',
    clause: '1939-5-RSET-2',
    apply: (b) =>
      wrapCommand(b, 'RSET', (s, args, next) => {
        const [first] = s.marks;
        const answer = next(s, args);
        if (first !== undefined) s.marks.add(first);
        return answer;
      }),
  },
  {
    id: 'rset-once',
    title: 'A second RSET in a session is accepted and takes no mark back',
    clause: '1939-5-RSET-2',
    apply(b) {
      const before = afterCommand(b, 'RSET');
      wrapCommand(b, 'RSET', (s, args, next) => (before.has(s) ? ok(s) : next(s, args)));
    },
  },
  {
    id: 'rset-refused-clean',
    title: 'RSET is refused when nothing is marked',
    clause: '1939-5-RSET-3',
    apply: (b) =>
      wrapCommand(b, 'RSET', (s, args, next) =>
        s.marks.size === 0 ? err(s, 'nothing is marked') : next(s, args),
      ),
  },
  {
    id: 'rset-logs-out',
    title: 'RSET leaves the TRANSACTION state',
    clause: '1939-5-RSET-5',
    apply: (b) =>
      wrapCommand(b, 'RSET', (s, args, next) => {
        b.release(s);
        return next(s, args);
      }),
  },
  {
    id: 'quit-keeps',
    title: 'QUIT is accepted and removes nothing',
    clause: '1939-6-QUIT-1',
    apply(b) {
      b.commit = () => undefined;
    },
  },
  {
    id: 'quit-removes-all',
    title: 'QUIT removes every message of the session, marked or not',
    clause: '1939-6-QUIT-4',
    apply(b) {
      const next = b.commit;
      b.commit = (s) => {
        for (let n = 1; n <= s.count; n++) s.marks.add(n);
        next(s);
      };
    },
  },
  {
    id: 'quit-removes-two',
    title: 'QUIT removes at most two of the marked messages',
    clause: '1939-6-QUIT-1',
    apply(b) {
      const next = b.commit;
      b.commit = (s) => {
        for (const n of [...s.marks].slice(2)) s.marks.delete(n);
        next(s);
      };
    },
  },
  {
    id: 'quit-removes-shifted',
    title: 'QUIT removes the marked messages one by one, each by its place in what is left',
    clause: '1939-6-QUIT-4',
    apply(b) {
      const next = b.commit;
      b.commit = (s) => {
        const left = Array.from({ length: s.count }, (_, i) => i + 1);
        const doomed = [...s.marks].sort((x, y) => x - y).flatMap((n) => left.splice(n - 1, 1));
        s.marks.clear();
        for (const n of doomed) s.marks.add(n);
        next(s);
      };
    },
  },
  {
    id: 'quit-keeps-after-rset',
    title: 'QUIT removes nothing in a session that had a RSET',
    clause: '1939-6-QUIT-1',
    apply(b) {
      const reset = afterCommand(b, 'RSET');
      const next = b.commit;
      b.commit = (s) => {
        if (!reset.has(s)) next(s);
      };
    },
  },
  {
    id: 'quit-removes-arrived',
    title: 'QUIT loses the mail that arrived during the session when something was marked',
    clause: '1939-6-QUIT-4',
    apply(b) {
      const next = b.commit;
      b.commit = (s) => {
        const arrived = new Set(s.drop?.messages.slice(s.count));
        const { drop } = s;
        next(s);
        if (drop !== null && s.marks.size > 0) removeFrom(drop, arrived);
      };
    },
  },
  {
    id: 'drop-commits',
    title: 'A connection that is closed without QUIT removes the marked messages',
    clause: '1939-6-UPD-3a',
    apply: (b) => commitWhenAbandoned(b, (how) => how === 'end'),
  },
  {
    id: 'reset-commits',
    title: 'A connection that is reset removes the marked messages',
    clause: '1939-6-UPD-3b',
    apply: (b) => commitWhenAbandoned(b, (how) => how === 'reset'),
  },
  {
    id: 'fragment-commits',
    title: 'QUIT without a line end and a close remove the marked messages',
    clause: '1939-6-UPD-3c',
    apply: (b) => commitWhenAbandoned(b, (_how, rest) => /^quit\r?$/i.test(rest.toString('latin1'))),
  },
  {
    id: 'quit-silent',
    title: 'QUIT closes the connection without an answer',
    clause: '1939-3-STATE-4',
    apply(b) {
      b.farewell = () => true;
    },
  },
  {
    id: 'quit-stays-open',
    title: 'The connection stays open after QUIT',
    clause: '1939-6-QUIT-6',
    apply(b) {
      b.hangUp = () => undefined;
    },
  },
  {
    id: 'quit-runs-rest',
    title: 'Commands that are pipelined behind QUIT are answered',
    clause: '1939-6-QUIT-8',
    apply: (b) =>
      wrapCommand(b, 'QUIT', (s) => {
        b.commit(s);
        const answer = b.farewell(s);
        setImmediate(() => {
          b.release(s);
          b.hangUp(s);
        });
        return answer;
      }),
  },
  {
    id: 'quit-late',
    title: 'QUIT removes the messages one second after its answer',
    clause: '1939-6-QUIT-7',
    apply(b) {
      b.commit = (s) => {
        const { drop } = s;
        const marked = markedMessages(s);
        if (drop !== null) setTimeout(() => removeFrom(drop, marked), LATE_REMOVAL_MS).unref();
      };
    },
  },
  {
    id: 'lock-late',
    title: 'The lock on the maildrop stays for three seconds after the session',
    clause: '1939-6-QUIT-5',
    apply(b) {
      const next = b.release;
      b.release = (s) => {
        const { drop } = s;
        next(s);
        if (drop === null) return;
        drop.owner = s;
        setTimeout(() => {
          drop.owner = null;
        }, LATE_UNLOCK_MS).unref();
      };
    },
  },
  {
    id: 'marks-survive',
    title: 'Marks of a session that ended without QUIT are there in the next one',
    clause: '1939-4-LOCK-3',
    apply(b) {
      const left = new WeakSet<StoredMessage>();
      const nextAbandoned = b.abandoned;
      b.abandoned = (s, how, rest) => {
        nextAbandoned(s, how, rest);
        for (const message of markedMessages(s)) left.add(message);
      };
      const nextOpen = b.open;
      b.open = (s, drop) => {
        nextOpen(s, drop);
        s.messages.forEach((message, i) => {
          if (left.has(message)) s.marks.add(i + 1);
        });
      };
    },
  },
  {
    id: 'new-mail-visible',
    title: 'Mail that arrives during a session appears in STAT and LIST',
    clause: '1939-4-MSGNO-5',
    apply(b) {
      for (const verb of ['STAT', 'LIST']) {
        wrapCommand(b, verb, (s, args, next) => {
          refresh(s);
          return next(s, args);
        });
      }
    },
  },
  {
    id: 'noop-refreshes',
    title: 'NOOP takes the mail that has arrived into the session',
    clause: '1939-5-NOOP-2',
    apply: (b) =>
      wrapCommand(b, 'NOOP', (s, args, next) => {
        refresh(s);
        return next(s, args);
      }),
  },
  {
    id: 'noop-missing',
    title: 'NOOP is not known',
    clause: '1939-7-MIN-1',
    apply: (b) => void b.commands.delete('NOOP'),
  },
  {
    id: 'noop-clears-marks',
    title: 'NOOP takes back the marks',
    clause: '1939-5-NOOP-2',
    apply: (b) =>
      wrapCommand(b, 'NOOP', (s, args, next) => {
        s.marks.clear();
        return next(s, args);
      }),
  },
  {
    id: 'retr-removes',
    title: 'RETR marks the message as deleted',
    clause: '1939-5-RETR-6',
    apply(b) {
      const next = b.fetched;
      b.fetched = (s, n) => {
        next(s, n);
        b.mark(s, n);
      };
    },
  },
]);
