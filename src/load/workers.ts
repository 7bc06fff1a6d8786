import { Worker } from 'node:worker_threads';
import { Ledger } from './ledger.js';
import type { Shard } from './plan.js';
import type { ShardTick } from './shard.js';
import { mergeShards, type ShardResult } from './shard-result.js';

/** What a worker is told. */
export type ToWorker =
  | { readonly kind: 'start'; readonly startAt: number }
  | { readonly kind: 'stop' | 'cut-off' };

/** What a worker tells. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'tick'; readonly tick: ShardTick }
  | { readonly kind: 'result'; readonly result: ShardResult };

export interface WorkersControl {
  /** As milliseconds since 1970; a function is asked when every thread is ready. */
  readonly startAt?: number | (() => Promise<number>) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Ends all at once: connections are dropped. */
  readonly cutOff?: AbortSignal | undefined;
  /** `part`: which of the shards tells it. */
  readonly onTick?: ((part: number, tick: ShardTick) => void) | undefined;
  /** A shard will tell nothing any more. */
  readonly onLost?: ((part: number) => void) | undefined;
  /** The module that runs in each thread; for tests. */
  readonly entry?: URL;
}

const ENTRY = new URL('./worker.js', import.meta.url);
/** From the moment in which every worker is ready, so that all of them get the word in time. */
const START_DELAY_MS = 50;

/**
 * Carries out shards, each in a thread of its own, and gives the sum of what they have measured. All begin at the same
 * moment. What a thread that crashes has told until then is kept; the others go on, and the result is marked as lost.
 */
export async function runInWorkers(shards: readonly Shard[], control: WorkersControl): Promise<ShardResult> {
  const threads = shards.map((shard, part) => new Thread(shard, part, control));
  const tellAll = (kind: 'stop' | 'cut-off') => () => {
    for (const thread of threads) thread.tell({ kind });
  };
  const stop = tellAll('stop');
  const cut = tellAll('cut-off');
  control.signal?.addEventListener('abort', stop);
  control.cutOff?.addEventListener('abort', cut);
  try {
    await Promise.all(threads.map(({ ready }) => ready));
    const startAt =
      typeof control.startAt === 'function'
        ? await control.startAt()
        : Math.max(control.startAt ?? 0, Date.now() + START_DELAY_MS);
    if (control.cutOff?.aborted === true) cut();
    for (const thread of threads) thread.tell({ kind: 'start', startAt });
    if (control.signal?.aborted === true) stop();
    return mergeShards(await Promise.all(threads.map(({ result }) => result)));
  } catch (error) {
    await Promise.all(threads.map((thread) => thread.end()));
    throw error;
  } finally {
    control.signal?.removeEventListener('abort', stop);
    control.cutOff?.removeEventListener('abort', cut);
  }
}

/** One thread. Both promises are always kept: a thread that is gone is ready for nothing, and its result is what it told. */
class Thread {
  readonly ready: Promise<void>;
  readonly result: Promise<ShardResult>;
  private readonly worker: Worker;

  constructor(shard: Shard, part: number, { onTick, onLost, entry = ENTRY }: WorkersControl) {
    const ledger = new Ledger(shard.plan);
    this.worker = new Worker(entry, { workerData: shard });
    let why = 'it ended without a result';
    this.worker.on('error', (error) => {
      why = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    });
    const told = (wanted: FromWorker['kind'], then: (message: FromWorker) => void): void => {
      this.worker.on('message', (message: FromWorker) => {
        if (message.kind === wanted) then(message);
      });
    };
    told('tick', (message) => {
      if (message.kind !== 'tick') return;
      ledger.take(message.tick);
      onTick?.(part, message.tick);
    });
    this.ready = new Promise((resolve) => {
      told('ready', () => resolve());
      this.worker.on('exit', () => resolve());
    });
    this.result = new Promise((resolve) => {
      let over = false;
      told('result', (message) => {
        over = true;
        if (message.kind === 'result') resolve(message.result);
      });
      this.worker.on('exit', () => {
        if (over) return;
        onLost?.(part);
        resolve(ledger.lost(`worker ${part + 1} was lost: ${why}`));
      });
    });
  }

  tell(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}
