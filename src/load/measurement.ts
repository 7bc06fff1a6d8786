import { type Counts, countsSince } from './counts.js';
import type { HealthMonitor, Vitals } from './health.js';
import type { Recorder } from './recorder.js';
import { Series, type SeriesData, type Slot } from './series.js';

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

  constructor(
    private readonly recorder: Recorder,
    private readonly health: HealthMonitor,
    private readonly fromMs: number,
  ) {
    this.series = new Series(recorder.seen);
    this.before = { ...recorder.seen };
    recorder.beginSeries(this.series);
    health.begin();
  }

  /** To be called often; ends the open interval when it is due and gives it. */
  tick(atMs: number): Slot | undefined {
    const closed = this.series.close(atMs - this.fromMs, this.recorder.seen, this.recorder.concurrent);
    if (closed !== undefined) this.health.sample();
    return closed;
  }

  /** Nothing is started any more; intervals go on while open sessions come to their end. */
  end(atMs: number): Measured {
    const counts = countsSince(this.before, this.recorder.seen);
    return { durationMs: atMs - this.fromMs, counts, vitals: this.health.end() };
  }

  /** All intervals, when the last session has ended. */
  intervals(atMs: number): SeriesData {
    this.series.close(atMs - this.fromMs, this.recorder.seen, this.recorder.concurrent, true);
    return this.series.toData();
  }
}
