import { join } from 'node:path';
import { preflight } from '../check/preflight.js';
import type { Problem } from '../check/result.js';
import { AUTH_MODES, secretsOf } from '../dialogue/auth.js';
import { type LoadPlan, type LoadUser, usersId } from '../load/plan.js';
import { anySeed } from '../load/random.js';
import { checkedPlan, type LoadControl, runLoad } from '../load/run.js';
import { createChalk } from '../report/colors.js';
import { endSummary } from '../report/terminal.js';
import type { ServerCounters } from '../serve/server.js';
import { UsageError } from './exit-codes.js';
import { interruptible } from './interrupt.js';
import { capacityOptions, capacityThresholds, searchCapacity } from './load-capacity.js';
import { liveView } from './load-live.js';
import { loginDelayOf, refillOf } from './load-mailboxes.js';
import { type MetricsEndpoint, metricsAddress, serveMetrics } from './load-metrics.js';
import { modelOf } from './load-model.js';
import { scenariosOf } from './load-scenarios.js';
import { runPart, shardOf } from './load-shard.js';
import { sourcesOf } from './load-sources.js';
import { LOAD_MAIL, subjectOf } from './load-subject.js';
import { workersOf } from './load-workers.js';
import { version } from './paths.js';
import { reportRequests, writeReports } from './reports.js';
import { RunningSideLoad, sideLoadOf } from './side-load.js';
import type { Suites } from './suites.js';
import { targetOf } from './target.js';
import { complainOf, note } from './tell.js';
import { choice, durationMs, number, several } from './values.js';

const TIMEOUT_MS = 20_000;
const SEED_OF_SHARDS = 1;

/** `popspec load`. */
export async function loadCommand(given: Readonly<Record<string, unknown>>): Promise<number> {
  const requests = reportRequests(several(given.report), 'load');
  const spec = targetOf(given);
  const { name, scenarios, thresholds, suites, options, mailbox } = scenariosOf(given);
  const args = capacityOptions(options);
  const search = args['find-capacity'] === true;
  const wish = modelOf(args);
  const part = shardOf(args);
  const seed =
    number('seed', args.seed, { least: 0, most: 2 ** 32 - 1, integer: true }) ??
    // All shards of a run must make the same choices.
    (part === undefined ? anySeed() : SEED_OF_SHARDS);
  const timeoutMs = durationMs('timeout', args.timeout, TIMEOUT_MS);
  const auth = choice('auth', args.auth, AUTH_MODES) ?? 'user';
  const sources = await sourcesOf(args);
  const metricsAt = metricsAddress(args);
  const side = sideLoadOf(args);
  if (spec.embedded && part !== undefined)
    throw new UsageError('--shard is given, and the embedded server', 'name a server that all shards reach');
  const subject = await subjectOf(args, { spec, suites, accounts: wish.accounts, mailbox });
  const { users, embedded } = subject;
  const refill = refillOf(
    args,
    LOAD_MAIL.map((file) => join(suites.dir, 'mail', file)),
  );
  const { signal, release } = interruptible();
  const view = liveView(process.stderr);
  let metrics: MetricsEndpoint | undefined;
  let beside: RunningSideLoad | undefined;
  let ended = false;
  try {
    const plan: LoadPlan = {
      version: version(),
      target: subject.target,
      auth,
      capabilities: [],
      name,
      scenarios,
      model: wish.model(users.length),
      ...wish.times,
      timeoutMs,
      allowDelete: subject.allowDelete,
      thresholds: thresholdsOf([...thresholds, ...several(args.threshold)], args),
      seed,
      users: users.length,
      usersId: usersId(users),
      ...refill.plan,
      ...sources,
    };
    // What cannot be run is refused before the server is looked at.
    checkedPlan(plan, users);
    // With the user who will be lent last, since a login may have to wait for the one before.
    const looked = await lookedAt(plan, users.at(-1), suites, subject.problem, signal);
    const before = await embedded?.counters();
    metrics = metricsAt === undefined ? undefined : await serveMetrics(metricsAt);
    if (metrics !== undefined) note(`metrics: ${metrics.url}`);
    beside = side === undefined ? undefined : RunningSideLoad.prepare(side, wish.times);
    const workers = workersOf(args, plan, embedded !== undefined);
    const control: LoadControl = {
      onProgress: (progress) => {
        view.show(progress);
        metrics?.take(progress);
        beside?.take(progress);
      },
      signal,
      workers,
      startAt: part?.startAt,
      deliver: refill.deliver,
      ...looked,
    };
    const { capabilities } = looked;
    const ready = { ...plan, capabilities, ...loginDelayOf(args, capabilities, users.length, note) };
    if (part !== undefined) return await runPart(ready, users, part, control, view.end);
    const ran = search
      ? await searchCapacity(args, ready, users, control, embedded !== undefined)
      : await runLoad(ready, users, control);
    const result = beside === undefined ? ran : await beside.into(ran);
    view.end();
    ended = true;
    const after = await embedded?.stop();
    const flags = { color: args.color as boolean | undefined };
    const out = requests.some(({ file }) => file === '-') ? process.stderr : process.stdout;
    out.write(endSummary(result, createChalk(out, process.env, flags)));
    if (before !== undefined && after !== undefined) note(countedBy(before, after, plan.warmupMs > 0));
    writeReports(requests, result);
    if (result.problem !== undefined) complainOf(result.problem);
    return result.exit.code;
  } finally {
    view.end();
    release();
    beside?.end();
    await metrics?.close();
    if (!ended) await embedded?.stop().catch(() => {});
  }
}

/** Those that count, each with `abort` where every one is to end the run. */
function thresholdsOf(texts: readonly string[], args: Readonly<Record<string, unknown>>): string[] {
  const all = args['find-capacity'] === true ? capacityThresholds(texts) : texts;
  if (args['abort-on-fail'] !== true) return [...all];
  return all.map((text) => (/\babort\s*$|^\s*sessions\b/.test(text) ? text : `${text} abort`));
}

/** The server's own counts of the run, to be held against those of the result. */
function countedBy(before: ServerCounters, after: ServerCounters, warmup: boolean): string {
  const logins = after.sessions - before.sessions;
  const commands = after.commands - before.commands;
  const messages = after.messagesSent - before.messagesSent;
  const octets = after.octetsSent - before.octetsSent;
  const counts = `${logins} logins, ${commands} commands, ${messages} messages, ${octets} octets`;
  return `the embedded server itself counted ${counts}${warmup ? ', the warm-up included' : ''}`;
}

/** Looks at the server once before many look at it: a plain word about what is wrong beats a thousand equal errors. */
async function lookedAt(
  { target, auth, timeoutMs }: LoadPlan,
  user: LoadUser | undefined,
  { library }: Suites,
  problem: Problem | undefined,
  signal: AbortSignal,
): Promise<{ capabilities: readonly string[]; problem?: Problem }> {
  if (problem !== undefined) return { capabilities: [], problem };
  const secrets = user === undefined ? [] : secretsOf(user);
  const about = {
    target,
    auth,
    capabilities: [],
    timeoutMs,
    allowDelete: false,
    secrets,
    deliver: undefined,
  };
  const looked = await preflight(library, { ...about, signal }, user);
  const { capabilities } = looked.info;
  return looked.problem === undefined ? { capabilities } : { capabilities, problem: looked.problem };
}
