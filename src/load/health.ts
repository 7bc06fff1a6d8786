import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import {
  type EventLoopUtilization,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import { z } from 'zod';
import type { LoadResult } from './result.js';

/** The monitor's own timer; what it records is the time between two of its ticks, this one included. */
const RESOLUTION_MS = 10;
/** Share of a second in which the thread must have had nothing to do, or it counts as busy. */
const IDLE_MIN = 0.05;
/** A run is saturated when the thread was busy in this share of its seconds. */
const BUSY_SECONDS_MAX = 0.5;
/** Delays of the generator below this come with any machine that does other things as well. */
const DELAY_FLOOR_MS = 50;
/** Above the floor a delay (p99) may be this share of the latency of sessions (p99). */
const DELAY_SHARE_MAX = 0.1;

/** What is known of one thread of the generator at the end of the measured time. */
export const vitalsSchema = z.object({
  eventLoopDelayP99Ms: z.number(),
  eventLoopDelayMaxMs: z.number(),
  /** Of this thread, where the system tells; 100 is one core. */
  cpuPercent: z.number(),
  /** Time that collecting garbage took in all, and the longest pause. */
  gcMs: z.number(),
  gcMaxMs: z.number(),
  /** Share of seconds in which the thread was busy all the time. */
  busyShare: z.number(),
  /** Of the whole process. */
  maxRssBytes: z.number(),
  openFiles: z.number().nullable(),
  openFilesLimit: z.number().nullable(),
});
export type Vitals = z.infer<typeof vitalsSchema>;

/** Watches the thread while it makes load. `sample` is to be called about once a second. */
export class HealthMonitor {
  readonly openFilesLimit = readOpenFilesLimit();
  openFiles: number | null = null;
  private readonly delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private readonly pauses = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      this.gcMs += duration;
      this.gcMaxMs = Math.max(this.gcMaxMs, duration);
    }
  });
  private utilization: EventLoopUtilization = performance.eventLoopUtilization();
  private cpuMs = threadCpuMs();
  private sinceMs = performance.now();
  private samples = 0;
  private busy = 0;
  private gcMs = 0;
  private gcMaxMs = 0;
  private maxRssBytes = 0;

  constructor() {
    this.delay.enable();
    this.pauses.observe({ entryTypes: ['gc'] });
  }

  /** Forgets what was before: the warm-up is over. */
  begin(): void {
    this.delay.reset();
    this.utilization = performance.eventLoopUtilization();
    this.cpuMs = threadCpuMs();
    this.sinceMs = performance.now();
    this.samples = 0;
    this.busy = 0;
    this.gcMs = 0;
    this.gcMaxMs = 0;
  }

  sample(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.utilization);
    this.utilization = now;
    this.samples++;
    if (utilization > 1 - IDLE_MIN) this.busy++;
    this.maxRssBytes = Math.max(this.maxRssBytes, process.memoryUsage.rss());
    readdir('/proc/self/fd').then(
      // The listing itself holds one open.
      (names) => (this.openFiles = Math.max(this.openFiles ?? 0, names.length - 1)),
      () => undefined,
    );
  }

  /** Ends the watch. */
  end(): Vitals {
    if (this.samples === 0) this.sample();
    this.delay.disable();
    this.pauses.disconnect();
    const elapsedMs = Math.max(0.001, performance.now() - this.sinceMs);
    const beyond = (ns: number) => Math.max(0, Math.round((ns / 1e6 - RESOLUTION_MS) * 100) / 100);
    return {
      eventLoopDelayP99Ms: this.delay.count === 0 ? 0 : beyond(this.delay.percentile(99)),
      eventLoopDelayMaxMs: this.delay.count === 0 ? 0 : beyond(this.delay.max),
      cpuPercent: Math.round(((threadCpuMs() - this.cpuMs) / elapsedMs) * 1000) / 10,
      gcMs: round(this.gcMs),
      gcMaxMs: round(this.gcMaxMs),
      busyShare: this.busy / this.samples,
      maxRssBytes: Math.max(this.maxRssBytes, process.memoryUsage.rss()),
      openFiles: this.openFiles,
      openFilesLimit: this.openFilesLimit,
    };
  }
}

/** Processor time of the calling thread; of the whole process where the system does not tell it by thread. */
function threadCpuMs(): number {
  try {
    // The first number is the time on a processor in nanoseconds (proc(5)).
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ', 1)[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

/** What the latencies say that the vitals are held against. */
export interface Pace {
  /** 99th percentile of sessions that went well, from their actual start; undefined when there were none. */
  readonly sessionP99Us: number | undefined;
  /** 99th percentile of how late sessions were started; undefined in the closed model. */
  readonly lagP99Us: number | undefined;
  /** Sessions that failed for want of files or local ports of this machine. */
  readonly starved: number;
}

/** Whether the generator was the bottleneck (docs/load.md gives the rule), with a sentence for each sign of it. */
export function judgeHealth(workers: readonly Vitals[], pace: Pace): LoadResult['health'] {
  const toleratedMs = Math.max(DELAY_FLOOR_MS, ((pace.sessionP99Us ?? 0) / 1000) * DELAY_SHARE_MAX);
  const reasons = workers.flatMap((vitals, index) =>
    signsOf(vitals, toleratedMs).map((sign) =>
      workers.length === 1 ? sign : `worker ${index + 1}: ${sign}`,
    ),
  );
  if (pace.lagP99Us !== undefined && pace.lagP99Us / 1000 > toleratedMs) {
    reasons.push(
      `sessions were started late by ${round(pace.lagP99Us / 1000)} ms (p99), more than ${round(toleratedMs)} ms: the rate was too high for the generator`,
    );
  }
  if (pace.starved > 0) {
    reasons.push(
      `this machine had no file descriptor or local port left for ${pace.starved} connections: raise the limit with "ulimit -n", give more addresses with --source, or hold fewer sessions`,
    );
  }
  const most = (figure: (vitals: Vitals) => number) => Math.max(0, ...workers.map(figure));
  const mostKnown = (figure: (vitals: Vitals) => number | null) => {
    const known = workers.map(figure).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  return {
    eventLoopDelayP99Ms: most((vitals) => vitals.eventLoopDelayP99Ms),
    eventLoopDelayMaxMs: most((vitals) => vitals.eventLoopDelayMaxMs),
    cpuPercent: round(workers.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0)),
    gcMs: round(workers.reduce((sum, { gcMs }) => sum + gcMs, 0)),
    gcMaxMs: most((vitals) => vitals.gcMaxMs),
    maxRssBytes: most((vitals) => vitals.maxRssBytes),
    openFiles: mostKnown((vitals) => vitals.openFiles),
    openFilesLimit: mostKnown((vitals) => vitals.openFilesLimit),
    workers: workers.map(({ maxRssBytes: _1, openFiles: _2, openFilesLimit: _3, ...own }) => own),
    verdict: reasons.length === 0 ? 'ok' : 'saturated',
    reasons,
  };
}

function signsOf({ busyShare, eventLoopDelayP99Ms }: Vitals, toleratedMs: number): string[] {
  const signs: string[] = [];
  if (busyShare > BUSY_SECONDS_MAX) {
    const percent = Math.round(busyShare * 100);
    signs.push(
      `the generator had no idle time in ${percent} % of the run: the server may be faster than these figures; add workers or machines (--workers, --shard), or lower the rate or the number of sessions`,
    );
  }
  if (eventLoopDelayP99Ms > toleratedMs) {
    signs.push(
      `the generator itself was late by ${eventLoopDelayP99Ms} ms (p99 of the event-loop delay), more than ${round(toleratedMs)} ms: latencies hold its own waiting`,
    );
  }
  return signs;
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** The limit of open files of this process; null where the system does not tell. */
export function readOpenFilesLimit(): number | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}
