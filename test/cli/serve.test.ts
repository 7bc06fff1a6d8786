import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { openRaw } from '../serve/raw-client.js';
import { expectMessage, outcomeOf, popspec, scratchFolder } from './popspec.js';
import { startServing } from './serving.js';
import { started } from './strangers.js';

const dir = scratchFolder();
const PLAIN = readFileSync('suites/mail/plain.eml', 'latin1');
const FIXTURES = readdirSync('suites/mail').filter((name) => name.endsWith('.eml'));
const curl = spawnSync('curl', ['--version']).status === 0;

test.concurrent('says where it listens, serves, and ends with counts at Ctrl-C', async () => {
  const serving = await startServing(['--accounts', '2', '--password', 'pw']);
  const client = await openRaw(serving.port);
  await client.send('USER user0002\r\nPASS pw\r\nSTAT\r\nRETR 1\r\nQUIT\r\n');
  const said = await client.rest();
  expect(said).toMatch(/^\+OK .*\r\n\+OK .*\r\n\+OK .*\r\n\+OK \d+ \d+\r\n\+OK /);
  expect(said).toContain(`\r\n+OK ${FIXTURES.length} `);
  const tls = await openRaw(serving.tlsPort, { tls: true });
  expect(await tls.line()).toMatch(/^\+OK/);
  tls.end();
  const { code, stdout, stderr } = await serving.stop();
  expect(code).toBe(0);
  expect(stdout).toBe(`pop3://127.0.0.1:${serving.port}\npop3s://127.0.0.1:${serving.tlsPort}\n`);
  expect(stderr).toMatch(
    /^popspec: 2 accounts, the first is user0001; Ctrl-C ends\npopspec: 1 sessions?, 5 commands, 1 messages? sent\n$/,
  );
});

test.concurrent('its own mail and users', async () => {
  dir.file('one.eml', PLAIN);
  const users = dir.file('users.csv', 'ann,"a ""b"", c"\n');
  const serving = await startServing(['--users', users, '--mail', dir.path]);
  const client = await openRaw(serving.port);
  await client.send('USER ann\r\nPASS a "b", c\r\nRETR 1\r\nQUIT\r\n');
  expect(await client.rest()).toContain(PLAIN);
  await serving.stop();
});

test.concurrent('--fault is served, --minimal announces nothing', async () => {
  const serving = await startServing(['--fault', 'stat-extra', '--minimal']);
  const client = await openRaw(serving.port);
  await client.send('CAPA\r\nUSER user0001\r\nPASS let-me-in\r\nSTAT\r\nQUIT\r\n');
  expect(await client.rest()).toMatch(/^\+OK .*\r\n-ERR .*\r\n\+OK .*\r\n\+OK .*\r\n\+OK \d+ \d+ \S/);
  await serving.stop();
});

test.concurrent('limits are kept', async () => {
  const serving = await startServing([
    '--apop-only',
    '--bad-commands',
    '2',
    '--mute',
    'capa',
    '--reply-delay',
    '20ms',
  ]);
  const client = await openRaw(serving.port);
  await client.send('CAPA\r\nUSER user0001\r\nXYZZY\r\nXYZZY\r\n');
  expect(await client.rest()).toMatch(/^\+OK .*<.+>\r\n-ERR .*\r\n-ERR .*\r\n$/);
  await serving.stop();
});

test.concurrent('--personality is served, limits come on top', async () => {
  const serving = await startServing(['--personality', 'courier', '--without-stls']);
  const client = await openRaw(serving.port);
  expect(await client.line()).toBe('+OK Hello there.\r\n');
  await client.send('CAPA\r\nSTLS\r\nQUIT\r\n');
  expect(await client.rest()).toMatch(/^\+OK Here's what I can do:\r\n(?!.*STLS)/s);
  await serving.stop();
});

test.concurrent.each([
  [['--mute', 'XYZZY'], 'no command XYZZY'],
  [['--excess', 'closed'], '--excess is given, and no limit'],
  [['--excess', 'eaten', '--max-connections', '1'], '--excess eaten is not known'],
  [['--away-at', '3'], '--away-at and --away-for belong together'],
  [['--bad-commands', '0'], '--bad-commands 0 is not a whole number'],
])('%j is a mistake', async (args, message) => {
  const { code, stderr } = await popspec(['serve', ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

describe.skipIf(!curl)('for other programs', () => {
  test.concurrent('curl fetches a message, in clear and with STLS', async () => {
    const serving = await startServing([]);
    for (const more of [[], ['--ssl-reqd', '--insecure']]) {
      const args = ['--silent', '--show-error', '--user', 'user0001:let-me-in', ...more];
      const child = spawn('curl', [...args, `pop3://127.0.0.1:${serving.port}/14`]);
      const { code, stdout, stderr } = await outcomeOf(child);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toBe(PLAIN);
    }
    await serving.stop();
  });
});

describe('what it cannot do is one message', () => {
  test.concurrent('an unknown fault: 2', async () => {
    const outcome = await popspec(['serve', '--fault', 'retr-unstufed']);
    expectMessage(outcome, 2, '"retr-unstufed"', 'did you mean retr-unstuffed');
  });

  test.concurrent('an unknown personality: 2', async () => {
    const outcome = await popspec(['serve', '--personality', 'gmial']);
    expectMessage(outcome, 2, '"gmial"', 'did you mean gmail');
  });

  test.concurrent.each(['--port', '--tls-port'])('%s in use: 2', async (option) => {
    const other = await started(createServer(), () => 0);
    const outcome = await popspec(['serve', option, String(other.port)]);
    expectMessage(outcome, 2, `127.0.0.1 port ${other.port}`, 'EADDRINUSE', 'another');
  });
});
