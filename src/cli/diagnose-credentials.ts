import type { DiagnoseOptions } from '../diagnose/options.js';
import type { Subject } from '../diagnose/subject.js';
import { checked, PASSWORD_OPTIONS, passwordOf, prompt } from './accounts.js';
import { UsageError } from './exit-codes.js';
import { targetOf } from './target.js';
import { note } from './tell.js';
import { single } from './values.js';

/**
 * Password and token, from wherever the options say they are; the password by a prompt in a terminal, where an empty one means that none is
 * to be tried. Neither: everything before a login is looked at.
 */
export async function credentialsOf(
  args: Readonly<Record<string, unknown>>,
  { user, kind }: Subject,
): Promise<Pick<DiagnoseOptions, 'password' | 'token'>> {
  const token = tokenOf(single('token-env', args['token-env']));
  const told = PASSWORD_OPTIONS.find((option) => args[option] !== undefined);
  const spec = kind === 'host' ? targetOf({ ...args, tls: undefined }) : undefined;
  if (user === undefined) {
    const given = told ?? (token === undefined ? undefined : 'token-env');
    if (given !== undefined)
      throw new UsageError(`--${given} is given, and no user`, 'give the address, or add --user NAME');
    return {};
  }
  const asked = told !== undefined || spec?.password !== undefined;
  const secret = token === undefined ? {} : { token };
  if (asked) return { ...secret, password: await passwordOf(user, args, { password: spec?.password }, note) };
  if (token !== undefined || process.stdin.isTTY !== true) return secret;
  const password = await prompt(`Password of ${user} (empty: no login): `);
  return password === '' ? {} : { password: checked(password) };
}

function tokenOf(variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined;
  const token = process.env[variable]?.trim();
  if (token === undefined || token === '')
    throw new UsageError(`the environment variable ${variable} is not set`, `export ${variable}=…`);
  if (/[^\x21-\x7e]/.test(token))
    throw new UsageError(
      `the token in ${variable} holds what no token holds`,
      'tokens are visible ASCII without blanks',
    );
  return token;
}
