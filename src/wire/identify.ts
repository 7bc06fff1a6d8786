import { Buffer } from 'node:buffer';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from './target.js';

/** What speaks at a port instead of POP3, as far as its first octets tell. */
export type Stranger = 'IMAP' | 'SMTP' | 'HTTP' | 'SSH' | 'FTP' | 'TLS';

const FIRST_OCTETS: readonly (readonly [RegExp, Stranger])[] = [
  [/^\* (OK|PREAUTH|BYE)/, 'IMAP'],
  [/^220[ -].*(FTP|FileZilla)/i, 'FTP'],
  [/^(220|554|421)[ -]/, 'SMTP'],
  [/^(HTTP\/\d|<!DOCTYPE|<html)/i, 'HTTP'],
  [/^SSH-/, 'SSH'],
  // A TLS alert or handshake record (RFC 8446 §5.1).
  [/^[\x15\x16]\x03[\x00-\x04]/, 'TLS'],
];

/** Recognises a protocol by what its server says first; `octets` is Latin-1. */
export function identify(octets: string): Stranger | undefined {
  return FIRST_OCTETS.find(([pattern]) => pattern.test(octets))?.[1];
}

const PROBE_MS = 3000;
const PROBE_OCTETS_MAX = 512;

/**
 * Says one harmless line to a server that keeps silent and gives what comes back, Latin-1, at most 512 octets:
 * an HTTP server answers it with an error page, a TLS server with an alert.
 */
export function probe(target: Target): Promise<string> {
  return new Promise((resolve) => {
    let heard = Buffer.alloc(0);
    const socket = connect({ host: target.address, port: target.port });
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(heard.subarray(0, PROBE_OCTETS_MAX).toString('latin1'));
    };
    const timer = setTimeout(done, PROBE_MS);
    socket.on('connect', () => socket.write('CAPA\r\n\r\n'));
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      if (heard.length >= PROBE_OCTETS_MAX || identify(heard.toString('latin1')) !== undefined) done();
    });
    socket.on('error', done);
    socket.on('close', done);
  });
}

/** Whether a server that says nothing in clear answers a TLS handshake; its certificate does not matter here. */
export function speaksTls(target: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTls({ host: target.address, port: target.port, rejectUnauthorized: false });
    const done = (answer: boolean) => (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(done(false), PROBE_MS);
    socket.on('secureConnect', done(true));
    socket.on('error', done(false));
    socket.on('close', done(false));
  });
}
