import type { Redis } from 'ioredis';
import { LoadError } from '../problem.js';
import { PREFIX } from './protocol.js';

interface Packages {
  readonly bullmq: typeof import('bullmq');
  readonly ioredis: Pick<typeof import('ioredis'), 'Redis'>;
}

const CONNECT_MS = 5000;
export const RECONNECT_MS = 500;
const CLOCK_SAMPLES = 20;
/** Nothing of a run outlives its last sign of life by more. */
export const KEEP_S = 600;
/** A key that is to be gone sooner, such as a lock, keeps its time. */
const OWN_TIME_MS = 60_000;
const URL_HINT = 'write it like --redis redis://host:6379, and look whether it runs there';

/** Redis as one side of a run uses it. */
export interface Channel {
  readonly bullmq: typeof import('bullmq');
  /** Where it is, without a password. */
  readonly host: string;
  readonly redis: Redis;
  /** Another connection, for calls that wait. */
  readonly another: () => Redis;
  /** Closes all of them. */
  readonly close: () => void;
}

/** Connects. Throws LoadError when the packages are missing, the URL is none or nobody answers. */
export async function openChannel(url: string): Promise<Channel> {
  const { protocol, host } = partsOf(url);
  if (protocol !== 'redis:' && protocol !== 'rediss:')
    throw new LoadError('LOAD_REDIS', `--redis ${host} is no address of Redis`, URL_HINT);
  const { bullmq, ioredis } = await loadPackages();
  const open: Redis[] = [];
  let up = false;
  const another = () => {
    const redis = new ioredis.Redis(url, {
      lazyConnect: true,
      // BullMQ wants it so: a call waits until Redis is back, and whoever cannot wait so long has a limit of their own.
      maxRetriesPerRequest: null,
      connectTimeout: CONNECT_MS,
      // Until the first connection stands there is nothing to come back to.
      retryStrategy: () => (up ? RECONNECT_MS : null),
    });
    // Whoever waits for an answer sees that there is none.
    redis.on('error', () => undefined);
    open.push(redis);
    return redis;
  };
  const close = () => {
    // What BullMQ has made of these connections does not come back either.
    up = false;
    for (const redis of open) redis.disconnect();
  };
  const redis = another();
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    close();
    const { message } = error as Error;
    throw new LoadError('LOAD_REDIS', `Redis at ${host} cannot be used: ${message}`, URL_HINT);
  }
  up = true;
  return { bullmq, host, redis, another, close };
}

async function loadPackages(): Promise<Packages> {
  try {
    const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, ioredis };
  } catch {
    throw new LoadError(
      'LOAD_REDIS',
      'agents need the packages bullmq and ioredis, which are not installed',
      'npm install bullmq ioredis; or share the load by files, with --shard and popspec merge',
    );
  }
}

function partsOf(text: string): { protocol: string; host: string } {
  try {
    const { protocol, host } = new URL(text);
    return { protocol, host };
  } catch {
    return { protocol: '', host: 'as given' };
  }
}

/** Redis's clock, milliseconds since 1970. */
export async function timeOf(redis: Redis): Promise<number> {
  const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
  return seconds * 1000 + micros / 1000;
}

/** How far Redis's clock is ahead of this machine's, from the quickest of some answers, which is wrong by half its time at most. */
export async function clockOf(redis: Redis): Promise<{ offsetMs: number; errorMs: number }> {
  let best = { offsetMs: 0, errorMs: Number.POSITIVE_INFINITY };
  for (let sample = 0; sample < CLOCK_SAMPLES; sample++) {
    const [sent, steady] = [Date.now(), performance.now()];
    const theirs = await timeOf(redis);
    const errorMs = (performance.now() - steady) / 2;
    // Date.now() leaves out what is less than a millisecond: half of one on average.
    if (errorMs < best.errorMs) best = { offsetMs: theirs - (sent + 0.5 + errorMs), errorMs };
  }
  return best;
}

/** Gives every key of a run its time to live, BullMQ's too. */
export async function expireAll(redis: Redis, run: string): Promise<void> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${PREFIX}:${run}:*`, 'COUNT', 1000);
    cursor = next;
    await Promise.all(
      keys.map(async (key) => {
        const leftMs = await redis.pttl(key);
        if (leftMs === -1 || leftMs > OWN_TIME_MS) await redis.expire(key, KEEP_S);
      }),
    );
  } while (cursor !== '0');
}

/** An answer, or `undefined` when it does not come in time or at all. */
export async function inTime<T>(answer: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return Promise.race([answer.catch(() => undefined), late]).finally(() => clearTimeout(timer));
}
