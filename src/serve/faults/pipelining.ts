import { COMMAND_LINE_MAX } from '../../pop3/limits.js';
import type { Behaviour } from '../behaviour.js';
import { err, type Session } from '../session.js';
import { type Fault, inArea, wrapCommand } from './fault.js';

/** As long as a slow reader might take for the reply to RETR. */
const DEAF_MS = 400;
const AT_ONCE_MAX = 50;
const SHORT_LINE_MAX = 47;
const HALF_LINE = 128;

function changeLines(
  b: Behaviour,
  change: (s: Session, line: string, next: Behaviour['takeLine']) => boolean,
): void {
  const next = b.takeLine;
  b.takeLine = (s, line) => change(s, line, next);
}

/** Commands that are lost or too long: pipelining (RFC 2449 §6.6) and lengths (§4). */
export const pipeliningFaults: Fault[] = inArea('pipelining', [
  {
    id: 'pipe-deaf-after-retr',
    title: 'A command that arrives while a message is being sent is lost',
    clause: '2449-6.6-PIPE-8',
    apply(b) {
      const deaf = new WeakMap<Session, number>();
      changeLines(b, (s, line, next) => {
        if (performance.now() < (deaf.get(s) ?? 0)) return true;
        return next(s, line);
      });
      wrapCommand(b, 'RETR', (s, args, next) => {
        const positive = next(s, args);
        if (positive) deaf.set(s, performance.now() + DEAF_MS);
        return positive;
      });
    },
  },
  {
    id: 'pipe-many-lost',
    title: 'Of many commands in a row those behind the fiftieth are lost',
    clause: '2449-6.6-PIPE-4',
    apply(b) {
      const atOnce = new WeakMap<Session, number>();
      changeLines(b, (s, line, next) => {
        const count = (atOnce.get(s) ?? 0) + 1;
        atOnce.set(s, count);
        if (count === 1) setTimeout(() => atOnce.delete(s), DEAF_MS);
        return count > AT_ONCE_MAX || next(s, line);
      });
    },
  },
  {
    id: 'pipe-error-flushes',
    title: 'An error drops the commands that arrived behind it',
    clause: '2449-6.6-PIPE-6',
    apply: (b) =>
      changeLines(b, (s, line, next) => {
        const positive = next(s, line);
        if (!positive) s.port.discardInput();
        return positive;
      }),
  },
  {
    id: 'line-limit-47',
    title: 'Commands are refused that are longer than 47 octets',
    clause: '2449-4-LEN-2',
    apply: (b) =>
      changeLines(b, (s, line, next) =>
        line.length + 2 > SHORT_LINE_MAX ? err(s, 'line too long') : next(s, line),
      ),
  },
  {
    id: 'line-limit-closes',
    title: 'A command of more than 128 octets closes the connection',
    clause: '2449-4-LEN-2',
    apply: (b) =>
      changeLines(b, (s, line, next) => {
        if (line.length + 2 <= HALF_LINE) return next(s, line);
        b.hangUp(s);
        return false;
      }),
  },
  {
    id: 'line-limit-splits',
    title: 'A command of more than 128 octets is read as two',
    clause: '2449-4-LEN-1',
    apply: (b) =>
      changeLines(b, (s, line, next) => {
        if (line.length + 2 <= HALF_LINE) return next(s, line);
        next(s, line.slice(0, HALF_LINE));
        return next(s, line.slice(HALF_LINE));
      }),
  },
  {
    id: 'sasl-line-255',
    title: 'A SASL response of more than 255 octets is refused for its length',
    clause: '2449-4-LEN-3',
    apply: (b) =>
      wrapCommand(b, 'AUTH', (s, args, next) => {
        const positive = next(s, args);
        const { respond } = s;
        if (respond === null) return positive;
        s.respond = (line) => {
          if (line.length + 2 <= COMMAND_LINE_MAX) return respond(line);
          s.respond = null;
          return err(s, 'line too long');
        };
        return positive;
      }),
  },
  {
    id: 'greeting-bracketed',
    title: 'The greeting has angle brackets besides those of the timestamp',
    clause: '2449-3-ABNF-5',
    apply(b) {
      const next = b.statusLine;
      b.statusLine = (positive, text) => next(positive, text.replace(/^popspec ready/, 'popspec <ready>'));
    },
  },
]);
