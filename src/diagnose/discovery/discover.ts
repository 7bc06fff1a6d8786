import { editDistance } from '../../near-matches.js';
import type { Facts } from '../facts.js';
import { type Provider, providerByDomain, providerByMx, providerByName } from '../provider.js';
import type { Subject } from '../subject.js';
import { autoconfigUrls, fetchAutoconfig } from './autoconfig.js';
import type { Names } from './dns.js';

export interface DiscoveryOptions {
  readonly providers: readonly Provider[];
  readonly names: Names;
  readonly autoconfigBase: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What can be learned of a domain before a mail server is contacted. */
export type Found = Pick<Facts, 'provider' | 'resembles' | 'dns' | 'autoconfig'>;

/** Asks the provider table, DNS and autoconfig, all at once; a host that was given with its port needs none of it. */
export async function discover(subject: Subject, options: DiscoveryOptions): Promise<Found> {
  const { providers, names, autoconfigBase, timeoutMs, signal } = options;
  const { kind, domain, port, user } = subject;
  const nothing: Facts['dns'] = { mx: [], nullMx: false, srv: [], srvNotOffered: [] };
  const named = subject.provider === undefined ? undefined : providerByName(providers, subject.provider);
  const listed = named ?? (domain === '' ? undefined : providerByDomain(providers, domain));
  const known: Found['provider'] =
    listed === undefined
      ? undefined
      : { id: listed.id, by: named !== undefined ? 'name' : kind === 'host' ? 'host' : 'domain' };
  if (kind !== 'address' && (port !== undefined || domain === '' || known !== undefined))
    return { dns: nothing, autoconfig: [], ...(known === undefined ? {} : { provider: known }) };
  const [mx, srv] = await Promise.all([names.mx(domain), names.srv(domain)]);
  const dns: Facts['dns'] = {
    mx: mx.mx,
    mxAnswer: mx.answer,
    nullMx: mx.nullMx,
    srv: srv.srv,
    srvAnswer: srv.answer,
    srvNotOffered: srv.srvNotOffered,
  };
  const byMx = providerByMx(providers, mx.mx);
  const provider = known ?? (byMx === undefined ? undefined : ({ id: byMx.id, by: 'mx' } as const));
  // What the table knows needs no document, and a domain that the name service does not tell of has none.
  const ask = provider === undefined && (mx.answer === 'found' || mx.answer === 'no-data');
  const address = kind === 'address' ? user : undefined;
  const autoconfig = ask
    ? await Promise.all(
        autoconfigUrls(domain, address, mx.mx).map((url) =>
          fetchAutoconfig(url, autoconfigBase, timeoutMs, signal),
        ),
      )
    : [];
  const near = provider === undefined ? nearDomain(domain, providers) : undefined;
  return {
    dns,
    autoconfig,
    ...(provider === undefined ? {} : { provider }),
    ...(near === undefined ? {} : { resembles: near }),
  };
}

/** From so many characters on two slips of the hand are taken for one domain, which is one exchange of letters. */
const LONG = 9;

/** A domain of the table that this one was probably meant to be. */
function nearDomain(domain: string, providers: readonly Provider[]): string | undefined {
  const known = providers.flatMap(({ domains }) => domains).filter((one) => !one.includes('*'));
  const slips = domain.length < LONG ? 1 : 2;
  return [1, 2].slice(0, slips).flatMap((far) => known.filter((one) => editDistance(domain, one) === far))[0];
}
