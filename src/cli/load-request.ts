import { join } from 'node:path';
import { AUTH_MODES, type AuthMode } from '../dialogue/auth.js';
import { type LoadPlan, usersId } from '../load/plan.js';
import { anySeed } from '../load/random.js';
import type { Measure } from '../load/run.js';
import { UsageError } from './exit-codes.js';
import { agentsOf } from './load-agents.js';
import { capacityOptions, capacityThresholds } from './load-capacity.js';
import { type RefillWish, refillOf } from './load-mailboxes.js';
import { metricsAddress } from './load-metrics.js';
import { type ModelWish, modelOf } from './load-model.js';
import { type ScenarioChoice, scenariosOf } from './load-scenarios.js';
import { type Part, shardOf } from './load-shard.js';
import { sourcesOf } from './load-sources.js';
import { LOAD_MAIL, type Subject } from './load-subject.js';
import { version } from './paths.js';
import { type ReportRequest, reportRequests } from './reports.js';
import { type SideLoad, sideLoadOf } from './side-load.js';
import { type TargetSpec, targetOf } from './target.js';
import { choice, durationMs, number, several } from './values.js';

const TIMEOUT_MS = 20_000;
const SEED_MAX = 2 ** 32 - 1;
/** All shards of a run must make the same choices. */
const SEED_OF_SHARDS = 1;

/** All that a command line of `popspec load` asks for; nothing has been started or looked at yet. */
export interface LoadRequest {
  /** The options, with those of a profile. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly reports: readonly ReportRequest[];
  readonly spec: TargetSpec;
  readonly choice: ScenarioChoice;
  readonly model: ModelWish;
  /** Whether the capacity is looked for. */
  readonly search: boolean;
  readonly part: Part | undefined;
  /** Has the run carried out by agents. */
  readonly agents: Measure | undefined;
  readonly seed: number;
  readonly timeoutMs: number;
  readonly auth: AuthMode;
  readonly thresholds: readonly string[];
  readonly sources: Pick<LoadPlan, 'sources'>;
  readonly refill: RefillWish;
  readonly metrics: ReturnType<typeof metricsAddress>;
  readonly sideLoad: SideLoad | undefined;
}

/** Reads the options. Throws UsageError, LoadError or SuiteError for what cannot be done. */
export async function requestOf(given: Readonly<Record<string, unknown>>): Promise<LoadRequest> {
  const reports = reportRequests(several(given.report), 'load');
  const spec = targetOf(given);
  const scenarios = scenariosOf(given);
  const args = capacityOptions(scenarios.options);
  const part = shardOf(args);
  if (spec.embedded && part !== undefined)
    throw new UsageError('--shard is given, and the embedded server', 'name a server that all shards reach');
  const agents = agentsOf(args, spec.embedded);
  const model = modelOf(args);
  const mail = LOAD_MAIL.map((file) => join(scenarios.suites.dir, 'mail', file));
  return {
    args,
    reports,
    spec,
    choice: scenarios,
    model,
    search: args['find-capacity'] === true,
    part,
    agents,
    seed:
      number('seed', args.seed, { least: 0, most: SEED_MAX, integer: true }) ??
      (part === undefined ? anySeed() : SEED_OF_SHARDS),
    timeoutMs: durationMs('timeout', args.timeout, TIMEOUT_MS),
    auth: choice('auth', args.auth, AUTH_MODES) ?? 'user',
    thresholds: thresholdsOf([...scenarios.thresholds, ...several(args.threshold)], args),
    sources: await sourcesOf(args),
    refill: refillOf(args, mail),
    metrics: metricsAddress(args),
    sideLoad: sideLoadOf(args, model.times),
  };
}

/** Those that count, each with `abort` where every one is to end the run. */
function thresholdsOf(texts: readonly string[], args: Readonly<Record<string, unknown>>): string[] {
  const all = args['find-capacity'] === true ? capacityThresholds(texts) : texts;
  if (args['abort-on-fail'] !== true) return [...all];
  return all.map((text) => (/\babort\s*$|^\s*sessions\b/.test(text) ? text : `${text} abort`));
}

/** The plan of a request for what it is to load; what the server announces is not in it yet. */
export function planOf(request: LoadRequest, { target, users, allowDelete }: Subject): LoadPlan {
  const { choice: chosen, model, auth, thresholds, seed, timeoutMs, refill, sources } = request;
  return {
    version: version(),
    target,
    auth,
    capabilities: [],
    name: chosen.name,
    scenarios: chosen.scenarios,
    model: model.model(users.length),
    ...model.times,
    timeoutMs,
    allowDelete,
    thresholds,
    seed,
    users: users.length,
    usersId: usersId(users),
    ...refill.plan,
    ...sources,
  };
}
