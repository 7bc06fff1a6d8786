import { X509Certificate } from 'node:crypto';
import { checkServerIdentity, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import { channelBinding } from '../wire/channel-binding.js';
import type { Connection } from '../wire/connection.js';
import { CertificateValue, TlsValue } from './values.js';

const DAY_MS = 86_400_000;

const CURVE_BITS: Readonly<Record<string, number>> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

/** What expressions know of TLS on a connection. */
export function tlsValue(connection: Connection): TlsValue {
  const { secure } = connection;
  if (secure === undefined) return TlsValue.none;
  const alpn = typeof secure.alpnProtocol === 'string' ? secure.alpnProtocol : '';
  return new TlsValue(
    { active: true, protocol: secure.getProtocol() ?? '', cipher: secure.getCipher().name, alpn },
    (name) => channelBinding(secure, name, 'client'),
    () => connection.endInAlert,
  );
}

/** What expressions know of the certificate that the server showed on a connection. */
export function certificateValue({ secure, certifiedName }: Connection): CertificateValue {
  const shown = secure?.getPeerCertificate(true);
  if (secure === undefined || shown?.raw === undefined) return CertificateValue.none;
  const certificate = new X509Certificate(shown.raw);
  const { publicKey, validFrom, validTo, subjectAltName } = certificate;
  return new CertificateValue({
    subject: String(shown.subject.CN ?? ''),
    issuer: String(shown.issuer.CN ?? ''),
    names: subjectAltName?.split(', ') ?? [],
    valid_from: validFrom,
    valid_to: validTo,
    days_old: daysBetween(Date.parse(validFrom), Date.now()),
    days_left: daysBetween(Date.now(), Date.parse(validTo)),
    self_signed: certificate.checkIssued(certificate) && certificate.verify(publicKey),
    chain: chainLength(shown),
    key_type: publicKey.asymmetricKeyType ?? '',
    key_bits: keyBits(certificate),
    matches_host: checkServerIdentity(certifiedName, shown) === undefined,
    verified: secure.authorized,
    error: errorOf(secure),
  });
}

function errorOf({ authorizationError }: TLSSocket): string {
  // An Error where the name does not fit, a code of OpenSSL where the chain does not hold.
  const error = authorizationError as Error | string | null | undefined;
  if (error === null || error === undefined) return '';
  return typeof error === 'string' ? error : ((error as NodeJS.ErrnoException).code ?? error.message);
}

function daysBetween(fromMs: number, toMs: number): bigint {
  const days = Math.floor((toMs - fromMs) / DAY_MS);
  return BigInt(Number.isFinite(days) ? days : 0);
}

function chainLength(shown: DetailedPeerCertificate): bigint {
  const seen = new Set<string>();
  for (
    let one: DetailedPeerCertificate | undefined = shown;
    one !== undefined && !seen.has(one.fingerprint256);
    one = one.issuerCertificate
  ) {
    seen.add(one.fingerprint256);
  }
  return BigInt(seen.size);
}

function keyBits({ publicKey }: X509Certificate): bigint {
  const { modulusLength, namedCurve = '' } = publicKey.asymmetricKeyDetails ?? {};
  const known: Readonly<Record<string, number>> = { ed25519: 256, ed448: 456 };
  return BigInt(modulusLength ?? CURVE_BITS[namedCurve] ?? known[publicKey.asymmetricKeyType ?? ''] ?? 0);
}
