import { setTimeout as sleep } from 'node:timers/promises';
import type { Hindrance } from './hindrance.js';

/** Waits before a hindered case is tried again, one after another. */
const WAITS_MS = [100, 300, 1000, 2000, 4000];
/** Between two connections to a server that has turned one away while no other case ran. */
const BREATH_MS = 50;
/** After so many cases that stayed hindered the next ones are tried again only so often. */
const LEARNT_AFTER = 3;
const LEARNT_TRIES = 2;

/**
 * How many cases run side by side, and how often one is tried again that was hindered. Each time the server does not
 * serve a connection, one case less runs at the same time: a limit on connections is met from below.
 */
export class Crowd {
  /** So many cases may run at the same time. */
  most = Number.POSITIVE_INFINITY;
  /** So long is to be waited before a connection is opened. */
  breathMs = 0;
  private readonly tries = new Map<string, number>();
  private gaveUp = 0;

  /** Whether the case `id` is to be tried again; waits before it says so. `running` counts the case itself. */
  async again(id: string, { kind }: Hindrance, running: number): Promise<boolean> {
    if (kind === 'turned away') {
      if (running === 1) this.breathMs = BREATH_MS;
      this.most = Math.max(1, Math.min(this.most, running - 1));
    }
    const tried = this.tries.get(id) ?? 0;
    const waitMs = WAITS_MS[tried];
    if (waitMs === undefined || (this.gaveUp >= LEARNT_AFTER && tried >= LEARNT_TRIES)) {
      this.gaveUp++;
      return false;
    }
    this.tries.set(id, tried + 1);
    await sleep(waitMs);
    return true;
  }

  /** How often the case was run in vain before. */
  triesOf(id: string): number {
    return this.tries.get(id) ?? 0;
  }
}
