import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TlsOptions } from '../../wire/target.js';
import type { LoadUser } from '../plan.js';
import { carryShard } from './carry.js';
import { Lease } from './lease.js';
import { type Announcement, type Assignment, keysOf, LEASE_MS, PREFIX, RUNS } from './protocol.js';
import { type Channel, inTime, openChannel } from './redis.js';
import { newest } from './streams.js';

/** What an agent is and may do. Users with their passwords, files and addresses are its own. */
export interface AgentSetup {
  readonly redis: string;
  readonly name: string;
  readonly version: string;
  readonly users: readonly LoadUser[];
  /** Where alone its users may log in; anywhere when left out. */
  readonly target?: { readonly host: string; readonly port: number } | undefined;
  readonly tlsOptions: TlsOptions;
  readonly sources?: readonly string[] | undefined;
  /** Folder of the fixtures that `file()` reads. */
  readonly mail: string;
  readonly workers: number;
  /** Ends after one run. */
  readonly once: boolean;
  /** Ends the agent; a shard that it carries out comes to its end and is handed in. */
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/** How a shard ended for its agent. */
export type AgentEnd = 'done' | 'lost' | 'refused' | 'stopped';

const LOOK_MS = 300;
/** Runs that were announced before others and may still be open. */
const RUNS_SEEN = 10;

/** Waits for runs and carries out a shard of each. Gives how the last one ended; undefined when there was none. Throws LoadError. */
export async function serveAgent(setup: AgentSetup): Promise<AgentEnd | undefined> {
  const { signal, once, note, name } = setup;
  const channel = await openChannel(setup.redis);
  const known = new Set<string>();
  let end: AgentEnd | undefined;
  note(`agent ${name} waits for a run`);
  try {
    while (!signal.aborted) {
      const run = await inTime(openRun(channel, known, name), LEASE_MS);
      if (run === undefined) {
        await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
        continue;
      }
      known.add(run);
      const its = await takePart(channel, run, setup);
      if (its === undefined) continue;
      end = its;
      if (once) break;
      if (!signal.aborted) note(`agent ${name} waits for a run`);
    }
    return end;
  } finally {
    channel.close();
  }
}

/** A run that waits for agents such as this one. */
async function openRun(
  { redis }: Channel,
  known: ReadonlySet<string>,
  name: string,
): Promise<string | undefined> {
  for (const { run, names } of await newest<Announcement>(redis, RUNS, RUNS_SEEN)) {
    if (known.has(run) || names?.includes(name) === false) continue;
    if ((await redis.exists(keysOf(run).open)) === 1) return run;
  }
  return undefined;
}

/** Takes a shard of a run, when one is left, and carries it out. */
async function takePart(channel: Channel, run: string, setup: AgentSetup): Promise<AgentEnd | undefined> {
  const { redis, bullmq } = channel;
  const { open } = keysOf(run);
  const token = randomBytes(8).toString('hex');
  const worker = new bullmq.Worker<Assignment>(run, null, {
    connection: redis,
    prefix: PREFIX,
    autorun: false,
    lockDuration: LEASE_MS,
  });
  worker.on('error', () => undefined);
  try {
    while (!setup.signal.aborted && (await inTime(redis.exists(open), LEASE_MS)) === 1) {
      const job = await inTime(worker.getNextJob(token, { block: false }), LEASE_MS);
      if (job === undefined) {
        await sleep(LOOK_MS);
        continue;
      }
      const lease = new Lease(job, token);
      try {
        return await carryShard(channel, run, job, lease, setup);
      } catch (error) {
        const { message } = error as Error;
        setup.note(`the shard is lost: ${message}`);
        await lease.decline(message);
        return 'lost';
      } finally {
        lease.end();
      }
    }
    return undefined;
  } finally {
    await inTime(worker.close(true), LEASE_MS);
  }
}
