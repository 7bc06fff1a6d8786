import autocannon from 'autocannon';
import type { SideLoadAnswer, SideLoadOrder } from './side-load.js';

/**
 * The process behind startSideLoad: autocannon with a constant number of connections. No rate is given to it, since
 * with one it mends its latencies by a fixed millisecond.
 */
function tell(message: SideLoadAnswer): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

process.on('disconnect', () => process.exit(0));
// It stays until the parent has read what it told and ends it.
// Ctrl-C in a terminal reaches the whole group; the parent ends this process.
process.on('SIGINT', () => {});

let running: autocannon.Instance | undefined;
process.on('message', (order: SideLoadOrder) => {
  if (order.kind === 'stop') running?.stop?.();
  else run(order);
});

function run({ url, connections, seconds }: Extract<SideLoadOrder, { kind: 'start' }>): void {
  running = autocannon({ url, connections, duration: seconds }, async (error, result) => {
    if (error !== null && error !== undefined) {
      await tell({ kind: 'failed', why: String((error as Error).message ?? error) });
    } else {
      const { requests, latency, errors, timeouts, non2xx } = result;
      await tell({
        kind: 'done',
        requests: requests.total,
        requestsPerSecond: requests.average,
        p50Ms: latency.p50,
        p99Ms: latency.p99,
        errors: errors + timeouts,
        non2xx,
      });
    }
  });
}

void tell({ kind: 'ready' });
