import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { preflight } from '../check/preflight.js';
import { type Look, type SeedMessage, seedMaildrop, seedPrograms } from '../check/seed.js';
import type { Account } from '../dialogue/attempt.js';
import { AUTH_MODES, secretsOf } from '../dialogue/auth.js';
import { nearMatches } from '../near-matches.js';
import { createChalk } from '../report/colors.js';
import { type SeedView, seedLines, viewSeeded } from '../report/terminal-seed.js';
import { parseDelivery } from '../wire/delivery.js';
import { accountsOf, readUsers } from './accounts.js';
import { EXIT, UsageError } from './exit-codes.js';
import { interruptible } from './interrupt.js';
import { SUITES_DIR } from './paths.js';
import { loadSuites } from './suites.js';
import { resolveTarget, type TargetSpec, targetOf } from './target.js';
import { complainOf, note } from './tell.js';
import { choice, durationMs, several, single } from './values.js';

type Args = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 20_000;
const WAIT_MS = 30_000;
/** Mail that a server may refuse to show to a client without UTF-8 mode (RFC 6856 §5). */
const NEEDS_UTF8 = /^utf8-/;

/** `popspec seed`: delivers, and looks through POP3 whether it arrived where a target says where to look. */
export async function seedCommand(args: Args): Promise<number> {
  const deliver = single('deliver', args.deliver);
  if (deliver === undefined)
    throw new UsageError(
      'there is no way to deliver',
      'add --deliver smtp://host, lmtp://host, maildir:DIR or command:CMD',
    );
  const delivery = parseDelivery(deliver);
  const waitMs = durationMs('wait', args.wait, WAIT_MS);
  const messages = messagesOf(args);
  const target = single('target', args.target);
  const spec = target === undefined ? undefined : targetOf(args);
  if (spec?.embedded === true)
    throw new UsageError(
      'the embedded server has its messages already',
      'name the server whose maildrops are to be filled',
    );
  const accounts = spec === undefined ? namesOf(args) : await accountsOf(args, spec, note);
  if (accounts.length === 0) throw new UsageError('no user is named', 'add --user NAME or --users FILE');
  const { signal, release } = interruptible();
  try {
    const looked = spec === undefined ? undefined : await lookAt(spec, accounts, args, waitMs, signal);
    if (looked === 'unreachable') return EXIT.unreachable;
    const utf8 = looked?.surroundings.capabilities.some((line) => /^UTF8\b/i.test(line)) === true;
    const asked = several(args.message).length > 0 || args.mail !== undefined;
    const wanted = asked || utf8 ? messages : messages.filter(({ name }) => !NEEDS_UTF8.test(name));
    const all: SeedView[] = [];
    for (const account of accounts) {
      if (signal.aborted) break;
      const seeded = viewSeeded(await seedMaildrop(account, wanted, delivery, looked, signal), wanted.length);
      tell(seeded, accounts.length > 1, args);
      all.push(seeded);
    }
    if (signal.aborted) return EXIT.interrupted;
    return all.every(({ ok }) => ok) ? EXIT.passed : EXIT.failed;
  } finally {
    release();
  }
}

function tell(view: SeedView, short: boolean, args: Args): void {
  const chalk = createChalk(process.stdout, process.env, { color: args.color as boolean | undefined });
  process.stdout.write(seedLines(view, short, chalk));
}

/** Logs in once before anything is put anywhere. */
async function lookAt(
  spec: TargetSpec,
  accounts: readonly Account[],
  args: Args,
  waitMs: number,
  signal: AbortSignal,
): Promise<Look | 'unreachable'> {
  const { library } = loadSuites({}, [], 'scenarios');
  const { target, problem } = await resolveTarget(spec);
  const auth = choice('auth', args.auth, ['auto', ...AUTH_MODES]) ?? 'auto';
  const surroundings = {
    target,
    auth: auth === 'auto' ? ('user' as const) : auth,
    capabilities: [],
    timeoutMs: durationMs('timeout', args.timeout, TIMEOUT_MS),
    allowDelete: false,
    secrets: accounts.flatMap(secretsOf),
    deliver: undefined,
    signal,
    tolerant: true,
  };
  const before =
    problem === undefined ? await preflight(library, surroundings, accounts[0], auth) : { problem };
  if (before.problem !== undefined || !('info' in before)) {
    if (before.problem !== undefined) complainOf(before.problem);
    return 'unreachable';
  }
  const { auth: way, capabilities } = before.info;
  return {
    surroundings: { ...surroundings, auth: way, capabilities },
    programs: seedPrograms(library),
    waitMs,
  };
}

/** Who gets mail where nobody logs in: names are enough. */
function namesOf(args: Args): readonly Account[] {
  const file = single('users', args.users);
  const user = single('user', args.user);
  if (file !== undefined && user !== undefined)
    throw new UsageError('--users and --user are both given', 'give one of them');
  if (file !== undefined) return readUsers(file);
  return user === undefined ? [] : [{ name: user, password: '' }];
}

function messagesOf(args: Args): SeedMessage[] {
  const dir = single('mail', args.mail) ?? join(SUITES_DIR, 'mail');
  let names: string[];
  try {
    names = readdirSync(dir)
      .filter((name) => name.endsWith('.eml'))
      .sort();
  } catch (error) {
    throw new UsageError(
      `--mail ${dir} cannot be read: ${(error as Error).message}`,
      'give a folder of .eml files',
    );
  }
  if (names.length === 0)
    throw new UsageError(`--mail ${dir} holds no .eml file`, 'give a folder of .eml files');
  const asked = several(args.message).map((name) => (name.endsWith('.eml') ? name : `${name}.eml`));
  for (const name of asked) {
    if (names.includes(name)) continue;
    const [near] = nearMatches(name, names);
    throw new UsageError(
      `there is no message ${name}`,
      near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`,
    );
  }
  return (asked.length === 0 ? names : asked).map((name) => ({ name, bytes: readMessage(join(dir, name)) }));
}

function readMessage(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read: ${(error as Error).message}`,
      'give files of one message each',
    );
  }
}
