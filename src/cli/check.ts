import { type Baseline, dayOf, marked, readBaseline } from '../check/baseline.js';
import type { ClauseRegister } from '../check/clauses.js';
import type { CaseResult, CheckResult, Problem } from '../check/result.js';
import { type CheckOptions, runCheck } from '../check/runner.js';
import { selectCases } from '../check/selection.js';
import type { Account } from '../dialogue/attempt.js';
import { AUTH_MODES } from '../dialogue/auth.js';
import { type Case, prepare } from '../dialogue/library.js';
import { createChalk } from '../report/colors.js';
import { type Column, worstExit } from '../report/matrix-view.js';
import { endSummary } from '../report/terminal.js';
import { matrixSummary } from '../report/terminal-matrix.js';
import { summaryWidth } from '../report/terminal-style.js';
import { type Delivery, parseDelivery } from '../wire/delivery.js';
import type { Target } from '../wire/target.js';
import { accountsOf } from './accounts.js';
import { checkProgress } from './check-progress.js';
import { startEmbedded } from './embedded.js';
import { UsageError } from './exit-codes.js';
import { interruptible } from './interrupt.js';
import { pageOf, severalRequests, writeMatrix } from './matrix.js';
import { PartialResult } from './partial.js';
import { version } from './paths.js';
import { type ReportRequest, writeReports } from './reports.js';
import { rerunArguments } from './rerun.js';
import { loadRegister, loadSuites, type Suites } from './suites.js';
import { resolveTarget, type TargetSpec, targetOf } from './target.js';
import { targetsOf } from './targets.js';
import { complainOf, note } from './tell.js';
import { choice, durationMs, number, several, single } from './values.js';

type Args = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 20_000;

/** What is checked and how one logs in there. */
interface Subject {
  readonly target: Target;
  readonly accounts: readonly Account[];
  readonly delivery: Delivery | undefined;
  readonly allowDelete: boolean;
  /** Why the target cannot be used, where that is known before a connection. */
  readonly problem?: Problem;
  readonly close: () => Promise<void>;
}

/** What the runs of one command line have in common. */
interface Plan {
  readonly suites: Suites;
  readonly register: ClauseRegister;
  readonly cases: readonly Case[];
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly failOn: CheckOptions['failOn'];
  readonly connectionsMax: number | undefined;
  readonly maxInconclusive: number;
  readonly signal: AbortSignal;
}

/** One of the targets: its options, where they lead, and the reports on it. */
interface Subtask {
  readonly name: string | undefined;
  readonly args: Args;
  readonly spec: TargetSpec;
  readonly auth: CheckOptions['auth'];
  readonly timeoutMs: number;
  readonly baseline: Baseline | undefined;
  readonly requests: readonly ReportRequest[];
}

/** `popspec check`: everything that can be wrong with the command line is said before the first connection. */
export async function checkCommand(args: Args): Promise<number> {
  const formats = several(args.report);
  const targets = targetsOf(args);
  const requests = severalRequests(
    formats,
    targets.map(({ name }) => name),
  );
  const failOn = choice('fail-on', args['fail-on'], ['must', 'should', 'warn'] as const) ?? 'must';
  const connectionsMax = number('max-connections', args['max-connections'], {
    least: 1,
    most: 1000,
    integer: true,
  });
  const maxInconclusive =
    number('max-inconclusive', args['max-inconclusive'], { least: 0, most: 100_000, integer: true }) ?? 0;
  const asked = targets.map(
    ({ name, values }, index): Omit<Subtask, 'baseline'> => ({
      name,
      args: values,
      spec: targetOf(values),
      auth: choice('auth', values.auth, ['auto', ...AUTH_MODES]) ?? 'auto',
      timeoutMs: durationMs('timeout', values.timeout, TIMEOUT_MS),
      requests: requests.each[index] ?? [],
    }),
  );
  const suites = loadSuites(args);
  const register = loadRegister(suites.dir);
  const only = several(args.only);
  const skip = several(args.skip);
  const cases = selectCases(suites.library.cases, only, skip);
  if (cases.every((one) => one.slow) && args.slow !== true) {
    throw new UsageError('only slow cases are selected', 'add --slow');
  }
  const subtasks = asked.map((one): Subtask => {
    const file = single('baseline', one.args.baseline);
    return { ...one, baseline: file === undefined ? undefined : readBaseline(file, suites.library.cases) };
  });
  prepare(cases);
  const { signal, release } = interruptible();
  const plan: Plan = { suites, register, cases, only, skip, failOn, connectionsMax, maxInconclusive, signal };
  const columns: Column[] = [];
  try {
    for (const subtask of subtasks) {
      if (signal.aborted) break;
      const doc = await runOne(subtask, plan);
      columns.push({ name: subtask.name ?? doc.target.url, doc, ...pageOf(subtask.requests) });
    }
  } finally {
    release();
  }
  if (columns.length > 1) {
    const chalk = createChalk(process.stdout, process.env, { color: args.color as boolean | undefined });
    process.stdout.write(matrixSummary(columns, chalk, summaryWidth(process.stdout)));
    writeMatrix(requests.matrix, columns);
  }
  return worstExit(columns.map(({ doc }) => doc.exit.code));
}

/** Checks one target, says what came of it and writes its reports. */
async function runOne(subtask: Subtask, plan: Plan): Promise<CheckResult> {
  const { name, args, spec, auth, timeoutMs, baseline, requests } = subtask;
  const { suites, signal, ...shared } = plan;
  const subject = await subjectOf(args, spec, suites);
  const flags = { color: args.color as boolean | undefined };
  const progress = checkProgress(process.stderr, createChalk(process.stderr, process.env, flags));
  if (name !== undefined) note(`checking ${name}`);
  const partial = new PartialResult(requests);
  const today = dayOf(new Date());
  const told = (one: CaseResult) => (baseline === undefined ? one : marked(one, baseline, today));
  let result: CheckResult;
  try {
    result = await runCheck({
      ...shared,
      ...subject,
      auth,
      library: suites.library,
      slow: args.slow === true,
      timeoutMs,
      baseline,
      version: version(),
      onBegin: (soFar) => partial.keep(soFar),
      // An invariant looks on during the whole run.
      onStart: (one) => one.invariant === undefined && progress.begun(one.id),
      onCase: (one, done, total) => progress.done(told(one), done, total),
      signal,
    });
  } catch (error) {
    partial.tell();
    throw error;
  } finally {
    partial.pause();
    progress.end();
    await subject.close();
  }
  result = { ...result, options: { ...result.options, arguments: rerunArguments(args) } };
  if (name !== undefined) result = { ...result, target: { ...result.target, name } };
  // Of several targets the matrix speaks, and each one's reports.
  if (name === undefined) {
    const stream = requests.some(({ file }) => file === '-') ? process.stderr : process.stdout;
    stream.write(endSummary(result, createChalk(stream, process.env, flags), summaryWidth(stream)));
  }
  partial.replacedBy(() => writeReports(requests, result));
  if (result.problem !== undefined) complainOf(result.problem);
  return result;
}

async function subjectOf(args: Args, spec: TargetSpec, suites: Suites): Promise<Subject> {
  const faults = several(args.fault);
  const deliver = single('deliver', args.deliver);
  if (spec.embedded) {
    const { server, target, accounts, delivery } = await startEmbedded(
      suites.library,
      suites.dir,
      spec.tls,
      faults,
    );
    return { target, accounts, delivery, allowDelete: true, close: () => server.close() };
  }
  if (faults.length > 0)
    throw new UsageError('--fault is for the embedded server', 'leave the target out, or name it embedded');
  const delivery = deliver === undefined ? undefined : parseDelivery(deliver);
  const accounts = await accountsOf(args, spec, note);
  const { target, problem } = await resolveTarget(spec);
  if (spec.tls === 'none' && accounts.length > 0 && !/^(127\.|::1$)/.test(target.address)) {
    note('passwords go over the network in clear: --tls stls or --tls implicit protects them');
  }
  return {
    target,
    accounts,
    delivery,
    allowDelete: args['allow-delete'] === true,
    ...(problem === undefined ? {} : { problem }),
    close: async () => {},
  };
}
