import { build, type Histogram } from 'hdr-histogram-js';
import type { Cause } from '../dialogue/outcome.js';
import type { LoadResult } from '../load/result.js';
import { decodeHistogram } from './histogram.js';
import { jsonText } from './json.js';
import { sessionLatency } from './load-view.js';

/** Percentiles that autocannon's result holds, as `p97_5`. */
const PERCENTILES = [0.001, 0.01, 0.1, 1, 2.5, 10, 25, 50, 75, 90, 97.5, 99, 99.9, 99.99, 99.999] as const;
/** Errors of the connection: autocannon's `errors`. An answer, even -ERR, is none of these. */
const CONNECTION_CAUSES = new Set<Cause>([
  'close',
  'reset',
  'timeout',
  'silence',
  'limit',
  'refused',
  'unreachable',
  'tls',
]);

/** Statistics in autocannon's shape: average, mean, stddev, min, max, total and `p…`. */
export type AutocannonStat = Record<string, number>;

/** autocannon's result. */
export interface AutocannonResult {
  readonly title: string;
  readonly url: string;
  readonly connections: number;
  readonly sampleInt: number;
  readonly pipelining: number;
  readonly duration: number;
  readonly samples: number;
  readonly start: string;
  readonly finish: string;
  readonly errors: number;
  readonly timeouts: number;
  readonly mismatches: number;
  readonly non2xx: number;
  readonly resets: number;
  readonly '1xx': number;
  readonly '2xx': number;
  readonly '3xx': number;
  readonly '4xx': number;
  readonly '5xx': number;
  readonly statusCodeStats: Readonly<Record<string, { readonly count: number }>>;
  readonly latency: AutocannonStat;
  readonly requests: AutocannonStat;
  readonly throughput: AutocannonStat;
}

/**
 * A load run in autocannon's shape, in which a request is a POP3 session: 2xx are those that went well, non2xx those
 * that the server refused with -ERR, mismatches integrity errors, errors those of the connection (timeouts among
 * them). Latency is that of sessions that went well, in milliseconds; requests and throughput are per second, from
 * the intervals of the run.
 */
export function toAutocannon(doc: LoadResult): AutocannonResult {
  const counted = (wanted: (cause: Cause) => boolean) =>
    doc.errors
      .filter(({ cause, integrity }) => !integrity && wanted(cause))
      .reduce((sum, error) => sum + error.count, 0);
  const refused = counted((cause) => !CONNECTION_CAUSES.has(cause));
  const series = doc.series.filter(({ durationMs }) => durationMs > 0);
  const perSecond = (value: (interval: LoadResult['series'][number]) => number) =>
    histogramOf(series.map((interval) => Math.round((value(interval) * 1_000) / interval.durationMs)));
  const latency = sessionLatency(doc);
  const distribution = latency === undefined ? undefined : decodeHistogram(latency.histogram);
  const started = Date.parse(doc.startedAt);
  return {
    title: `popspec ${doc.scenario.id}: a request is a POP3 session`,
    url: doc.target.url,
    connections: doc.model.kind === 'closed' ? doc.model.sessions : doc.totals.peakConcurrent,
    sampleInt: Math.round(series[0]?.durationMs ?? 1_000),
    pipelining: 1,
    duration: Math.round(doc.durationMs / 10) / 100,
    samples: series.length,
    start: doc.startedAt,
    finish: Number.isNaN(started) ? doc.startedAt : new Date(started + doc.durationMs).toISOString(),
    errors: counted((cause) => CONNECTION_CAUSES.has(cause)),
    timeouts: counted((cause) => cause === 'timeout' || cause === 'silence'),
    mismatches: doc.integrity.errors,
    non2xx: refused,
    resets: 0,
    '1xx': 0,
    '2xx': doc.totals.completed,
    '3xx': 0,
    '4xx': 0,
    '5xx': refused,
    // Only HTTP classes: autocannon colours by the first digit and stops at anything else.
    statusCodeStats: { '200': { count: doc.totals.completed }, '500': { count: refused } },
    latency: { ...statistics(distribution, 1_000), totalCount: distribution?.totalCount ?? 0 },
    requests: {
      ...statistics(
        perSecond(({ completed }) => completed),
        1,
      ),
      total: doc.totals.completed,
      sent: doc.totals.started,
    },
    throughput: {
      ...statistics(
        perSecond(({ octets }) => octets),
        1,
      ),
      total: doc.totals.octets,
    },
  };
}

/** The shape as JSON, for tools that read autocannon's output. */
export function renderAutocannon(doc: LoadResult): string {
  return jsonText(toAutocannon(doc));
}

/** The run as autocannon prints its own, under a line that says what a request is here. */
export async function printAutocannon(doc: LoadResult): Promise<string> {
  const { default: autocannon } = await import('autocannon');
  // The package types dates as Date and leaves histograms less open than it reads them.
  const result = toAutocannon(doc) as unknown as Parameters<typeof autocannon.printResult>[0];
  return `request = POP3 session (${doc.scenario.id})\n${autocannon.printResult(result)}`;
}

function histogramOf(values: readonly number[]): Histogram | undefined {
  if (values.length === 0) return undefined;
  const histogram = build({
    bitBucketSize: 64,
    autoResize: true,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  for (const value of values) histogram.recordValue(Math.max(0, value));
  return histogram;
}

function statistics(histogram: Histogram | undefined, divisor: number): AutocannonStat {
  const of = (value: number) => Math.round((value / divisor) * 100) / 100;
  const mean = of(histogram?.mean ?? 0);
  const stat: AutocannonStat = {
    average: mean,
    mean,
    stddev: of(histogram?.stdDeviation ?? 0),
    min: of(histogram?.getValueAtPercentile(0) ?? 0),
    max: of(histogram?.maxValue ?? 0),
  };
  for (const percentile of PERCENTILES)
    stat[`p${percentile}`.replace('.', '_')] = of(histogram?.getValueAtPercentile(percentile) ?? 0);
  return stat;
}
