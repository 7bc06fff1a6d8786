import { performance } from 'node:perf_hooks';
import type { Arrivals } from './arrivals.js';
import type { Lease, LeasePool } from './leases.js';
import { LoadSession, type SessionEnd, type SessionPlan } from './load-session.js';

/** When sessions are started; times in milliseconds since the run began. */
export type StartPlan =
  | { readonly kind: 'closed'; readonly sessions: number }
  | { readonly kind: 'open'; readonly arrivals: Arrivals; readonly maxSessions: number };

export interface DriverOptions {
  readonly start: StartPlan;
  readonly plan: SessionPlan;
  readonly pool: LeasePool;
  readonly warmupMs: number;
  /** No session is started after this. */
  readonly endMs: number;
}

/** Closed model: the first sessions are started this far apart, so that they are not one burst of connects. */
const RAMP_STEP_MS = 1;
/** Closed model: a slot whose sessions fail waits, twice as long each time, so that it does not spin. */
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1000;
/** After they were cut off, sessions have this long for their farewell. */
const FAREWELL_MS = 3000;

/** Starts the sessions of a run and ends them. */
export class Driver {
  private readonly open = new Set<LoadSession>();
  private readonly timers = new Set<NodeJS.Timeout>();
  /** Open model: the next planned start. */
  private nextMs = Number.POSITIVE_INFINITY;
  private stopped = false;
  private whenEmpty: (() => void) | undefined;

  constructor(private readonly options: DriverOptions) {}

  begin(): void {
    const { start } = this.options;
    if (start.kind === 'closed') {
      this.ramp(0, start.sessions);
    } else {
      this.nextMs = start.arrivals();
      this.pump();
    }
  }

  /** Starts what was planned until `untilMs`, and then nothing more. */
  stop(untilMs: number): void {
    // A generator that lags must not lose the last of its plan.
    this.startDue(untilMs);
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  /** Waits for the open sessions after `stop`; after `graceMs` they are cut off. Resolves when none is left. */
  async drain(graceMs: number): Promise<void> {
    if (await this.emptyWithin(graceMs)) return;
    for (const session of this.open) session.cutOff();
    if (await this.emptyWithin(FAREWELL_MS)) return;
    for (const session of this.open) session.drop();
  }

  private emptyWithin(ms: number): Promise<boolean> {
    if (this.open.size === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms);
      this.whenEmpty = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }

  private get nowMs(): number {
    return performance.now() - this.options.plan.beganMs;
  }

  private later(ms: number, then: () => void): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      then();
    }, ms);
    this.timers.add(timer);
  }

  /** Open model: starts all that is due, then sleeps until the next. */
  private pump(): void {
    this.startDue(this.nowMs);
    if (this.nextMs < this.options.endMs)
      this.later(Math.max(0, this.nextMs - this.nowMs), () => this.pump());
  }

  private startDue(untilMs: number): void {
    const { start, endMs } = this.options;
    if (start.kind === 'closed') return;
    for (; this.nextMs <= untilMs && this.nextMs < endMs; this.nextMs = start.arrivals()) {
      this.arrive(this.nextMs, start.maxSessions);
    }
  }

  private arrive(plannedMs: number, maxSessions: number): void {
    const { plan, pool, warmupMs } = this.options;
    const measured = plannedMs >= warmupMs;
    plan.recorder.add(measured, 'planned');
    const lease = this.open.size < maxSessions ? pool.take() : undefined;
    if (lease === undefined) {
      plan.recorder.add(measured, 'dropped');
      return;
    }
    if (measured) plan.recorder.lag.record((this.nowMs - plannedMs) * 1000);
    this.start(lease, measured, plan.beganMs + plannedMs, () => undefined);
  }

  private ramp(slot: number, sessions: number): void {
    let next = slot;
    for (const due = this.nowMs / RAMP_STEP_MS; next < sessions && next <= due; next++)
      this.slot(BACKOFF_MIN_MS);
    if (next < sessions) this.later(RAMP_STEP_MS, () => this.ramp(next, sessions));
  }

  /** Closed model: one session, and then the next in its place. */
  private slot(backoffMs: number): void {
    const { plan, pool, warmupMs, endMs } = this.options;
    const startMs = this.nowMs;
    if (this.stopped || startMs >= endMs) return;
    const lease = pool.take();
    if (lease === undefined) throw new Error('a closed model with fewer users than sessions');
    const measured = startMs >= warmupMs;
    plan.recorder.add(measured, 'planned');
    let starting = true;
    this.start(lease, measured, undefined, (end) => {
      if (end === 'cut-off') return;
      if (end === 'failed') this.later(backoffMs, () => this.slot(Math.min(2 * backoffMs, BACKOFF_MAX_MS)));
      else if (starting) this.later(0, () => this.slot(BACKOFF_MIN_MS));
      else this.slot(BACKOFF_MIN_MS);
    });
    starting = false;
  }

  private start(
    lease: Lease,
    measured: boolean,
    plannedMs: number | undefined,
    then: (end: SessionEnd) => void,
  ): void {
    const { plan, pool } = this.options;
    const session = new LoadSession(lease, plan, measured, plannedMs, (ended, end) => {
      this.open.delete(ended);
      pool.giveBack(lease);
      then(end);
      if (this.open.size === 0) this.whenEmpty?.();
    });
    this.open.add(session);
    plan.recorder.started(measured);
    session.start();
  }
}
