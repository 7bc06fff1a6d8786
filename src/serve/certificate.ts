import { webcrypto } from 'node:crypto';

export interface ServerCertificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly cert: string;
}

/** `sound`, or what is wrong with a certificate. `untrusted` is as sound as the other, and another one. */
export type CertificateKind =
  | 'sound'
  | 'untrusted'
  | 'expired'
  | 'not-yet-valid'
  | 'other-name'
  | 'inner-wildcard'
  | 'weak-key';

interface Making {
  readonly algorithm: EcKeyGenParams | RsaHashedKeyGenParams;
  /** Days from now. */
  readonly from: number;
  readonly to: number;
  readonly names: readonly { type: 'dns' | 'ip'; value: string }[];
}

/** Long enough for any test run, short enough for clients that limit the life of a certificate. */
const LIFETIME_DAYS = 30;
const DAY_MS = 86_400_000;
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA_1024 = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 1024,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
};
const LOOPBACK = [
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
] as const;
const SOUND: Making = {
  algorithm: ECDSA,
  from: -1,
  to: LIFETIME_DAYS,
  names: [{ type: 'dns', value: 'localhost' }, ...LOOPBACK],
};

const MAKINGS: Readonly<Record<CertificateKind, Making>> = {
  sound: SOUND,
  untrusted: SOUND,
  expired: { ...SOUND, from: -LIFETIME_DAYS, to: -1 },
  'not-yet-valid': { ...SOUND, from: 1 },
  'other-name': { ...SOUND, names: [{ type: 'dns', value: 'elsewhere.invalid' }] },
  'inner-wildcard': {
    ...SOUND,
    names: [...SOUND.names, { type: 'dns', value: 'pop.*.example.invalid' }],
  },
  'weak-key': { ...SOUND, algorithm: RSA_1024 },
};

const made = new Map<CertificateKind, Promise<ServerCertificate>>();

/** The self-signed certificate of a kind that is made once per process, at first use. */
export function certificateOf(kind: CertificateKind): Promise<ServerCertificate> {
  const known = made.get(kind);
  if (known !== undefined) return known;
  const certificate = makeCertificate(MAKINGS[kind]);
  made.set(kind, certificate);
  return certificate;
}

async function makeCertificate({ algorithm, from, to, names }: Making): Promise<ServerCertificate> {
  // Loaded here because it takes longer than the rest of the server; it needs the Reflect metadata API.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost, O=popspec embedded server',
    notBefore: new Date(Date.now() + from * DAY_MS),
    notAfter: new Date(Date.now() + to * DAY_MS),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyCertSign, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...names]),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { key: x509.PemConverter.encode(key, 'PRIVATE KEY'), cert: certificate.toString('pem') };
}
