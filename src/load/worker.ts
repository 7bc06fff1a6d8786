import { parentPort, workerData } from 'node:worker_threads';
import type { Shard } from './plan.js';
import { prepareShard } from './shard.js';
import type { FromWorker, ToWorker } from './workers.js';

/** A thread that carries out one shard. What goes wrong in it ends it; runInWorkers sees that. */
const stop = new AbortController();
const cutOff = new AbortController();
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

const run = prepareShard(workerData as Shard);
parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'start') void start(message.startAt);
  else (message.kind === 'stop' ? stop : cutOff).abort();
});
tell({ kind: 'ready' });

async function start(startAt: number): Promise<void> {
  const { signal } = stop;
  tell({
    kind: 'result',
    result: await run({
      startAt,
      signal,
      cutOff: cutOff.signal,
      onTick: (tick) => tell({ kind: 'tick', tick }),
    }),
  });
  parentPort?.close();
}
