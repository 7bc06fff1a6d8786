import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';

/** Certificates that were found to be for a name, by both. */
const fitting = new Set<string>();
const FITTING_MAX = 1000;

const UNSEEN = {} as PeerCertificate;

/**
 * Lets a handshake hold the name against the server's certificate once for each certificate: node:tls would make an
 * object of it each time, which costs a sixth of a handshake. Takes the certificate out of the connection, so nobody
 * can look at it afterwards.
 */
export function checkOnce(secure: TLSSocket): void {
  secure.getPeerCertificate = (() => UNSEEN) as TLSSocket['getPeerCertificate'];
}

/** The name check of a connection that `checkOnce` was called for. */
export function identityOf(secure: TLSSocket, name: string): Error | undefined {
  const certificate = secure.getPeerX509Certificate();
  const key = `${name} ${certificate?.fingerprint256}`;
  if (certificate !== undefined && fitting.has(key)) return undefined;
  const error = checkServerIdentity(name, (certificate?.toLegacyObject() ?? UNSEEN) as PeerCertificate);
  if (error === undefined && fitting.size < FITTING_MAX) fitting.add(key);
  return error;
}
