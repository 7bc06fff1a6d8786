import type { AuthMode } from '../../dialogue/auth.js';
import type { EndpointFacts, Facts, LoginTry } from '../facts.js';
import { isLoopback } from './loopback.js';

/** Ways by password, the safest first: those that do not show it to the server, then those that do, APOP last for its MD5. */
const BY_PASSWORD: readonly AuthMode[] = [
  'scram-sha-256',
  'scram-sha-1',
  'cram-md5',
  'plain',
  'user',
  'apop',
];
const BY_TOKEN: readonly AuthMode[] = ['oauthbearer', 'xoauth2'];

/** Ways that do not show the password, for which a server has to have kept it in another form. */
const HIDES_PASSWORD: ReadonlySet<AuthMode> = new Set<AuthMode>([
  'scram-sha-256',
  'scram-sha-1',
  'cram-md5',
  'apop',
]);

/** What a server offers on this endpoint to somebody who has these credentials, the safest way first. */
export function waysOf(
  endpoint: EndpointFacts,
  has: { password: boolean; token: boolean },
  tls: boolean,
): AuthMode[] {
  const capa = tls ? (endpoint.capaTls ?? endpoint.capaClear) : endpoint.capaClear;
  const mechanisms = mechanismsOf(capa ?? []);
  const apop = hasTimestamp(endpoint.greeting ?? '');
  const offered = (way: AuthMode): boolean => {
    if (way === 'user')
      return (
        capa === null || capa === undefined || hasTag(capa, 'USER') || (mechanisms.length === 0 && !apop)
      );
    if (way === 'apop') return apop;
    return mechanisms.includes(way.toUpperCase());
  };
  const ways = [...(has.token ? BY_TOKEN : []), ...(has.password ? BY_PASSWORD : [])];
  return ways.filter(offered);
}

export function mechanismsOf(capa: readonly string[]): string[] {
  return capa
    .filter((line) => /^SASL( |$)/i.test(line))
    .flatMap((line) => line.toUpperCase().split(/ +/).slice(1));
}

export function hasTag(capa: readonly string[], tag: string): boolean {
  return capa.some((line) => line.trim().toUpperCase().split(/ +/)[0] === tag);
}

/** RFC 1939 §7: the greeting of a server with APOP holds a msg-id. */
export function hasTimestamp(greeting: string): boolean {
  return /<[^<>@\s]+@[^<>@\s]+>/.test(greeting);
}

/** One login to be tried. */
export interface Step {
  readonly endpoint: EndpointFacts;
  readonly tls: boolean;
  readonly way: AuthMode;
  readonly name: LoginTry['name'];
}

export interface PlanOptions {
  /** As the mail program is set up. */
  readonly tls: Facts['input']['tls'];
  readonly insecure: boolean;
  readonly has: { readonly password: boolean; readonly token: boolean };
  /** The name is an address, and may have to be told without its domain. */
  readonly address: boolean;
  /** What the provider or autoconfig say of the name. */
  readonly name: 'address' | 'local' | undefined;
}

/**
 * The logins worth trying, in this order, or why there is none. Nothing is tried over a network in clear, not even what hides the password
 * (whoever listens could guess it at leisure), unless the mail program is said to do without TLS; nor where a certificate does not verify. Behind the
 * first way comes one of another kind, since a mechanism may be broken, then another form of the name.
 */
export function planLogins(
  endpoints: readonly EndpointFacts[],
  { tls: wanted, insecure, has, address, name }: PlanOptions,
): readonly Step[] | 'no-server' | 'certificate' | 'not-in-clear' | 'no-way' {
  const usable = endpoints.filter(({ speaks }) => speaks === 'pop3');
  if (usable.length === 0) return 'no-server';
  const trusted = (one: EndpointFacts): boolean => insecure || one.tls?.certificate?.verified === true;
  const withTls = usable.filter(({ tls }) => tls?.handshake === 'ok');
  const safe = withTls.filter(trusted);
  const inClear = usable.filter(({ mode }) => mode === 'plain');
  const first: NameForm = name === 'local' && address ? 'local' : 'given';
  const steps: Step[] = [];
  const push = (endpoint: EndpointFacts, tls: boolean): void => {
    const ways = waysOf(endpoint, has, tls);
    const [best] = ways;
    if (best === undefined) return;
    const other = HIDES_PASSWORD.has(best) ? ways.find((way) => !HIDES_PASSWORD.has(way)) : undefined;
    steps.push({ endpoint, tls, way: best, name: first });
    if (other !== undefined) steps.push({ endpoint, tls, way: other, name: first });
    const second: NameForm = first === 'given' ? 'local' : 'given';
    if (address && name !== 'address') steps.push({ endpoint, tls, way: other ?? best, name: second });
  };
  const [clear] = inClear;
  const asked = wanted === 'none' && clear !== undefined;
  // As the mail program does it, once; what TLS makes of it comes behind.
  if (asked) {
    const [way] = waysOf(clear, has, false);
    if (way !== undefined) steps.push({ endpoint: clear, tls: false, way, name: first });
  }
  const best = preferred(safe, wanted);
  if (best !== undefined) push(best, true);
  else if (withTls.length > 0) return steps.length > 0 ? steps : 'certificate';
  else if (clear !== undefined && !asked) {
    if (isLoopback(clear.address)) push(clear, false);
    else if (waysOf(clear, has, false).length > 0) return 'not-in-clear';
  }
  return steps.length > 0 ? steps : 'no-way';
}

type NameForm = LoginTry['name'];

/** The way that the mail program is set up to, else TLS from the first octet; of several the nearest. */
function preferred(
  endpoints: readonly EndpointFacts[],
  wanted: Facts['input']['tls'],
): EndpointFacts | undefined {
  const score = ({ mode, origin, connectMs }: EndpointFacts): number =>
    (wanted !== undefined && (wanted === 'implicit') === (mode === 'tls') ? 0 : 10_000_000) +
    (origin === 'guess' ? 1_000_000 : 0) +
    (mode === 'tls' ? 0 : 100_000) +
    connectMs;
  return [...endpoints].sort((a, b) => score(a) - score(b))[0];
}
