import { mkdirSync, readdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { expectMessage, type Outcome, popspec, scratchFolder } from './popspec.js';

const dir = scratchFolder();
const USERS = ['all', 'twice', 'lossy', 'cutting', 'refusing', 'one', 'two', 'locked'];
let server: RunningServer;
let smtp: SMTPServer;
let received = 0;

/** A mail system that brings mail into the embedded server, and goes wrong for some users. */
function mailSystem(): SMTPServer {
  return new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, _session, done) {
      done(address.startsWith('refusing@') ? new Error('no \x1b[31m::error::such user') : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received++;
        const user = session.envelope.rcptTo[0]?.address.split('@')[0] ?? '';
        const message = Buffer.concat(chunks);
        if (user === 'cutting') server.deliver(user, message.subarray(0, -20));
        else if (user !== 'lossy') server.deliver(user, message);
        done();
      });
    },
  });
}

beforeAll(async () => {
  server = await startServer({
    users: USERS.map((name) => ({ name, password: `secret of ${name}`, messages: [] })),
  });
  smtp = mailSystem();
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  await server.close();
});

const smtpPort = () => (smtp.server.address() as AddressInfo).port;

function seed(user: string, ...args: string[]): Promise<Outcome> {
  const how = ['--user', user, '--password-env', 'PASSWORD', '--deliver'];
  return popspec(
    [
      'seed',
      `pop3://127.0.0.1:${server.port}`,
      ...how,
      `smtp://127.0.0.1:${smtpPort()}/{user}@example.org`,
      ...args,
    ],
    { env: { PASSWORD: `secret of ${user}` } },
  );
}

describe('popspec seed', () => {
  test.concurrent('puts every message there, and finds each with its octets', async () => {
    const { code, stdout, stderr } = await seed('all');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout.match(/^ {2}[\w-]+\.eml +[\d,]+ octets {2}message \d+, (?:as sent|2 octets more)$/gm);
    // SMTP brings a line end to the one that has none at its end. The server has UTF8: what needs it is delivered too.
    expect(rows).toHaveLength(readdirSync('suites/mail').filter((name) => name.endsWith('.eml')).length);
    expect(stdout).toMatch(/^✓ 1\d messages delivered to all and there: STAT says 0 before/m);
  });

  test.concurrent('adds to what is there, and deletes nothing', async () => {
    await seed('twice', '--message', 'plain', '--message', 'numbered.eml');
    const { stdout } = await seed('twice', '--message', 'plain');
    expect(stdout).toMatch(/^ {2}plain\.eml {2}342 octets {2}message 3, as sent$/m);
    expect(stdout).toMatch(/STAT says 2 before and\s+3\s+after,\s+342\s+octets\s+more\s+for\s+342\s+sent/);
  });

  test.concurrent.each([
    ['lossy', /^✗ 1 message delivered to lossy, none arrived: STAT says 0 before/m],
    [
      'cutting',
      /^ {2}plain\.eml {2}342 octets {2}message 1, ✗ \d+ octets fewer\n✗ 1 message delivered to cutting, 1 message smaller/m,
    ],
    ['refusing', /✗ not delivered: .* 550 no .*such user\n✗ 0 of 1 message delivered to refusing: /],
  ])('a mail system that is %s: 1', async (user, words) => {
    const { code, stdout } = await seed(user, '--message', 'plain', '--wait', '500ms');
    expect(code).toBe(1);
    expect(stdout).toMatch(words);
    expect(stdout).not.toMatch(/\x1b|^\s*::/m);
  });

  test.concurrent('gives up after three refusals, and shows nothing raw of what was said', async () => {
    const { code, stdout } = await popspec([
      ...['seed', '--user', 'joe'],
      ...['--deliver', String.raw`command:printf '\033[31m ::error::no\n::set-output name=a::b' >&2; exit 7`],
    ]);
    expect(code).toBe(1);
    expect(stdout.match(/ended with code 7: \\x1b\[31m ::error::no\\n::set-output/g)).toHaveLength(3);
    expect(stdout).not.toMatch(/\x1b|^\s*::/m);
  });

  test.concurrent('several users, a line each', async () => {
    const users = dir.file('users.csv', 'one,secret of one\ntwo,secret of two\n');
    const { code, stdout } = await popspec([
      ...['seed', `pop3://127.0.0.1:${server.port}`, '--users', users, '--message', 'plain'],
      ...['--deliver', `smtp://127.0.0.1:${smtpPort()}/{user}@example.org`],
    ]);
    expect(code).toBe(0);
    expect(stdout.match(/^✓ 1 message delivered to (?:one|two) and there/gm)).toHaveLength(2);
  });

  test.concurrent('without a target says that nobody looked', async () => {
    const { code, stdout } = await popspec([
      'seed',
      '--user',
      'joe',
      '--deliver',
      `maildir:${dir.path}/{user}`,
    ]);
    expect(code).toBe(0);
    expect(stdout.replace(/\s+/g, ' ')).toContain('delivered to joe; nobody looked whether they arrived');
    expect(readdirSync(dir.file('joe/new'))).toHaveLength(stdout.match(/ delivered$/gm)?.length ?? 0);
  });

  test.concurrent('puts own messages there', async () => {
    const mail = scratchMail('hello.eml', 'Subject: hi\r\n\r\nhello\r\n');
    const { stdout } = await popspec([
      'seed',
      '--user',
      'own',
      '--deliver',
      `maildir:${dir.path}/{user}`,
      '--mail',
      mail,
    ]);
    expect(stdout).toMatch(/^ {2}hello\.eml {2}22 octets {2}delivered$/m);
  });

  test.concurrent('a message that is a folder: 2', async () => {
    const mail = dir.file('folders');
    mkdirSync(`${mail}/odd.eml`, { recursive: true });
    const outcome = await popspec(['seed', '--user', 'joe', '--deliver', 'maildir:x', '--mail', mail]);
    expectMessage(outcome, 2, 'odd.eml cannot be read');
  });

  test.concurrent('looks before it puts anything anywhere', async () => {
    const before = received;
    const wrong = await popspec(
      [
        ...['seed', `pop3://127.0.0.1:${server.port}`, '--user', 'locked', '--password-env', 'PASSWORD'],
        ...['--deliver', `maildir:${dir.path}/nowhere`],
      ],
      { env: { PASSWORD: 'wrong' } },
    );
    expectMessage(wrong, 3, 'the login of locked');
    expect(readdirSync(dir.path)).not.toContain('nowhere');
    expect(received).toBeGreaterThanOrEqual(before);
  });

  test.concurrent.each([
    ['no way to deliver', ['pop3://127.0.0.1:9', '--user', 'joe'], 'there is no way to deliver'],
    ['one that is none', ['--user', 'joe', '--deliver', 'pigeon:coop'], 'does not know "pigeon"'],
    ['no user', ['--deliver', 'maildir:x'], 'no user is named'],
    ['the embedded server', ['embedded', '--deliver', 'maildir:x'], 'has its messages already'],
    [
      'an unknown message',
      ['--user', 'joe', '--deliver', 'maildir:x', '--message', 'plane'],
      'did you mean plain.eml?',
    ],
    [
      'no folder',
      ['--user', 'joe', '--deliver', 'maildir:x', '--mail', '/nowhere'],
      '--mail /nowhere cannot be read',
    ],
  ])('%s: 2', async (_, args, words) => {
    expectMessage(await popspec(['seed', ...args]), 2, words);
  });
});

function scratchMail(name: string, text: string): string {
  dir.file(name, text);
  return dir.path;
}
