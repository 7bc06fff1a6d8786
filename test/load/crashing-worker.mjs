import { parentPort, workerData } from 'node:worker_threads';
import { prepareShard } from '../../dist/load/shard.js';

/** A thread that carries out its shard, but the one with the last throws when its first interval has ended. */
const run = prepareShard(workerData);
parentPort.on('message', async ({ kind, startAt }) => {
  if (kind !== 'start') return;
  const onTick = (tick) => {
    parentPort.postMessage({ kind: 'tick', tick });
    if (workerData.index === workerData.of - 1 && tick.slot !== undefined) throw new Error('out of luck');
  };
  parentPort.postMessage({ kind: 'result', result: await run({ startAt, onTick }) });
  parentPort.close();
});
parentPort.postMessage({ kind: 'ready' });
