import { X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { converse, openRaw } from './raw-client.js';

const LOGIN = 'USER ann\r\nPASS x\r\n';
const mail = [Buffer.from('A: 1\r\n\r\none\r\n')];
let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ users: [{ name: 'ann', password: 'x', messages: mail }] });
});
afterAll(() => server.close());
beforeEach(() => server.replaceMail('ann', mail));

test('the certificate names localhost and both loopback addresses', async () => {
  const certificate = new X509Certificate(server.certificate);
  expect(certificate.checkHost('localhost')).toBe('localhost');
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('::1')).toBe('::1');
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  const socket = connect({ port: server.tlsPort!, host: '127.0.0.1', ca: server.certificate });
  await new Promise((done, fail) => socket.once('secureConnect', done).once('error', fail));
  expect(socket.authorized).toBe(true);
  socket.destroy();
});

test('TLS below 1.2 is refused', async () => {
  const socket = connect({
    port: server.tlsPort!,
    host: '127.0.0.1',
    maxVersion: 'TLSv1.1',
    minVersion: 'TLSv1',
    ciphers: 'ALL:@SECLEVEL=0',
    rejectUnauthorized: false,
  });
  await expect(
    new Promise((done, fail) => socket.once('secureConnect', done).once('error', fail)),
  ).rejects.toThrow();
});

test('implicit TLS: a whole session, STLS neither listed nor allowed', async () => {
  const all = await converse(server.tlsPort!, `CAPA\r\nSTLS\r\n${LOGIN}RETR 1\r\nDELE 1\r\nQUIT\r\n`, true);
  expect(all).not.toContain('\r\nSTLS\r\n');
  expect(all).toMatch(/-ERR TLS is already active\r\n/);
  expect(all).toMatch(/A: 1\r\n\r\none\r\n\.\r\n\+OK marked as deleted\r\n\+OK bye\r\n$/);
  expect(server.messages('ann')).toHaveLength(0);
});

test('implicit TLS: a close without QUIT removes nothing and unlocks', async () => {
  const client = await openRaw(server.tlsPort!, { tls: true });
  await client.send(`${LOGIN}DELE 1\r\n`);
  for (let i = 0; i < 4; i++) await client.line();
  client.end();
  await client.rest();
  expect(await converse(server.port, `${LOGIN}STAT\r\nQUIT\r\n`)).toMatch(/\+OK 1 13\r\n\+OK bye\r\n$/);
});

test('STLS: no second greeting, what was said before is forgotten, the session works', async () => {
  const client = await openRaw(server.port);
  await client.line();
  await client.send('USER ann\r\nSTLS\r\n');
  expect(await client.line()).toMatch(/^\+OK/);
  expect(await client.line()).toMatch(/^\+OK/);
  await client.secure();
  expect(await client.quiet(50)).toBe('');
  await client.send('PASS x\r\nSTLS\r\nCAPA\r\n');
  expect(await client.line()).toMatch(/^-ERR/);
  expect(await client.line()).toMatch(/^-ERR/);
  expect(await client.block()).not.toContain('STLS');
  await client.send(`${LOGIN}STAT\r\nSTLS\r\nQUIT\r\n`);
  expect(await client.rest()).toMatch(/\+OK 1 13\r\n-ERR .*\r\n\+OK bye\r\n$/);
});

test('STLS: commands injected in clear are dropped', async () => {
  const client = await openRaw(server.port);
  await client.line();
  await client.send('STLS\r\nUSER ann\r\nPASS x\r\nDELE 1\r\n');
  expect(await client.line()).toMatch(/^\+OK/);
  await client.secure();
  await client.send('STAT\r\n');
  expect(await client.line()).toMatch(/^-ERR/);
  client.end();
});

test('STLS: something else than a handshake ends the connection', async () => {
  const client = await openRaw(server.port);
  await client.line();
  await client.send('STLS\r\n');
  await client.line();
  await client.send('CAPA\r\nCAPA\r\n');
  expect(await client.rest()).not.toContain('+OK');
});

test('STLS with an argument and after login is refused and the session goes on in clear', async () => {
  expect(await converse(server.port, `STLS now\r\n${LOGIN}STLS\r\nSTAT\r\nQUIT\r\n`)).toMatch(
    /^\+OK .*\r\n-ERR .*\r\n\+OK .*\r\n\+OK .*\r\n-ERR .*\r\n\+OK 1 13\r\n\+OK bye\r\n$/,
  );
});

test('a handshake that breaks off and one that never comes leave the server alive', async () => {
  for (const bytes of ['', '\x16\x03\x01', 'GET / HTTP/1.0\r\n\r\n']) {
    const client = await openRaw(server.tlsPort!);
    await client.send(bytes);
    client.reset();
  }
  const open = await openRaw(server.port);
  await open.send('STLS\r\n');
  await open.line();
  open.reset();
  await sleep(20);
  expect(await converse(server.tlsPort!, `${LOGIN}QUIT\r\n`, true)).toMatch(/bye\r\n$/);
});
