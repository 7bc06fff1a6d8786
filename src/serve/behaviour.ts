import type { Socket } from 'node:net';
import type { Command } from './commands.js';
import type { Language } from './languages.js';
import type { Maildrop, StoredMessage } from './maildrop.js';
import type { SaslBehaviour } from './sasl/behaviour.js';
import type { Ending, Session } from './session.js';
import type { TlsSettings } from './tls.js';

/** Verbs that name a message, as far as a refusal can differ between them. */
export type MessageVerb = 'LIST' | 'UIDL' | 'RETR' | 'TOP' | 'DELE';
export type ListingVerb = 'STAT' | 'LIST' | 'UIDL';
/** RFC 2449 §8.1 and RFC 3206. */
export type ResponseCode = 'AUTH' | 'IN-USE' | 'LOGIN-DELAY' | 'SYS/TEMP' | 'SYS/PERM';

/**
 * Everything that the server decides, as replaceable functions. `cleanBehaviour` gives the conforming ones;
 * a fault replaces one or two of them, mostly by a function that calls the one it found.
 * Functions that answer return true when the answer was positive.
 */
export interface Behaviour {
  /** By upper-case keyword; the entries belong to this server alone and may be changed. */
  commands: Map<string, Command>;
  findCommand(keyword: string): Command | undefined;
  /** Takes one command line without its line end. */
  takeLine(s: Session, line: string): boolean;
  emptyLine(s: Session): boolean;
  unknownCommand(s: Session, line: string): boolean;
  /** Whether the rest of an over-long line is dropped or read as the next line. */
  longLineRest: 'dropped' | 'read';
  /** Whether input that does not end a line yet waits for its end. */
  unfinishedLine: 'waits' | 'taken';

  statusLine(positive: boolean, text: string): string;
  /** The rows of a multi-line reply with line ends and terminator. */
  rows(verb: string, rows: readonly string[]): string;
  /** The bytes behind the status line of RETR, terminator included. */
  retrBody(message: StoredMessage): Buffer;
  /** The bytes behind the status line of TOP, terminator included. */
  topBody(message: StoredMessage, lines: number): Buffer;

  greet(s: Session): void;
  /** A new timestamp, angle brackets included; empty when APOP is not offered. */
  timestamp(): string;
  capabilities(s: Session): string[];
  /** The capabilities that tell of the site's policy: LOGIN-DELAY and EXPIRE (RFC 2449 §6.5 and §6.7). */
  policyLines(s: Session): string[];
  /** A response code with its brackets, or nothing when the server does not announce RESP-CODES. */
  responseCode(code: ResponseCode): string;

  findUser(s: Session, name: string): Maildrop | undefined;
  passwordMatches(user: Maildrop, password: string): boolean;
  digestMatches(user: Maildrop, timestamp: string, digest: string): boolean;
  lock(s: Session, drop: Maildrop): boolean;
  /** What stands in the way of a login whose credentials are right: response code and text, or nothing. */
  obstacle(s: Session, drop: Maildrop): string;
  /** A login has succeeded: the login delay of this user begins (RFC 2449 §6.5). */
  startDelay(drop: Maildrop): void;
  refuseLogin(s: Session, user: Maildrop | undefined): false;
  /** Enters TRANSACTION on a maildrop that this session has locked. */
  open(s: Session, drop: Maildrop): void;
  /** Belongs to this server alone. */
  sasl: SaslBehaviour;

  /** The octets of a name or password as the text that is compared; null when they cannot be one (RFC 6856 §2.2). */
  credential(octets: string): string | null;
  /** The message as this session gets it: itself or a surrogate (RFC 6856 §2.1). */
  form(s: Session, message: StoredMessage): StoredMessage;
  /** A text for people, given in English, in the language of the session. */
  text(s: Session, positive: boolean, text: string): string;
  language(s: Session, range: string): Language | undefined;
  /** A line of the reply to a bare LANG. */
  languageListing(language: Language): string;
  /** The text after "+OK " of LANG with a range. */
  languageChosen(s: Session, language: Language, range: string): string;

  /** 1..count, or 0 when `argument` is no number of a message. */
  messageNumber(s: Session, argument: string): number;
  /** Body lines asked of TOP, or -1 when `argument` is no such number. */
  lineCount(argument: string): number;
  message(s: Session, n: number): StoredMessage | undefined;
  /** Whether message n may be named in `verb`. */
  usable(s: Session, n: number, verb: MessageVerb): boolean;
  refuseMessage(s: Session, verb: MessageVerb, why: 'unknown' | 'deleted'): boolean;
  /** Whether message n is counted or shown by `verb`. */
  listed(s: Session, n: number, verb: ListingVerb): boolean;

  statText(s: Session): string;
  /** Count and octets of the maildrop. */
  totals(s: Session): { count: number; octets: number };
  size(s: Session, n: number): number;
  scanListing(s: Session, n: number): string;
  scanRows(s: Session): string[];
  /** The text after "+OK " of LIST n. */
  scanOne(s: Session, n: number): string;
  uid(s: Session, n: number): string;
  uidListing(s: Session, n: number): string;
  uidRows(s: Session): string[];
  /** The text after "+OK " of UIDL n. */
  uidOne(s: Session, n: number): string;

  /** Message n has been sent by RETR. */
  fetched(s: Session, n: number): void;
  mark(s: Session, n: number): void;
  /** Removes the marked messages (UPDATE, RFC 1939 §6). */
  commit(s: Session): void;
  /** Gives up the maildrop and its lock. */
  release(s: Session): void;
  /** The answer to QUIT. */
  farewell(s: Session): boolean;
  hangUp(s: Session): void;
  /** A session in TRANSACTION ended without QUIT; `rest` is input that ended no line. */
  abandoned(s: Session, how: Ending, rest: Buffer): void;

  /** The connection is gone, however it ended. */
  ended(s: Session): void;

  /** How TLS is spoken; read when the server starts. */
  tls: TlsSettings;
  /** A connection to the TLS port has been accepted: decides between the handshake and a session in clear. */
  acceptTls(socket: Socket, handshake: () => void, serveInClear: () => void): void;
  /** Ends a connection behind its last reply; `ended` is called when the end has been sent. */
  endConnection(socket: Socket, ended: () => void): void;
  /** What is kept of the clear-text input received behind STLS. */
  inputAfterStls(s: Session, rest: Buffer): Buffer;
  /**
   * Decides, STLS being answered, between the handshake and going on in clear with `chunk`. What is given to
   * `handshake` is worked on under TLS.
   */
  beforeHandshake(
    s: Session,
    socket: Socket,
    handshake: (injected?: Buffer) => void,
    stayInClear: (chunk: Buffer) => void,
  ): void;
  /** TLS is up after STLS. */
  secured(s: Session): void;
}
