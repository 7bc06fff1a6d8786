import type { Buffer } from 'node:buffer';
import type { Connection } from '../wire/connection.js';
import type { SecretSpan } from '../wire/trace.js';
import { CertificateValue, NO_CERTIFICATE, NO_TLS, TlsValue } from './values.js';

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
  greeted: boolean;
  /** The command whose multi-line reply is being read. */
  multiLine: Pending | undefined;
}

export function newPeer(connection: Connection): Peer {
  return { connection, pending: [], continued: false, marked: false, greeted: false, multiLine: undefined };
}

/**
 * Keeps account of the commands in `bytes`, which are about to be sent. False when a QUIT among them could remove
 * mail though deletion is not allowed: nothing is noted then, and nothing may be sent.
 */
export function account(
  peer: Peer,
  bytes: Buffer,
  secrets: readonly SecretSpan[],
  allowDelete: boolean,
  nowMs: number,
): boolean {
  for (const word of verbsIn(bytes, secrets)) {
    const verb = peer.continued ? 'AUTH' : word;
    peer.continued = false;
    if (verb === 'DELE') peer.marked = true;
    if (verb === 'QUIT' && peer.marked && !allowDelete) return false;
    peer.pending.push({ verb, sentMs: nowMs, firstOctetMs: undefined });
  }
  return true;
}

const LF = 0x0a;

/** Keywords of the lines in `bytes`, upper case; a line that is secret from its start has none. */
function verbsIn(bytes: Buffer, secrets: readonly SecretSpan[]): string[] {
  const verbs: string[] = [];
  let from = 0;
  for (let lf = bytes.indexOf(LF); lf >= 0; lf = bytes.indexOf(LF, from)) {
    const secret = secrets.some(([start]) => start === from);
    const word = /^[A-Za-z]{1,12}(?=[ \r\n]|$)/.exec(
      bytes.toString('latin1', from, Math.min(lf, from + 16)),
    )?.[0];
    verbs.push(secret ? '' : (word ?? '').toUpperCase());
    from = lf + 1;
  }
  return verbs;
}

export function tlsValue(peer: Peer): TlsValue {
  const { secure } = peer.connection;
  return secure === undefined
    ? NO_TLS
    : new TlsValue(true, secure.getProtocol() ?? '', secure.getCipher().name);
}

const DAY_MS = 86_400_000;

export function certificateValue(peer: Peer): CertificateValue {
  const { secure } = peer.connection;
  const shown = secure?.getPeerCertificate();
  if (secure === undefined || shown?.subject === undefined) return NO_CERTIFICATE;
  const daysLeft = Math.floor((Date.parse(shown.valid_to) - Date.now()) / DAY_MS);
  return new CertificateValue(
    String(shown.subject.CN ?? ''),
    String(shown.issuer.CN ?? ''),
    shown.valid_to,
    BigInt(Number.isFinite(daysLeft) ? daysLeft : 0),
    secure.authorized,
    secure.authorizationError === null ? '' : String(secure.authorizationError ?? ''),
  );
}
