import type { SecureVersion } from 'node:tls';

/** How TLS comes about: not at all, by STLS on the plain port (RFC 2595 §4), or from the first octet (RFC 8314 §3). */
export type TlsMode = 'none' | 'stls' | 'implicit';

export interface TlsOptions {
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string;
  /** Goes on when the certificate does not verify. */
  readonly insecure?: boolean;
  /** Name sent in SNI and checked against the certificate; the host when left out. */
  readonly servername?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** Cipher list in OpenSSL's form. */
  readonly ciphers?: string;
  /** PEM of the client's own certificate, with those up to the authority, and of its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Offers the last session that the server gave out, so that handshakes are short (RFC 8446 §2.2). */
  readonly resume?: boolean;
}

/** Where a server is and how it is spoken to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** Where the same server speaks the other way: TLS from the first octet for a plain port, in clear for a TLS port. */
  readonly otherPort?: number;
  /** Numeric address that every connection uses, so that one name lookup serves the run. */
  readonly address: string;
  /** Address of this machine that connections come from; the system's choice when left out. */
  readonly localAddress?: string;
  readonly tls: TlsMode;
  readonly tlsOptions: TlsOptions;
}

/** The port for POP3 in clear and the one for implicit TLS, where they are known. */
export function portsOf({ port, otherPort, tls }: Target): { plain?: number; tls?: number } {
  const other = otherPort === undefined ? {} : { [tls === 'implicit' ? 'plain' : 'tls']: otherPort };
  return { [tls === 'implicit' ? 'tls' : 'plain']: port, ...other };
}

/** `pop3s://host:995`, without user and password. */
export function targetUrl(target: Pick<Target, 'host' | 'port' | 'tls'>): string {
  const scheme = target.tls === 'implicit' ? 'pop3s' : 'pop3';
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  return `${scheme}://${host}:${target.port}`;
}
