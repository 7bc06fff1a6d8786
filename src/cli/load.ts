import { preflight } from '../check/preflight.js';
import type { Problem } from '../check/result.js';
import { secretsOf } from '../dialogue/auth.js';
import { documentOf } from '../load/document.js';
import type { LoadPlan, LoadUser } from '../load/plan.js';
import { mustFit } from '../load/preflight.js';
import type { LoadResult } from '../load/result.js';
import { checkedPlan, type LoadControl, planThresholds, runLoad } from '../load/run.js';
import { createChalk } from '../report/colors.js';
import { endSummary } from '../report/terminal.js';
import { summaryWidth } from '../report/terminal-style.js';
import type { ServerCounters } from '../serve/server.js';
import { interruptible } from './interrupt.js';
import { searchCapacity } from './load-capacity.js';
import { type LiveView, liveView } from './load-live.js';
import { loginDelayOf } from './load-mailboxes.js';
import { type MetricsEndpoint, serveMetrics } from './load-metrics.js';
import { type LoadRequest, planOf, requestOf } from './load-request.js';
import { runPart } from './load-shard.js';
import { type Subject, subjectOf } from './load-subject.js';
import { workersOf } from './load-workers.js';
import { PartialResult } from './partial.js';
import { writeReports } from './reports.js';
import { RunningSideLoad } from './side-load.js';
import type { Suites } from './suites.js';
import { complainOf, note } from './tell.js';

/** `popspec load`. */
export async function loadCommand(given: Readonly<Record<string, unknown>>): Promise<number> {
  const request = await requestOf(given);
  const { args, spec, choice, model } = request;
  const { suites, mailbox } = choice;
  const subject = await subjectOf(args, { spec, suites, accounts: model.accounts, mailbox });
  const { signal, release } = interruptible();
  try {
    return await loaded(request, subject, signal);
  } finally {
    release();
    // Where the run came to its end the server was stopped for its counts.
    await subject.embedded?.stop().catch(() => {});
  }
}

async function loaded(request: LoadRequest, subject: Subject, signal: AbortSignal): Promise<number> {
  const { args, choice, part } = request;
  const { users, embedded } = subject;
  const plan = planOf(request, subject);
  // What cannot be run is refused before the server is looked at.
  checkedPlan(plan, users);
  if (request.agents === undefined)
    mustFit(plan, part === undefined ? undefined : { index: part.index - 1, of: part.of });
  // With the user who will be lent last, since a login may have to wait for the one before.
  const looked = await lookedAt(plan, users.at(-1), choice.suites, subject.problem, signal);
  const { capabilities } = looked;
  const ready = { ...plan, capabilities, ...loginDelayOf(args, capabilities, users.length, note) };
  const before = await embedded?.counters();
  const observers = await Observers.of(request);
  const partial = new PartialResult(request.reports);
  const thresholds = planThresholds(ready);
  let result: LoadResult;
  try {
    const control: LoadControl = {
      onProgress: observers.take,
      onBegin: (soFar) => partial.keep(() => documentOf({ plan: ready, thresholds, measured: soFar() })),
      signal,
      workers: request.agents === undefined ? workersOf(args, plan, embedded !== undefined) : undefined,
      by: request.agents,
      startAt: part?.startAt,
      deliver: request.refill.deliver,
      ...looked,
    };
    if (part !== undefined) return await runPart(ready, users, part, control, observers.endView);
    const ran = request.search
      ? await searchCapacity(args, ready, users, control, embedded !== undefined)
      : await runLoad(ready, users, control);
    result = await observers.into(ran);
  } catch (error) {
    partial.tell();
    throw error;
  } finally {
    partial.pause();
    await observers.end();
  }
  const after = await embedded?.stop();
  const flags = { color: args.color as boolean | undefined };
  const out = request.reports.some(({ file }) => file === '-') ? process.stderr : process.stdout;
  out.write(endSummary(result, createChalk(out, process.env, flags), summaryWidth(out)));
  if (before !== undefined && after !== undefined) note(countedBy(before, after, plan.warmupMs > 0));
  partial.replacedBy(() => writeReports(request.reports, result));
  if (result.problem !== undefined) complainOf(result.problem);
  return result.exit.code;
}

/** Whoever is told how the run stands: the live view, the metrics, the load by HTTP beside it. */
class Observers {
  private constructor(
    private readonly view: LiveView,
    private readonly metrics: MetricsEndpoint | undefined,
    private readonly beside: RunningSideLoad | undefined,
  ) {}

  static async of({ args, metrics, sideLoad, model }: LoadRequest): Promise<Observers> {
    const endpoint = metrics === undefined ? undefined : await serveMetrics(metrics);
    if (endpoint !== undefined) note(`metrics: ${endpoint.url}`);
    const beside = sideLoad === undefined ? undefined : RunningSideLoad.prepare(sideLoad, model.times);
    const flags = { color: args.color as boolean | undefined };
    const view = liveView(process.stderr, createChalk(process.stderr, process.env, flags));
    return new Observers(view, endpoint, beside);
  }

  readonly take: NonNullable<LoadControl['onProgress']> = (progress) => {
    this.view.show(progress);
    this.metrics?.take(progress);
    this.beside?.take(progress);
  };

  readonly endView = (): void => this.view.end();

  /** Puts what the load by HTTP came to into the result. */
  async into(result: LoadResult): Promise<LoadResult> {
    this.view.end();
    return this.beside === undefined ? result : this.beside.into(result);
  }

  async end(): Promise<void> {
    this.view.end();
    this.beside?.end();
    await this.metrics?.close();
  }
}

/** The server's own counts of the run, to be held against those of the result. */
function countedBy(before: ServerCounters, after: ServerCounters, warmup: boolean): string {
  const logins = after.sessions - before.sessions;
  const commands = after.commands - before.commands;
  const messages = after.messagesSent - before.messagesSent;
  const octets = after.octetsSent - before.octetsSent;
  const counts = `${logins} logins, ${commands} commands, ${messages} messages, ${octets} octets`;
  const faults = Object.entries(after.faultySessions).map(
    ([fault, count]) => `, ${fault} in ${count} sessions`,
  );
  return `the embedded server itself counted ${counts}${faults.join('')}${warmup ? ', the warm-up included' : ''}`;
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
