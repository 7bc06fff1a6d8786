import type { Target } from '../wire/target.js';
import type { TraceSize } from '../wire/trace.js';
import type { Scope } from './expression.js';
import type { Finding } from './outcome.js';
import type { Program } from './program.js';
import type { BodyValue, ReplyValue } from './values.js';

/** What the owner of a session may want to know while it runs. Times in microseconds. */
export interface SessionHooks {
  reply?(reply: ReplyValue): void;
  body?(body: BodyValue): void;
  /** A command was answered to its end. */
  command?(verb: string, ok: boolean, firstOctetUs: number, totalUs: number): void;
  /** A phase ended: connect, tls, greeting, or one named in the dialogue. */
  phase?(name: string, ok: boolean, totalUs: number): void;
  /** A `think` took so long; it is part of no latency. */
  thought?(us: number): void;
  /** A `check` or `should` was looked at. */
  checked?(holds: boolean): void;
  /** The farewell was said and the transcript is complete. */
  left?(): void;
}

export interface SessionOptions {
  readonly program: Program;
  readonly target: Target;
  /** user, password and what else the dialogue was compiled with. */
  readonly variables: Scope;
  readonly secrets: readonly string[];
  /** Limit for each answer; `timeout` in a dialogue overrides it. */
  readonly timeoutMs: number;
  /** False: a session that holds a DELE is never ended by QUIT. */
  readonly allowDelete: boolean;
  /** The server may remove at QUIT what RETR fetched (EXPIRE 0, RFC 2449 §6.7): only the dialogue itself says QUIT then. */
  readonly fetchedGoes?: boolean;
  /** Whether `think` takes time. */
  readonly think: boolean;
  /** Keep every multi-line reply so far that the transcript can show it, also where only its size is asked for. */
  readonly keepBodies: boolean;
  /** Octets of one multi-line reply that are kept where the dialogue asks for them; BODY_KEEP_MAX when left out. */
  readonly contentMax?: number;
  /** Sockets serve one connection after another, which spares a load work; each connection has its own when left out. */
  readonly reuseSockets?: boolean;
  /** Passes over what a server says unasked, for dialogues that only want to get at something. */
  readonly tolerant?: boolean;
  /** How much of the transcript is kept; the whole of any usual dialogue when left out. */
  readonly transcript?: TraceSize;
  readonly random?: () => number;
  /** Delivers the fixture of this name to a user. */
  readonly deliver?: (fixture: string, user: string) => Promise<void>;
  readonly hooks?: SessionHooks;
}

export interface SessionResult {
  /** In the order in which they came; the one that ended the dialogue is the last. */
  readonly findings: readonly Finding[];
  /** False when a finding or `interrupt` ended the dialogue before its last line. */
  readonly finished: boolean;
  /** Count of messages that STAT told after the closing RSET, where marks had to be taken back. */
  readonly countAfterReset: number | undefined;
  /** The captures as they stood at the end. */
  readonly values: Readonly<Scope>;
}
