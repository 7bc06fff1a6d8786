import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
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

const MECHANISMS = ['plain', 'cram-md5', 'scram-sha-1', 'scram-sha-256', 'xoauth2', 'oauthbearer'] as const;
const ECHO_SALT = Buffer.from('popspec').toString('base64');

const TOKEN = 'ya29.q7Zk93x_R-w4J8.token';
const CHALLENGE = '<1896.1@example.org>';

/** What only who knows the password can answer to what the server said; empty where a case answers something else. */
function proofIn(mechanism: string, answer: string, first: string): string[] {
  const cram = createHmac('md5', PASSWORD).update(CHALLENGE).digest('hex');
  if (mechanism === 'CRAM-MD5') return answer.endsWith(cram) ? [cram] : [];
  if (!mechanism.startsWith('SCRAM')) return [PASSWORD, TOKEN].filter((secret) => answer.includes(secret));
  const [withoutProof = '', proof = ''] = answer.split(',p=');
  const hash = mechanism.endsWith('256') ? 'sha256' : 'sha1';
  const nonce = /,r=([^,]+)/.exec(first)?.[1];
  const bare = first.replace(/^[ny],,/, '');
  const salted = pbkdf2Sync(PASSWORD, 'popspec', 4096, hash === 'sha256' ? 32 : 20, hash);
  const clientKey = createHmac(hash, salted).update('Client Key').digest();
  const stored = createHash(hash).update(clientKey).digest();
  const said = `${bare},r=${nonce}server,s=${ECHO_SALT},i=4096,${withoutProof}`;
  const signature = createHmac(hash, stored).update(said, 'latin1').digest();
  const right = Buffer.from(clientKey.map((octet, at) => octet ^ (signature[at] ?? 0))).toString('base64');
  return proof === right ? [right] : [];
}

/** Leads every SASL exchange to its end, keeps the answers of the client, and says everything back in every code. */
async function startEchoingSasl() {
  const answers: string[] = [];
  const exchanges = new WeakMap<Socket, { mechanism: string; first: string }>();
  const capabilities = `+OK\r\nUSER\r\nSASL ${MECHANISMS.join(' ').toUpperCase()}\r\n.\r\n`;
  const talker = await startTalker({
    greeting: GREETING,
    line(line, socket) {
      const [, mechanism] = /^AUTH (\S+)/i.exec(line) ?? [];
      const going = exchanges.get(socket);
      const answer = decoded(line);
      if (/^CAPA$/i.test(line)) socket.write(capabilities);
      else if (mechanism !== undefined) {
        exchanges.set(socket, { mechanism: mechanism.toUpperCase(), first: '' });
        socket.write(`+ ${Buffer.from(/CRAM-MD5/i.test(mechanism) ? CHALLENGE : '').toString('base64')}\r\n`);
      } else if (going?.mechanism.startsWith('SCRAM') && going.first === '' && /,r=/.test(answer)) {
        going.first = answer;
        const [, nonce] = /,r=([^,]+)/.exec(answer) ?? [];
        const first = `r=${nonce}server,s=${ECHO_SALT},i=4096`;
        socket.write(`+ ${Buffer.from(first).toString('base64')}\r\n`);
      } else {
        const proof = going === undefined ? [] : proofIn(going.mechanism, answer, going.first);
        if (proof.length > 0) answers.push(line, ...proof);
        exchanges.delete(socket);
        echo(line, socket);
      }
    },
  });
  return { ...talker, answers };
}

function decoded(line: string): string {
  return Buffer.from(line, 'base64').toString('latin1');
}

test.concurrent.each(MECHANISMS)(
  'what %s answers is in no output, though the server repeats it',
  async (auth) => {
    const server = await startEchoingSasl();
    const runs = [
      ['check', '--auth', auth, '--only', 'rfc1939/stat', '--only', 'rfc5034', '--timeout', '500ms'],
      ['load', '--auth', auth, '--sessions', '1', '--count', '3', '--timeout', '500ms'],
    ];
    for (const [command = '', ...args] of runs) {
      const name = `sasl-${auth}-${command}`;
      const all = [command, server.at, '--user', USER, '--password-env', 'MAIL_PASSWORD', ...args];
      const { stdout, stderr } = await expectSilence(all, name, () => [GREETING]);
      const files = FORMATS.map((format) => readFileSync(dir.file(`${name}.${format}`), 'utf8'));
      expect(server.answers.length).toBeGreaterThan(0);
      for (const secret of server.answers)
        for (const text of [stdout, stderr, ...files]) expect(text.includes(secret), secret).toBe(false);
    }
  },
);

test.concurrent('a diagnosis of a server that echoes gives nothing away, nor does what is to be shared', async () => {
  const server = await startEchoingSasl();
  const secrets = { MAIL_PASSWORD: PASSWORD, MAIL_TOKEN: TOKEN };
  const files = ['html', 'json', 'text'].map((format) => [format, dir.file(`diagnosis.${format}`)]);
  const args = [
    ...[
      'diagnose',
      server.at,
      '--user',
      USER,
      '--password-env',
      'MAIL_PASSWORD',
      '--token-env',
      'MAIL_TOKEN',
    ],
    ...[
      '--timeout',
      '500ms',
      '--share',
      ...files.flatMap(([format, file]) => ['--report', `${format}=${file}`]),
    ],
  ];
  const { stdout, stderr } = await popspec(args, { cwd: dir.path, env: secrets });
  const outputs = [stdout, stderr, ...files.map(([, file = '']) => readFileSync(file, 'utf8'))];
  const forms = [
    ...formsOf([GREETING]),
    ...[TOKEN, Buffer.from(TOKEN).toString('hex'), encodeURIComponent(TOKEN)],
    ...[0, 1, 2].map((before) => base64Within(Buffer.from(TOKEN), before)),
    ...server.answers,
  ];
  expect(server.answers.length).toBeGreaterThan(0);
  for (const text of outputs) for (const form of forms) expect(text.includes(form), form).toBe(false);
});

test.concurrent('no process that a run starts has the password among its arguments', async () => {
  const server = await startServer({ users: [{ name: USER, password: PASSWORD, messages: MAIL }] });
  const web = createServer((_, response) => response.end('ok'));
  await new Promise<void>((resolve) => void web.listen(0, '127.0.0.1', resolve));
  const { port } = web.address() as AddressInfo;
  const seen: string[] = [];
  const args = [
    ...['load', `127.0.0.1:${server.port}`, '--user', USER, '--password-env', 'MAIL_PASSWORD', '--insecure'],
    ...['--sessions', '1', '--duration', '8s', '--http-side-load', `http://127.0.0.1:${port}/`],
  ];
  const { code, stderr } = await popspec(args, {
    cwd: dir.path,
    env: { MAIL_PASSWORD: PASSWORD },
    started(child) {
      const timer = setInterval(() => seen.push(...argumentsBelow(child.pid ?? 0)), 100);
      child.once('close', () => clearInterval(timer));
    },
  });
  web.close();
  await server.close();
  expect(code, stderr).toBeLessThan(2);
  // The load by HTTP runs in a process of its own.
  expect(new Set(seen).size).toBeGreaterThan(1);
  for (const text of seen) for (const form of formsOf([])) expect(text.includes(form)).toBe(false);
});

/** The arguments of a process and of all that it has started. */
function argumentsBelow(pid: number): string[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return [readFileSync(`/proc/${pid}/cmdline`, 'utf8'), ...children.map(Number).flatMap(argumentsBelow)];
  } catch {
    return [];
  }
}
