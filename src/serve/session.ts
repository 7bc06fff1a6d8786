import type { Behaviour } from './behaviour.js';
import { ENGLISH, type Language } from './languages.js';
import type { Maildrop, StoredMessage } from './maildrop.js';

/** What the server has done since its start; a live object. */
export interface ServerCounters {
  connections: number;
  /** Logins that succeeded. */
  sessions: number;
  loginFailures: number;
  /** Command lines received, well-formed or not; lines of a SASL exchange are not counted. */
  commands: number;
  /** By upper-case keyword, for keywords that the server knows. */
  commandsByVerb: Record<string, number>;
  /** Messages sent by RETR. */
  messagesSent: number;
  /** Un-stuffed octets of the messages sent by RETR. */
  octetsSent: number;
  /** Messages removed by QUIT. */
  messagesDeleted: number;
  /** Connections that had a fault which comes at a rate, by what it was asked for as (`retr-unstuffed@1/1000`). */
  readonly faultySessions: Record<string, number>;
}

/** UPDATE is not a phase of its own: it begins and ends within the handling of QUIT. */
export type Phase = 'authorization' | 'transaction';

/** How a connection ended without QUIT. */
export type Ending = 'end' | 'reset' | 'timeout';

/** What a session may ask of its connection. */
export interface Port {
  write(text: string): void;
  writeBytes(bytes: Buffer): void;
  /** Sends what is pending, closes, and takes no further command. */
  hangUp(): void;
  /** Does `act` after `ms`; no further input is taken until then. */
  later(ms: number, act: () => void): void;
  /** Begins the TLS handshake as soon as what is pending has left. */
  startTls(): void;
  /** Drops the input that has been received and not been processed. */
  discardInput(): void;
  /** Channel binding data of this name; null without TLS or where the connection has no such binding. */
  channelBinding(name: string): Buffer | null;
  /** The address that the client is connected to. */
  readonly local: { readonly host: string; readonly port: number };
}

export interface Session {
  readonly behaviour: Behaviour;
  readonly drops: ReadonlyMap<string, Maildrop>;
  readonly counters: ServerCounters;
  readonly port: Port;
  /** The APOP timestamp of the greeting, angle brackets included; empty when APOP is not offered. */
  readonly timestamp: string;
  secure: boolean;
  /** UTF-8 mode is on (RFC 6856 §2). */
  utf8: boolean;
  /** In which human-readable text is given (RFC 6856 §3). */
  language: Language;
  phase: Phase;
  /** The name of the last USER while PASS may follow. */
  name: string | null;
  /** Takes the next line in place of the command table: a SASL exchange is going on (RFC 5034 §4). */
  respond: ((line: string) => boolean) | null;
  drop: Maildrop | null;
  /** The snapshot: message n is `messages[n - 1]`, for n up to `count`; later arrivals lie behind it. */
  messages: readonly StoredMessage[];
  count: number;
  /** Numbers of the messages marked as deleted. */
  readonly marks: Set<number>;
}

export type SessionSetup = Pick<
  Session,
  'behaviour' | 'drops' | 'counters' | 'port' | 'timestamp' | 'secure'
>;

export function makeSession(setup: SessionSetup): Session {
  return {
    ...setup,
    utf8: false,
    language: ENGLISH,
    phase: 'authorization',
    name: null,
    respond: null,
    drop: null,
    messages: [],
    count: 0,
    marks: new Set(),
  };
}

/** Sends a positive status line; always true, so that a handler can return it. */
export function ok(s: Session, text = ''): true {
  return data(s, s.behaviour.text(s, true, text));
}

/** Sends a positive status line whose text is the same in every language; always true. */
export function data(s: Session, text: string): true {
  s.port.write(s.behaviour.statusLine(true, text));
  return true;
}

/** Sends a negative status line; always false, so that a handler can return it. */
export function err(s: Session, text: string): false {
  s.port.write(s.behaviour.statusLine(false, s.behaviour.text(s, false, text)));
  return false;
}

/** The messages that are marked as deleted. */
export function markedMessages(s: Session): Set<StoredMessage> {
  const marked = new Set<StoredMessage>();
  for (const n of s.marks) {
    const message = s.behaviour.message(s, n);
    if (message !== undefined) marked.add(message);
  }
  return marked;
}
