import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { type Channel, KEEP_S, RECONNECT_MS } from './redis.js';

/** Of a stream: more than any reader falls behind. */
const STREAM_MAX = 2000;
const BLOCK_MS = 5000;

/** Writes a message to a stream. */
export async function say(redis: Redis, stream: string, message: unknown): Promise<void> {
  await redis.xadd(stream, 'MAXLEN', '~', STREAM_MAX, '*', 'm', JSON.stringify(message));
  await redis.expire(stream, KEEP_S);
}

/** The newest messages of a stream, newest first. */
export async function newest<T>(redis: Redis, stream: string, count: number): Promise<T[]> {
  const entries = await redis.xrevrange(stream, '+', '-', 'COUNT', count);
  return entries.map(([, fields]) => messageOf<T>(fields));
}

/** Hears a stream from its beginning until `over` is set, also after Redis was away. */
export async function hear<T>(
  channel: Channel,
  stream: string,
  over: AbortSignal,
  heard: (message: T) => void,
): Promise<void> {
  const redis = channel.another();
  over.addEventListener('abort', () => redis.disconnect(), { once: true });
  let last = '0';
  while (!over.aborted && redis.status !== 'end') {
    try {
      const answer = await redis.xread('BLOCK', BLOCK_MS, 'STREAMS', stream, last);
      for (const [id, fields] of answer?.[0]?.[1] ?? []) {
        last = id;
        heard(messageOf<T>(fields));
      }
    } catch {
      await sleep(RECONNECT_MS);
    }
  }
}

function messageOf<T>(fields: readonly string[]): T {
  return JSON.parse(fields[1] ?? 'null') as T;
}
