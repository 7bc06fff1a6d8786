import { join } from 'node:path';
import { preflight } from '../check/preflight.js';
import type { Problem } from '../check/result.js';
import { AUTH_MODES, secretsOf } from '../dialogue/auth.js';
import { type LoadPlan, type LoadUser, usersId } from '../load/plan.js';
import { anySeed } from '../load/random.js';
import { checkedPlan, type LoadControl, runLoad } from '../load/run.js';
import { expandUserPattern } from '../load/users.js';
import { createChalk } from '../report/colors.js';
import { endSummary } from '../report/terminal.js';
import type { ServerCounters } from '../serve/server.js';
import { MADE_PASSWORD, makeUsers } from '../serve/users.js';
import type { Target } from '../wire/target.js';
import { accountsOf, passwordOf } from './accounts.js';
import { embeddedTarget } from './embedded.js';
import { type EmbeddedProcess, startEmbeddedProcess } from './embedded-process.js';
import { UsageError } from './exit-codes.js';
import { interruptible } from './interrupt.js';
import { liveView } from './load-live.js';
import { loginDelayOf, refillOf } from './load-mailboxes.js';
import { modelOf } from './load-model.js';
import { scenariosOf } from './load-scenarios.js';
import { runPart, shardOf } from './load-shard.js';
import { sourcesOf } from './load-sources.js';
import { workersOf } from './load-workers.js';
import { version } from './paths.js';
import { reportRequests, writeReports } from './reports.js';
import type { Suites } from './suites.js';
import { resolveTarget, type TargetSpec, targetOf } from './target.js';
import { complainOf, note } from './tell.js';
import { choice, durationMs, number, several, single } from './values.js';

const TIMEOUT_MS = 20_000;
const SEED_OF_SHARDS = 1;

/** What maildrops of the embedded server hold, and what refills others: small, with and without dots and 8-bit octets. */
const LOAD_MAIL = [
  'plain.eml',
  'numbered.eml',
  'leading-dots.eml',
  'multipart.eml',
  'eight-bit.eml',
  'blank-lines.eml',
];
const EMBEDDED_PATTERN = 'user{00001}';
const EMBEDDED_PASSWORD = MADE_PASSWORD;

interface Subject {
  readonly target: Target;
  readonly users: readonly LoadUser[];
  readonly allowDelete: boolean;
  /** Why the target cannot be used, where that is known before a connection. */
  readonly problem?: Problem;
  readonly embedded: EmbeddedProcess | undefined;
}

/** `popspec load`. */
export async function loadCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  const requests = reportRequests(several(args.report), 'load');
  const wish = modelOf(args);
  const part = shardOf(args);
  const seed =
    number('seed', args.seed, { least: 0, most: 2 ** 32 - 1, integer: true }) ??
    // All shards of a run must make the same choices.
    (part === undefined ? anySeed() : SEED_OF_SHARDS);
  const timeoutMs = durationMs('timeout', args.timeout, TIMEOUT_MS);
  const auth = choice('auth', args.auth, AUTH_MODES) ?? 'user';
  const spec = targetOf(args);
  const sources = await sourcesOf(args);
  if (spec.embedded && part !== undefined)
    throw new UsageError('--shard is given, and the embedded server', 'name a server that all shards reach');
  const { name, scenarios, thresholds, suites } = scenariosOf(args);
  const subject = await subjectOf(args, spec, suites, wish.accounts);
  const { users, embedded } = subject;
  const refill = refillOf(
    args,
    LOAD_MAIL.map((file) => join(suites.dir, 'mail', file)),
  );
  const { signal, release } = interruptible();
  const view = liveView(process.stderr);
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
      thresholds: [...thresholds, ...several(args.threshold)],
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
    const workers = workersOf(args, plan, embedded !== undefined);
    const control: LoadControl = {
      onProgress: view.show,
      signal,
      workers,
      startAt: part?.startAt,
      deliver: refill.deliver,
      ...looked,
    };
    const { capabilities } = looked;
    const ready = { ...plan, capabilities, ...loginDelayOf(args, capabilities, note) };
    if (part !== undefined) return await runPart(ready, users, part, control, view.end);
    const result = await runLoad(ready, users, control);
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
    if (!ended) await embedded?.stop().catch(() => {});
  }
}

async function subjectOf(
  args: Readonly<Record<string, unknown>>,
  spec: TargetSpec,
  suites: Suites,
  wanted: number,
): Promise<Subject> {
  if (spec.embedded) {
    const made = { pattern: EMBEDDED_PATTERN, password: EMBEDDED_PASSWORD };
    const child = await startEmbeddedProcess({
      ...made,
      accounts: wanted,
      mail: join(suites.dir, 'mail'),
      files: LOAD_MAIL,
    });
    return {
      target: embeddedTarget(child, spec.tls),
      users: makeUsers(wanted, made),
      allowDelete: true,
      embedded: child,
    };
  }
  const pattern = single('user-pattern', args['user-pattern']);
  if (pattern !== undefined && (args.users ?? args.user ?? spec.user) !== undefined) {
    throw new UsageError('--user-pattern is given, and other users', 'give one of them');
  }
  const users =
    pattern === undefined
      ? await accountsOf(args, spec, note)
      : expandUserPattern(pattern, await passwordOf(pattern, args, spec, note));
  const { target, problem } = await resolveTarget(spec);
  return {
    target,
    users,
    allowDelete: args['allow-delete'] === true,
    ...(problem === undefined ? {} : { problem }),
    embedded: undefined,
  };
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
