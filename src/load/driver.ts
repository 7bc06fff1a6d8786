import { performance } from 'node:perf_hooks';
import type { Target } from '../wire/target.js';
import { type Arrivals, poissonArrivals, uniformArrivals } from './arrivals.js';
import { LATE_MS } from './counts.js';
import type { Lease, LeasePool } from './leases.js';
import { LoadSession, type PlayedScenario, type SessionEnd, type SessionPlan } from './load-session.js';
import { type LoadModel, type Shard, type Stage, shareOf } from './plan.js';
import { ARRIVALS_STREAM, randomOf } from './random.js';
import type { Recorder } from './recorder.js';

export interface DriverOptions {
  readonly shard: Shard;
  readonly plan: SessionPlan;
  /** In the order of the plan. */
  readonly scenarios: readonly PlayedScenario[];
  readonly pool: LeasePool;
  /** Every session of a plan with a count has been played. */
  readonly onPlayed: () => void;
}

/** Closed model without a ramp: the first sessions are this far apart, so that they are not one burst of connects. */
const RAMP_STEP_MS = 1;
/** Closed model: a slot whose sessions fail waits, twice as long each time, so that it does not spin. */
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 1000;
/** After they were cut off, sessions have this long for their farewell. */
const FAREWELL_MS = 3000;

/** Starts the sessions of a shard and ends them. */
export class Driver {
  private readonly open = new Set<LoadSession>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly weights: readonly number[];
  /** One for each source address. */
  private readonly targets: readonly Target[];
  private readonly endMs: number;
  /** Sessions after the warm-up that are still to be planned. */
  private left: number;
  private arrivals: Arrivals = () => Number.POSITIVE_INFINITY;
  /** Open model: the next planned start, and its number in the run. */
  private next = { atMs: Number.POSITIVE_INFINITY, number: -1 };
  private stopped = false;
  private whenEmpty: (() => void) | undefined;

  constructor(private readonly options: DriverOptions) {
    const { plan } = options.shard;
    this.weights = plan.scenarios.map(({ weight }) => weight);
    this.targets = (plan.sources ?? []).map((localAddress) => ({ ...plan.target, localAddress }));
    this.endMs = plan.warmupMs + plan.durationMs;
    this.left = plan.count === undefined ? Number.POSITIVE_INFINITY : shareOf(plan.count, options.shard);
  }

  begin(): void {
    const { shard } = this.options;
    const { model, warmupMs, seed } = shard.plan;
    if (this.left === 0) {
      this.options.onPlayed();
    } else if (model.kind === 'closed') {
      this.ramp(model, shard.index);
    } else {
      const stages = [...warmupStage(model.stages, warmupMs), ...model.stages];
      const poisson = model.arrivals === 'poisson';
      this.arrivals = poisson
        ? poissonArrivals(stages, randomOf(seed, ARRIVALS_STREAM))
        : uniformArrivals(stages);
      this.advance();
      this.pump();
    }
  }

  /** Starts what was planned until `untilMs`, and then nothing more. */
  stop(untilMs: number): void {
    if (this.stopped) return;
    // A generator that lags must not lose the last of its plan.
    this.startDue(untilMs);
    this.halt();
  }

  /** Ends at once: nothing is started or sent any more, every connection is dropped. */
  abandon(): void {
    this.halt();
    for (const session of this.open) session.drop();
  }

  private halt(): void {
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

  private get recorder(): Recorder {
    return this.options.plan.recorder;
  }

  private later(ms: number, then: () => void): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      then();
    }, ms);
    this.timers.add(timer);
  }

  /** Open model: the arrivals of the whole run are dealt out to its shards in turn. */
  private advance(): void {
    const { index, of } = this.options.shard;
    do {
      this.next = { atMs: this.arrivals(), number: this.next.number + 1 };
    } while (this.next.number % of !== index && this.next.atMs < this.endMs);
  }

  /** Open model: starts all that is due, then sleeps until the next. */
  private pump(): void {
    this.startDue(this.nowMs);
    if (this.next.atMs < this.endMs && this.left > 0)
      this.later(Math.max(0, this.next.atMs - this.nowMs), () => this.pump());
  }

  private startDue(untilMs: number): void {
    const { shard } = this.options;
    const { model } = shard.plan;
    if (model.kind === 'closed') return;
    const most = shareOf(model.maxSessions, shard);
    for (; this.next.atMs <= untilMs && this.next.atMs < this.endMs && this.left > 0; this.advance()) {
      this.arrive(this.next.atMs, this.next.number, most);
    }
  }

  private arrive(plannedMs: number, number: number, maxSessions: number): void {
    const { plan, pool, shard } = this.options;
    const measured = plannedMs >= shard.plan.warmupMs;
    this.planned(measured);
    const lease = this.open.size < maxSessions ? pool.take(this.nowMs) : undefined;
    if (lease === undefined) {
      this.recorder.add(measured, 'dropped');
      this.played();
      return;
    }
    const lagMs = this.nowMs - plannedMs;
    this.recorder.startedLate(measured, lagMs * 1000);
    if (lagMs > LATE_MS) this.recorder.add(measured, 'late');
    this.start(lease, number, measured, plan.beganMs + plannedMs, () => undefined);
  }

  private planned(measured: boolean): void {
    this.recorder.add(measured, 'planned');
    if (measured) this.left--;
  }

  /** Tells when the last session of a count is over. */
  private played(): void {
    if (this.left <= 0 && this.open.size === 0) this.options.onPlayed();
  }

  /** Closed model: starts the slots of this shard, `number` and on, when their time has come. */
  private ramp(model: Extract<LoadModel, { kind: 'closed' }>, number: number): void {
    const { of } = this.options.shard;
    const stepMs = model.rampMs === undefined ? RAMP_STEP_MS : model.rampMs / model.sessions;
    let next = number;
    for (const due = this.nowMs; next < model.sessions && next * stepMs <= due; next += of)
      this.slot({ number: next, model, backoffMs: BACKOFF_MIN_MS });
    if (next < model.sessions) this.later(next * stepMs - this.nowMs, () => this.ramp(model, next));
  }

  /** Closed model: one session, and then the next in its place. */
  private slot(slot: Slot): void {
    const { pool, shard } = this.options;
    const startMs = this.nowMs;
    if (this.stopped || startMs >= this.endMs || this.left <= 0) return;
    const lease = pool.take(startMs);
    if (lease === undefined) {
      const waitMs = pool.waitMs(startMs);
      if (waitMs === undefined) throw new Error('a closed model with fewer users than sessions');
      this.later(waitMs, () => this.slot(slot));
      return;
    }
    const measured = startMs >= shard.plan.warmupMs;
    this.planned(measured);
    let starting = true;
    this.start(lease, slot.number, measured, undefined, (end) => {
      if (end === 'cut-off') return;
      const failed = end === 'failed';
      const next = {
        ...slot,
        number: slot.number + slot.model.sessions,
        backoffMs: failed ? Math.min(2 * slot.backoffMs, BACKOFF_MAX_MS) : BACKOFF_MIN_MS,
      };
      const pacedMs = startMs + (slot.model.pacingMs ?? 0) - this.nowMs;
      const waitMs = Math.max(pacedMs, failed ? slot.backoffMs : 0);
      if (waitMs > 0 || starting) this.later(Math.max(0, waitMs), () => this.slot(next));
      else this.slot(next);
    });
    starting = false;
  }

  private start(
    lease: Lease,
    number: number,
    measured: boolean,
    plannedMs: number | undefined,
    then: (end: SessionEnd) => void,
  ): void {
    const { plan, pool, shard, scenarios } = this.options;
    const random = randomOf(shard.plan.seed, number);
    const scenario = scenarios[scenarios.length === 1 ? 0 : chosen(this.weights, random())];
    if (scenario === undefined) throw new Error('a plan without a scenario');
    const target = this.targets[number % this.targets.length] ?? shard.plan.target;
    const about = { lease, target, scenario, random, measured, plannedMs };
    const session = new LoadSession(plan, about, (ended, end) => {
      this.open.delete(ended);
      pool.giveBack(lease, this.nowMs);
      then(end);
      if (this.open.size > 0) return;
      this.whenEmpty?.();
      this.played();
    });
    this.open.add(session);
    this.recorder.started(measured);
    session.start();
  }
}

/** A place of the closed model in which one session follows another; `number` is that of its next session in the run. */
interface Slot {
  readonly number: number;
  readonly model: Extract<LoadModel, { kind: 'closed' }>;
  readonly backoffMs: number;
}

/** The warm-up has the rate with which the first stage begins. */
function warmupStage(stages: readonly Stage[], durationMs: number): Stage[] {
  const rate = stages[0]?.fromPerSecond ?? 0;
  return durationMs === 0 ? [] : [{ fromPerSecond: rate, toPerSecond: rate, durationMs }];
}

/** The index that a number from 0 to 1 falls on when each index has so much room. */
function chosen(weights: readonly number[], random: number): number {
  let at = random * weights.reduce((sum, weight) => sum + weight, 0);
  const found = weights.findIndex((weight) => {
    at -= weight;
    return at < 0;
  });
  return found < 0 ? weights.length - 1 : found;
}
