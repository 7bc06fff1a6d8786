import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startHostileServer } from '../serve/hostile/server.js';
import { AUTOLOGOUT_MS, type ServerOptions, startServer, type UserOptions } from '../serve/server.js';
import { MADE_PASSWORD, makeUsers } from '../serve/users.js';
import { readUsers } from './accounts.js';
import { EXIT, UsageError } from './exit-codes.js';
import { SUITES_DIR } from './paths.js';
import { limitsOf } from './serve-limits.js';
import { note } from './tell.js';
import { durationMs, number, several, single } from './values.js';

const ACCOUNTS = 4;
const PORT = { least: 0, most: 65_535, integer: true } as const;

/** `popspec serve`: the embedded server until Ctrl-C. Prints where it listens, a line each, on standard output. */
export async function serveCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  const host = single('host', args.host);
  const users = usersOf(args);
  const personality = single('personality', args.personality);
  const hostile = single('hostile', args.hostile);
  const options: ServerOptions = {
    ...(personality === undefined ? {} : { personality }),
    ...(host === undefined ? {} : { host }),
    port: number('port', args.port, PORT) ?? 0,
    tlsPort: number('tls-port', args['tls-port'], PORT) ?? 0,
    users,
    faults: several(args.fault),
    minimal: args.minimal === true,
    limits: limitsOf(args),
    autologoutMs: durationMs('autologout', args.autologout, AUTOLOGOUT_MS),
  };
  const server =
    hostile === undefined ? await startServer(options) : await startHostileServer(hostile, options);
  const [first] = users;
  const at = server.host.includes(':') ? `[${server.host}]` : server.host;
  if (server.port !== 0) process.stdout.write(`pop3://${at}:${server.port}\n`);
  if (server.tlsPort !== null) process.stdout.write(`pop3s://${at}:${server.tlsPort}\n`);
  note(`${users.length} accounts, the first is ${first?.name ?? 'none'}; Ctrl-C ends`);
  if (personality !== undefined) note(`what it does like ${personality}: popspec explain ${personality}`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const { sessions, commands, messagesSent, faultySessions } = server.counters;
  await server.close();
  note(`${sessions} sessions, ${commands} commands, ${messagesSent} messages sent`);
  for (const [fault, count] of Object.entries(faultySessions)) note(`${fault} in ${count} sessions`);
  return EXIT.passed;
}

function usersOf(args: Readonly<Record<string, unknown>>): UserOptions[] {
  const messages = readMail(single('mail', args.mail) ?? join(SUITES_DIR, 'mail'));
  const file = single('users', args.users);
  if (file !== undefined) return readUsers(file).map((user) => ({ ...user, messages }));
  const count = number('accounts', args.accounts, { least: 1, most: 1_000_000, integer: true }) ?? ACCOUNTS;
  return makeUsers(count, { password: single('password', args.password) ?? MADE_PASSWORD, messages });
}

function readMail(dir: string): Buffer[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.eml'))
      .sort()
      .map((name) => readFileSync(join(dir, name)));
  } catch (error) {
    throw new UsageError(
      `--mail ${dir} cannot be read: ${(error as Error).message}`,
      'give a folder of .eml files',
    );
  }
}
