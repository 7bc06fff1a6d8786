import { readFileSync } from 'node:fs';
import type { Account } from '../dialogue/attempt.js';
import { parseUsersCsv } from '../load/users.js';
import { EXIT, UsageError } from './exit-codes.js';
import type { TargetSpec } from './target.js';
import { single } from './values.js';

/** Options that tell the password of one user. */
export const PASSWORD_OPTIONS = ['password', 'password-env', 'password-file'];

/** Says something to the person on the other side of stderr. */
export type Warn = (text: string) => void;

/**
 * The test accounts of a run: from `--users`, or `--user` with a password from `--password-env`, `--password-file`,
 * `--password`, the URL or a prompt. Empty when no user is named.
 */
export async function accountsOf(
  options: Readonly<Record<string, unknown>>,
  spec: TargetSpec,
  warn: Warn,
): Promise<readonly Account[]> {
  const file = single('users', options.users);
  const password = PASSWORD_OPTIONS.find((option) => options[option] !== undefined);
  const name = single('user', options.user) ?? spec.user;
  if (file !== undefined) {
    const other = options.user === undefined ? password : 'user';
    if (other !== undefined)
      throw new UsageError(`--users and --${other} are both given`, 'give one of them');
    if (spec.user !== undefined)
      throw new UsageError('--users is given, and a user in the URL', 'give one of them');
    return readUsers(file);
  }
  if (name === undefined && password !== undefined)
    throw new UsageError(`--${password} is given, and no user`, 'add --user NAME');
  if (name === undefined) return [];
  if (/[\r\n\0]/.test(name)) throw new UsageError('--user holds a line end or NUL', 'give the bare name');
  return [{ name, password: await passwordOf(name, options, spec, warn) }];
}

/** The accounts of a CSV file (`user,password` and possibly a token). Throws UsageError or LoadError with file and line. */
export function readUsers(file: string): readonly Account[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--users ${file} cannot be read: ${(error as Error).message}`, 'check the path');
  }
  return parseUsersCsv(text, file);
}

/** The password, from wherever the options say it is; one that POP3 cannot carry is refused. */
export async function passwordOf(
  name: string,
  options: Readonly<Record<string, unknown>>,
  spec: Pick<TargetSpec, 'password'>,
  warn: Warn,
): Promise<string> {
  return checked(await find(name, options, spec, warn));
}

async function find(
  name: string,
  options: Readonly<Record<string, unknown>>,
  spec: Pick<TargetSpec, 'password'>,
  warn: Warn,
): Promise<string> {
  const variable = single('password-env', options['password-env']);
  const file = single('password-file', options['password-file']);
  const given = single('password', options.password) ?? spec.password;
  if ([variable, file, given].filter((value) => value !== undefined).length > 1) {
    throw new UsageError('the password is given in more than one way', 'keep one of them');
  }
  if (variable !== undefined) {
    const value = process.env[variable];
    if (value === undefined || value === '') {
      throw new UsageError(`the environment variable ${variable} is not set`, `export ${variable}=…`);
    }
    return value;
  }
  if (file !== undefined) return readPassword(file);
  if (given !== undefined) {
    warn(
      'a password on the command line can be seen by everybody on this machine: prefer --password-env or --password-file',
    );
    return given;
  }
  if (process.stdin.isTTY === true) return prompt(`Password of ${name}: `);
  throw new UsageError(`no password for ${name}`, 'give --password-env NAME or --password-file FILE');
}

function readPassword(file: string): string {
  try {
    // A line end behind the password would be sent as part of it.
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new UsageError(
      `--password-file ${file} cannot be read: ${(error as Error).message}`,
      'check the path',
    );
  }
}

export function checked(password: string): string {
  if (password === '') throw new UsageError('the password is empty', 'check where it comes from');
  if (/[\r\n\0]/.test(password))
    throw new UsageError('the password holds a line end or NUL', 'POP3 cannot send these');
  return password;
}

/** Asks on the terminal without showing what is typed. */
export function prompt(question: string): Promise<string> {
  const { stdin, stderr } = process;
  // Before the question: what is typed at once must not be shown either.
  stdin.setRawMode(true);
  stderr.write(question);
  stdin.resume();
  stdin.setEncoding('utf8');
  return new Promise((resolve) => {
    let typed = '';
    const done = (): void => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    };
    const onData = (text: string): void => {
      for (const character of text) {
        if (character === '\r' || character === '\n' || character === '\u0004') {
          done();
          resolve(typed);
          return;
        }
        if (character === '\u0003') {
          done();
          process.exit(EXIT.interrupted);
        }
        if (character === '\u007f' || character === '\b') typed = typed.slice(0, -1);
        else typed += character;
      }
    };
    stdin.on('data', onData);
  });
}
