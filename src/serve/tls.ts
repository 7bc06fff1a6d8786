import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, type SecureVersion, TLSSocket } from 'node:tls';
import type { CertificateKind, ServerCertificate } from './certificate.js';

/** What the server shows and speaks in a handshake. */
export interface TlsSettings {
  certificate: CertificateKind;
  minVersion: SecureVersion;
  maxVersion: SecureVersion;
  /** In the words of OpenSSL; its own choice when left out. */
  ciphers?: string;
  /** Protocols that it agrees to by ALPN (RFC 7301); none of them offered ends the handshake. Empty: ALPN is ignored. */
  alpn: readonly string[];
  /** Whether a client may name a host by SNI. */
  takesSni: boolean;
}

/** RFC 8314 §4 and RFC 8997; `pop3` is the name that IANA has registered for ALPN. */
export const CLEAN_TLS: TlsSettings = {
  certificate: 'sound',
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  alpn: ['pop3'],
  takesSni: true,
};

/** What the handshakes of one server share. */
export interface TlsCore {
  readonly settings: TlsSettings;
  readonly context: SecureContext;
}

/** A TLS handshake may take this long (Node's own default for TLS servers). */
const HANDSHAKE_TIMEOUT_MS = 120_000;

const below = new WeakMap<Socket, Socket>();

export function tlsCore(settings: TlsSettings, certificate: ServerCertificate): TlsCore {
  const { minVersion, maxVersion, ciphers } = settings;
  const context = createSecureContext({
    ...certificate,
    minVersion,
    maxVersion,
    ...(ciphers === undefined ? {} : { ciphers }),
  });
  return { settings, context };
}

/** Begins the handshake on an accepted connection; the socket emits `secure` at its end. */
export function shakeHands(tcp: Socket, { settings, context }: TlsCore): TLSSocket {
  const { alpn, takesSni } = settings;
  const tls = new TLSSocket(tcp, {
    isServer: true,
    secureContext: context,
    ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
    ...(takesSni
      ? {}
      : { SNICallback: (name, done) => done(name === '' ? null : new Error('unknown name')) }),
  });
  below.set(tls, tcp);
  tls.setTimeout(HANDSHAKE_TIMEOUT_MS);
  return tls;
}

/** The TCP connection under a socket. */
export function tcpOf(socket: Socket): Socket {
  return below.get(socket) ?? socket;
}
