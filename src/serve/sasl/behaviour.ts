import type { BearerMessage } from '../../pop3/sasl-oauth.js';
import type { PlainMessage } from '../../pop3/sasl-plain.js';
import type { ClientFinal, ClientFirst, ScramHash } from '../../pop3/sasl-scram.js';
import type { Maildrop } from '../maildrop.js';
import type { Session } from '../session.js';
import type { Mechanism } from './exchange.js';

/** What the server decides in SASL exchanges, as replaceable functions; part of `Behaviour`. */
export interface SaslBehaviour {
  /** By name; the order is that of the SASL capability. */
  readonly mechanisms: Map<string, Mechanism>;
  /** What the SASL capability lists in this state. */
  offered(s: Session): string[];
  /** The mechanism of this name, in any case, where it may be used. */
  find(s: Session, name: string): Mechanism | undefined;
  /** Sends a challenge, which may be empty. */
  challenge(s: Session, data: Buffer): void;
  /** The octets of a response, or null when it is not base64. */
  decode(s: Session, response: string): Buffer | null;
  /** Octets of the longest response that is taken. */
  lineMax: number;
  /** An initial response came for a mechanism in which the server begins. */
  unwantedInitial(s: Session, mechanism: Mechanism): boolean;
  malformed(s: Session): boolean;
  cancelled(s: Session): boolean;

  /** A name or password as it is compared (RFC 4013); null when it must not be used. */
  prepare(text: string): string | null;
  /** The user of a name that came in a message. */
  user(s: Session, name: string): Maildrop | undefined;
  /** Whether an authorization identity is the user's own; empty is. */
  mayActAs(user: Maildrop, authzid: string): boolean;
  /** The fields of a message of PLAIN, or null when it does not have its syntax. */
  plainMessage(s: Session, message: Buffer): PlainMessage | null;
  plainMatches(user: Maildrop, password: string): boolean;

  /** A new challenge of CRAM-MD5, angle brackets included. */
  cramChallenge(s: Session): string;
  cramMatches(user: Maildrop, challenge: string, digest: string): boolean;

  /** The nonce of the server's first message for that of the client. */
  scramNonce(clientNonce: string): string;
  scramIterations: number;
  scramSalt(name: string, hash: ScramHash): Buffer;
  /** The server's first message. */
  scramFirst(nonce: string, salt: Buffer, iterations: number): string;
  scramClientFirst(text: string): ClientFirst | null;
  scramClientFinal(text: string): ClientFinal | null;
  /** Whether the channel binding flag goes with the mechanism and the connection (RFC 5802 §6). */
  scramFlagFits(s: Session, first: ClientFirst, plus: boolean): boolean;
  /** Whether "c=" holds what it must. */
  scramBindingFits(wanted: Buffer, received: Buffer): boolean;
  scramNonceFits(sent: string, received: string): boolean;
  scramProofFits(hash: ScramHash, salted: Buffer, message: string, proof: Buffer): boolean;
  scramSignature(hash: ScramHash, salted: Buffer, message: string): Buffer;

  /** Whether a bearer token, and where the client believes to be, let the user in. */
  tokenFits(s: Session, user: Maildrop, message: BearerMessage): boolean;
  /** The error challenge of OAUTHBEARER and XOAUTH2. */
  tokenError(): string;
}
