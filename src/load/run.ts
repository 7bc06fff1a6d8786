import { performance } from 'node:perf_hooks';
import type { Program } from '../dialogue/program.js';
import type { Target } from '../wire/target.js';
import { poissonArrivals, uniformArrivals } from './arrivals.js';
import { documentOf, type EndedRun } from './document.js';
import { Driver, type StartPlan } from './driver.js';
import { ErrorTable } from './errors.js';
import { HealthMonitor } from './health.js';
import { LeasePool, type LoadUser } from './leases.js';
import type { SessionPlan } from './load-session.js';
import { Measurement } from './measurement.js';
import { preflight } from './preflight.js';
import { programNames } from './program-names.js';
import { type LoadProgress, ProgressMeter } from './progress.js';
import { Recorder } from './recorder.js';
import type { LoadResult } from './result.js';
import { parseThreshold } from './thresholds.js';

export interface LoadScenario {
  readonly id: string;
  readonly title: string;
  /** Its text, for reports. */
  readonly dialogue: string;
  /** True when it removes mail: needs `allowDelete`. */
  readonly deletes: boolean;
  readonly thresholds: readonly string[];
  readonly program: Program;
}

/** Closed: so many sessions at a time, one after another. Open: so many starts per second, whatever the server does. */
export type LoadModel =
  | { readonly kind: 'closed'; readonly sessions: number }
  | {
      readonly kind: 'open';
      readonly ratePerSecond: number;
      readonly maxSessions: number;
      /** Default uniform. */
      readonly arrivals?: 'uniform' | 'poisson';
    };

export interface LoadOptions {
  readonly target: Target;
  readonly auth: 'user' | 'apop' | 'plain';
  readonly scenario: LoadScenario;
  readonly users: readonly LoadUser[];
  readonly model: LoadModel;
  readonly durationMs: number;
  /** Sessions that start in it are left out of the figures. */
  readonly warmupMs: number;
  /** Limit for each answer. */
  readonly timeoutMs: number;
  readonly allowDelete: boolean;
  /** All that count: those of the scenario file and those of the command line. */
  readonly thresholds: readonly string[];
  /** What CAPA announced, for scenarios that ask for it. */
  readonly capabilities?: readonly string[];
  /** Called about twice a second. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Ends the run: nothing is started any more, open sessions get some seconds, then the result comes. */
  readonly signal?: AbortSignal;
  /** What was found wrong with the target beforehand: nothing is started, the result tells it. */
  readonly problem?: LoadResult['problem'];
  readonly version: string;
  /** Source of chance for arrivals, `think` and `choose`; default Math.random. */
  readonly random?: () => number;
}

const TICK_MS = 500;
/** What open sessions are given when the time is over, and when the run is ended before. */
const DRAIN_MS = 10_000;
const DRAIN_EARLY_MS = 3000;
/** A run that has had no connection for so long is ended. */
const UNREACHABLE_MS = 5000;

/**
 * Runs a load and gives its result document, also when it was interrupted or nothing could be reached.
 * Throws LoadError, before anything is sent, when it cannot be run as asked.
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  preflight(options);
  const { model, warmupMs, durationMs, signal, random = Math.random } = options;
  const names = programNames(options.scenario.program);
  const thresholds = [...new Set(options.thresholds)].map((text) => parseThreshold(text, names, model.kind));

  const startedAt = new Date();
  const beganMs = performance.now();
  const nowMs = () => performance.now() - beganMs;
  const recorder = new Recorder();
  const health = new HealthMonitor();
  const plan: SessionPlan = {
    program: options.scenario.program,
    target: options.target,
    timeoutMs: options.timeoutMs,
    allowDelete: options.allowDelete,
    random,
    answersTo: names.answersTo,
    recorder,
    errors: new ErrorTable(),
    seen: { connection: false, greeting: undefined, starved: 0 },
    beganMs,
  };
  const shared = { auth: options.auth, capabilities: [...(options.capabilities ?? [])] };
  const pool = new LeasePool(options.users, shared);
  const driver = new Driver({
    start: startPlan(options, random),
    plan,
    pool,
    warmupMs,
    endMs: warmupMs + durationMs,
  });

  let why: EndedRun['why'] | undefined;
  let wake = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const finish = (reason: EndedRun['why']): void => {
    why ??= reason;
    wake();
  };
  let measurement: Measurement | undefined;
  const measure = () => (measurement ??= new Measurement(recorder, health, nowMs()));
  const meter = new ProgressMeter(options, recorder, health);
  const ticker = setInterval(() => {
    const interval = measurement?.tick(nowMs());
    if (interval !== undefined) meter.interval(interval);
    if (nowMs() > UNREACHABLE_MS && !plan.seen.connection && recorder.seen.failed > 0) finish('unreachable');
    options.onProgress?.(meter.progress(nowMs(), why !== undefined));
  }, TICK_MS);
  const warm = warmupMs > 0 ? setTimeout(measure, warmupMs) : void measure();
  const end = setTimeout(() => finish('over'), warmupMs + durationMs);
  const abort = () => finish('aborted');
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  else if (options.problem !== undefined) finish('unreachable');
  else driver.begin();
  await over;

  clearTimeout(warm);
  clearTimeout(end);
  driver.stop(why === 'over' ? warmupMs + durationMs : nowMs());
  const measured = measure().end(nowMs());
  await driver.drain(why === 'over' ? DRAIN_MS : DRAIN_EARLY_MS);
  clearInterval(ticker);
  signal?.removeEventListener('abort', abort);
  const intervals = measure().intervals(nowMs());
  if (why === 'over' && !plan.seen.connection && recorder.seen.started > 0) why = 'unreachable';
  return documentOf({
    options,
    startedAt,
    why: why ?? 'over',
    thresholds,
    recorder,
    plan,
    measured,
    intervals,
  });
}

function startPlan({ model }: LoadOptions, random: () => number): StartPlan {
  if (model.kind === 'closed') return { kind: 'closed', sessions: model.sessions };
  const { ratePerSecond, maxSessions } = model;
  const poisson = model.arrivals === 'poisson';
  const arrivals = poisson ? poissonArrivals(ratePerSecond, random) : uniformArrivals(ratePerSecond);
  return { kind: 'open', arrivals, maxSessions };
}
