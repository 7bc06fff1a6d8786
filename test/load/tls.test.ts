import { createServer, type TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { targetOf } from '../../src/cli/target.js';
import { certificateOf } from '../../src/serve/certificate.js';
import type { TlsMode, TlsOptions } from '../../src/wire/target.js';
import { optionsFor, runTest, serve } from './support.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function handshakesOf(tls: TlsMode, more: TlsOptions) {
  const server = await serve(4);
  cleanups.push(() => server.close());
  const base = optionsFor(server.port, 4, {
    model: { kind: 'closed', sessions: 2 },
    count: 12,
    durationMs: 30_000,
  });
  const port = tls === 'implicit' ? (server.tlsPort ?? 0) : server.port;
  return runTest({ ...base, target: { ...base.target, port, tls, tlsOptions: { insecure: true, ...more } } });
}

test.each([
  ['implicit', {}],
  ['stls', { maxVersion: 'TLSv1.2' }],
] as const)('%s: without --tls-resume each handshake is a full one, %j', async (mode, more) => {
  const { tls, totals, latencies } = await handshakesOf(mode, more);
  expect(totals).toMatchObject({ completed: 12, failed: 0 });
  expect(tls).toMatchObject({ full: 12, resumed: 0 });
  expect(tls?.perSecond).toBeGreaterThan(0);
  expect(latencies.find(({ name }) => name === 'tls')?.count).toBe(12);
});

test.each([
  ['implicit', {}],
  ['stls', { maxVersion: 'TLSv1.2' }],
] as const)('%s: with it all but the first ones are resumed, %j', async (mode, more) => {
  const { tls, totals } = await handshakesOf(mode, { resume: true, ...more });
  expect(totals).toMatchObject({ completed: 12, failed: 0 });
  expect((tls?.full ?? 0) + (tls?.resumed ?? 0)).toBe(12);
  expect(tls?.resumed).toBeGreaterThanOrEqual(8);
});

test('a run without TLS tells of no handshakes', async () => {
  expect((await handshakesOf('none', {})).tls).toBeUndefined();
});

test('versions, ciphers and the client’s certificate are those that were asked for', async () => {
  const { key, cert } = await certificateOf('sound');
  const seen: { protocol: string | null; cipher: string; subject: unknown }[] = [];
  const server = createServer(
    { key, cert, requestCert: true, rejectUnauthorized: false },
    (socket: TLSSocket) => {
      socket.on('error', () => undefined);
      const { CN } = socket.getPeerCertificate().subject ?? {};
      seen.push({ protocol: socket.getProtocol(), cipher: socket.getCipher().name, subject: CN });
      socket.end('-ERR go away\r\n');
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  const { port } = server.address() as { port: number };
  const base = optionsFor(port, 1, { count: 1, durationMs: 20_000 });
  const tlsOptions = {
    insecure: true,
    maxVersion: 'TLSv1.2',
    ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    key,
    cert,
  } as const;
  await runTest({ ...base, target: { ...base.target, tls: 'implicit', tlsOptions } });
  expect(seen[0]).toMatchObject({ protocol: 'TLSv1.2', cipher: expect.stringContaining('AES128-GCM') });
  expect(seen[0]?.subject).toBeTruthy();
});

test.each([
  [{ 'tls-min': 'TLSv1.4' }, 'is not known'],
  [{ 'tls-min': 'TLSv1.3', 'tls-max': 'TLSv1.2' }, 'is above'],
  [{ ciphers: 'NO-SUCH-CIPHER' }, 'these TLS options cannot be used'],
  [{ cert: 'package.json' }, 'needs --cert and --key'],
  [{ cert: 'package.json', key: 'package.json' }, 'these TLS options cannot be used'],
  [{ cert: 'gone.pem', key: 'package.json' }, '--cert gone.pem cannot be read'],
])('%j is refused: %s', (options, words) => {
  expect(() => targetOf({ target: 'pop3s://127.0.0.1', ...options })).toThrow(words);
});
