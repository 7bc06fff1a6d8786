import { join } from 'node:path';
import type { Problem } from '../check/result.js';
import type { Profile } from '../dialogue/library.js';
import type { LoadUser } from '../load/plan.js';
import { expandUserPattern } from '../load/users.js';
import { chosenFault } from '../serve/faults/chosen.js';
import { MADE_PASSWORD, makeUsers } from '../serve/users.js';
import type { Target } from '../wire/target.js';
import { accountsOf, passwordOf } from './accounts.js';
import { embeddedTarget } from './embedded.js';
import { type EmbeddedProcess, startEmbeddedProcess } from './embedded-process.js';
import { UsageError } from './exit-codes.js';
import type { Suites } from './suites.js';
import { resolveTarget, type TargetSpec } from './target.js';
import { note } from './tell.js';
import { several, single } from './values.js';

/** What maildrops of the embedded server hold, and what refills others: small, with and without dots and 8-bit octets. */
export const LOAD_MAIL = [
  'plain.eml',
  'numbered.eml',
  'leading-dots.eml',
  'multipart.eml',
  'eight-bit.eml',
  'blank-lines.eml',
];
const EMBEDDED_PATTERN = 'user{00001}';

/** What is loaded, and as whom. */
export interface Subject {
  readonly target: Target;
  readonly users: readonly LoadUser[];
  readonly allowDelete: boolean;
  /** Why the target cannot be used, where that is known before a connection. */
  readonly problem?: Problem;
  readonly embedded: EmbeddedProcess | undefined;
}

export interface SubjectWish {
  readonly spec: TargetSpec;
  readonly suites: Suites;
  /** Accounts of the embedded server, and what their maildrops hold. */
  readonly accounts: number;
  readonly mailbox: Profile['mailbox'];
}

/** Looks up the target and its users, or starts the embedded server. Throws UsageError or LoadError. */
export async function subjectOf(
  args: Readonly<Record<string, unknown>>,
  wish: SubjectWish,
): Promise<Subject> {
  const { spec, suites, accounts, mailbox } = wish;
  const faults = several(args.fault);
  // A mistake in them is told here, and not by the process that is to have them.
  for (const fault of faults) chosenFault(fault);
  if (spec.embedded) {
    const made = { pattern: EMBEDDED_PATTERN, password: MADE_PASSWORD };
    const child = await startEmbeddedProcess({
      ...made,
      accounts,
      mail: join(suites.dir, 'mail'),
      files: LOAD_MAIL,
      made: mailbox,
      faults,
    });
    return {
      target: withTls(embeddedTarget(child, spec.tls), spec),
      users: makeUsers(accounts, made),
      allowDelete: true,
      embedded: child,
    };
  }
  if (faults.length > 0)
    throw new UsageError('--fault is for the embedded server', 'leave the target out, or name it embedded');
  const users = await usersOf(args, spec);
  const { target, problem } = await resolveTarget(spec);
  return {
    target,
    users,
    allowDelete: args['allow-delete'] === true,
    ...(problem === undefined ? {} : { problem }),
    embedded: undefined,
  };
}

/** The users of the command line, by `--users`, `--user` or `--user-pattern`; none when none are named. Throws UsageError or LoadError. */
export async function usersOf(
  args: Readonly<Record<string, unknown>>,
  spec: TargetSpec,
): Promise<readonly LoadUser[]> {
  const pattern = single('user-pattern', args['user-pattern']);
  if (pattern === undefined) return accountsOf(args, spec, note);
  if ((args.users ?? args.user ?? spec.user) !== undefined)
    throw new UsageError('--user-pattern is given, and other users', 'give one of them');
  return expandUserPattern(pattern, await passwordOf(pattern, args, spec, note));
}

/** The certificate of the embedded server is the one to trust; everything else is as it was asked for. */
function withTls(target: Target, { tlsOptions }: TargetSpec): Target {
  return { ...target, tlsOptions: { ...tlsOptions, ...target.tlsOptions } };
}
