import { z } from 'zod';
import type { Cause } from '../dialogue/outcome.js';

/** Errors that are not the server's weakness but its rules, or its plight, by the words that RFCs have for them. */
export const refusalSchema = z.enum([
  'in-use',
  'login-delay',
  'sys-temp',
  'sys-perm',
  'auth',
  'connection-limit',
]);
export type Refusal = z.infer<typeof refusalSchema>;

/** What each means for a load run, and what to do. */
export const REFUSAL_HINTS: Readonly<Record<Refusal, string>> = {
  'in-use':
    'the maildrop is locked by another session (RFC 2449 §8.1.2): by somebody else who reads it, or by a session before that the server has not ended yet',
  'login-delay':
    'the server wants more time between two logins of a user (RFC 2449 §8.1.1): more users, a lower rate, or --login-delay with the time that it wants',
  'sys-temp':
    'the server has a trouble of its own that will pass (RFC 3206 §4): look at its log and its resources',
  'sys-perm': 'the server has a trouble of its own that needs a hand (RFC 3206 §4): look at its log',
  auth: 'the credentials were refused (RFC 3206 §5): look at users and passwords, and whether the server locks out after failures',
  'connection-limit':
    'the server, or something before it, takes no more connections from here: raise its limit for the test, or come from more addresses (--source)',
};

const CODES: Readonly<Record<string, Refusal>> = {
  'IN-USE': 'in-use',
  'LOGIN-DELAY': 'login-delay',
  'SYS/TEMP': 'sys-temp',
  'SYS/PERM': 'sys-perm',
  AUTH: 'auth',
};

/** Servers put it into words, since no response code says it. */
const TOO_MANY =
  /too many (?:\w+ )*(?:connections|sessions|logins)|maximum number of (?:\w+ )*(?:connections|sessions)|connection limit|connections? .*exceeded/i;

/**
 * What an error is by the answer that the server gave, or did not give: `greeting` says that it came in place of the
 * greeting. Undefined for an error of another kind.
 */
export function refusalOf(cause: Cause, actual: string, greeting: boolean): Refusal | undefined {
  if (cause === 'reply' && /^-ERR/i.test(actual)) {
    if (TOO_MANY.test(actual)) return 'connection-limit';
    return CODES[/^-ERR \[([^\] ]+)\]/i.exec(actual)?.[1]?.toUpperCase() ?? ''];
  }
  // A server that is full closes what it has just accepted, or lets it wait for ever.
  const turnedAway = cause === 'close' || cause === 'reset' || cause === 'timeout';
  return greeting && turnedAway ? 'connection-limit' : undefined;
}
