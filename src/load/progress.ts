import { rateAt } from './arrivals.js';
import { sumOfCounts } from './counts.js';
import { decodeHistogram } from './distribution.js';
import type { LoadPlan } from './plan.js';
import type { Slot } from './series.js';
import type { ShardTick } from './shard.js';

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
  readonly commands: number;
  readonly messages: number;
  readonly octets: number;
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

/** Puts together how a run stands from what its shards tell. */
export class ProgressMeter {
  private readonly ticks = new Map<number, ShardTick>();
  /** Of each shard the interval that ended last. */
  private readonly slots = new Map<number, Slot>();
  private readonly rates: number[] = [];
  private shown = 0;
  private p50Us: number | null = null;
  private p99Us: number | null = null;

  constructor(
    private readonly plan: LoadPlan,
    private shards: number,
  ) {}

  /** A shard will tell nothing any more; what it counted stays. */
  lose(shard: number): void {
    this.shards--;
    this.slots.delete(shard);
    const tick = this.ticks.get(shard);
    if (tick !== undefined) this.ticks.set(shard, { ...tick, open: 0 });
  }

  take(shard: number, tick: ShardTick): void {
    this.ticks.set(shard, tick);
    if (tick.slot !== undefined) this.slots.set(shard, tick.slot);
    // A rate is that of all shards: it is shown when each has told of the interval.
    const told = [...this.slots.values()].map(({ slot }) => slot);
    if (told.length === this.shards && Math.min(...told) > this.shown) this.interval(Math.min(...told));
  }

  private interval(slot: number): void {
    this.shown = slot;
    const slots = [...this.slots.values()];
    const rates = slots.map(({ counts, durationMs }) =>
      durationMs > 0 ? (counts.completed * 1000) / durationMs : 0,
    );
    this.rates.push(rates.reduce((sum, rate) => sum + rate, 0));
    if (this.rates.length > RATES_SHOWN) this.rates.shift();
    const [first, ...others] = slots.flatMap(({ latency }) =>
      latency === '' ? [] : decodeHistogram(latency),
    );
    if (first === undefined) return;
    for (const other of others) first.add(other);
    this.p50Us = first.getValueAtPercentile(50);
    this.p99Us = first.getValueAtPercentile(99);
  }

  progress(): LoadProgress {
    const { model, warmupMs, durationMs } = this.plan;
    const ticks = [...this.ticks.values()];
    const seen = sumOfCounts(ticks.map((tick) => tick.seen));
    const elapsedMs = Math.max(0, ...ticks.map((tick) => tick.elapsedMs));
    const draining = ticks.every((tick) => tick.draining);
    const files = ticks.flatMap(({ openFiles }) => openFiles ?? []);
    return {
      phase: draining ? 'draining' : elapsedMs < warmupMs ? 'warm-up' : 'measuring',
      elapsedMs: Math.round(elapsedMs),
      leftMs: draining ? 0 : Math.max(0, Math.round(warmupMs + durationMs - elapsedMs)),
      open: ticks.reduce((sum, { open }) => sum + open, 0),
      started: seen.started,
      completed: seen.completed,
      failed: seen.failed,
      dropped: seen.dropped,
      integrityErrors: seen.integrityErrors,
      commands: seen.commands,
      messages: seen.messages,
      octets: seen.octets,
      offeredPerSecond:
        model.kind === 'open' ? rateAt(model.stages, Math.max(0, elapsedMs - warmupMs)) : null,
      ratePerSecond: this.rates.at(-1) ?? 0,
      p50Us: this.p50Us,
      p99Us: this.p99Us,
      recentRates: [...this.rates],
      openFiles: files.length === 0 ? null : Math.max(...files),
      openFilesLimit: ticks[0]?.openFilesLimit ?? null,
    };
  }
}
