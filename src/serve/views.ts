import { TERMINATOR } from '../pop3/stuffing.js';
import type { Behaviour, ListingVerb, MessageVerb } from './behaviour.js';
import { type StoredMessage, wireForm } from './maildrop.js';
import { err, type Session } from './session.js';

/** More digits than any maildrop needs, yet few enough to be exact as a number. */
const SIGNIFICANT_DIGITS_MAX = 15;
const DECIMAL = /^[0-9]+$/;
const CRLF = '\r\n';

/** The value of a string of digits, or infinity beyond exact range: it never wraps (RFC 1939 §3). */
export function decimal(digits: string): number {
  const significant = digits.replace(/^0+/, '');
  return significant.length > SIGNIFICANT_DIGITS_MAX ? Number.POSITIVE_INFINITY : Number(significant);
}

/** The message number that `argument` names for `verb`, or the refusal that has been sent. */
export function wantMessage(
  s: Session,
  verb: MessageVerb,
  argument: string | undefined,
): number | { answer: boolean } {
  const n = s.behaviour.messageNumber(s, argument ?? '');
  if (n === 0) return { answer: s.behaviour.refuseMessage(s, verb, 'unknown') };
  if (!s.behaviour.usable(s, n, verb)) return { answer: s.behaviour.refuseMessage(s, verb, 'deleted') };
  return n;
}

/** Numbers of the messages that `verb` shows. */
export function listedNumbers(s: Session, verb: ListingVerb): number[] {
  const numbers: number[] = [];
  for (let n = 1; n <= s.count; n++) if (s.behaviour.listed(s, n, verb)) numbers.push(n);
  return numbers;
}

/** How messages are named, counted, measured and shown in a conforming server (RFC 1939 §5 and §7). */
export const cleanViews = {
  messageNumber(s, argument) {
    if (!DECIMAL.test(argument)) return 0;
    const n = decimal(argument);
    return n <= s.count ? n : 0;
  },
  lineCount: (argument) => (DECIMAL.test(argument) ? decimal(argument) : -1),
  message: (s, n) => s.messages[n - 1],
  usable: (s, n) => !s.marks.has(n),
  refuseMessage: (s, _verb, why) =>
    err(s, why === 'deleted' ? 'this message is marked as deleted' : 'no such message'),
  listed: (s, n) => !s.marks.has(n),

  statText(s) {
    const { count, octets } = s.behaviour.totals(s);
    return `${count} ${octets}`;
  },
  totals(s) {
    const numbers = listedNumbers(s, 'STAT');
    return { count: numbers.length, octets: numbers.reduce((sum, n) => sum + s.behaviour.size(s, n), 0) };
  },
  size(s, n) {
    const message = s.behaviour.message(s, n);
    return message === undefined ? 0 : s.behaviour.form(s, message).octets;
  },
  scanListing: (s, n) => `${n} ${s.behaviour.size(s, n)}`,
  scanRows: (s) => listedNumbers(s, 'LIST').map((n) => s.behaviour.scanListing(s, n)),
  scanOne: (s, n) => s.behaviour.scanListing(s, n),
  uid: (s, n) => s.behaviour.message(s, n)?.uid ?? '',
  uidListing: (s, n) => `${n} ${s.behaviour.uid(s, n)}`,
  uidRows: (s) => listedNumbers(s, 'UIDL').map((n) => s.behaviour.uidListing(s, n)),
  uidOne: (s, n) => s.behaviour.uidListing(s, n),

  rows: (_verb, rows) => (rows.length === 0 ? '.\r\n' : `${rows.join(CRLF)}\r\n.\r\n`),
  retrBody: wireForm,
  topBody(message, lines) {
    const wire = wireForm(message);
    const end = topEnd(wire, lines);
    return end === wire.length ? wire : Buffer.concat([wire.subarray(0, end), TERMINATOR]);
  },
} satisfies Partial<Behaviour>;

/** Where the body begins in a wire form, behind the blank line; its length for a message of headers only. */
export function bodyStart(wire: Buffer): number {
  if (wire[0] === 0x0d && wire[1] === 0x0a) return 2;
  const blank = wire.indexOf('\r\n\r\n');
  return blank < 0 ? wire.length : blank + 4;
}

/** Where `lines` body lines end in a wire form; its length when the whole message is asked for (RFC 1939 §7 TOP). */
function topEnd(wire: Buffer, lines: number): number {
  const last = wire.length - TERMINATOR.length;
  let at = bodyStart(wire);
  for (let line = 0; line < lines && at < last; line++) at = wire.indexOf(CRLF, at) + 2;
  return at < last ? at : wire.length;
}

/** A message that is in no maildrop, for faults that need content of their own. */
export function emptyMessage(): StoredMessage {
  return { uid: 'none', bytes: Buffer.alloc(0), octets: 0 };
}
