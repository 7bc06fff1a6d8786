import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { expectMessage, popspec, scratchFolder } from './popspec.js';
import { STRANGERS, started, startTalker, type Talk } from './strangers.js';

const dir = scratchFolder();
let server: RunningServer;
let plain = '';
let secure = '';
let ca = '';
beforeAll(async () => {
  const messages = Array.from({ length: 3 }, () => Buffer.from('Subject: one\r\n\r\none\r\n'));
  // One for each test that logs in, since they run side by side.
  const names = ['ann', 'bob', 'eve', 'joe'];
  server = await startServer({ users: names.map((name) => ({ name, password: 'secret', messages })) });
  plain = `127.0.0.1:${server.port}`;
  secure = `127.0.0.1:${server.tlsPort}`;
  ca = dir.file('ca.pem', server.certificate);
});
afterAll(() => server.close());

const NOOP = ['--only', 'rfc1939/noop', '--timeout', '5s'];
const account = (name: string): string[] => ['--user', name, '--password-env', 'P'];
const env = { P: 'secret' };

/** Expects exit code 3, one message with these parts, and a report that says the same. */
async function expectNoContact(args: readonly string[], ...parts: (string | RegExp)[]): Promise<void> {
  const json = dir.file(`${Math.random()}.json`);
  const outcome = await popspec(['check', ...args, '--report', `json=${json}`], { env });
  const stderr = outcome.stderr.replace(`report: ${json}\n`, '');
  const message = expectMessage({ ...outcome, stderr }, 3, ...parts);
  expect(outcome.stdout).toMatch(/^NO CONTACT /m);
  const { problem, exit, complete } = JSON.parse(readFileSync(json, 'utf8'));
  expect(message).toBe(`popspec: ${problem.message}\n  ${problem.hint}\n`);
  expect({ code: exit.code, complete }).toEqual({ code: 3, complete: false });
}

test.concurrent('a host that does not resolve', async () => {
  const outcome = await popspec(['check', 'pop3://nonexistent.invalid', ...NOOP]);
  expectMessage(outcome, 3, 'nonexistent.invalid', 'cannot be found');
});

test.concurrent('a port where nothing listens', async () => {
  const gone = await started(createServer(), () => 0);
  await gone.close();
  await expectNoContact([gone.at], `nothing listens at ${gone.at}`, 'is the server running');
});

describe('another protocol is called by its name', () => {
  test.concurrent.each(Object.entries<Talk>(STRANGERS))('%s', async (name, talk) => {
    const { at } = await startTalker(talk);
    await expectNoContact([at, '--timeout', '1s'], `${at} speaks ${name}, not POP3: "`, /port/);
  });

  test.concurrent('what it says cannot reach the terminal', async () => {
    const { at } = await startTalker({
      greeting: '220 \x1b[31m\x07\x9b2J\u0085mx\r\n',
      line: (_, socket) => socket.end(),
    });
    const { stdout, stderr } = await popspec(['check', at, '--timeout', '1s']);
    expect(stdout + stderr).toContain('\\x1b[31m\\x07\\x9b2J');
    expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });
});

describe('servers that do not serve', () => {
  test.concurrent('one that keeps silent', async () => {
    const { at } = await startTalker({});
    await expectNoContact([at, '--timeout', '300ms'], at, 'does not answer', '300 ms', '--timeout');
  });

  test.concurrent('one that hangs up at once', async () => {
    const { at } = await started(
      createServer((socket) => socket.end()),
      () => 0,
    );
    await expectNoContact([at], at, 'ended the connection', 'connection limit');
  });

  test.concurrent('one that refuses service', async () => {
    const { at } = await startTalker({
      greeting: '-ERR [SYS/TEMP] too busy\r\n',
      line: (_, socket) => socket.end(),
    });
    await expectNoContact([at], at, '-ERR [SYS/TEMP] too busy', 'refuses service');
  });

  test.concurrent('a wrong password', async () => {
    const { code, stderr } = await popspec(['check', plain, ...account('ann')], { env: { P: 'wrong' } });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^popspec: the login of ann by USER\/PASS was refused( \(as by .*\))?: -ERR .*\n {2}check --user and the password/,
    );
    expect(stderr).not.toContain('wrong\n');
  });
});

describe('TLS', () => {
  test.concurrent('a port with implicit TLS, spoken to in clear', () =>
    expectNoContact([secure, '--timeout', '1s'], `${secure} speaks TLS, not POP3`, '--tls implicit'));

  test.concurrent('a plain port, spoken to with TLS', () =>
    expectNoContact([plain, '--tls', 'implicit'], `${plain} does not speak TLS`, '+OK', '--tls stls'));

  test.concurrent.each([
    ['implicit', () => secure],
    ['stls', () => plain],
  ] as const)('an untrusted certificate, %s', (mode, at) =>
    expectNoContact([at(), '--tls', mode], 'self-signed', '--ca FILE', '--insecure'),
  );

  test.concurrent('a certificate for another name', () =>
    expectNoContact(
      [secure, '--tls', 'implicit', '--ca', ca, '--sni', 'mail.example.org'],
      'mail.example.org',
      '--sni',
    ));

  test.concurrent('STLS where the server has none', async () => {
    const bare = await startServer({ minimal: true });
    await expectNoContact([`127.0.0.1:${bare.port}`, '--tls', 'stls'], 'STLS', '-ERR');
    await bare.close();
  });

  test.concurrent.each([
    ['--ca', 'bob', () => [secure, '--tls', 'implicit', '--ca', ca]],
    ['--ca and --sni', 'eve', () => [plain, '--tls', 'stls', '--ca', ca, '--sni', 'localhost']],
    ['--insecure', 'joe', () => [`pop3s://${secure}`, '--insecure']],
  ] as const)('%s makes it work, as %s', async (_, name, target) => {
    const { code, stdout, stderr } = await popspec(['check', ...target(), ...account(name), ...NOOP], {
      env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^PASSED /m);
  });
});
