import { type SimulatedServer, simulatedRun } from '../../bench/simulated-runs.mjs';
import { type Run, spreadOf } from '../../src/load/comparison/run.js';
import { Distribution, encodeHistogram, histogramOfDigits } from '../../src/load/distribution.js';
import type { Random } from '../../src/load/random.js';
import type { Interval, LoadResult } from '../../src/load/result.js';
import { latency, sampleLoad } from '../report/samples.js';

/** A simulated run as the comparison reads it. */
export function runIn(seconds: number, slower: number, random: Random, server?: SimulatedServer): Run {
  const { blocks, whole, completed, perSecond } = simulatedRun(seconds, slower, random, server);
  return { blocks, completed, failed: 0, perSecond, session: spreadOf(whole), verbs: new Map() };
}

/** A simulated run as a result document, with a name for its begin. */
export function documentIn(
  seconds: number,
  slower: number,
  random: Random,
  more: Partial<LoadResult> = {},
): LoadResult {
  const { blocks, completed, perSecond } = simulatedRun(seconds, slower, random);
  const base = sampleLoad(1);
  const whole = histogramOfDigits(3);
  const series = blocks.map(({ completed: ended, us, counts }, index): Interval => {
    const histogram = histogramOfDigits(2);
    us.forEach((value, place) => {
      histogram.recordValueWithCount(Math.round(value), counts[place] ?? 0);
      whole.recordValueWithCount(Math.round(value), counts[place] ?? 0);
    });
    const at = (percentile: number) => histogram.getValueAtPercentile(percentile);
    return {
      ...{
        atMs: (index + 1) * 1000,
        durationMs: 1000,
        planned: 0,
        started: ended,
        completed: ended,
        failed: 0,
      },
      ...{ concurrent: 8, commands: ended * 3, messages: 0, octets: ended * 1000, integrityErrors: 0 },
      ...{ p50Us: at(50), p90Us: at(90), p99Us: at(99), histogram: encodeHistogram(histogram) },
    };
  });
  return {
    ...base,
    durationMs: seconds * 1000,
    model: { kind: 'closed', sessions: 8, durationMs: seconds * 1000, warmupMs: 0 },
    totals: { ...base.totals, completed, failed: 0, started: completed, octets: completed * 1000 },
    rates: { ...base.rates, offered: null, completed: perSecond },
    latencies: [
      Distribution.ofHistograms([encodeHistogram(whole)]).toLatency({
        name: 'session',
        kind: 'session',
        outcome: 'ok',
        measure: 'sent',
      }),
      latency('RETR', 2_000, 3_000, { kind: 'command' }),
    ],
    series,
    integrity: { checks: completed, errors: 0 },
    exit: { code: 0, reason: 'all thresholds are met' },
    ...more,
  };
}
