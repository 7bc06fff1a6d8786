import type { Behaviour } from './behaviour.js';
import type { Maildrop } from './maildrop.js';
import type { Session } from './session.js';

/** What a site has decided about logins and retention; CAPA tells of it. */
export interface Policy {
  /** Seconds between two logins of a user (RFC 2449 §6.5). */
  loginDelay?: number;
  /** Days that mail is kept at least; with 0, what RETR has fetched goes at QUIT (RFC 2449 §6.7). */
  expire?: Retention;
}

export type Retention = number | 'NEVER';

/** A policy of the site, and of the users for whom it differs. */
export interface SitePolicy extends Policy {
  readonly users: readonly (Policy & { readonly name: string })[];
}

/** Lets `behaviour` announce and enforce `site`. */
export function applyPolicy(behaviour: Behaviour, site: SitePolicy): void {
  const own = new Map(site.users.filter(differs(site)).map((user) => [user.name, user]));
  const policyOf = (drop: Maildrop): Policy => ({ ...site, ...own.get(drop.name) });
  const delays = [site, ...own.values()].map(({ loginDelay }) => loginDelay ?? 0);
  const retentions = [site, ...own.values()].map(({ expire }) => expire ?? 'NEVER');
  // Before login: the longest delay and the shortest retention of all, and that there is more to know after it.
  const general = { loginDelay: Math.max(...delays), expire: shortest(retentions) };
  behaviour.policyLines = (s) => {
    const { loginDelay, expire = 'NEVER' } = s.drop === null ? general : policyOf(s.drop);
    const more = (values: readonly unknown[]) => (s.drop === null && new Set(values).size > 1 ? ' USER' : '');
    const announced = delays.some((seconds) => seconds > 0) || site.loginDelay !== undefined;
    return [
      ...(announced ? [`LOGIN-DELAY ${loginDelay ?? 0}${more(delays)}`] : []),
      `EXPIRE ${expire}${more(retentions)}`,
    ];
  };
  enforceDelay(behaviour, (drop) => policyOf(drop).loginDelay ?? 0);
  removeFetched(behaviour, (drop) => policyOf(drop).expire === 0);
}

function differs(site: Policy): (user: Policy) => boolean {
  return ({ loginDelay = site.loginDelay, expire = site.expire }) =>
    loginDelay !== site.loginDelay || expire !== site.expire;
}

function shortest(retentions: readonly Retention[]): Retention {
  const days = retentions.filter((value) => value !== 'NEVER');
  return days.length === 0 ? 'NEVER' : Math.min(...days);
}

/** The delay begins with the +OK to a login, so that neither a refused one nor QUIT prolongs it. */
function enforceDelay(behaviour: Behaviour, secondsOf: (drop: Maildrop) => number): void {
  const begun = new WeakMap<Maildrop, number>();
  const { obstacle } = behaviour;
  behaviour.startDelay = (drop) => {
    begun.set(drop, performance.now());
  };
  behaviour.obstacle = (s, drop) => {
    const passed = performance.now() - (begun.get(drop) ?? Number.NEGATIVE_INFINITY);
    if (passed >= secondsOf(drop) * 1000) return obstacle(s, drop);
    return `${s.behaviour.responseCode('LOGIN-DELAY')}the last login was too short a time ago`;
  };
}

function removeFetched(behaviour: Behaviour, removes: (drop: Maildrop) => boolean): void {
  const fetchedBy = new WeakMap<Session, Set<number>>();
  const { fetched, commit } = behaviour;
  behaviour.fetched = (s, n) => {
    fetched(s, n);
    fetchedBy.set(s, (fetchedBy.get(s) ?? new Set()).add(n));
  };
  behaviour.commit = (s) => {
    if (s.drop !== null && removes(s.drop)) for (const n of fetchedBy.get(s) ?? []) s.marks.add(n);
    commit(s);
  };
}
