import type { EndpointMode, Facts, Origin } from '../facts.js';
import type { Provider } from '../provider.js';
import type { Subject } from '../subject.js';

/** A host and port that may be the server. */
export interface Candidate {
  readonly host: string;
  readonly port: number;
  readonly mode: EndpointMode;
  readonly origin: Origin;
}

const PLAIN_PORT = 110;
const TLS_PORT = 995;

/** Ports at which TLS begins with the first octet, whatever speaks in it (RFC 8314 §7). */
const TLS_PORTS: ReadonlySet<number> = new Set([TLS_PORT, 993, 465, 443]);

/** Names that servers usually have. */
const USUAL = ['pop', 'pop3', 'mail'];

/** What the command line names. */
export function givenCandidates({ kind, domain: host, port, otherPort, tls }: Subject): Candidate[] {
  if (kind !== 'host') return [];
  const modeOf = (at: number): EndpointMode => (TLS_PORTS.has(at) ? 'tls' : 'plain');
  if (port === undefined) return bothPorts(host, 'given');
  const mode = tls === undefined ? modeOf(port) : tls === 'implicit' ? 'tls' : 'plain';
  const given: Candidate = { host, port, mode, origin: 'given' };
  if (otherPort === undefined) return [given];
  return [given, { host, port: otherPort, mode: mode === 'tls' ? 'plain' : 'tls', origin: 'given' }];
}

/** Servers that the provider table, RFC 6186 and autoconfig name, the surest first. */
export function namedCandidates(facts: Facts, provider: Provider | undefined): Candidate[] {
  const servers = provider?.servers ?? [];
  const today = servers.filter(({ old }) => old === undefined);
  const ofProvider = (today.length > 0 ? today : servers).map(({ host, port, tls }) => ({
    host,
    port,
    mode: modeOf(tls === 'implicit'),
    origin: 'provider' as const,
  }));
  const ofSrv = facts.dns.srv.map(({ service, host, port }) => ({
    host,
    port,
    mode: modeOf(service === 'pop3s'),
    origin: 'srv' as const,
  }));
  const ofAutoconfig = facts.autoconfig
    .flatMap(({ servers: found }) => found)
    .filter(({ type }) => type === 'pop3')
    .map(({ host, port, socket }) => ({
      host,
      port,
      mode: modeOf(socket.toUpperCase() === 'SSL'),
      origin: 'autoconfig' as const,
    }));
  return unique([...ofProvider, ...ofSrv, ...ofAutoconfig]);
}

const modeOf = (implicit: boolean): EndpointMode => (implicit ? 'tls' : 'plain');

/** The names that servers usually have, and the domain itself. */
export function usualCandidates(domain: string): Candidate[] {
  return [...USUAL.map((name) => `${name}.${domain}`), domain].flatMap((host) => bothPorts(host, 'guess'));
}

/**
 * Whether a server that DNS or a document names may be contacted unasked: it is of the domain itself, or one of a provider that is
 * known. Neither SRV nor autoconfig are protected, so that anything else could be anybody (RFC 6186 §6).
 */
export function isOfDomain(host: string, domain: string, providers: readonly Provider[]): boolean {
  return (
    host === domain ||
    host.endsWith(`.${domain}`) ||
    providers.some(({ servers }) => servers.some((one) => one.host === host))
  );
}

function bothPorts(host: string, origin: Origin): Candidate[] {
  return [
    { host, port: TLS_PORT, mode: 'tls', origin },
    { host, port: PLAIN_PORT, mode: 'plain', origin },
  ];
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Set<string>();
  return candidates.filter(({ host, port }) => {
    const key = `${host}:${port}`;
    return !seen.has(key) && seen.add(key);
  });
}
