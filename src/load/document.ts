import { availableParallelism } from 'node:os';
import { targetUrl } from '../wire/target.js';
import { Distribution } from './distribution.js';
import { latencyNamed, perSecond } from './figures.js';
import { judgeHealth } from './health.js';
import type { LoadPlan } from './plan.js';
import type { LoadResult } from './result.js';
import { intervalsOf } from './series.js';
import type { ShardResult } from './shard-result.js';
import type { Threshold } from './thresholds.js';
import { exitOf, judgeThreshold } from './verdict.js';

/** A run that has ended, all its shards together. */
export interface EndedRun {
  readonly plan: LoadPlan;
  readonly thresholds: readonly Threshold[];
  readonly measured: ShardResult;
  /** What was found wrong with the target beforehand. */
  readonly problem?: LoadResult['problem'];
}

/** The result document of a run. */
export function documentOf(run: EndedRun): LoadResult {
  const { plan, measured } = run;
  const { target, model } = plan;
  const { totals: counts, why } = measured;
  const rates = perSecond(plan, measured.during, measured.durationMs);
  const lag = Distribution.sumOf([measured.lag]);
  const latencyOf = (name: string) => {
    const found = latencyNamed(measured.latencies, name);
    return name === 'lag' ? lag : found.length === 0 ? undefined : Distribution.sumOf(found);
  };
  const sent = measured.latencies.find(
    ({ kind, outcome, measure }) => kind === 'session' && outcome === 'ok' && measure === 'sent',
  );
  const health = judgeHealth(measured.workers, {
    sessionP99Us: sent === undefined ? undefined : Distribution.sumOf([sent]).at(99),
    lagP99Us: model.kind === 'open' && lag.count > 0 ? lag.at(99) : undefined,
    starved: measured.starved,
  });
  const thresholds = run.thresholds.map((threshold) =>
    judgeThreshold(threshold, { counts, rates, latencyOf }),
  );
  const missed = run.thresholds.filter((_, index) => thresholds[index]?.passed === false);
  const problem = why === 'unreachable' ? (run.problem ?? unreachable(run)) : run.problem;
  return {
    schemaVersion: 1,
    kind: 'load',
    tool: { name: 'popspec', version: plan.version },
    startedAt: measured.startedAt,
    durationMs: Math.round(measured.durationMs),
    complete: why === 'over' && problem === undefined,
    target: {
      url: targetUrl(target),
      host: target.host,
      port: target.port,
      address: target.address,
      tls: target.tls,
      auth: plan.auth,
      ...(measured.greeting === undefined ? {} : { greeting: measured.greeting }),
    },
    environment: {
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      cpus: availableParallelism(),
    },
    scenario: { ...plan.name, dialogue: plan.scenarios.map(({ source }) => source.dialogue.text).join('\n') },
    ...(plan.scenarios.length === 1 ? {} : { mix: mixOf(run) }),
    model: modelOf(plan),
    seed: plan.seed,
    users: plan.users,
    totals: {
      planned: counts.planned,
      started: counts.started,
      late: counts.late,
      completed: counts.completed,
      failed: counts.failed,
      dropped: counts.dropped,
      cutOff: counts.cutOff,
      commands: counts.commands,
      messages: counts.messages,
      octets: counts.octets,
      deleted: counts.deleted,
      peakConcurrent: measured.peakConcurrent,
    },
    rates,
    scheduleLag:
      model.kind === 'open'
        ? lag.toLatency({ name: 'lag', kind: 'session', outcome: 'ok', measure: 'planned' })
        : null,
    ...tlsOf(run),
    ...refillOf(run),
    latencies: measured.latencies.map(({ name, kind, outcome, measure, ...data }) =>
      Distribution.sumOf([data]).toLatency({ name, kind, outcome, measure }),
    ),
    series: intervalsOf(measured.series, plan.warmupMs, model.kind),
    integrity: { checks: counts.checks, errors: counts.integrityErrors },
    errors: measured.errors,
    thresholds,
    health,
    ...(problem === undefined ? {} : { problem }),
    exit: exitOf({
      why,
      losses: measured.losses,
      stopped: measured.stopped,
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

function mixOf({ plan, measured }: EndedRun): LoadResult['mix'] {
  return plan.scenarios.map(({ id, title, weight, source }, index) => ({
    id,
    title,
    weight,
    dialogue: source.dialogue.text,
    ...(measured.scenarios[index] ?? { started: 0, completed: 0, failed: 0 }),
  }));
}

function tlsOf({ measured: { tls, durationMs } }: EndedRun): Pick<LoadResult, 'tls'> {
  if (tls === undefined) return {};
  const perSecond = durationMs > 0 ? Math.round(((tls.full + tls.resumed) / durationMs) * 1e6) / 1e3 : 0;
  return { tls: { ...tls, perSecond } };
}

function refillOf({ plan, measured }: EndedRun): Pick<LoadResult, 'refill'> {
  if (plan.refill === undefined || measured.refill === undefined) return {};
  const { perSecond, by } = plan.refill;
  return { refill: { ...measured.refill, perSecond, by } };
}

function modelOf({ model, durationMs, warmupMs, count }: LoadPlan): LoadResult['model'] {
  const common = { durationMs, warmupMs, ...(count === undefined ? {} : { count }) };
  if (model.kind === 'open') return { ...model, stages: [...model.stages], ...common };
  return { ...model, ...common };
}

function unreachable({ plan, measured }: EndedRun): NonNullable<LoadResult['problem']> {
  const { host, port, address } = plan.target;
  const at = host === address ? `${host} port ${port}` : `${host} (${address}) port ${port}`;
  const [first] = measured.errors;
  return {
    code: 'TARGET_UNREACHABLE',
    message: `no connection to ${at} came about: ${first?.text ?? 'every try failed'}`,
    hint: 'see that the server runs and listens there, and that no firewall stands between',
  };
}
