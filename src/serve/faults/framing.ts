import type { Behaviour } from '../behaviour.js';
import { err } from '../session.js';
import { inArea, wrapCommand } from './fault.js';

/** Longer than any status line may be (RFC 1939 §3). */
const PADDING = ' sorry'.repeat(100);

function rewriteStatus(b: Behaviour, rewrite: (line: string, positive: boolean) => string): void {
  const next = b.statusLine;
  b.statusLine = (positive, text) => rewrite(next(positive, text), positive);
}

function rewriteCommand(b: Behaviour, rewrite: (line: string) => string): void {
  const next = b.takeLine;
  b.takeLine = (s, line) => next(s, rewrite(line));
}

/** Sends a stray dot line behind single-line replies to commands that name a message. */
function strayDot(b: Behaviour, verbs: readonly string[], behind: 'positive' | 'negative'): void {
  for (const verb of verbs) {
    wrapCommand(b, verb, (s, args, next) => {
      const positive = next(s, args);
      if (args.length > 0 && positive === (behind === 'positive')) s.port.write('.\r\n');
      return positive;
    });
  }
}

export const framingFaults = inArea('framing', [
  {
    id: 'status-lowercase',
    title: 'Status indicators are sent in lower case',
    clause: '1939-3-RESP-5',
    apply: (b) => rewriteStatus(b, (line) => line.replace(/^(\+OK|-ERR)/, (status) => status.toLowerCase())),
  },
  {
    id: 'status-lf',
    title: 'Status lines end with a bare LF',
    clause: '1939-3-RESP-2',
    apply: (b) => rewriteStatus(b, (line) => line.replace('\r\n', '\n')),
  },
  {
    id: 'error-lf',
    title: 'Negative status lines end with a bare LF',
    clause: '1939-3-RESP-2',
    apply: (b) => rewriteStatus(b, (line, positive) => (positive ? line : line.replace('\r\n', '\n'))),
  },
  {
    id: 'status-too-long',
    title: 'The answer to an unknown command echoes it in a status line of more than 512 octets',
    clause: '1939-3-RESP-3',
    apply(b) {
      b.unknownCommand = (s, line) => err(s, `unknown command ${line}${PADDING}`);
    },
  },
  {
    id: 'status-glued',
    title: 'No space stands between the status indicator and the text',
    clause: '2449-3-ABNF-2',
    apply: (b) => rewriteStatus(b, (line) => line.replace(/^(\+OK|-ERR) /, '$1')),
  },
  {
    id: 'status-numeric',
    title: 'NOOP is answered with a number in place of the status indicator',
    clause: '1939-3-RESP-4',
    apply: (b) =>
      wrapCommand(b, 'NOOP', (s) => {
        s.port.write('200 OK\r\n');
        return true;
      }),
  },
  {
    id: 'double-reply',
    title: 'NOOP is answered twice',
    clause: '1939-3-CONN-3',
    apply: (b) => wrapCommand(b, 'NOOP', (s, args, next) => next(s, args) && next(s, args)),
  },
  {
    id: 'blank-line-ignored',
    title: 'An empty line gets no answer',
    clause: '1939-3-STATE-7e',
    apply(b) {
      b.emptyLine = () => true;
    },
  },
  {
    id: 'error-then-dot',
    title: 'A negative answer to a command that names a message is followed by a line with a dot',
    clause: '1939-3-ML-9',
    apply: (b) => strayDot(b, ['RETR', 'TOP', 'LIST', 'UIDL'], 'negative'),
  },
  {
    id: 'list-arg-whole',
    title: 'LIST with a message number is answered by the whole listing',
    clause: '1939-5-LIST-3',
    apply: (b) => wrapCommand(b, 'LIST', (s, _args, next) => next(s, [])),
  },
  {
    id: 'blank-line-closes',
    title: 'An empty line closes the connection',
    clause: '1939-3-STATE-7e',
    apply(b) {
      b.emptyLine = (s) => {
        b.hangUp(s);
        return false;
      };
    },
  },
  {
    id: 'nul-cuts',
    title: 'A command line ends at a NUL',
    clause: '1939-3-CMD-4',
    apply: (b) => rewriteCommand(b, (line) => line.replace(/\0.*$/s, '')),
  },
  {
    id: 'command-bit-stripped',
    title: 'The top bit of the octets of a command is ignored',
    clause: '1939-3-CMD-4',
    apply: (b) => rewriteCommand(b, (line) => Buffer.from(line, 'latin1').toString('ascii')),
  },
  {
    id: 'list-arg-dot',
    title: 'LIST and UIDL with a message number end their single line with a line with a dot',
    clause: '1939-3-ML-10',
    apply: (b) => strayDot(b, ['LIST', 'UIDL'], 'positive'),
  },
  {
    id: 'long-command-tail',
    title: 'An over-long line is cut at 255 octets and its tail is run as a command',
    clause: '1939-3-STATE-7f',
    apply(b) {
      b.longLineRest = 'read';
    },
  },
  {
    id: 'split-command',
    title: 'A command that arrives in two segments is taken as two commands',
    clause: '1939-3-CMD-2',
    apply(b) {
      b.unfinishedLine = 'taken';
    },
  },
]);
