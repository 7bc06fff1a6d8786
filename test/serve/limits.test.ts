import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Limits, type RunningServer, startServer } from '../../src/serve/server.js';
import { converse, openRaw } from './raw-client.js';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(limits: Limits, tlsPort: number | null = null): Promise<RunningServer> {
  server = await startServer({
    users: [{ name: 'ann', password: 'x', messages: [Buffer.from('A: 1\r\n\r\none\r\n')] }],
    tlsPort,
    limits,
  });
  return server;
}

const answers = async (input: string) => {
  const lines = (await converse(server?.port ?? 0, input)).split('\r\n').slice(1, -1);
  return lines.map((line) => line.split(' ')[0]);
};

describe('connections per address', () => {
  it.each([
    ['closed', ''],
    ['refused', '-ERR too many connections from your address\r\n'],
  ] as const)('more of them are %s, and one is served when another has ended', async (excess, heard) => {
    const { port, tlsPort } = await start({ connectionsPerAddress: 1, excess }, 0);
    const first = await openRaw(port);
    await first.line();
    expect(await (await openRaw(port)).rest()).toBe(heard);
    expect(await (await openRaw(tlsPort ?? 0, { tls: true })).rest()).toBe(heard);
    first.end();
    await first.rest();
    await sleep(50);
    expect(await (await openRaw(port)).line()).toMatch(/^\+OK/);
  });

  it('or never greeted', async () => {
    const { port } = await start({ connectionsPerAddress: 1, excess: 'silent' });
    const first = await openRaw(port);
    await first.line();
    const second = await openRaw(port);
    expect(await second.quiet(100)).toBe('');
    second.end();
    expect(await second.rest()).toBe('');
  });
});

describe('cut-offs', () => {
  it('after so many bad commands, the last one answered', async () => {
    await start({ badCommands: 3 });
    expect(await answers('XYZZY\r\nCAPA 1\r\nUSER ann\r\nPASS y\r\nSTAT\r\nNOOP\r\n')).toEqual([
      '-ERR',
      '-ERR',
      '+OK',
      '-ERR',
      '-ERR',
    ]);
  });

  it('after so many failed logins, in whatever way', async () => {
    await start({ failedLogins: 2 });
    expect(await answers('APOP ann z\r\nXYZZY\r\nUSER ann\r\nPASS y\r\nQUIT\r\n')).toEqual([
      '-ERR',
      '-ERR',
      '+OK',
      '-ERR',
    ]);
  });
});

it('a wrong password is refused late, a second one later still, and the cut-off comes behind the refusal', async () => {
  const { port } = await start({ loginPenaltyMs: 150, failedLogins: 2 });
  const client = await openRaw(port);
  await client.line();
  await client.send('USER ann\r\nPASS y\r\nUSER ann\r\nPASS y\r\n');
  expect(await client.line()).toMatch(/^\+OK/);
  expect(await client.quiet(60)).toBe('');
  expect(await client.rest()).toMatch(/^-ERR.*\r\n\+OK.*\r\n-ERR.*\r\n$/);
});

it('APOP only: USER, PASS and AUTH are unknown and not announced', async () => {
  await start({ apopOnly: true });
  const capa = await converse(server?.port ?? 0, 'CAPA\r\n');
  expect(capa).not.toMatch(/^(USER|SASL)/m);
  expect(await answers('USER ann\r\nPASS x\r\nAUTH PLAIN\r\n')).toEqual(['-ERR', '-ERR', '-ERR']);
});

it('no STLS: neither announced nor known', async () => {
  await start({ noStls: true });
  expect(await converse(server?.port ?? 0, 'CAPA\r\n')).not.toMatch(/STLS/);
  expect(await answers('STLS\r\n')).toEqual(['-ERR']);
});

it('a slow server answers each line late, in order, also in TLS and in a SASL exchange', async () => {
  const { port } = await start({ replyDelayMs: 40 });
  const client = await openRaw(port);
  expect(await client.quiet(5)).toBe('');
  expect(await client.line()).toMatch(/^\+OK/);
  await client.send('STLS\r\n');
  await client.line();
  await client.secure();
  await client.send('AUTH PLAIN\r\nAGFubgB4\r\nSTAT\r\nRETR 1\r\nQUIT\r\n');
  expect(await client.rest()).toMatch(
    /^\+ \r\n\+OK.*\r\n\+OK 1 13\r\n\+OK.*\r\nA: 1\r\n\r\none\r\n\.\r\n\+OK.*\r\n$/,
  );
});

it('mute commands get no answer, those behind them do', async () => {
  await start({ mute: ['stat', 'NOOP'] });
  expect(await answers('USER ann\r\nPASS x\r\nSTAT\r\nLIST 1\r\nNOOP\r\nQUIT\r\n')).toEqual([
    '+OK',
    '+OK',
    '+OK',
    '+OK',
  ]);
});

it('a server that goes away drops its sessions and is back at the same port', async () => {
  const { port } = await start({ away: { atConnection: 2, forMs: 200 } });
  const first = await openRaw(port);
  await first.line();
  await openRaw(port).catch(() => undefined);
  expect(await first.rest()).toBe('');
  await expect(openRaw(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await sleep(400);
  expect(await (await openRaw(port)).line()).toMatch(/^\+OK/);
});
