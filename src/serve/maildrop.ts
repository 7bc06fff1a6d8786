import { randomUUID } from 'node:crypto';
import { endsALine, toWire } from '../pop3/stuffing.js';

/** A message in a maildrop. `bytes` has CRLF line ends; `octets` is what LIST says and RETR sends, un-stuffed. */
export interface StoredMessage {
  readonly uid: string;
  readonly bytes: Buffer;
  readonly octets: number;
}

export interface Maildrop {
  readonly name: string;
  readonly password: string;
  /** Bearer token of OAUTHBEARER and XOAUTH2. */
  readonly token: string;
  /** Arrivals are pushed in place; every other change puts a new array here, so open snapshots stay as they are. */
  messages: StoredMessage[];
  /** Holder of the exclusive lock (RFC 1939 §4). */
  owner: object | null;
}

const storedForms = new WeakMap<Uint8Array, Buffer>();
const wireForms = new WeakMap<Buffer, Buffer>();

export function makeMaildrop(
  name: string,
  password: string,
  token: string,
  messages: readonly Uint8Array[],
): Maildrop {
  return { name, password, token, messages: messages.map(makeMessage), owner: null };
}

export function deliverTo(drop: Maildrop, message: Uint8Array): void {
  drop.messages.push(makeMessage(message));
}

export function replaceMail(drop: Maildrop, messages: readonly Uint8Array[]): void {
  drop.messages = messages.map(makeMessage);
}

/** Removes exactly `doomed`; returns how many were there. */
export function removeFrom(drop: Maildrop, doomed: ReadonlySet<StoredMessage>): number {
  const before = drop.messages.length;
  drop.messages = drop.messages.filter((message) => !doomed.has(message));
  return before - drop.messages.length;
}

/** What follows the status line of RETR; made at first use, shared by all messages with the same content. */
export function wireForm(message: StoredMessage): Buffer {
  let wire = wireForms.get(message.bytes);
  if (wire === undefined) {
    wire = toWire(message.bytes);
    wireForms.set(message.bytes, wire);
  }
  return wire;
}

export function makeMessage(source: Uint8Array): StoredMessage {
  let bytes = storedForms.get(source);
  if (bytes === undefined) {
    bytes = withCrlf(source);
    storedForms.set(source, bytes);
  }
  return storedAs(makeUid(), bytes);
}

/** A message of these octets, with CRLF line ends; a last line without an end is sent with one. */
export function storedAs(uid: string, bytes: Buffer): StoredMessage {
  return { uid, bytes, octets: bytes.length + (endsALine(bytes) ? 0 : 2) };
}

/** A unique-id of 32 characters; its 122 random bits are not drawn twice (RFC 1939 §7 UIDL). */
function makeUid(): string {
  return randomUUID().replaceAll('-', '');
}

/** A copy of `source` in which each lone LF has become CRLF (RFC 1939 §11). */
function withCrlf(source: Uint8Array): Buffer {
  const bytes = Buffer.from(source);
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at - 1] === 0x0d) continue;
    pieces.push(bytes.subarray(from, at), CR);
    from = at;
  }
  return from === 0 && pieces.length === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(from)]);
}

const CR = Buffer.from('\r');
