import { endsALine, TERMINATOR } from '../../pop3/stuffing.js';
import type { Behaviour } from '../behaviour.js';
import type { StoredMessage } from '../maildrop.js';
import type { Session } from '../session.js';
import { inArea, wrapCommand } from './fault.js';

const DOT_LINE = '.\r\n';
/** RFC 5322 §2.1.1 limits lines to 998 characters; a server that enforces it damages mail. */
const CUT_AT = 998;
const FOLD_AT = 4096;
const PIECE = 4096;
const STATUS_FIELD = Buffer.from('Status: RO\r\n');

/** Rewrites what RETR sends between the status line and the terminator; latin1, so that octets are characters. */
export function rewriteRetr(b: Behaviour, rewrite: (body: string) => string, terminator = DOT_LINE): void {
  const next = b.retrBody;
  b.retrBody = (message) => Buffer.from(rewrite(bodyOf(next(message))) + terminator, 'latin1');
}

export function rewriteTop(b: Behaviour, rewrite: (body: string) => string, terminator = DOT_LINE): void {
  const next = b.topBody;
  b.topBody = (message, lines) => Buffer.from(rewrite(bodyOf(next(message, lines))) + terminator, 'latin1');
}

function replaceTerminator(b: Behaviour, terminator: string): void {
  const next = b.rows;
  b.rows = (verb, rows) => next(verb, rows).slice(0, -DOT_LINE.length) + terminator;
  rewriteRetr(b, (body) => body, terminator);
  rewriteTop(b, (body) => body, terminator);
}

function bodyOf(wire: Buffer): string {
  return wire.toString('latin1', 0, wire.length - TERMINATOR.length);
}

/** Ends within a line, so that nothing looks like the end of the reply. */
function firstHalf(body: string): string {
  return body.slice(0, body.length / 2).replace(/[\r\n.]+$/, '');
}

function unstuffLines(body: string): string {
  return body.replace(/(^|\r\n)\.\./g, '$1.');
}

export function eachLine(change: (line: string) => string): (body: string) => string {
  return (body) => body.split('\r\n').map(change).join('\r\n');
}

export const bodyFaults = inArea('framing', [
  {
    id: 'retr-unstuffed',
    title: 'RETR sends lines that begin with a dot without the second dot',
    clause: '1939-3-ML-3',
    apply: (b) => rewriteRetr(b, unstuffLines),
  },
  {
    id: 'retr-first-line-unstuffed',
    title: 'RETR does not stuff a dot that is the first octet of the message',
    clause: '1939-3-ML-4',
    apply: (b) => rewriteRetr(b, (body) => body.replace(/^\.\./, '.')),
  },
  {
    id: 'retr-third-unstuffed',
    title: 'The third RETR of a session sends lines that begin with a dot without the second dot',
    clause: '1939-3-ML-3',
    apply(b) {
      const sent = new WeakMap<Session, number>();
      const stuffed = b.retrBody;
      let third = false;
      wrapCommand(b, 'RETR', (s, args, next) => {
        sent.set(s, (sent.get(s) ?? 0) + 1);
        third = sent.get(s) === 3;
        return next(s, args);
      });
      rewriteRetr(b, unstuffLines);
      const unstuffed = b.retrBody;
      b.retrBody = (message) => (third ? unstuffed : stuffed)(message);
    },
  },
  {
    id: 'top-unstuffed',
    title: 'TOP sends lines that begin with a dot without the second dot',
    clause: '1939-3-ML-5',
    apply: (b) => rewriteTop(b, unstuffLines),
  },
  {
    id: 'top-stops-at-dot',
    title: 'TOP stops before a line of the message that is a single dot',
    clause: '1939-3-ML-5',
    apply: (b) => rewriteTop(b, (body) => body.replace(/(?<=\r\n)\.\.\r\n.*$/s, '')),
  },
  {
    id: 'retr-overstuffed',
    title: 'RETR doubles every dot, also those that do not begin a line',
    clause: '1939-3-ML-6',
    apply: (b) => rewriteRetr(b, (body) => unstuffLines(body).replaceAll('.', '..')),
  },
  {
    id: 'chunk-border-unstuffed',
    title: 'RETR stuffs in pieces of 4096 octets and misses a dot line that begins a piece',
    clause: '1939-3-ML-11',
    apply: (b) =>
      rewriteRetr(b, (body) =>
        unstuffLines(body).replace(/(^|\r\n)\./g, (found, lineEnd: string, at: number) => {
          const dotAt = at + lineEnd.length;
          return dotAt > 0 && dotAt % PIECE === 0 ? found : `${found}.`;
        }),
      ),
  },
  {
    id: 'retr-lf',
    title: 'RETR ends the lines of the message with a bare LF',
    clause: '1939-3-ML-1',
    apply: (b) => rewriteRetr(b, (body) => body.replaceAll('\r\n', '\n')),
  },
  {
    id: 'terminator-missing',
    title: 'LIST leaves out the line with the dot',
    clause: '1939-3-ML-2',
    apply(b) {
      const next = b.rows;
      b.rows = (verb, rows) => next(verb, rows).slice(0, verb === 'LIST' ? -DOT_LINE.length : undefined);
    },
  },
  {
    id: 'retr-terminator-missing',
    title: 'RETR leaves out the line with the dot',
    clause: '1939-3-ML-2',
    apply: (b) => rewriteRetr(b, (body) => body, ''),
  },
  {
    id: 'retr-stalls',
    title: 'RETR stops in the middle of the message and says nothing more',
    clause: '1939-3-ML-2',
    apply: (b) => rewriteRetr(b, firstHalf, ''),
  },
  {
    id: 'retr-breaks-off',
    title: 'RETR closes the connection in the middle of the message',
    clause: '1939-3-ML-2',
    apply(b) {
      rewriteRetr(b, firstHalf, '');
      wrapCommand(b, 'RETR', (s, args, next) => {
        const positive = next(s, args);
        if (positive) s.port.hangUp();
        return positive;
      });
    },
  },
  {
    id: 'terminator-lf',
    title: 'Multi-line replies are closed by a dot and a bare LF',
    clause: '1939-3-ML-2',
    apply: (b) => replaceTerminator(b, '.\n'),
  },
  {
    id: 'terminator-cr',
    title: 'RETR ends with a dot and a CR without its LF',
    clause: '1939-3-ML-2',
    apply: (b) => rewriteRetr(b, (body) => body, '.\r'),
  },
  {
    id: 'rows-lf',
    title: 'The lines of LIST and UIDL end with a bare LF',
    clause: '1939-3-ML-1',
    apply(b) {
      const next = b.rows;
      b.rows = (verb, rows) => {
        const sent = next(verb, rows);
        if (verb === 'CAPA') return sent;
        return sent.slice(0, -DOT_LINE.length).replaceAll('\r\n', '\n') + DOT_LINE;
      };
    },
  },
  {
    id: 'terminator-glued',
    title: 'The dot of RETR follows the last line directly when the stored message has no final line end',
    clause: '1939-3-ML-7',
    apply(b) {
      const next = b.retrBody;
      b.retrBody = (message) => {
        const wire = next(message);
        return endsALine(message.bytes) ? wire : Buffer.from(`${bodyOf(wire).slice(0, -2)}.\r\n`, 'latin1');
      };
    },
  },
  {
    id: 'terminator-extra-blank',
    title: 'A blank line follows the line with the dot',
    clause: '1939-3-ML-8',
    apply: (b) => replaceTerminator(b, '.\r\n\r\n'),
  },
  {
    id: 'long-line-cut',
    title: 'RETR cuts lines at 998 octets and loses the rest',
    clause: '1939-5-RETR-7',
    apply: (b) =>
      rewriteRetr(
        b,
        eachLine((line) => line.slice(0, CUT_AT)),
      ),
  },
  {
    id: 'long-line-folded',
    title: 'RETR puts a line end into lines of more than 4096 octets',
    clause: '1939-5-RETR-7',
    apply: (b) =>
      rewriteRetr(
        b,
        eachLine((line) =>
          line.length > FOLD_AT ? `${line.slice(0, FOLD_AT)}\r\n${line.slice(FOLD_AT)}` : line,
        ),
      ),
  },
  {
    id: 'eight-bit-stripped',
    title: 'RETR clears the top bit of every octet',
    clause: '1939-5-RETR-3',
    apply: (b) =>
      rewriteRetr(b, (body) =>
        body.replace(/[\x80-\xff]/g, (octet) => String.fromCharCode(octet.charCodeAt(0) & 0x7f)),
      ),
  },
  {
    id: 'from-quoted',
    title: 'RETR puts a > before lines that begin with "From "',
    clause: '1939-5-RETR-3',
    apply: (b) =>
      rewriteRetr(
        b,
        eachLine((line) => line.replace(/^From /, '>From ')),
      ),
  },
  {
    id: 'retr-adds-status',
    title: 'RETR of a message that was retrieved before sends a Status field more',
    clause: '1939-5-RETR-6',
    apply(b) {
      const sent = new WeakSet<StoredMessage>();
      const next = b.retrBody;
      b.retrBody = (message) => {
        const again = sent.has(message);
        sent.add(message);
        return again ? Buffer.concat([STATUS_FIELD, next(message)]) : next(message);
      };
    },
  },
  {
    id: 'retr-trims-lines',
    title: 'RETR takes the white space from the ends of lines',
    clause: '1939-5-RETR-3',
    apply: (b) => rewriteRetr(b, (body) => body.replace(/[ \t]+(?=\r\n)/g, '')),
  },
  {
    id: 'retr-expands-tabs',
    title: 'RETR sends eight blanks in place of each tab',
    clause: '1939-5-RETR-3',
    apply: (b) => rewriteRetr(b, (body) => body.replaceAll('\t', '        ')),
  },
  {
    id: 'retr-decodes-quoted',
    title: 'RETR decodes what looks like quoted-printable',
    clause: '1939-5-RETR-3',
    apply: (b) => rewriteRetr(b, (body) => body.replaceAll('=3D', '=')),
  },
  {
    id: 'retr-drops-last-line',
    title: 'RETR leaves out the last line of the message',
    clause: '1939-5-RETR-3',
    apply: (b) =>
      rewriteRetr(b, (body) => {
        const before = body.lastIndexOf('\r\n', body.length - 3);
        return body.slice(0, before < 0 ? 0 : before + 2);
      }),
  },
]);
