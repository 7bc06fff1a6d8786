import type { Account } from '../check/attempt.js';
import type { CheckResult, Problem } from '../check/result.js';
import { runCheck } from '../check/runner.js';
import { selectCases } from '../check/selection.js';
import { AUTH_MODES } from '../dialogue/auth.js';
import { createChalk } from '../report/colors.js';
import { endSummary } from '../report/terminal.js';
import { type Delivery, parseDelivery } from '../wire/delivery.js';
import type { Target } from '../wire/target.js';
import { accountsOf } from './accounts.js';
import { checkProgress } from './check-progress.js';
import { startEmbedded } from './embedded.js';
import { UsageError } from './exit-codes.js';
import { interruptible } from './interrupt.js';
import { version } from './paths.js';
import { reportRequests, writeReports } from './reports.js';
import { loadRegister, loadSuites, type Suites } from './suites.js';
import { resolveTarget, type TargetSpec, targetOf } from './target.js';
import { complainOf, note } from './tell.js';
import { choice, durationMs, number, several, single } from './values.js';

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

/** `popspec check`: everything that can be wrong with the command line is said before the first connection. */
export async function checkCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  const requests = reportRequests(several(args.report), 'check');
  const timeoutMs = durationMs('timeout', args.timeout, TIMEOUT_MS);
  const auth = choice('auth', args.auth, ['auto', ...AUTH_MODES]) ?? 'auto';
  const failOn = choice('fail-on', args['fail-on'], ['must', 'should', 'warn'] as const) ?? 'must';
  const maxInconclusive =
    number('max-inconclusive', args['max-inconclusive'], { least: 0, most: 100_000, integer: true }) ?? 0;
  const spec = targetOf(args);
  const suites = loadSuites(args);
  const register = loadRegister(suites.dir);
  const only = several(args.only);
  const skip = several(args.skip);
  const cases = selectCases(suites.library.cases, only, skip);
  if (cases.every((one) => one.slow) && args.slow !== true) {
    throw new UsageError('only slow cases are selected', 'add --slow');
  }
  const subject = await subjectOf(args, spec, suites);
  const flags = { color: args.color as boolean | undefined };
  const progress = checkProgress(process.stderr, createChalk(process.stderr, process.env, flags));
  const { signal, release } = interruptible();
  let result: CheckResult;
  try {
    result = await runCheck({
      ...subject,
      auth,
      library: suites.library,
      register,
      cases,
      only,
      skip,
      slow: args.slow === true,
      timeoutMs,
      failOn,
      maxInconclusive,
      version: version(),
      onStart: (one) => progress.begun(one.id),
      onCase: (one, done, total) => progress.done(one, done, total),
      signal,
    });
  } finally {
    progress.end();
    release();
    await subject.close();
  }
  const toStdout = requests.some(({ file }) => file === '-');
  const summary = endSummary(
    result,
    createChalk(toStdout ? process.stderr : process.stdout, process.env, flags),
  );
  (toStdout ? process.stderr : process.stdout).write(summary);
  writeReports(requests, result);
  if (result.problem !== undefined) complainOf(result.problem);
  return result.exit.code;
}

async function subjectOf(
  args: Readonly<Record<string, unknown>>,
  spec: TargetSpec,
  suites: Suites,
): Promise<Subject> {
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
