import { type AuthMode, secretsOf, tokenOf } from '../dialogue/auth.js';
import type { Scope } from '../dialogue/expression.js';
import type { LoadUser } from './plan.js';

/** A user for the time of one session, with what a session needs of it made ready once. */
export interface Lease {
  readonly name: string;
  readonly variables: Scope;
  readonly secrets: readonly string[];
}

/**
 * Users that are lent to one session at a time: a maildrop is locked exclusively (RFC 1939 §4). The one that has
 * rested longest goes first, so that all mailboxes take their turn and a lock has time to be given up.
 */
export class LeasePool {
  /** A ring: every lease fits into it, so giving back always finds a place. */
  private readonly ring: (Lease | undefined)[];
  private head = 0;
  free: number;

  constructor(users: readonly LoadUser[], auth: AuthMode, shared: Scope) {
    this.ring = users.map((user) => {
      const { name, password } = user;
      return {
        name,
        variables: { ...shared, auth, user: name, password, token: tokenOf(user, auth) },
        secrets: secretsOf(user),
      };
    });
    this.free = this.ring.length;
  }

  /** The user that has rested longest; undefined when all are lent. */
  take(): Lease | undefined {
    if (this.free === 0) return undefined;
    const lease = this.ring[this.head];
    this.ring[this.head] = undefined;
    this.head = (this.head + 1) % this.ring.length;
    this.free--;
    return lease;
  }

  giveBack(lease: Lease): void {
    this.ring[(this.head + this.free) % this.ring.length] = lease;
    this.free++;
  }
}
