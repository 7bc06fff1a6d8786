import { performance } from 'node:perf_hooks';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { compileScenario } from '../dialogue/scenario.js';
import { keepMaxOf } from '../pop3/limits.js';
import { handshakes } from '../wire/tls-context.js';
import type { Counts } from './counts.js';
import { Driver } from './driver.js';
import { ErrorTable } from './errors.js';
import { HealthMonitor } from './health.js';
import { LeasePool } from './leases.js';
import type { PlayedScenario, SessionPlan } from './load-session.js';
import { Measurement } from './measurement.js';
import type { LoadPlan, PlannedScenario, Shard } from './plan.js';
import { programNames } from './program-names.js';
import { Recorder } from './recorder.js';
import { Refiller } from './refiller.js';
import type { LoadError } from './result.js';
import type { Slot } from './series.js';
import type { ShardLatency, ShardResult } from './shard-result.js';

/** How a shard stands, as plain data; told about twice a second. */
export interface ShardTick {
  readonly elapsedMs: number;
  readonly draining: boolean;
  /** Sessions open now. */
  readonly open: number;
  /** Since the run began, the warm-up included. */
  readonly seen: Counts;
  /** Of sessions that began after the warm-up. */
  readonly totals: Counts;
  /** The interval that has just ended, if one has. */
  readonly slot: Slot | undefined;
  /** Of the latencies that the shard is to tell of while it runs, all that was recorded; only with an interval. */
  readonly watched: readonly ShardLatency[];
  /** One of all latencies until now, each in its turn; only with an interval. */
  readonly inTurn: ShardLatency | undefined;
  /** Kinds of error until now, without transcripts. */
  readonly errors: readonly Omit<LoadError, 'transcript'>[];
  readonly connected: boolean;
  readonly openFiles: number | null;
  readonly openFilesLimit: number | null;
}

/** A shard that can be started at once. */
export type ReadyShard = (control?: ShardControl) => Promise<ShardResult>;

export interface ShardControl {
  /** When the run begins, as milliseconds since 1970; now when left out. */
  readonly startAt?: number | undefined;
  /** Ends the shard: nothing is started any more, open sessions get some seconds, then the result comes. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the shard at once, also while it comes to its end: connections are dropped, nothing is sent any more. */
  readonly cutOff?: AbortSignal | undefined;
  readonly onTick?: ((tick: ShardTick) => void) | undefined;
}

const TICK_MS = 500;
/** What open sessions are given when the time is over, and when the run is ended before. */
const DRAIN_MS = 10_000;
const DRAIN_EARLY_MS = 3000;
/** However many sessions there are, a listing of some ten thousand messages can be kept in each. */
const CONTENT_MIN = 1024 * 1024;
/** A run that has had no connection for so long is ended. */
const UNREACHABLE_MS = 5000;

/**
 * Makes a shard ready for this thread. What it gives carries it out, once, and gives what was measured, also when it
 * was ended early or nothing could be reached. Throws SuiteError when a scenario cannot be compiled.
 */
export function prepareShard(shard: Shard): ReadyShard {
  const scenarios = shard.plan.scenarios.map(playable);
  return async (control = {}) => {
    const nowMs = Date.now();
    const startAt = control.startAt ?? nowMs;
    // From here on only the steady clock counts: one that is set moves nothing.
    const beganMs = performance.now() + startAt - nowMs;
    await until(beganMs, control.signal);
    return play(shard, scenarios, control, { startedAt: new Date(startAt), beganMs });
  };
}

/** When a shard began by plan, by the calendar and by the steady clock: what starts later than that shows as lag. */
interface Beginning {
  readonly startedAt: Date;
  readonly beganMs: number;
}

async function play(
  shard: Shard,
  scenarios: readonly PlayedScenario[],
  { signal, cutOff, onTick }: ShardControl,
  { startedAt, beganMs }: Beginning,
): Promise<ShardResult> {
  const { plan } = shard;
  const { warmupMs, durationMs } = plan;
  const nowMs = () => performance.now() - beganMs;
  const lateMs = nowMs();
  const recorder = new Recorder();
  const health = new HealthMonitor();
  const common: SessionPlan = {
    timeoutMs: plan.timeoutMs,
    allowDelete: plan.allowDelete,
    contentMax: keepMaxOf(sessionsOf(plan), CONTENT_MIN),
    recorder,
    errors: new ErrorTable(),
    seen: { connection: false, greeting: undefined, starved: 0 },
    beganMs,
  };
  let why: ShardResult['why'] | undefined;
  let wake = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const finish = (reason: ShardResult['why']): void => {
    why ??= reason;
    wake();
  };
  const driver = new Driver({
    shard,
    plan: common,
    scenarios,
    pool: new LeasePool(shard.users, plan.auth, { capabilities: [...plan.capabilities] }, plan.loginDelayMs),
    onPlayed: () => finish('over'),
  });

  const refiller = Refiller.of(shard);
  let measurement: Measurement | undefined;
  const shaken = () => handshakes(plan.target.tlsOptions);
  let before = shaken();
  const measure = () => {
    if (measurement === undefined) before = shaken();
    return (measurement ??= new Measurement(recorder, health, nowMs()));
  };
  const stopTicking = every(TICK_MS, warmupMs % TICK_MS, () => {
    const slot = measurement?.tick(nowMs());
    const { connection } = common.seen;
    if (nowMs() > UNREACHABLE_MS && !connection && recorder.seen.failed > 0) finish('unreachable');
    onTick?.({
      elapsedMs: nowMs(),
      draining: why !== undefined,
      open: recorder.concurrent,
      seen: { ...recorder.seen },
      totals: { ...recorder.measured },
      slot,
      watched: slot === undefined ? [] : recorder.latencies(shard.watch ?? []),
      inTurn: slot === undefined ? undefined : recorder.latencyInTurn(slot.slot),
      errors: common.errors.list().map(({ transcript: _, ...error }) => error),
      connected: connection,
      openFiles: health.openFiles,
      openFilesLimit: health.openFilesLimit,
    });
  });
  const warm = warmupMs > 0 ? setTimeout(measure, warmupMs) : void measure();
  const end = setTimeout(() => finish('over'), warmupMs + durationMs);
  const abort = () => finish('aborted');
  signal?.addEventListener('abort', abort);
  const abandon = () => {
    driver.abandon();
    abort();
  };
  cutOff?.addEventListener('abort', abandon);
  if (cutOff?.aborted === true) abandon();
  else if (signal?.aborted === true) abort();
  else {
    refiller?.begin();
    driver.begin();
  }
  await over;

  clearTimeout(warm);
  clearTimeout(end);
  driver.stop(why === 'over' && plan.count === undefined ? warmupMs + durationMs : nowMs());
  const measured = measure().end(nowMs());
  const after = shaken();
  const refilling = refiller?.end();
  await driver.drain(why === 'over' ? DRAIN_MS : DRAIN_EARLY_MS);
  stopTicking();
  const refill = await refilling;
  signal?.removeEventListener('abort', abort);
  cutOff?.removeEventListener('abort', abandon);
  const series = measure().intervals(nowMs());
  const { connection, greeting, starved } = common.seen;
  if (why === 'over' && !connection && recorder.seen.started > 0) why = 'unreachable';
  return {
    startedAt: startedAt.toISOString(),
    lateMs,
    why: why ?? 'over',
    durationMs: measured.durationMs,
    totals: { ...recorder.measured },
    during: measured.counts,
    scenarios: scenarios.map(({ counts }) => counts),
    peakConcurrent: recorder.peakConcurrent,
    ...(plan.target.tls === 'none'
      ? {}
      : { tls: { full: after.full - before.full, resumed: after.resumed - before.resumed } }),
    lag: recorder.lag.toData(),
    latencies: recorder.latencies(),
    ...(refill === undefined ? {} : { refill }),
    series,
    errors: common.errors.list(),
    connected: connection,
    ...(greeting === undefined ? {} : { greeting }),
    starved,
    workers: [measured.vitals],
    losses: [],
  };
}

/**
 * Waits for a moment of the steady clock, or until `signal` is set. By a timer to the end: whoever has slept is given a busy
 * machine's processor sooner than whoever has used it up by looking at the clock.
 */
async function until(momentMs: number, signal: AbortSignal | undefined): Promise<void> {
  const waitMs = momentMs - performance.now();
  if (waitMs > 0)
    await sleep(waitMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  // A timer may fire a little early.
  while (performance.now() < momentMs && signal?.aborted !== true) await turn();
}

/** The most that can be open at a time. */
function sessionsOf({ model, users }: LoadPlan): number {
  return model.kind === 'closed' ? model.sessions : Math.min(users, model.maxSessions);
}

function playable({ source }: PlannedScenario): PlayedScenario {
  const program = compileScenario(source);
  const { answersTo } = programNames(program);
  return { program, answersTo, counts: { started: 0, completed: 0, failed: 0 } };
}

/** Calls every `ms` from `phaseMs` on, on the beat, so that intervals do not drift. Gives what ends it. */
function every(ms: number, phaseMs: number, call: () => void): () => void {
  const sinceMs = performance.now() + phaseMs - ms;
  let beat = 0;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    const elapsedMs = performance.now() - sinceMs;
    // A timer may fire a little early: the beat that it was for is over all the same.
    beat = Math.max(beat, Math.floor(elapsedMs / ms)) + 1;
    timer = setTimeout(
      () => {
        call();
        wait();
      },
      beat * ms - elapsedMs,
    );
  };
  wait();
  return () => clearTimeout(timer);
}
