import { type AuthMode, secretsOf, tokenOf } from '../dialogue/auth.js';
import type { Scope } from '../dialogue/expression.js';
import { Remembered } from '../dialogue/values.js';
import type { LoadUser } from './plan.js';

/** A user for the time of one session, with what a session needs of it made ready once. */
export interface Lease {
  readonly name: string;
  readonly variables: Scope;
  readonly secrets: readonly string[];
  /** When it may be lent again, on the clock of the pool's owner. */
  readyMs: number;
}

/**
 * Users that are lent to one session at a time: a maildrop is locked exclusively (RFC 1939 §4). The one that has
 * rested longest goes first, so that all mailboxes take their turn and a lock has time to be given up. With a login
 * delay (RFC 2449 §6.5) a user rests at least so long; it counts from the end of the session, which is later than its
 * login, so that it is never too short.
 */
export class LeasePool {
  /** A ring in the order in which users may be lent: every lease fits into it, so giving back always finds a place. */
  private readonly ring: (Lease | undefined)[];
  private head = 0;
  /** Not lent; some may have to rest. */
  free: number;

  constructor(
    users: readonly LoadUser[],
    auth: AuthMode,
    shared: Scope,
    private readonly delayMs = 0,
  ) {
    this.ring = users.map((user) => {
      const { name, password } = user;
      return {
        name,
        variables: {
          ...shared,
          auth,
          user: name,
          password,
          token: tokenOf(user, auth),
          remembered: new Remembered(),
        },
        secrets: secretsOf(user),
        readyMs: 0,
      };
    });
    this.free = this.ring.length;
    // With the last of all users a look was taken at the server before the run.
    const last = this.ring.at(-1);
    if (last !== undefined) last.readyMs = delayMs;
  }

  /** The user that has rested longest; undefined when all are lent or have to rest. */
  take(nowMs: number): Lease | undefined {
    if (this.free === 0) return undefined;
    const lease = this.ring[this.head];
    if (lease === undefined || lease.readyMs > nowMs) return undefined;
    this.ring[this.head] = undefined;
    this.head = (this.head + 1) % this.ring.length;
    this.free--;
    return lease;
  }

  /** How long until the next user has rested; undefined when all are lent. */
  waitMs(nowMs: number): number | undefined {
    if (this.free === 0) return undefined;
    return Math.max(0, (this.ring[this.head]?.readyMs ?? 0) - nowMs);
  }

  giveBack(lease: Lease, nowMs: number): void {
    lease.readyMs = nowMs + this.delayMs;
    this.ring[(this.head + this.free) % this.ring.length] = lease;
    this.free++;
  }
}
