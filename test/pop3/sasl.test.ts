import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { cramMd5Digest, decodeCramMd5, encodeCramMd5 } from '../../src/pop3/sasl-cram-md5.js';
import {
  decodeOauthBearer,
  decodeXoauth2,
  encodeOauthBearer,
  encodeXoauth2,
} from '../../src/pop3/sasl-oauth.js';
import {
  parseClientFinal,
  parseClientFirst,
  parseServerFirst,
  proofFits,
  type ScramClient,
  saltedPassword,
  scramClientFinal,
  scramClientFirst,
  scramServerFinal,
} from '../../src/pop3/sasl-scram.js';
import { saslprep } from '../../src/pop3/saslprep.js';

const decoded = (base64: string) => Buffer.from(base64, 'base64');

describe('SASLprep', () => {
  it.each([
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    ['a\u00a0b\u3000c', 'a b c'],
    ['\u0627\u0628', '\u0627\u0628'],
    ['\u06271\u0628', '\u06271\u0628'],
    ['\u00ad', ''],
  ])('makes %j %j (RFC 4013 §3)', (text, prepared) => {
    expect(saslprep(text)).toBe(prepared);
  });

  it.each(['\u0007', '\u0627\u0031', '\u0627a\u0628', '\ue000', '\ufffe', '\u2028', '\ufffd'])(
    'refuses %j (RFC 4013 §2.3, §2.4)',
    (text) => {
      expect(saslprep(text)).toBeNull();
    },
  );
});

describe('CRAM-MD5', () => {
  const challenge = decoded('PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+');

  it('answers as the example of RFC 2195 §2', () => {
    expect(encodeCramMd5('tim', 'tanstaaftanstaaf', challenge)).toBe(
      'dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw',
    );
  });

  it('hashes a secret of more than 64 octets first (RFC 2104 §2)', () => {
    expect(
      cramMd5Digest(Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'), '\xaa'),
    ).toMatch(/^[0-9a-f]{32}$/);
    expect(cramMd5Digest(challenge, 'x'.repeat(65))).not.toBe(cramMd5Digest(challenge, 'x'.repeat(64)));
  });

  it('reads a name with spaces, and nothing without a space', () => {
    expect(decodeCramMd5(Buffer.from('a b 0123'))).toEqual({ user: 'a b', digest: '0123' });
    expect(decodeCramMd5(Buffer.from('tim'))).toBeNull();
    expect(decodeCramMd5(Buffer.from(' 0123'))).toBeNull();
  });
});

/** The exchanges of RFC 5802 §5 and RFC 7677 §3. */
const EXAMPLES: readonly [name: string, client: ScramClient, final: string, answer: string][] = [
  [
    'SCRAM-SHA-1',
    {
      hash: 'sha1',
      password: 'pencil',
      clientFirst: 'n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
      serverFirst: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
    },
    'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  ],
  [
    'SCRAM-SHA-256',
    {
      hash: 'sha256',
      password: 'pencil',
      clientFirst: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
      serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
    },
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  ],
];

describe('SCRAM', () => {
  it.each(EXAMPLES)('%s goes as in its RFC', (_, client, final, answer) => {
    expect(scramClientFinal(client)).toBe(final);
    expect(scramServerFinal(client)).toBe(answer);
    const first = parseClientFirst(client.clientFirst);
    const server = parseServerFirst(client.serverFirst);
    const last = parseClientFinal(final);
    if (first === null || server === null || last === null) throw new Error('an example is not read');
    const salted = saltedPassword(client.hash, client.password, server.salt, server.iterations);
    const message = `${first.bare},${client.serverFirst},${last.withoutProof}`;
    expect(proofFits(client.hash, salted, message, last.proof)).toBe(true);
    expect(proofFits(client.hash, salted, `${message}x`, last.proof)).toBe(false);
    expect(proofFits(client.hash, salted, message, last.proof.subarray(1))).toBe(false);
  });

  it('quotes "=" and "," of a name, and reads them back', () => {
    const text = scramClientFirst('n,a=x=2Cy,', 'a=b,c', 'abc');
    expect(text).toBe('n,a=x=2Cy,n=a=3Db=2Cc,r=abc');
    expect(parseClientFirst(text)).toMatchObject({ user: 'a=b,c', authzid: 'x,y', header: 'n,a=x=2Cy,' });
  });

  it('binds to the channel in "c="', () => {
    const [, client] = EXAMPLES[0] ?? [];
    if (client === undefined) throw new Error('no example');
    const bound = scramClientFinal({
      ...client,
      clientFirst: 'p=tls-exporter,,n=user,r=fyko+d2lbbFgONRv9qkxdawL',
      bindingData: Buffer.from('data'),
    });
    const { binding } = parseClientFinal(bound) ?? {};
    expect(binding?.toString()).toBe('p=tls-exporter,,data');
  });

  it.each([
    'x,,n=u,r=abc',
    'n,n=u,r=abc',
    'n,,n=,r=abc',
    'n,,n=us=er,r=abc',
    'n,,m=x,n=u,r=abc',
    'n,,n=u,r=abc,m=x',
    'n,,n=u',
    'n,,n=u,r=',
    'n,,n=u,r=a b',
    'p=,,n=u,r=abc',
    'n,,r=abc,n=u',
    '',
  ])('%j is no first message (RFC 5802 §7)', (text) => {
    expect(parseClientFirst(text)).toBeNull();
  });

  it('passes over extensions (RFC 5802 §5.1)', () => {
    expect(parseClientFirst('y,,n=u,r=abc,x=y')).toMatchObject({ flag: 'y', bare: 'n=u,r=abc,x=y' });
    expect(parseServerFirst('r=abcd,s=QUJD,i=4096,x=y')).toMatchObject({ iterations: 4096 });
  });

  it.each(['c=biws,r=abc', 'c=biw,r=abc,p=QUJD', 'c=biws,r=abc,p=Q UJD', 'r=abc,c=biws,p=QUJD', 'p=QUJD'])(
    '%j is no last message',
    (text) => {
      expect(parseClientFinal(text)).toBeNull();
    },
  );

  it.each([
    'r=abc,s=QUJD',
    'r=abc,s=QUJD,i=0',
    's=QUJD,r=abc,i=4096',
    'r=abc,s=!,i=4096',
    'm=x,r=abc,s=QUJD,i=1',
  ])('the first message of a server is not %j', (serverFirst) => {
    expect(parseServerFirst(serverFirst)).toBeNull();
    expect(() =>
      scramClientFinal({ hash: 'sha1', password: 'x', clientFirst: 'n,,n=u,r=a', serverFirst }),
    ).toThrow(/RFC 5802/);
  });

  it('does not work for a peer that asks for endless iterations', () => {
    const serverFirst = 'r=ab,s=QUJD,i=999999999';
    expect(() =>
      scramClientFinal({ hash: 'sha1', password: 'x', clientFirst: 'n,,n=u,r=a', serverFirst }),
    ).toThrow(/iterations/);
  });
});

describe('bearer tokens', () => {
  it('OAUTHBEARER goes there and back as in RFC 7628 §4.1', () => {
    const text = encodeOauthBearer({
      user: 'user@example.com',
      host: 'server.example.com',
      port: '143',
      token: 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==',
    });
    expect(text).toBe(
      'bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB',
    );
    expect(decodeOauthBearer(decoded(text))).toEqual({
      user: 'user@example.com',
      host: 'server.example.com',
      port: '143',
      token: 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==',
    });
  });

  it('XOAUTH2 goes there and back', () => {
    const text = encodeXoauth2('me@x', 'a.b-c');
    expect(decoded(text).toString()).toBe('user=me@x\x01auth=Bearer a.b-c\x01\x01');
    expect(decodeXoauth2(decoded(text))).toEqual({ user: 'me@x', token: 'a.b-c' });
  });

  it('passes over unknown pairs and reads "bearer" in any case (RFC 7628 §3.1, §4)', () => {
    expect(decodeOauthBearer(Buffer.from('n,,\x01foo=bar\x01auth=bEARER abc\x01\x01'))).toMatchObject({
      user: '',
      token: 'abc',
    });
  });

  it.each([
    '\x01',
    'n,,',
    'n,,\x01\x01',
    'n,,\x01auth=Bearer abc\x01',
    'n,,\x01auth=Basic abc\x01\x01',
    'n,,\x01auth=Bearer a b\x01\x01',
    'x,,\x01auth=Bearer abc\x01\x01',
    'n,,\x01f1=x\x01auth=Bearer abc\x01\x01',
    '',
  ])('%j is no message of OAUTHBEARER', (text) => {
    expect(decodeOauthBearer(Buffer.from(text))).toBeNull();
  });

  it.each(['', 'auth=Bearer abc\x01\x01', 'user=\x01auth=Bearer abc\x01\x01', 'user=me\x01\x01'])(
    '%j is no message of XOAUTH2',
    (text) => {
      expect(decodeXoauth2(Buffer.from(text))).toBeNull();
    },
  );
});
