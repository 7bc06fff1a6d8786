import type { Conversation } from './conversation.js';

/** A way in which the embedded server can be hostile: not wrong in one point, as a fault is, but out to do harm. */
export interface Hostile {
  /** Stable: `popspec serve --hostile ID`. */
  readonly id: string;
  /** One sentence: what it does. */
  readonly title: string;
  /** The number behind `ID=`, where it takes one. */
  readonly parameter?: Parameter;
  /** How one connection is treated. */
  manners(number: number): Manners;
}

export interface Parameter {
  readonly means: string;
  /** When none is given. */
  readonly usual: number;
}

/** What is left out is done as the honest server behind it does it. */
export interface Manners {
  /** A connection was accepted, and TLS is up where it was asked for; the honest server is talked to by `converse`. */
  accepted?(c: Conversation): void;
  /** A command line of the client with its end; false: the honest server does not hear of it. */
  heard?(line: string, c: Conversation): boolean;
  /** What the honest server says in one piece; gives what the client gets. */
  said?(octets: Buffer, c: Conversation): Buffer;
  /** The client is about to begin a TLS handshake; an honest one is done by `c.shakeHands`. */
  handshake?(c: Conversation): void;
  /** The honest server has closed. */
  ended?(c: Conversation): void;
}

export const NOTHING = Buffer.alloc(0);

/** One that changes what the honest server says. */
export function saying(id: string, title: string, said: NonNullable<Manners['said']>): Hostile {
  return { id, title, manners: () => ({ said }) };
}

/** A piece of the honest server as text, one character for each octet, changed by `change`. */
export function changed(octets: Buffer, change: (text: string) => string): Buffer {
  return Buffer.from(change(octets.toString('latin1')), 'latin1');
}
