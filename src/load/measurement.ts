import { type Counts, countsSince } from './counts.js';
import type { HealthMonitor, Vitals } from './health.js';
import type { Recorder } from './recorder.js';
import type { Interval } from './result.js';
import { Series } from './series.js';

const INTERVAL_MS = 1000;
/** A tick that comes so much early still ends the interval: timers are not exact. */
const EARLY_MS = 50;

/** What happened in the measured time, whichever session it belongs to, and what it took of this machine. */
export interface Measured {
  readonly durationMs: number;
  readonly counts: Counts;
  readonly vitals: Vitals;
}

/** The measured part of a run, from the end of the warm-up on. Times in milliseconds since the run began. */
export class Measurement {
  private readonly series: Series;
  private readonly before: Counts;
  private lastMs: number;

  constructor(
    private readonly recorder: Recorder,
    private readonly health: HealthMonitor,
    private readonly fromMs: number,
  ) {
    this.series = new Series(recorder.seen, fromMs);
    this.before = { ...recorder.seen };
    this.lastMs = fromMs;
    recorder.beginSeries(this.series);
    health.begin();
  }

  /** To be called often; ends the open interval when it is due and gives it. */
  tick(atMs: number): Interval | undefined {
    if (atMs - this.lastMs < INTERVAL_MS - EARLY_MS) return undefined;
    this.lastMs = atMs;
    this.health.sample();
    return this.series.close(atMs, this.recorder.seen, this.recorder.concurrent);
  }

  /** Nothing is started any more; intervals go on while open sessions come to their end. */
  end(atMs: number): Measured {
    const counts = countsSince(this.before, this.recorder.seen);
    return { durationMs: atMs - this.fromMs, counts, vitals: this.health.end() };
  }

  /** All intervals, when the last session has ended. */
  intervals(atMs: number): Interval[] {
    this.series.close(atMs, this.recorder.seen, this.recorder.concurrent);
    return this.series.intervals();
  }
}
