import { randomBytes } from 'node:crypto';
import type { Queue, QueueEvents } from 'bullmq';
import { type LoadPlan, planId } from '../plan.js';
import { LoadError } from '../problem.js';
import {
  type Announcement,
  type Assignment,
  type Control,
  keysOf,
  LEASE_MS,
  PREFIX,
  RENEW_MS,
  type Readiness,
  RUNS,
} from './protocol.js';
import { complaintOf } from './readiness.js';
import { ShardRecord } from './record.js';
import { type Channel, expireAll, inTime } from './redis.js';
import { say } from './streams.js';

/** Who is to carry out a run. */
export interface AgentsWish {
  readonly redis: string;
  readonly agents: number;
  /** Those that are expected, by name; any that come when left out. */
  readonly names?: readonly string[] | undefined;
  /** All must be ready after so long. */
  readonly readyMs: number;
  readonly note: (text: string) => void;
}

const EXPIRE_EVERY_MS = 5000;

/** The agents of a run. */
export class Crew {
  readonly run = randomBytes(6).toString('hex');
  readonly records: readonly ShardRecord[];
  private readonly queue: Queue;
  private readonly events: QueueEvents;
  private readonly expiring: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly channel: Channel,
    private readonly plan: LoadPlan,
    private readonly wish: AgentsWish,
  ) {
    const { bullmq, redis, another } = channel;
    const { agents } = wish;
    this.records = Array.from({ length: agents }, (_, index) => new ShardRecord(plan, index, agents));
    this.queue = new bullmq.Queue(this.run, { connection: redis, prefix: PREFIX });
    // From the beginning of the stream: nothing is missed while the connection comes about.
    this.events = new bullmq.QueueEvents(this.run, {
      connection: another(),
      prefix: PREFIX,
      lastEventId: '0-0',
    });
    this.queue.on('error', () => undefined);
    this.events.on('error', () => undefined);
    this.events.on('completed', ({ jobId, returnvalue }) =>
      this.recordOf(jobId)?.handedIn(returnvalue, this.stopped),
    );
    this.events.on('failed', ({ jobId, failedReason }) => this.recordOf(jobId)?.lost(failedReason));
    // Its lock has run out. BullMQ would have others take it; nobody asks for it any more.
    this.events.on('stalled', ({ jobId }) => this.recordOf(jobId)?.lost('nothing was heard of it any more'));
    this.expiring = setInterval(
      () => void expireAll(redis, this.run).catch(() => undefined),
      EXPIRE_EVERY_MS,
    );
  }

  /**
   * Announces the run and waits until each of its shards has an agent that is ready; false when it was interrupted before. Throws
   * LoadError with the names of those that are missing when the time is over, and at once when one refuses.
   */
  async gather(watch: readonly string[], signal: AbortSignal | undefined): Promise<boolean> {
    const { redis, host } = this.channel;
    const { agents, names, readyMs, note } = this.wish;
    const { open } = keysOf(this.run);
    const all = this.everyAnswer(readyMs, signal);
    const announce = async () => {
      await this.queue.addBulk(this.assignments(watch));
      await redis.set(open, '1', 'PX', readyMs);
      await say(redis, RUNS, { run: this.run, names } satisfies Announcement);
    };
    const announced = announce();
    note(`waiting for ${names?.join(', ') ?? `${agents} ${agents === 1 ? 'agent' : 'agents'}`}`);
    await Promise.race([all, announced.then(() => all)]);
    if ((await inTime(redis.del(open), LEASE_MS)) === undefined)
      throw new LoadError('LOAD_REDIS', `Redis at ${host} went away`, 'nothing was sent to the target');
    if (signal?.aborted !== true && this.records.every(({ member }) => member !== undefined)) return true;
    await this.tell({ kind: 'stop' });
    if (signal?.aborted === true) return false;
    throw new LoadError(
      'LOAD_AGENTS',
      ...complaintOf(
        this.records.map(({ said }) => said),
        names,
      ),
    );
  }

  /** Resolves when all are ready, one refuses, or the time is over. */
  private everyAnswer(readyMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, readyMs);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      signal?.addEventListener('abort', done, { once: true });
      this.events.on('progress', ({ jobId, data }) => {
        const record = this.recordOf(jobId);
        if (record !== undefined) record.said = data as unknown as Readiness;
        const said = this.records.map((one) => one.said?.kind);
        if (said.includes('refused') || said.every((kind) => kind === 'ready')) done();
      });
    });
  }

  private assignments(watch: readonly string[]) {
    // Whatever is of a machine stays there: TLS files and source addresses.
    const { sources: _, ...plan } = { ...this.plan, target: { ...this.plan.target, tlsOptions: {} } };
    const of = this.records.length;
    return this.records.map(({ index, jobId }) => {
      const data: Assignment = { plan, planId: planId(this.plan), index, of, watch };
      return { name: 'shard', data, opts: { jobId, attempts: 1 } };
    });
  }

  private recordOf(jobId: string): ShardRecord | undefined {
    return this.records.find((record) => record.jobId === jobId);
  }

  /** Says something to all agents. */
  async tell(message: Control): Promise<void> {
    this.stopped ||= message.kind === 'stop';
    await inTime(say(this.channel.redis, keysOf(this.run).control, message), LEASE_MS);
  }

  /** Lets go of everything; what is left in Redis is gone some minutes later. */
  async disband(): Promise<void> {
    clearInterval(this.expiring);
    await inTime(expireAll(this.channel.redis, this.run), RENEW_MS);
    await inTime(this.events.close(), RENEW_MS);
    await inTime(this.queue.close(), RENEW_MS);
  }
}
