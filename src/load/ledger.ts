import { sumOfCounts } from './counts.js';
import { Distribution } from './distribution.js';
import type { LoadPlan } from './plan.js';
import { INTERVAL_MS, INTERVALS_MAX, type SeriesData, sumOfSeries } from './series.js';
import type { ShardTick } from './shard.js';
import { latencyKey, nothingMeasured, type ShardLatency, type ShardResult } from './shard-result.js';

/**
 * Keeps what a shard tells while it runs. When whoever runs it is lost, this is what was measured until then: counts,
 * intervals, session latencies to two digits, errors without transcripts, and the latencies of commands and phases as far as each
 * was told when its turn came.
 */
export class Ledger {
  private last: ShardTick | undefined;
  private readonly latencies = new Map<string, ShardLatency>();
  private series: SeriesData = { widthMs: INTERVAL_MS, slots: [] };

  constructor(private readonly plan: LoadPlan) {}

  take(tick: ShardTick): void {
    this.last = tick;
    if (tick.inTurn !== undefined) this.latencies.set(latencyKey(tick.inTurn), tick.inTurn);
    if (tick.slot === undefined) return;
    const slot = Math.ceil((tick.slot.slot * INTERVAL_MS) / this.series.widthMs);
    this.series.slots.push({ ...tick.slot, slot });
    if (this.series.slots.length > 2 * INTERVALS_MAX) this.series = halved(this.series);
  }

  /** `why` in words. */
  lost(why: string): ShardResult {
    const { last, series, plan } = this;
    const during = sumOfCounts(series.slots.map(({ counts }) => counts));
    const sessions = Distribution.ofHistograms(series.slots.map(({ latency }) => latency));
    const session: ShardLatency = {
      name: 'session',
      kind: 'session',
      outcome: 'ok',
      measure: plan.model.kind === 'open' ? 'planned' : 'sent',
      ...sessions.toData(),
    };
    // Intervals know of more sessions than were told the last time that it was their turn.
    const latencies = new Map(this.latencies);
    if (session.count > 0) latencies.set(latencyKey(session), session);
    return {
      ...nothingMeasured(plan),
      why: 'lost',
      durationMs: series.slots.reduce((sum, { durationMs }) => sum + durationMs, 0),
      ...(last === undefined ? {} : { totals: last.totals, connected: last.connected }),
      during,
      peakConcurrent: Math.max(0, ...series.slots.map(({ concurrent }) => concurrent)),
      latencies: [...latencies.values()],
      series,
      errors: (last?.errors ?? []).map((error) => ({ ...error, transcript: [] })),
      losses: [why],
    };
  }
}

/** With intervals twice as long. */
function halved(series: SeriesData): SeriesData {
  return sumOfSeries([series, { widthMs: 2 * series.widthMs, slots: [] }]);
}
