import { endsALine } from '../../pop3/stuffing.js';
import { err, ok } from '../session.js';
import { eachLine, rewriteRetr, rewriteTop } from './bodies.js';
import { inArea, wrapCommand } from './fault.js';
import { rewriteUid } from './uidl.js';

/** Lines that one server sends for every TOP. */
const TEN_LINES = 10;
/** Line counts from here on are refused by one server; fetchmail asks for this many to get everything. */
const HUGE_COUNT = 99_999_999;
/** A line buffer of the first popper. */
const LINE_BUFFER = 1024;
/** Where the shortest of the cuts that were seen in TOP falls. */
const TOP_BUFFER = 64 * 1024;
const BEYOND_31_BITS = 2 ** 31;

/** Bugs that servers in service had, where no other fault of the catalogue is the same; docs/history.md names the servers. */
export const historyFaults = inArea('history', [
  {
    id: 'blank-before-terminator',
    title: 'RETR sends a blank line more before the line with the dot',
    clause: '1939-5-RETR-3',
    apply: (b) => rewriteRetr(b, (body) => `${body}\r\n`),
  },
  {
    id: 'unended-message-hangs',
    title: 'RETR of a message without a final line end sends no line with a dot',
    clause: '1939-3-ML-7',
    apply(b) {
      const next = b.retrBody;
      b.retrBody = (message) => (endsALine(message.bytes) ? next(message) : message.bytes);
    },
  },
  {
    id: 'retr-nothing',
    title: 'RETR says +OK and then nothing',
    clause: '1939-5-RETR-3',
    apply(b) {
      b.retrBody = () => Buffer.alloc(0);
    },
  },
  {
    id: 'lines-cut-at-1024',
    title: 'RETR cuts lines at 1024 octets and loses the rest',
    clause: '1939-5-RETR-7',
    apply: (b) =>
      rewriteRetr(
        b,
        eachLine((line) => line.slice(0, LINE_BUFFER)),
      ),
  },
  {
    id: 'attachments-left-out',
    title: 'LIST counts the attachments of a message and RETR does not send them',
    clause: '1939-5-LIST-8',
    apply: (b) =>
      rewriteRetr(b, (body) =>
        body.replace(
          /^--.*\r\n(?=(?:Content-.*\r\n)*Content-Disposition: attachment)(?:.*\r\n)*?(?=--)/gm,
          '',
        ),
      ),
  },
  {
    id: 'top-always-ten',
    title: 'TOP sends ten lines of the body whatever the line count',
    clause: '1939-7-TOP-7',
    apply(b) {
      const next = b.lineCount;
      b.lineCount = (argument) => (next(argument) < 0 ? -1 : TEN_LINES);
    },
  },
  {
    id: 'top-huge-fails',
    title: 'TOP with a line count of 99999999 or more closes the connection',
    clause: '1939-7-TOP-10',
    apply: (b) =>
      wrapCommand(b, 'TOP', (s, args, next) => {
        if (b.lineCount(args[1] ?? '') < HUGE_COUNT) return next(s, args);
        b.hangUp(s);
        return false;
      }),
  },
  {
    id: 'top-cut-at-64-kib',
    title: 'TOP sends the first 64 KiB of a message and loses the rest',
    clause: '1939-7-TOP-6',
    apply: (b) =>
      rewriteTop(b, (body) => (body.length > TOP_BUFFER ? `${body.slice(0, TOP_BUFFER)}\r\n` : body)),
  },
  {
    id: 'list-format-verb',
    title: 'LIST shows the formatting instruction of a number in place of the size',
    clause: '1939-5-LIST-7',
    apply(b) {
      b.scanListing = (s, n) => `${n} %!d(float64=${b.size(s, n)})`;
    },
  },
  {
    id: 'stat-beyond-31-bits',
    title: 'STAT gives a size of more than 2147483648 octets for a small maildrop',
    clause: '1939-5-STAT-8',
    apply(b) {
      const next = b.totals;
      b.totals = (s) => ({ ...next(s), octets: next(s).octets + BEYOND_31_BITS });
    },
  },
  {
    id: 'uidl-padded',
    title: 'Several spaces stand between number and unique-id',
    clause: '1939-7-UIDL-5',
    apply(b) {
      const next = b.uidListing;
      b.uidListing = (s, n) => next(s, n).replace(' ', '   ');
    },
  },
  {
    id: 'uidl-eight-bit',
    title: 'Unique-ids hold octets beyond ASCII',
    clause: '1939-7-UIDL-8',
    apply: (b) => rewriteUid(b, (uid) => `\xe9${uid}`),
  },
  {
    id: 'pass-first-word',
    title: 'Only the first word behind PASS is taken for the password, and later ones are passed over',
    clause: '1939-7-PASS-4',
    apply(b) {
      const next = b.passwordMatches;
      const first = (text: string) => text.trim().split(/ +/)[0];
      b.passwordMatches = (user, password) =>
        next(user, password) || (user.password.includes(' ') && first(user.password) === first(password));
    },
  },
  {
    id: 'status-plus-err',
    title: 'Unknown commands are answered by +ERR',
    clause: '1939-3-RESP-4',
    apply(b) {
      b.unknownCommand = (s) => {
        s.port.write('+ERR unknown command\r\n');
        return false;
      };
    },
  },
  {
    id: 'sasl-credential-lines',
    title: 'A line end within the credentials of AUTH PLAIN makes a second command of what follows it',
    clause: '1939-3-CONN-3',
    apply: (b) =>
      wrapCommand(b, 'AUTH', (s, args, next) => {
        if (Buffer.from(args[1] ?? '', 'base64').includes('\r\n')) err(s, 'unknown command');
        return next(s, args);
      }),
  },
  {
    id: 'auth-ok-challenge',
    title: 'AUTH PLAIN without an initial response is answered by +OK in place of a challenge',
    clause: '5034-4-AUTH-9',
    apply(b) {
      b.sasl.challenge = (s) => void ok(s);
    },
  },
]);
