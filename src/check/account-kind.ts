import type { Account } from '../dialogue/attempt.js';
import type { Needs } from '../dialogue/suite.js';

/** What is out of the ordinary about a name or password; such an account is kept for the cases that ask for it. */
export type AccountKind = NonNullable<Needs['account']> | 'ordinary';

/** How an account of each kind is told to somebody who has to make one. */
export const KIND_WORDS: Readonly<Record<AccountKind, string>> = {
  utf8: 'a name and a password with letters beyond ASCII, such as ö',
  spaces: 'a password with spaces, two of them in a row and one at its end',
  ordinary: 'a name and a password of printable ASCII without spaces',
};

export function kindOf({ name, password }: Account): AccountKind {
  const beyond = /[^\0-\x7f]/;
  if (beyond.test(name) && beyond.test(password)) return 'utf8';
  return password.includes('  ') && password.endsWith(' ') ? 'spaces' : 'ordinary';
}
