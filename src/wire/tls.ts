import { isIP } from 'node:net';
import type { ConnectionOptions, SecureVersion } from 'node:tls';
import type { ConnectionEnd } from './connection.js';
import type { Target } from './target.js';
import { contextFor, sessionOf } from './tls-context.js';

/** Options of one handshake beside the target's own. */
export interface HandshakeOptions {
  /** Name sent in SNI and checked against the certificate; '' sends none. */
  readonly servername?: string;
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  /** Protocol names offered (RFC 7301). */
  readonly alpn?: readonly string[];
  /** Cipher list in OpenSSL's form. */
  readonly ciphers?: string;
  /** False goes on whatever the certificate is, true does not; the target decides when it is left out. */
  readonly verify?: boolean;
}

/** How a handshake failed: `other` where it was this side that could not go on. */
export interface HandshakeEnd {
  readonly how: 'close' | 'reset' | 'alert' | 'other';
  /** Name of the alert in RFC 8446 §6, or empty. */
  readonly alert: string;
}

/** The name that a certificate must be for. */
export function nameOf({ host, tlsOptions }: Target, { servername }: HandshakeOptions): string {
  return servername ?? tlsOptions.servername ?? host;
}

/** What node:tls is to be given. RFC 6066 §3: SNI holds no address. */
export function connectOptions(target: Target, options: HandshakeOptions): ConnectionOptions {
  const { tlsOptions, host } = target;
  const name = nameOf(target, options);
  return {
    secureContext: contextFor(tlsOptions, options),
    rejectUnauthorized: options.verify ?? tlsOptions.insecure !== true,
    // The name to check against where none is sent.
    host: name === '' ? host : name,
    ...(isIP(name) === 0 && name !== '' ? { servername: name } : {}),
    ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
    ...sessionOf(tlsOptions),
  };
}

/** An alert record in clear: type, version 3.x, length 2, level and description (RFC 8446 §5.1 and §6). */
export const ALERT_RECORD_OCTETS = 7;

/** How many octets at `start` are an alert in clear, by which a server gives up a handshake that was never one of ours. */
export function alertOctets(bytes: Buffer, start: number): number {
  const isAlert = bytes[start] === 0x15 && bytes[start + 1] === 3 && bytes.readUInt16BE(start + 3) === 2;
  return isAlert ? ALERT_RECORD_OCTETS : 0;
}

/** Codes of OpenSSL for alerts that came from the peer; errors of this side carry no version. */
const ALERT = /^ERR_SSL_(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(\w+)$/;

/** Why a connection ended, from the error of its socket. */
export function endOf(error: NodeJS.ErrnoException, handshaking: boolean): ConnectionEnd {
  const code = error.code ?? '';
  // The message of OpenSSL holds an address in memory; its reason is what it means.
  const { reason } = error as { reason?: string };
  const words = code.startsWith('ERR_SSL') && reason !== undefined ? reason : error.message;
  const detail = code === '' || words.includes(code) ? words : `${words} (${code})`;
  if (code === 'ECONNREFUSED') return { cause: 'refused', detail, code };
  if (handshaking) return { cause: 'tls', detail, code, handshake: handshakeEnd(error, code) };
  if (code === 'ECONNRESET' || code === 'EPIPE') return { cause: 'reset', detail, code };
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return { cause: 'tls', detail, code };
  return { cause: 'unreachable', detail, code };
}

function handshakeEnd({ syscall }: NodeJS.ErrnoException, code: string): HandshakeEnd {
  const alert = ALERT.exec(code)?.[1];
  if (alert !== undefined) return { how: 'alert', alert: alert.toLowerCase() };
  // node:tls says ECONNRESET of a FIN, too; only a system call that failed was a RST.
  if (code === 'EPIPE' || (code === 'ECONNRESET' && syscall !== undefined))
    return { how: 'reset', alert: '' };
  return { how: code === 'ECONNRESET' ? 'close' : 'other', alert: '' };
}
