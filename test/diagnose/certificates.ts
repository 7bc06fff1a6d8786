import { webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { ServerCertificate } from '../../src/serve/certificate.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export type Flaw = 'none' | 'expired' | 'not-yet-valid' | 'expires-soon' | 'other-name' | 'no-intermediate';

/** A root that a test trusts, with what an authority under it has issued. */
export interface Authority {
  /** PEM. */
  readonly root: string;
  /** A certificate for these names, issued by an intermediate that comes along unless that is the flaw. */
  issue(names: readonly string[], flaw?: Flaw): Promise<ServerCertificate>;
}

const makeKeys = (): Promise<CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

interface Making {
  subject: string;
  issuer: string;
  keys: CryptoKeyPair;
  signingKey: CryptoKey;
  ca: boolean;
  names?: readonly string[];
  fromDays?: number;
  toDays?: number;
}

function make({ subject, issuer, keys, signingKey, ca, names = [], fromDays = -40, toDays = 60 }: Making) {
  return x509.X509CertificateGenerator.create({
    subject,
    issuer,
    notBefore: new Date(Date.now() + fromDays * DAY_MS),
    notAfter: new Date(Date.now() + toDays * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(ca, undefined, true),
      new x509.KeyUsagesExtension(
        ca ? x509.KeyUsageFlags.keyCertSign : x509.KeyUsageFlags.digitalSignature,
        true,
      ),
      ...(names.length === 0
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              names.map((value) => ({
                type: /^[\d.]+$|:/.test(value) ? ('ip' as const) : ('dns' as const),
                value,
              })),
            ),
          ]),
    ],
  });
}

/** Makes a root called `name` with an intermediate under it. */
export async function makeAuthority(name: string): Promise<Authority> {
  const [rootKeys, middleKeys] = await Promise.all([makeKeys(), makeKeys()]);
  const ROOT = `CN=${name} Root`;
  const MIDDLE = `CN=${name} Issuing`;
  const signingKey = rootKeys.privateKey;
  const root = await make({ subject: ROOT, issuer: ROOT, keys: rootKeys, signingKey, ca: true });
  const middle = await make({ subject: MIDDLE, issuer: ROOT, keys: middleKeys, signingKey, ca: true });
  return {
    root: root.toString('pem'),
    async issue(names, flaw = 'none') {
      const keys = await makeKeys();
      const leaf = await make({
        subject: `CN=${flaw === 'other-name' ? 'elsewhere.invalid' : names[0]}`,
        issuer: MIDDLE,
        keys,
        signingKey: middleKeys.privateKey,
        ca: false,
        names: flaw === 'other-name' ? ['elsewhere.invalid'] : names,
        ...(flaw === 'expired' ? { fromDays: -40, toDays: -3 } : {}),
        ...(flaw === 'not-yet-valid' ? { fromDays: 3 } : {}),
        ...(flaw === 'expires-soon' ? { toDays: 4 } : {}),
      });
      const chain = flaw === 'no-intermediate' ? [leaf] : [leaf, middle];
      const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
      return {
        key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
        cert: chain.map((one) => one.toString('pem')).join('\n'),
      };
    },
  };
}
