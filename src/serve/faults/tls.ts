import type { Socket } from 'node:net';
import type { Behaviour } from '../behaviour.js';
import type { CertificateKind } from '../certificate.js';
import { type TlsSettings, tcpOf } from '../tls.js';
import { HANDSHAKE_RECORD, inArea } from './fault.js';

const speaks = (change: Partial<TlsSettings>) => (b: Behaviour) => void Object.assign(b.tls, change);
/** OpenSSL speaks nothing below TLS 1.2, and shows no short key, above this level. */
const ANYTHING = 'DEFAULT@SECLEVEL=0';

export const tlsFaults = inArea('tls', [
  {
    id: 'tls-old-only',
    title: 'Nothing newer than TLS 1.1 is spoken',
    clause: '8314-4-MSP-7',
    apply: speaks({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: ANYTHING }),
  },
  {
    id: 'tls-1-0-accepted',
    title: 'TLS 1.0 is spoken',
    clause: '8314-4-MSP-9',
    apply: speaks({ minVersion: 'TLSv1', ciphers: ANYTHING }),
  },
  {
    id: 'tls-1-1-accepted',
    title: 'TLS 1.1 is spoken',
    clause: '8314-4-MSP-9',
    apply: speaks({ minVersion: 'TLSv1.1', ciphers: ANYTHING }),
  },
  {
    id: 'tls-weak-cipher',
    title: 'Only a cipher suite without authenticated encryption is spoken',
    clause: '8314-4-MSP-8',
    apply: speaks({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }),
  },
  ...(
    [
      ['expired', 'The certificate has expired'],
      ['not-yet-valid', 'The certificate is not valid yet'],
      ['other-name', 'The certificate is for another host'],
      ['untrusted', 'The certificate is from nobody whom the client trusts'],
      ['weak-key', 'The key of the certificate has 1024 bits'],
      ['inner-wildcard', 'A name in the certificate has a wildcard in its middle'],
    ] satisfies [CertificateKind, string][]
  ).map(([certificate, title]) => ({
    id: `certificate-${certificate}`,
    title,
    clause: certificate === 'inner-wildcard' ? '2595-2.4-ID-4' : '8314-4.4-CERT-4',
    apply: speaks({ certificate, ...(certificate === 'weak-key' ? { ciphers: ANYTHING } : {}) }),
  })),
  {
    id: 'sni-refused',
    title: 'A client that names a host by SNI is cut off without an alert',
    clause: '8314-4.4-CERT-6',
    apply: speaks({ takesSni: false }),
  },
  {
    id: 'alpn-refused',
    title: 'A client that offers pop3 by ALPN is refused',
    clause: '8314-4-MSP-7',
    apply: speaks({ alpn: ['imap'] }),
  },
  {
    id: 'alpn-ignored',
    title: 'A client that offers nothing but another protocol by ALPN is served',
    clause: '8314-3.1-TLS-2',
    apply: speaks({ alpn: [] }),
  },
  {
    id: 'tls-no-close-alert',
    title: 'The connection ends without a close alert',
    clause: '8314-3.4-CLOSE-1',
    apply(b) {
      const { endConnection } = b;
      b.endConnection = (socket, ended) => {
        if (tcpOf(socket) === socket) endConnection(socket, ended);
        else socket.write('', () => tcpOf(socket).destroy());
      };
    },
  },
  {
    id: 'tls-cuts-farewell',
    title: 'Under TLS the connection is cut before the answer to QUIT has been sent',
    clause: '8314-3.4-CLOSE-3',
    apply(b) {
      const { farewell } = b;
      b.farewell = (s) => s.secure || farewell(s);
    },
  },
]);

/** The alert `handshake_failure` (RFC 8446 §6). */
const HANDSHAKE_FAILURE = Buffer.from([0x15, 3, 3, 0, 2, 2, 40]);

function refuseHandshakes(b: Behaviour): void {
  b.acceptTls = (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(HANDSHAKE_FAILURE));
  };
}

/** Looks at the first octets on the TLS port: a handshake goes on, anything else is left to `otherwise`. */
function onOtherThanHello(b: Behaviour, otherwise: (socket: Socket, serveInClear: () => void) => void): void {
  b.acceptTls = (socket, handshake, serveInClear) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => {
      socket.pause();
      socket.unshift(chunk);
      if (chunk[0] === HANDSHAKE_RECORD) handshake();
      else otherwise(socket, serveInClear);
    });
  };
}

export const tlsPortFaults = inArea('tls', [
  {
    id: 'tls-port-greets-in-clear',
    title: 'On the TLS port a greeting in clear comes before the handshake',
    clause: '8314-3.1-TLS-1',
    apply(b) {
      b.acceptTls = (socket, handshake) => void socket.write('+OK ready\r\n', handshake);
    },
  },
  {
    id: 'tls-port-in-clear',
    title: 'On the TLS port a client without TLS is served in clear',
    clause: '8314-3.1-TLS-6',
    apply: (b) =>
      onOtherThanHello(b, (socket, serveInClear) => {
        serveInClear();
        socket.resume();
      }),
  },
  {
    id: 'tls-port-silent',
    title: 'On the TLS port a client without TLS is neither answered nor let go',
    clause: '8314-3.1-TLS-6',
    apply: (b) => onOtherThanHello(b, (socket) => void socket.resume()),
  },
  {
    id: 'tls-port-refuses',
    title: 'The TLS port refuses every handshake',
    clause: '8314-4-MSP-2',
    apply: refuseHandshakes,
  },
  {
    id: 'tls-nowhere',
    title: 'There is no STLS, and the TLS port refuses every handshake',
    clause: '8314-4-MSP-1',
    apply(b) {
      const { capabilities } = b;
      b.commands.delete('STLS');
      b.capabilities = (s) => capabilities(s).filter((line) => line !== 'STLS');
      refuseHandshakes(b);
    },
  },
  {
    id: 'stls-hidden',
    title: 'STLS is not announced',
    clause: '8314-4-MSP-3',
    apply(b) {
      const { capabilities } = b;
      b.capabilities = (s) => capabilities(s).filter((line) => line !== 'STLS');
    },
  },
  {
    id: 'implicit-logs-in',
    title: 'On the TLS port the session begins in the TRANSACTION state',
    clause: '8314-3.1-TLS-3',
    apply(b) {
      const { greet } = b;
      b.greet = (s) => {
        greet(s);
        if (s.secure) s.phase = 'transaction';
      };
    },
  },
]);
