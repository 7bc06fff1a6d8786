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

describe('the policy of a site', () => {
  const login = 'USER ann\r\nPASS x\r\n';

  it('a login delay is announced, begins with the login, and is told to whom knows the password', async () => {
    const { port } = await start({ loginDelay: 60 });
    expect(await converse(port, `CAPA\r\n${login}CAPA\r\nQUIT\r\n`)).toMatch(
      /LOGIN-DELAY 60\r\n.*\+OK maildrop.*LOGIN-DELAY 60\r\n/s,
    );
    expect(await converse(port, `USER ann\r\nPASS y\r\n${login}QUIT\r\n`)).toMatch(
      /-ERR \[AUTH\].*\r\n\+OK.*\r\n-ERR \[LOGIN-DELAY\]/,
    );
  });

  it('what differs for a user is told after login, the worst case of all before', async () => {
    server = await startServer({
      users: [
        { name: 'ann', password: 'x', loginDelay: 0, expire: 30 },
        { name: 'bob', password: 'x' },
      ],
      tlsPort: null,
      limits: { loginDelay: 5, expire: 60 },
    });
    const heard = await converse(server.port, `CAPA\r\n${login}CAPA\r\nQUIT\r\n`);
    expect(heard).toMatch(/LOGIN-DELAY 5 USER\r\nEXPIRE 30 USER\r\n.*LOGIN-DELAY 0\r\nEXPIRE 30\r\n/s);
  });

  it('with EXPIRE 0 what RETR has fetched goes at QUIT, and not without', async () => {
    const running = await start({ expire: 0 });
    await converse(running.port, `${login}RETR 1\r\n`);
    expect(running.messages('ann')).toHaveLength(1);
    await converse(running.port, `${login}TOP 1 0\r\nQUIT\r\n`);
    expect(running.messages('ann')).toHaveLength(1);
    expect(await converse(running.port, `${login}RETR 1\r\nRSET\r\nQUIT\r\n`)).toContain('+OK bye');
    expect(running.messages('ann')).toHaveLength(0);
  });

  it.each([
    ['temporarily', /-ERR \[SYS\/TEMP\] /],
    ['permanently', /-ERR \[SYS\/PERM\] /],
  ] as const)(
    'a store that fails %s refuses the right password, and no other, with SYS',
    async (storeFails, refusal) => {
      const { port } = await start({ storeFails });
      expect(await converse(port, `${login}STAT\r\nQUIT\r\n`)).toMatch(refusal);
      expect(await converse(port, 'USER ann\r\nPASS y\r\nQUIT\r\n')).toContain('-ERR [AUTH] ');
    },
  );
});
