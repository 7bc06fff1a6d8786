import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createLogUpdate } from 'log-update';
import { preflight } from '../check/preflight.js';
import type { Problem } from '../check/result.js';
import type { Scenario } from '../dialogue/library.js';
import type { LoadUser } from '../load/leases.js';
import { liveLines, plainLine } from '../load/live.js';
import { preflight as refuseUnrunnable } from '../load/preflight.js';
import { programNames } from '../load/program-names.js';
import type { LoadProgress } from '../load/progress.js';
import { type LoadModel, type LoadOptions, runLoad } from '../load/run.js';
import { parseThreshold } from '../load/thresholds.js';
import { expandUserPattern } from '../load/users.js';
import { nearMatches } from '../near-matches.js';
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
import { version } from './paths.js';
import { reportRequests, writeReports } from './reports.js';
import { loadSuites, type Suites } from './suites.js';
import { resolveTarget, type TargetSpec, targetOf } from './target.js';
import { complainOf, note } from './tell.js';
import { choice, durationMs, number, several, single } from './values.js';

const DEFAULT_SCENARIO = 'load/check-and-go';
const DEFAULT_SESSIONS = 10;
const DEFAULT_DURATION_MS = 10_000;
const TIMEOUT_MS = 20_000;

/** What the maildrops of the embedded server hold during a load run: small, with and without dots and 8-bit octets. */
const EMBEDDED_MAIL = [
  'plain.eml',
  'numbered.eml',
  'leading-dots.eml',
  'multipart.eml',
  'eight-bit.eml',
  'blank-lines.eml',
];
const EMBEDDED_PATTERN = 'user{00001}';
const EMBEDDED_PASSWORD = MADE_PASSWORD;
/** Open model: so many accounts for each session that starts within a second. */
const EMBEDDED_USERS_PER_RATE = 2;

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
  const rate = number('rate', args.rate, { least: 0.001, most: 1_000_000, integer: false });
  const sessions = number('sessions', args.sessions, { least: 1, most: 1_000_000, integer: true });
  if (rate !== undefined && sessions !== undefined) {
    throw new UsageError(
      '--rate and --sessions are both given',
      '--rate is the open model, --sessions the closed one',
    );
  }
  const openOnly = ['max-sessions', 'poisson'].find((name) => (args[name] ?? false) !== false);
  if (rate === undefined && openOnly !== undefined) {
    throw new UsageError(`--${openOnly} is for the open model`, 'add --rate, or leave it out');
  }
  const most = number('max-sessions', args['max-sessions'], { least: 1, most: 1_000_000, integer: true });
  const seed = number('seed', args.seed, { least: 0, most: 2 ** 32 - 1, integer: true });
  const times = {
    durationMs: durationMs('duration', args.duration, DEFAULT_DURATION_MS),
    warmupMs: args.warmup === '0' ? 0 : durationMs('warmup', args.warmup, 0),
    timeoutMs: durationMs('timeout', args.timeout, TIMEOUT_MS),
  };
  const auth = choice('auth', args.auth, ['user', 'apop', 'plain'] as const) ?? 'user';
  const wanted =
    sessions ?? (rate === undefined ? DEFAULT_SESSIONS : Math.ceil(rate * EMBEDDED_USERS_PER_RATE));
  const spec = targetOf(args);
  const { scenario, suites } = scenarioOf(args);
  const subject = await subjectOf(args, spec, suites, most ?? wanted);
  const model: LoadModel =
    rate === undefined
      ? { kind: 'closed', sessions: sessions ?? DEFAULT_SESSIONS }
      : {
          kind: 'open',
          ratePerSecond: rate,
          maxSessions: most ?? subject.users.length,
          arrivals: args.poisson === true ? 'poisson' : 'uniform',
        };
  const { signal, release } = interruptible();
  const view = liveView(process.stderr);
  let ended = false;
  try {
    const options: LoadOptions = {
      target: subject.target,
      auth,
      scenario,
      users: subject.users,
      model,
      ...times,
      allowDelete: subject.allowDelete,
      thresholds: [...scenario.thresholds, ...several(args.threshold)],
      onProgress: view.show,
      signal,
      version: version(),
      ...(seed === undefined ? {} : { random: randomFrom(seed) }),
      ...(subject.problem === undefined ? {} : { problem: subject.problem }),
    };
    mustBeRunnable(options);
    const ready = await withPreflight(options, suites, signal);
    const before = await subject.embedded?.counters();
    const result = await runLoad(ready);
    view.end();
    ended = true;
    const after = await subject.embedded?.stop();
    const flags = { color: args.color as boolean | undefined };
    const out = requests.some(({ file }) => file === '-') ? process.stderr : process.stdout;
    out.write(endSummary(result, createChalk(out, process.env, flags)));
    if (before !== undefined && after !== undefined) note(countedBy(before, after, times.warmupMs > 0));
    writeReports(requests, result);
    if (result.problem !== undefined) complainOf(result.problem);
    return result.exit.code;
  } finally {
    view.end();
    release();
    if (!ended) await subject.embedded?.stop().catch(() => {});
  }
}

function scenarioOf(args: Readonly<Record<string, unknown>>): { scenario: Scenario; suites: Suites } {
  const name = single('scenario', args.scenario) ?? DEFAULT_SCENARIO;
  const file = /\.ya?ml$/.test(name) ? name : undefined;
  if (file !== undefined && !existsSync(file))
    throw new UsageError(`--scenario ${file} is not there`, 'check the path');
  const suites = loadSuites(args, file);
  const { scenarios } = suites.library;
  const stem = file === undefined ? undefined : basename(file).replace(/\.ya?ml$/, '');
  const found = scenarios.filter(({ id }) =>
    stem === undefined ? id === name || id === `load/${name}` : id === stem || id.startsWith(`${stem}/`),
  );
  const [scenario] = found;
  if (scenario === undefined && file !== undefined)
    throw new UsageError(`${file} holds no scenario`, 'docs/load.md shows how one is written');
  if (scenario === undefined) {
    const near = nearMatches(
      name,
      scenarios.map(({ id }) => id),
    );
    throw new UsageError(
      `there is no scenario "${name}"`,
      near.length === 0 ? 'popspec list --scenarios shows them' : `did you mean ${near.join(' or ')}?`,
    );
  }
  if (found.length > 1) throw new UsageError(`${file} holds several scenarios`, 'one file, one scenario');
  return { scenario, suites };
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
      files: EMBEDDED_MAIL,
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

/** What runLoad would refuse is refused before the server is looked at. Throws LoadError. */
function mustBeRunnable(options: LoadOptions): void {
  refuseUnrunnable(options);
  const names = programNames(options.scenario.program);
  for (const threshold of options.thresholds) parseThreshold(threshold, names, options.model.kind);
}

/** Looks at the server once before many look at it: a plain word about what is wrong beats a thousand equal errors. */
async function withPreflight(
  options: LoadOptions,
  { library }: Suites,
  signal: AbortSignal,
): Promise<LoadOptions> {
  const { target, auth, timeoutMs, users } = options;
  if (options.problem !== undefined) return options;
  const { info, problem } = await preflight(
    library,
    {
      target,
      auth,
      capabilities: [],
      timeoutMs,
      allowDelete: false,
      secrets: users.slice(0, 1).map(({ password }) => password),
      deliver: undefined,
      signal,
    },
    users[0],
  );
  return { ...options, capabilities: info.capabilities, ...(problem === undefined ? {} : { problem }) };
}

function liveView(stream: NodeJS.WriteStream): { show: (progress: LoadProgress) => void; end: () => void } {
  if (stream.isTTY === true && process.env.TERM !== 'dumb' && process.env.CI === undefined) {
    const update = createLogUpdate(stream);
    let over = false;
    return {
      show: (progress) => update(liveLines(progress, (stream.columns ?? 80) - 1).join('\n')),
      end() {
        if (over) return;
        over = true;
        update.clear();
        update.done();
      },
    };
  }
  let lastMs = 0;
  return {
    show(progress) {
      // A line every two seconds is enough for a log.
      if (progress.elapsedMs - lastMs < 2000) return;
      lastMs = progress.elapsedMs;
      stream.write(`${plainLine(progress)}\n`);
    },
    end() {},
  };
}

/** Mulberry32: a small generator, the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
