import type { Worker } from 'bullmq';
import type { Shard } from '../plan.js';
import { type LoadControl, underWatch, watchedNames } from '../run.js';
import { mergeShards, nothingMeasured, type ShardResult } from '../shard-result.js';
import type { Threshold } from '../thresholds.js';
import type { WorkersControl } from '../workers.js';
import { type AgentsWish, Crew } from './crew.js';
import { type AgentTick, keysOf, LEASE_MS, PREFIX, RENEW_MS } from './protocol.js';
import { type Channel, inTime, openChannel, timeOf } from './redis.js';
import { hear } from './streams.js';

/** From the word to start until the start: it must have reached every agent. */
const START_DELAY_MS = 1000;
const STALLED_CHECK_MS = 2000;

/**
 * Has a plan carried out by agents, and gives the sum of what they have measured; of an agent that is lost what it told.
 * Throws LoadError, before anything is sent to the target, when Redis cannot be used, an agent is missing or refuses.
 */
export async function measureWithAgents(
  { plan }: Shard,
  control: LoadControl,
  thresholds: readonly Threshold[],
  wish: AgentsWish,
): Promise<ShardResult> {
  const channel = await openChannel(wish.redis);
  const crew = new Crew(channel, plan, wish);
  try {
    if (!(await crew.gather(watchedNames(thresholds), control.signal)))
      return { ...nothingMeasured(plan), why: 'aborted' };
    const threads = crew.records.flatMap(({ parts }) => parts).length;
    return await underWatch(plan, threads, control, thresholds, (about) =>
      conduct(channel, crew, about, wish.note),
    );
  } finally {
    await crew.disband();
    channel.close();
  }
}

/** From the start on: takes ticks, results and losses, and passes on the word to stop. */
async function conduct(
  channel: Channel,
  crew: Crew,
  { signal, onTick, onLost }: WorkersControl,
  note: (text: string) => void,
): Promise<ShardResult> {
  const { records } = crew;
  const over = new AbortController();
  const stop = () => void crew.tell({ kind: 'stop' });
  const watcher = watchLeases(channel, crew.run);
  try {
    const results = Promise.all(
      records.map(async (record) => {
        const result = await record.ended;
        if (result.why === 'lost') {
          note(result.losses[0] ?? '');
          for (const part of record.parts) onLost?.(part);
        }
        return result;
      }),
    );
    void hear<AgentTick>(channel, keysOf(crew.run).ticks, over.signal, (told) => {
      const part = records[told.index]?.take(told);
      if (part !== undefined) onTick?.(part, told.tick);
    });
    void untilGone(channel, crew, over.signal);
    void timeOf(channel.redis)
      .then((nowMs) => crew.tell({ kind: 'start', startAt: Math.ceil(nowMs) + START_DELAY_MS }))
      .catch(() => undefined);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    const ended = await results;
    noteStart(crew, ended, note);
    return mergeShards(ended);
  } finally {
    signal?.removeEventListener('abort', stop);
    over.abort();
    await inTime(watcher.close(true), RENEW_MS);
  }
}

/** Tells how well the agents began together; those that are lost have not told it. */
function noteStart({ records }: Crew, ended: readonly ShardResult[], note: (text: string) => void): void {
  const late = ended.flatMap(({ why, lateMs }) => (why === 'lost' ? [] : [lateMs]));
  if (late.length === 0) return;
  const clockMs = Math.max(...records.map(({ member }) => member?.clockErrorMs ?? 0));
  note(
    `agents began at most ${Math.max(...late).toFixed(1)} ms late; their clocks are known to ${clockMs.toFixed(1)} ms`,
  );
}

/** Gives all shards up as lost when Redis does not answer, or has forgotten the run. */
async function untilGone({ redis, host }: Channel, crew: Crew, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await new Promise((resolve) => setTimeout(resolve, RENEW_MS));
    if ((await inTime(redis.exists(keysOf(crew.run).control), LEASE_MS)) === 1) continue;
    if (over.aborted) return;
    for (const record of crew.records) record.lost(`Redis at ${host} went away`);
  }
}

/** Has BullMQ look for shards whose lock has run out, which it then marks as failed; nobody is given them again. */
function watchLeases({ bullmq, redis }: Channel, run: string): Worker {
  const worker = new bullmq.Worker(run, null, {
    connection: redis,
    prefix: PREFIX,
    autorun: false,
    lockDuration: LEASE_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: 0,
  });
  worker.on('error', () => undefined);
  void worker.startStalledCheckTimer();
  return worker;
}
