import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { popspec, scratchFolder } from './popspec.js';

const dir = scratchFolder();
const PASSWORD = 'q7Zk+93&x/=<R w4%J8';
const USER = 'ann@example.org';
/** No name service answers there, so that nothing of the network is asked. */
const NOBODY = ['--dns', '127.0.0.1:1'];

let server: RunningServer;
let here: string[];
beforeAll(async () => {
  server = await startServer({
    users: [{ name: USER, password: PASSWORD, messages: [Buffer.from('Subject: one\r\n\r\none\r\n')] }],
  });
  here = [
    `127.0.0.1:${server.port}`,
    '--other-port',
    String(server.tlsPort),
    '--ca',
    dir.file('ca.pem', server.certificate),
  ];
});
afterAll(() => server.close());

const run = (args: readonly string[]) =>
  popspec(['diagnose', ...args, ...NOBODY], {
    cwd: dir.path,
    env: { MAIL_PASSWORD: PASSWORD, WRONG: 'not-this-one', TOKEN: 'not-a-token' },
  });

describe('popspec diagnose', () => {
  test('0: nothing is wrong here, with what was looked at; no output has the password', async () => {
    const reports = ['html', 'json', 'text'].map((format) => dir.file(`healthy.${format}`));
    const { code, stdout, stderr } = await run([
      ...here,
      ...['--user', USER, '--password-env', 'MAIL_PASSWORD', '--allow-retr'],
      ...['html', 'json', 'text'].flatMap((format, index) => ['--report', `${format}=${reports[index]}`]),
    ]);
    expect(stdout).toMatch(/^HEALTHY {2}Nothing is wrong here\.$/m);
    expect(stdout).toContain('✓ RETR of one message');
    expect(stderr).toContain('waiting for login at');
    expect(code).toBe(0);
    for (const text of [stdout, stderr, ...reports.map((file) => readFileSync(file, 'utf8'))]) {
      expect(text).not.toContain(PASSWORD.slice(0, 6));
      expect(text).not.toContain(Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64').slice(4, 20));
    }
  });

  test('1: a cause; its JSON is rendered again, and the text to share names nobody', async () => {
    const json = dir.file('wrong.json');
    const asked = [...here, '--user', USER, '--password-env', 'WRONG', '--share', '--report', `json=${json}`];
    const { code, stdout } = await run(asked);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FOUND {2}The password is not the right one/m);
    expect(stdout).not.toMatch(/\bann\b|not-this-one/);
    expect(stdout).toContain('<address-1>');
    const again = await popspec(['report', json], { cwd: dir.path });
    expect(again.stdout).toMatch(/^FOUND {2}The password is not the right one/m);
    const junit = await popspec(['report', json, '--report', 'junit'], { cwd: dir.path });
    expect(junit.code).toBe(2);
    expect(junit.stderr).toContain('format junit cannot show a diagnose');
  });

  test('1: a token that is refused', async () => {
    const { code, stdout } = await run([...here, '--user', USER, '--token-env', 'TOKEN']);
    expect(stdout).toContain('The token is not taken');
    expect(stdout).not.toContain('not-a-token');
    expect(code).toBe(1);
  });

  test.each([
    [[], /there is nothing to diagnose/],
    [['ann@'], /cannot be understood|no mail address/],
    [['ann@localhost'], /is no mail address/],
    [['embedded'], /the embedded server has nothing to diagnose/],
    [['imap://127.0.0.1'], /imap:\/\/ is not a POP3 target/],
    [['--provider', 'outlok'], /the provider "outlok" is not known\n.*outlook/],
    [['127.0.0.1', '--password-env', 'WRONG'], /--password-env is given, and no user/],
    [['127.0.0.1', '--connect-to', 'here'], /--connect-to here cannot be understood/],
    [['127.0.0.1', '--dns', 'nameserver'], /is no address of a name server/],
    [['127.0.0.1', '--login-budget', '99'], /from 0 to 10/],
    [['127.0.0.1', '--autoconfig-base', 'ftp://x'], /is no URL/],
    [[USER, '--token-env', 'NOT_SET'], /NOT_SET is not set/],
    [['127.0.0.1', '--report', 'pdf'], /unknown report format "pdf"/],
    [['127.0.0.1', '--dns'], /--dns needs a value/],
  ])('2: %j', async (args, message) => {
    const { code, stderr } = await popspec(['diagnose', ...args], { cwd: dir.path, env: { WRONG: 'x' } });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  test('3: nothing can be reached; the target may stand behind the options', async () => {
    const { code, stdout } = await popspec(['diagnose', ...NOBODY, '127.0.0.1:1'], { cwd: dir.path });
    expect(stdout).toMatch(/^NO CONTACT {2}No POP3 service listens there/m);
    expect(code).toBe(3);
  });

  test('5: the time was up before a cause showed', async () => {
    const { code, stdout } = await run([...here, '--limit', '1ms']);
    expect(stdout).toMatch(/^UNCLEAR /m);
    expect(code).toBe(5);
  });

  test('a configuration file sends it nowhere else', async () => {
    const config = dir.file('elsewhere.yaml', 'diagnose: { connect-to: ["::mail.example.net:995"] }\n');
    const { code, stderr } = await run(['127.0.0.1:1', '--config', config]);
    expect(stderr).toMatch(/elsewhere\.yaml:1:\d+: connect-to leads to/);
    expect(code).toBe(2);
  });
});
