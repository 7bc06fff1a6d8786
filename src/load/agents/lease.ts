import type { Job } from 'bullmq';
import { CERTAIN_MS, LEASE_MS, RENEW_MS } from './protocol.js';
import { inTime } from './redis.js';

/**
 * An agent's hold on its shard, renewed each second. It is lost when Redis says so, and when Redis has not confirmed it for
 * so long that others may soon think so.
 */
export class Lease {
  readonly lost: AbortSignal;
  private readonly losing = new AbortController();
  private readonly renewing: NodeJS.Timeout;
  private doubt: NodeJS.Timeout | undefined;

  constructor(
    private readonly job: Job,
    private readonly token: string,
  ) {
    this.lost = this.losing.signal;
    this.confirmed(performance.now());
    this.renewing = setInterval(() => this.renew(), RENEW_MS);
  }

  /** It counts from the question, not from the answer. */
  private confirmed(askedMs: number): void {
    clearTimeout(this.doubt);
    this.doubt = setTimeout(() => this.losing.abort(), askedMs + CERTAIN_MS - performance.now());
  }

  private renew(): void {
    const askedMs = performance.now();
    this.job.extendLock(this.token, LEASE_MS).then(
      (held) => (held === 1 ? this.confirmed(askedMs) : this.losing.abort()),
      () => this.losing.abort(),
    );
  }

  /** Gives the shard back with what came of it; false when Redis did not take it in time. */
  async handIn(result: unknown): Promise<boolean> {
    if (this.lost.aborted) return false;
    const given = this.job.moveToCompleted(result, this.token, false).then(() => true);
    return (await inTime(given, LEASE_MS)) === true;
  }

  /** Gives the shard back undone. */
  async decline(why: string): Promise<void> {
    if (!this.lost.aborted) await inTime(this.job.moveToFailed(new Error(why), this.token, false), LEASE_MS);
  }

  end(): void {
    clearInterval(this.renewing);
    clearTimeout(this.doubt);
  }
}
