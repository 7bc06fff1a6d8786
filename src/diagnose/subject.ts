import type { TlsMode } from '../wire/target.js';

/** What is to be diagnosed. */
export interface Subject {
  readonly kind: 'address' | 'host' | 'provider';
  /** As it is shown: `user@example.org`, `mail.example.org:110`, `outlook`. */
  readonly shown: string;
  /** Domain of the address, or the host; '' for a provider that was named alone. */
  readonly domain: string;
  /** The name to log in by. */
  readonly user?: string;
  readonly port?: number;
  /** Where the same host speaks TLS from the first octet, or in clear if `port` does not. */
  readonly otherPort?: number;
  /** How the mail program is set up, where that is known. */
  readonly tls?: TlsMode;
  /** Name of the provider, where it was named. */
  readonly provider?: string;
}

/** Sends connections elsewhere, as curl does: what is left out of the first two is any, of the last two unchanged. */
export interface ConnectTo {
  readonly host: string;
  readonly port: number | undefined;
  readonly toHost: string;
  readonly toPort: number | undefined;
}

/** Where a connection to this host and port is to go. */
export function redirected(
  rules: readonly ConnectTo[],
  host: string,
  port: number,
): { host: string; port: number } {
  const rule = rules.find(
    (one) => (one.host === '' || one.host === host) && (one.port === undefined || one.port === port),
  );
  return rule === undefined
    ? { host, port }
    : { host: rule.toHost === '' ? host : rule.toHost, port: rule.toPort ?? port };
}
