import type { Job } from 'bullmq';
import { cut, type LoadPlan, wholePlan } from '../plan.js';
import { runInWorkers } from '../workers.js';
import type { AgentEnd, AgentSetup } from './agent.js';
import type { Lease } from './lease.js';
import { type Assignment, type Control, keysOf, type Readiness } from './protocol.js';
import { type Channel, clockOf, expireAll } from './redis.js';
import { refusalOf } from './refusal.js';
import { hear, say } from './streams.js';

/** Beyond the time in which all agents must be ready. */
const START_SPARE_MS = 10_000;

/** With a shard in hand: says whether it can be done, waits for the start, carries it out, hands in the result. */
export async function carryShard(
  channel: Channel,
  run: string,
  job: Job<Assignment>,
  lease: Lease,
  setup: AgentSetup,
): Promise<AgentEnd> {
  const { redis } = channel;
  const keys = keysOf(run);
  const { name: agent, workers, note, signal } = setup;
  const { index, of, watch } = job.data;
  const tell = (readiness: Readiness) => job.updateProgress(readiness);
  await tell({ kind: 'taken', agent });
  const why = refusalOf(job.data, setup);
  if (why !== undefined) {
    note(`refused a shard: ${why}`);
    await tell({ kind: 'refused', agent, why });
    await lease.decline(why);
    return 'refused';
  }
  const plan = withOwn(job.data.plan, setup);
  const shard = cut(wholePlan(plan, setup.users), of)[index];
  if (shard === undefined) throw new Error('a shard beyond the last');
  const over = new AbortController();
  const stop = new AbortController();
  const unbegun = new AbortController();
  try {
    const result = await runInWorkers(cut({ ...shard, watch }, workers), {
      // Every thread is there, so that the start finds nothing to do but to start.
      async startAt() {
        const startAt = await Promise.race([readyAndTold(), whenSet(lease.lost)]);
        if (startAt === undefined) unbegun.abort();
        return startAt ?? Date.now();
      },
      signal: AbortSignal.any([stop.signal, signal]),
      cutOff: AbortSignal.any([lease.lost, unbegun.signal]),
      onTick: (part, tick) => {
        if (!lease.lost.aborted) void say(redis, keys.ticks, { index, part, tick }).catch(() => undefined);
      },
    });
    if (unbegun.signal.aborted) {
      note('the run did not begin');
      await lease.decline('it was stopped before the start');
      return signal.aborted ? 'stopped' : 'lost';
    }
    if (!(await lease.handIn(result))) {
      note('the shard is not this agent’s any more: it has stopped sending');
      return 'lost';
    }
    await expireAll(redis, run).catch(() => undefined);
    const { completed, failed } = result.totals;
    note(`shard ${index + 1} of ${of} is over: ${completed} sessions completed, ${failed} failed`);
    return signal.aborted ? 'stopped' : 'done';
  } finally {
    over.abort();
  }

  /** Says that all is ready, and gives the start by this machine's clock; undefined when it does not come. */
  async function readyAndTold(): Promise<number | undefined> {
    const { offsetMs, errorMs } = await clockOf(redis);
    const readyMs = Math.max(0, await redis.pttl(keys.open)) + START_SPARE_MS;
    const told = new Promise<number>((resolve) => {
      void hear<Control>(channel, keys.control, over.signal, (said) => {
        if (said.kind === 'start') resolve(Math.round(said.startAt - offsetMs));
        else stop.abort();
      });
    });
    await tell({ kind: 'ready', agent, workers, clockErrorMs: errorMs });
    const users = `${shard?.users.length} ${shard?.users.length === 1 ? 'user' : 'users'}`;
    note(`ready: shard ${index + 1} of ${of}, ${users}, ${plan.target.host}:${plan.target.port}`);
    return Promise.race([
      told,
      whenSet(AbortSignal.any([signal, stop.signal, AbortSignal.timeout(readyMs)])),
    ]);
  }
}

function whenSet(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

/** The plan with what is this machine's own: no path in it is one that came through Redis. */
function withOwn(plan: LoadPlan, { tlsOptions, sources, mail }: AgentSetup): LoadPlan {
  return {
    ...plan,
    target: { ...plan.target, tlsOptions },
    scenarios: plan.scenarios.map((one) => ({ ...one, source: { ...one.source, mail } })),
    ...(sources === undefined ? {} : { sources }),
  };
}
