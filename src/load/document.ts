import { availableParallelism } from 'node:os';
import { targetUrl } from '../wire/target.js';
import { judgeHealth } from './health.js';
import type { SessionPlan } from './load-session.js';
import type { Measured } from './measurement.js';
import type { Recorder } from './recorder.js';
import type { Interval, LoadResult } from './result.js';
import type { LoadOptions } from './run.js';
import type { Threshold } from './thresholds.js';
import { exitOf, judgeThreshold } from './verdict.js';

/** A run that has ended. */
export interface EndedRun {
  readonly options: LoadOptions;
  readonly startedAt: Date;
  readonly why: 'over' | 'aborted' | 'unreachable';
  readonly thresholds: readonly Threshold[];
  readonly recorder: Recorder;
  readonly plan: SessionPlan;
  readonly measured: Measured;
  readonly intervals: readonly Interval[];
}

/** The result document of a run. */
export function documentOf(run: EndedRun): LoadResult {
  const { options, recorder, plan, measured } = run;
  const { target, scenario, model, warmupMs } = options;
  const counts = recorder.measured;
  const rates = ratesOf(run);
  const health = judgeHealth(measured.vitals, {
    sessionP99Us: recorder.sentSessions?.at(99),
    lagP99Us: model.kind === 'open' && recorder.lag.count > 0 ? recorder.lag.at(99) : undefined,
    starved: plan.seen.starved,
  });
  const figures = { counts, rates, latencyOf: (name: string) => recorder.latencyOf(name) };
  const thresholds = run.thresholds.map((threshold) => judgeThreshold(threshold, figures));
  const missed = run.thresholds.filter((_, index) => thresholds[index]?.passed === false);
  const problem = run.why === 'unreachable' ? (options.problem ?? unreachable(run)) : undefined;
  const errors = plan.errors.list();
  const lag = { name: 'lag', kind: 'session', outcome: 'ok', measure: 'planned' } as const;
  return {
    schemaVersion: 1,
    kind: 'load',
    tool: { name: 'popspec', version: options.version },
    startedAt: run.startedAt.toISOString(),
    durationMs: Math.round(measured.durationMs),
    complete: run.why === 'over',
    target: {
      url: targetUrl(target),
      host: target.host,
      port: target.port,
      address: target.address,
      tls: target.tls,
      auth: options.auth,
      ...(plan.seen.greeting === undefined ? {} : { greeting: plan.seen.greeting }),
    },
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpus: availableParallelism(),
    },
    scenario: { id: scenario.id, title: scenario.title, dialogue: scenario.dialogue },
    model: modelOf(model, options.durationMs, warmupMs),
    users: options.users.length,
    totals: {
      planned: counts.planned,
      started: counts.started,
      completed: counts.completed,
      failed: counts.failed,
      dropped: counts.dropped,
      cutOff: counts.cutOff,
      commands: counts.commands,
      messages: counts.messages,
      octets: counts.octets,
      deleted: counts.deleted,
      peakConcurrent: recorder.peakConcurrent,
    },
    rates,
    scheduleLag: model.kind === 'open' ? recorder.lag.toLatency(lag) : null,
    latencies: recorder.latencies(),
    series: [...run.intervals],
    integrity: { checks: counts.checks, errors: counts.integrityErrors },
    errors,
    thresholds,
    health,
    ...(problem === undefined ? {} : { problem }),
    exit: exitOf({
      aborted: run.why === 'aborted',
      problem,
      completed: counts.completed,
      health,
      integrityMissed:
        missed.some(({ metric }) => metric.of === 'count' && metric.name === 'integrity') &&
        counts.integrityErrors > 0,
      missed: missed.length,
    }),
  };
}

function modelOf(model: LoadOptions['model'], durationMs: number, warmupMs: number): LoadResult['model'] {
  if (model.kind === 'closed') return { kind: 'closed', sessions: model.sessions, durationMs, warmupMs };
  const { ratePerSecond, maxSessions } = model;
  return { kind: 'open', ratePerSecond, durationMs, warmupMs, maxSessions };
}

/** What happened in the measured time, per second, whichever session it belongs to. */
function ratesOf({ options, measured: { durationMs, counts } }: EndedRun): LoadResult['rates'] {
  const perSecond = (howMany: number) =>
    durationMs > 0 ? Math.round((howMany / durationMs) * 1e6) / 1e3 : 0;
  return {
    offered: options.model.kind === 'open' ? perSecond(counts.planned) : null,
    started: perSecond(counts.started),
    completed: perSecond(counts.completed),
    commands: perSecond(counts.commands),
    messages: perSecond(counts.messages),
    octets: perSecond(counts.octets),
  };
}

function unreachable({ options, plan }: EndedRun): NonNullable<LoadResult['problem']> {
  const { host, port, address } = options.target;
  const at = host === address ? `${host} port ${port}` : `${host} (${address}) port ${port}`;
  const [first] = plan.errors.list();
  return {
    code: 'TARGET_UNREACHABLE',
    message: `no connection to ${at} came about: ${first?.text ?? 'every try failed'}`,
    hint: 'see that the server runs and listens there, and that no firewall stands between',
  };
}
