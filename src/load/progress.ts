import type { HealthMonitor } from './health.js';
import type { Recorder } from './recorder.js';
import type { Interval } from './result.js';
import type { LoadOptions } from './run.js';

/** How a run stands, for live views. Plain data. */
export interface LoadProgress {
  readonly phase: 'warm-up' | 'measuring' | 'draining';
  readonly elapsedMs: number;
  /** Until no more sessions are started; 0 while draining. */
  readonly leftMs: number;
  /** Sessions open now. */
  readonly open: number;
  /** Since the run began, the warm-up included. */
  readonly started: number;
  readonly completed: number;
  readonly failed: number;
  readonly dropped: number;
  readonly integrityErrors: number;
  /** Starts per second that are asked for; null in the closed model. */
  readonly offeredPerSecond: number | null;
  /** Sessions completed per second, by the last interval. */
  readonly ratePerSecond: number;
  /** Latency of the sessions that ended well in the last interval in which one did; null before. */
  readonly p50Us: number | null;
  readonly p99Us: number | null;
  /** Sessions completed per second in the last intervals, newest last. */
  readonly recentRates: readonly number[];
  readonly openFiles: number | null;
  readonly openFilesLimit: number | null;
}

/** Intervals whose rate is shown. */
const RATES_SHOWN = 60;

/** Makes the progress of a run from its recorder. */
export class ProgressMeter {
  private readonly rates: number[] = [];
  private p50Us: number | null = null;
  private p99Us: number | null = null;

  constructor(
    private readonly options: LoadOptions,
    private readonly recorder: Recorder,
    private readonly health: HealthMonitor,
  ) {}

  /** Takes an interval of the series that has just ended. */
  interval({ completed, durationMs, p50Us, p99Us }: Interval): void {
    this.rates.push(durationMs > 0 ? (completed * 1000) / durationMs : 0);
    if (this.rates.length > RATES_SHOWN) this.rates.shift();
    this.p50Us = p50Us ?? this.p50Us;
    this.p99Us = p99Us ?? this.p99Us;
  }

  progress(elapsedMs: number, draining: boolean): LoadProgress {
    const { model, warmupMs, durationMs } = this.options;
    const { seen, concurrent } = this.recorder;
    return {
      phase: draining ? 'draining' : elapsedMs < warmupMs ? 'warm-up' : 'measuring',
      elapsedMs: Math.round(elapsedMs),
      leftMs: draining ? 0 : Math.max(0, Math.round(warmupMs + durationMs - elapsedMs)),
      open: concurrent,
      started: seen.started,
      completed: seen.completed,
      failed: seen.failed,
      dropped: seen.dropped,
      integrityErrors: seen.integrityErrors,
      offeredPerSecond: model.kind === 'open' ? model.ratePerSecond : null,
      ratePerSecond: this.rates.at(-1) ?? 0,
      p50Us: this.p50Us,
      p99Us: this.p99Us,
      recentRates: [...this.rates],
      openFiles: this.health.openFiles,
      openFilesLimit: this.health.openFilesLimit,
    };
  }
}
