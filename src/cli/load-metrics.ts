import { createServer } from 'node:http';
import { isIP } from 'node:net';
import type { LoadProgress } from '../load/progress.js';
import { UsageError } from './exit-codes.js';
import { single } from './values.js';

/** Metrics of a run for Prometheus, as long as it goes on. */
export interface MetricsEndpoint {
  readonly url: string;
  take(progress: LoadProgress): void;
  close(): Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `--metrics [HOST]:PORT`; without a host it is loopback. Throws UsageError. */
export function metricsAddress(args: Readonly<Record<string, unknown>>): Address | undefined {
  const text = single('metrics', args.metrics);
  if (text === undefined) return undefined;
  const [, name = '', port = ''] = /^(.*?):?(\d{1,5})$/.exec(text) ?? [];
  const host = name.replace(/^\[|\]$/g, '') || '127.0.0.1';
  if (port === '' || Number(port) > 65_535 || (isIP(host) === 0 && host !== 'localhost'))
    throw new UsageError(`--metrics ${text} is no address to listen on`, 'such as :9464 or 0.0.0.0:9464');
  return { host, port: Number(port) };
}

/** Serves what `take` was last given at /metrics. Throws UsageError when the address cannot be listened on. */
export async function serveMetrics({ host, port }: Address): Promise<MetricsEndpoint> {
  const { Counter, Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  let last: LoadProgress | undefined;
  for (const [name, help, value] of COUNTERS) {
    const counter = new Counter({
      name: `popspec_${name}_total`,
      help,
      registers: [registry],
      collect() {
        // The run counts by itself; here stands where it is.
        counter.reset();
        counter.inc(last === undefined ? 0 : value(last));
      },
    });
  }
  for (const [name, help, value] of GAUGES) {
    const gauge = new Gauge({
      name: `popspec_${name}`,
      help,
      registers: [registry],
      collect() {
        const now = last === undefined ? null : value(last);
        if (now !== null) gauge.set(now);
      },
    });
  }
  const server = createServer(async (request, response) => {
    const known = request.url === '/metrics' && request.method === 'GET';
    response.statusCode = known ? 200 : 404;
    response.setHeader('Content-Type', known ? registry.contentType : 'text/plain');
    response.end(known ? await registry.metrics() : 'popspec has /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UsageError(
          `--metrics: ${host}:${port} cannot be listened on (${error.code})`,
          'choose another port',
        ),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const actual = address !== null && typeof address === 'object' ? address.port : port;
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${actual}/metrics`,
    take(progress) {
      last = progress;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Figure<T> = readonly [name: string, help: string, value: (progress: LoadProgress) => T];

/** All since the run began, the warm-up included. */
const COUNTERS: readonly Figure<number>[] = [
  ['sessions_started', 'Sessions that were started', ({ started }) => started],
  ['sessions_completed', 'Sessions that came to their end without error', ({ completed }) => completed],
  ['sessions_failed', 'Sessions that did not, or in which mail was damaged', ({ failed }) => failed],
  ['sessions_dropped', 'Planned starts for which no user or slot was free', ({ dropped }) => dropped],
  ['integrity_errors', 'Damage to mail or protocol', ({ integrityErrors }) => integrityErrors],
  ['commands', 'Commands that were answered', ({ commands }) => commands],
  ['messages', 'Messages that were read whole', ({ messages }) => messages],
  ['octets', 'Octets of these messages', ({ octets }) => octets],
];

const GAUGES: readonly Figure<number | null>[] = [
  ['sessions_open', 'Sessions open now', ({ open }) => open],
  [
    'sessions_per_second',
    'Sessions completed per second in the last interval',
    ({ ratePerSecond }) => ratePerSecond,
  ],
  [
    'starts_per_second_planned',
    'Starts per second that are planned now',
    ({ offeredPerSecond }) => offeredPerSecond,
  ],
  ['session_p50_seconds', 'Median latency of sessions in the last interval', ({ p50Us }) => seconds(p50Us)],
  ['session_p99_seconds', '99th percentile of it', ({ p99Us }) => seconds(p99Us)],
  ['open_files', 'Open files of popspec', ({ openFiles }) => openFiles],
];

function seconds(us: number | null): number | null {
  return us === null ? null : us / 1e6;
}
