import type { Buffer } from 'node:buffer';
import type { Connection } from '../wire/connection.js';
import type { SecretSpan } from '../wire/trace.js';
import { CertificateValue, TlsValue } from './values.js';

/** A command that was sent and not yet answered. */
export interface Pending {
  /** Upper-case keyword, `AUTH` for the lines of a SASL exchange, empty for the greeting. */
  readonly verb: string;
  readonly sentMs: number;
  /** When the first octet of the answer came. */
  firstOctetMs: number | undefined;
}

/** One connection of a dialogue with what is known of its conversation. */
export interface Peer {
  readonly connection: Connection;
  /** Commands without an answer yet, oldest first; the greeting counts as one. */
  readonly pending: Pending[];
  /** The last reply was a continuation: the next line is part of a SASL exchange. */
  continued: boolean;
  /** A DELE was sent and no RSET was answered positively since. */
  marked: boolean;
  /** A DELE was sent on it though deletion is not allowed: whatever RSET is answered, QUIT might remove mail. */
  endangered: boolean;
  /** A RETR was sent on it. */
  fetched: boolean;
  /** Text of the first line that came; undefined while none did. */
  greeting: string | undefined;
  /** Beginning of a line that was sent without its end so far. */
  begun: string;
  /** A line feed without a carriage return was sent: a reply that repeats it seems to be two, and one of them to end with LF. */
  saidBareLf: boolean;
  /** The command whose multi-line reply is being read. */
  multiLine: Pending | undefined;
  /** When the handshake began that is under way. */
  handshakeMs: number | undefined;
  tls: TlsValue;
  certificate: CertificateValue;
}

export function newPeer(connection: Connection): Peer {
  return {
    connection,
    pending: [],
    continued: false,
    marked: false,
    endangered: false,
    fetched: false,
    greeting: undefined,
    begun: '',
    saidBareLf: false,
    multiLine: undefined,
    handshakeMs: undefined,
    tls: TlsValue.none,
    certificate: CertificateValue.none,
  };
}

/**
 * Keeps account of the commands in `bytes`, which begin with the keyword `verb` and are about to be sent. False when a QUIT among them could remove
 * mail though deletion is not allowed: nothing is noted then, and nothing may be sent.
 */
export function account(
  peer: Peer,
  bytes: Buffer,
  secrets: readonly SecretSpan[],
  verb: string | undefined,
  allowDelete: boolean,
  nowMs: number,
): boolean {
  // The one line that nearly every send is.
  if (verb !== undefined && peer.begun === '' && isOneLine(bytes)) {
    if (verb === 'QUIT' && peer.marked && !allowDelete) return false;
    peer.marked ||= verb === 'DELE';
    peer.fetched ||= verb === 'RETR';
    peer.endangered ||= peer.marked && !allowDelete;
    peer.pending.push({ verb: peer.continued ? 'AUTH' : verb, sentMs: nowMs, firstOctetMs: undefined });
    peer.continued = false;
    return true;
  }
  const { lines, begun } = linesIn(peer.begun, bytes, secrets);
  peer.saidBareLf ||= /(?<!\r)\n/.test(bytes.toString('latin1'));
  let { marked } = peer;
  for (const { word } of lines) {
    // Whatever else the line may be taken for: what a server could read as DELE or QUIT counts as that.
    if (word === 'DELE') marked = true;
    if (word === 'QUIT' && marked && !allowDelete) return false;
  }
  for (const { word, secret } of lines) {
    const verb = peer.continued ? 'AUTH' : secret ? '' : word;
    peer.pending.push({ verb, sentMs: nowMs, firstOctetMs: undefined });
    peer.continued = false;
  }
  peer.fetched ||= lines.some(({ word }) => word === 'RETR');
  peer.endangered ||= marked && !allowDelete;
  peer.marked = marked;
  peer.begun = begun;
  return true;
}

/** A call into native code costs more than a look at the octets of a command. */
function isOneLine(bytes: Buffer): boolean {
  const last = bytes.length - 1;
  for (let index = 0; index < last; index++) if (bytes[index] === LF) return false;
  return bytes[last] === LF && bytes[last - 1] === CR;
}

const LF = 0x0a;
const CR = 0x0d;
/** So much of a line is looked at for its keyword. */
const KEYWORD_WITHIN = 64;

interface SentLine {
  /** Its keyword in upper case, or empty. */
  readonly word: string;
  /** Secret from its start. */
  readonly secret: boolean;
}

/** The lines that end in `bytes`, of which `begun` was sent before, and the beginning of the next. */
function linesIn(
  begun: string,
  bytes: Buffer,
  secrets: readonly SecretSpan[],
): { lines: SentLine[]; begun: string } {
  const lines: SentLine[] = [];
  let before = begun;
  let from = 0;
  const begin = (to: number): string =>
    before + bytes.toString('latin1', from, Math.min(to, from + KEYWORD_WITHIN));
  for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, from)) {
    const word = /^\s*([A-Za-z]{1,12})(?![^\s\0])/.exec(begin(lf))?.[1] ?? '';
    const start = from;
    lines.push({ word: word.toUpperCase(), secret: secrets.some((span) => span[0] === start) });
    before = '';
    from = lf + 1;
  }
  return { lines, begun: begin(bytes.length).slice(0, KEYWORD_WITHIN) };
}
