import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startServer } from '../../src/serve/server.js';
import { popspec, scratchFolder } from './popspec.js';
import { startProxy } from './proxy.js';
import { startTalker } from './strangers.js';

const dir = scratchFolder();
const USER = 'ann@example.org';
/** Holds what URLs, HTML, XML, JSON and CSV write in another way. */
const PASSWORD = 'q7Zk+93&x/=<R "w4%J8';
const MAIL = [Buffer.from('Subject: one\r\n\r\none\r\n'), Buffer.from('Subject: two\r\n\r\ntwo\r\n')];
const FORMATS = ['html', 'junit', 'json', 'markdown', 'text'] as const;

/** Any piece of the password this long is a leak. */
const PIECE = 6;

/** The forms in which a secret could stand in an output, each cut to pieces where the form allows it. */
function formsOf(greetings: readonly string[]): string[] {
  const octets = Buffer.from(PASSWORD);
  const pieces = Array.from({ length: PASSWORD.length - PIECE + 1 }, (_, at) =>
    PASSWORD.slice(at, at + PIECE),
  );
  const timestamps = greetings.flatMap((line) => line.match(/<[^<>]+>/g) ?? []);
  return [
    ...pieces.flatMap((piece) => [
      piece,
      Buffer.from(piece).toString('latin1'),
      encodeURIComponent(piece),
      Buffer.from(piece).toString('hex'),
      JSON.stringify(piece).slice(1, -1),
      piece.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;'),
    ]),
    ...[0, 1, 2].map((before) => base64Within(octets, before)),
    ...timestamps.map((stamp) => createHash('md5').update(stamp).update(octets).digest('hex')),
  ];
}

/** What of the base64 of a longer text depends on `octets` alone, when so many stand before them, modulo 3. */
function base64Within(octets: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), octets])
    .toString('base64')
    .replace(/=+$/, '');
  return text.slice(before === 0 ? 0 : 4, -4);
}

/** Runs popspec with every report and expects that the password is in no output. Gives the outcome. */
async function expectSilence(args: readonly string[], name: string, greetings: () => readonly string[]) {
  const files = FORMATS.map((format) => dir.file(`${name}.${format}`));
  const reports = FORMATS.flatMap((format, index) => ['--report', `${format}=${files[index]}`]);
  const outcome = await popspec([...args, ...reports], { cwd: dir.path, env: { MAIL_PASSWORD: PASSWORD } });
  const outputs = new Map([
    ['stdout', outcome.stdout],
    ['stderr', outcome.stderr],
  ]);
  for (const file of files) outputs.set(file, readFileSync(file, 'utf8'));
  const forms = formsOf(greetings());
  for (const [where, text] of outputs) {
    expect(text.length, where).toBeGreaterThan(where === 'stderr' ? -1 : 200);
    for (const form of forms) {
      const at = text.indexOf(form);
      expect(at < 0 ? '' : `${where}: …${text.slice(Math.max(0, at - 80), at + 80)}…`).toBe('');
    }
  }
  return outcome;
}

const SOURCES: Readonly<Record<string, readonly string[]>> = {
  environment: ['--user', USER, '--password-env', 'MAIL_PASSWORD'],
  file: ['--user', USER, '--password-file', dir.file('password', `${PASSWORD}\n`)],
  users: ['--users', dir.file('users.csv', `${USER},"${PASSWORD.replaceAll('"', '""')}"\n`)],
  option: ['--user', USER, '--password', PASSWORD],
  url: [],
};
const TALKATIVE = [
  'rfc1939/pass',
  'rfc1939/user',
  'rfc1939/apop',
  'rfc1939/login',
  'rfc5034',
  'rfc1939/lock',
];
const only = TALKATIVE.flatMap((pattern) => ['--only', pattern]);

test.concurrent.each(Object.entries(SOURCES))('a password from %s is in no output', async (name, account) => {
  const server = await startServer({ users: [{ name: USER, password: PASSWORD, messages: MAIL }] });
  const proxy = await startProxy(server.port);
  const target =
    name === 'url'
      ? `pop3://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@${proxy.at}`
      : proxy.at;
  const auth = name === 'file' ? 'apop' : name === 'users' ? 'plain' : 'user';
  const greetings = () => proxy.conversations.flatMap(([first]) => first?.line ?? []);
  const args = ['check', target, ...account, '--auth', auth, ...only, '--timeout', '5s'];
  const { code, stderr, stdout } = await expectSilence(args, name, greetings);
  await server.close();
  // The login worked, so the password was sent.
  expect(code, stdout + stderr).toBe(0);
  expect(/password on the command line/.test(stderr)).toBe(name === 'option' || name === 'url');
});

/** A server that says everything back: the worst that can happen to a secret. */
const echo = (line: string, socket: Socket): void => {
  const octets = Buffer.from(line, 'latin1');
  const coded = `${octets.toString('base64')} ${octets.toString('hex')} ${encodeURIComponent(line)}`;
  if (/^AUTH \S+$/i.test(line)) socket.write('+ \r\n');
  else if (/^(?:CAPA|LIST|UIDL|RETR .*|TOP .*)$/i.test(line))
    socket.write(`+OK ${line}\r\n${line}\r\n.\r\n`, 'latin1');
  else socket.write(`+OK 1 1 you said ${line} or ${coded}\r\n`, 'latin1');
  if (/^QUIT$/i.test(line)) socket.end();
};
const GREETING = '+OK echo <1896.697170952@example.org>\r\n';

test.concurrent.each(['user', 'apop', 'plain'])(
  'a server that echoes a login by %s gives nothing away',
  async (auth) => {
    const server = await startTalker({ greeting: GREETING, line: echo });
    const args = [
      'check',
      server.at,
      ...SOURCES.environment!,
      '--auth',
      auth,
      '--only',
      'rfc1939/s*',
      ...only,
      '--timeout',
      '500ms',
    ];
    await expectSilence(args, `echo-${auth}`, () => [GREETING]);
    expect(server.connections()).toBeGreaterThan(5);
  },
);

test.concurrent('a refusal that repeats the password does not show it', async () => {
  const server = await startTalker({
    greeting: GREETING,
    line: (line, socket) => socket.write(/^USER/.test(line) ? '+OK\r\n' : `-ERR no: ${line}\r\n`, 'latin1'),
  });
  const args = ['check', server.at, ...SOURCES.environment!, '--timeout', '5s'];
  const { code, stderr } = await expectSilence(args, 'refused', () => [GREETING]);
  expect(code).toBe(3);
  expect(stderr).toMatch(/was refused( \(as by .*\))?: -ERR no: PASS \S/);
});

test.concurrent('a load against a server that echoes gives nothing away', async () => {
  const server = await startTalker({ greeting: GREETING, line: echo });
  const args = [
    'load',
    server.at,
    ...SOURCES.environment!,
    '--sessions',
    '1',
    '--duration',
    '500ms',
    '--timeout',
    '500ms',
  ];
  const { stdout } = await expectSilence([...args, '--scenario', 'download-and-keep'], 'echo-load', () => [
    GREETING,
  ]);
  expect(stdout).toMatch(/ERRORS/);
});
