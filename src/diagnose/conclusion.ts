import type { Facts } from './facts.js';
import type { Cause, Conclusion, DiagnoseResult } from './result.js';

/** From here on a cause is told as one; what is below stands beside it. */
const CAUSE_MIN = 25;

/** Causes that say that there is nothing to be reached, rather than that something could not be. */
const NO_ATTEMPT: ReadonlySet<string> = new Set([
  'provider-without-pop',
  'provider-needs-bridge',
  'pop-not-offered',
  'server-elsewhere',
  'no-mail-domain',
  'host-not-given',
]);

/** What the facts and the causes come to. */
export function conclude(facts: Facts, causes: readonly Cause[], interrupted: boolean): Conclusion {
  const [first] = causes;
  if (interrupted) return { kind: 'interrupted', says: 'The diagnosis was ended before it was done.' };
  if (first !== undefined && first.weight >= CAUSE_MIN) {
    const reached = facts.endpoints.some(({ connect }) => connect === 'ok');
    const kind = reached || NO_ATTEMPT.has(first.id) ? 'cause' : 'unreachable';
    return { kind, says: first.cause };
  }
  const served = facts.endpoints.some(({ speaks }) => speaks === 'pop3');
  if (facts.cutShort)
    return { kind: 'unclear', says: 'The time was up before a cause showed: --limit gives it more.' };
  if (!served) {
    const reached = facts.endpoints.some(({ connect }) => connect === 'ok');
    return reached
      ? { kind: 'unclear', says: 'Something answers that is no POP3 server, and no known cause fits.' }
      : { kind: 'unreachable', says: 'No server could be reached.' };
  }
  const refused = facts.logins.length > 0 && facts.loginEnd !== 'in';
  if (refused) return { kind: 'unclear', says: 'The login failed in a way that no known cause fits.' };
  return { kind: 'healthy', says: `Nothing is wrong here${reachOf(facts)}.` };
}

/** How far that goes. */
function reachOf({ loginEnd }: Facts): string {
  switch (loginEnd) {
    case 'in':
      return '';
    case 'no-user':
    case 'no-password':
      return ', as far as it shows before a login: name the user and give a password to go on';
    default:
      return ' before the login, which was not tried';
  }
}

const CODES: Readonly<Record<Conclusion['kind'], number>> = {
  healthy: 0,
  cause: 1,
  unreachable: 3,
  unclear: 5,
  interrupted: 130,
};

export function exitOf({ kind, says }: Conclusion): DiagnoseResult['exit'] {
  return { code: CODES[kind], reason: says };
}
