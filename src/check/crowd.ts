import { setTimeout as sleep } from 'node:timers/promises';
import type { Hindrance } from './hindrance.js';

/** Waits before a hindered case is tried again, one after another. */
const WAITS_MS = [100, 300, 1000, 2000, 4000];
/** Between two connections to a server that has turned one away while there was no other: first so long, in the end so long. */
const BREATH_MIN_MS = 5;
const BREATH_MAX_MS = 50;
/** After so many cases that stayed hindered the next ones are tried again only so often. */
const LEARNT_AFTER = 3;
const LEARNT_TRIES = 2;
/** One that waited so long is not tried more often either. */
const LONG_MS = 5000;

/**
 * How many connections are open side by side, and how often a case is tried again that was hindered. Each time the server
 * does not serve a connection, there is one less at the same time: a limit on connections is met from above.
 */
export class Crowd {
  /** So long is to be waited before a connection is opened. */
  breathMs: number;
  private readonly tries = new Map<string, number>();
  private gaveUp = 0;

  /** `most`: so many connections may be open at the same time. */
  constructor(public most = Number.POSITIVE_INFINITY) {
    // A server that counts has to notice the end of one before the next one comes.
    this.breathMs = most === Number.POSITIVE_INFINITY ? 0 : BREATH_MIN_MS;
  }

  /**
   * Whether the case `id`, which opens up to `own` connections, is to be tried again; waits before it says so. `running`
   * connections, its own among them, may have been open.
   */
  async again(id: string, { kind, silentMs = 0 }: Hindrance, own: number, running: number): Promise<boolean> {
    if (kind === 'turned away') this.turnedAway(own, running);
    const tried = this.tries.get(id) ?? 0;
    const waitMs = WAITS_MS[tried];
    const few = this.gaveUp >= LEARNT_AFTER || silentMs >= LONG_MS;
    if (waitMs === undefined || (few && tried >= LEARNT_TRIES)) {
      this.gaveUp++;
      return false;
    }
    this.tries.set(id, tried + 1);
    await sleep(waitMs);
    return true;
  }

  private turnedAway(own: number, running: number): void {
    if (running === 1) this.breathMs = Math.min(BREATH_MAX_MS, Math.max(BREATH_MIN_MS, 2 * this.breathMs));
    // A case that is alone tells no more than that it opens too many; of those that run at the same time each is one too many.
    const alone = running <= own;
    this.most = Math.max(1, alone ? Math.min(this.most, own - 1) : Math.min(this.most, running) - 1);
  }

  /** How often the case was run in vain before. */
  triesOf(id: string): number {
    return this.tries.get(id) ?? 0;
  }
}
