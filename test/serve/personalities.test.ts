import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { faultById } from '../../src/serve/faults/index.js';
import { personalities, personalityById } from '../../src/serve/personalities/index.js';
import { type Limits, type RunningServer, startServer } from '../../src/serve/server.js';
import { converse, openRaw } from './raw-client.js';

const run = promisify(execFile);
const messages = Array.from({ length: 12 }, (_, n) =>
  Buffer.from(`Subject: ${n + 1}\r\n\r\nline one\r\n.a dot\r\nlast of ${n + 1}\r\n`),
);
const USER = { name: 'ann', password: 'pw', token: 'tok', messages };
const LOGIN = 'USER ann\r\nPASS pw\r\n';
const bearer = (token: string): string =>
  Buffer.from(`user=ann\x01auth=Bearer ${token}\x01\x01`).toString('base64');

const running: RunningServer[] = [];
afterAll(() => Promise.all(running.map((server) => server.close())));

async function start(personality: string, mail = messages, limits: Limits = {}): Promise<RunningServer> {
  const server = await startServer({ personality, users: [{ ...USER, messages: mail }], limits });
  running.push(server);
  return server;
}

/** What the server says to `input`, by the plain port unless there is only the other. */
async function heard(id: string, input: string, mail?: typeof messages): Promise<string> {
  const { port, tlsPort } = await start(id, mail);
  return port === 0 ? converse(tlsPort ?? 0, input, true) : converse(port, input);
}

describe('the catalogue', () => {
  test('has one of each, and each is told with its sources', () => {
    expect(new Set(personalities.map(({ id }) => id)).size).toBe(personalities.length);
    for (const { id, title, quirks, faults = [] } of personalities) {
      expect(personalityById(id)?.id).toBe(id);
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title).toMatch(/^[A-Z0-9a-z].{15,}[^.]$/);
      expect(quirks.length, id).toBeGreaterThan(0);
      for (const { text, source } of quirks) {
        expect(text).toMatch(/^[A-Z].{15,}[^.]$/);
        expect(new URL(source).protocol).toMatch(/^https?:$/);
      }
      for (const fault of faults) expect(faultById(fault), `${id}: ${fault}`).toBeDefined();
    }
  });

  test('stands in docs/serve.md, each quirk with its source', () => {
    const doc = readFileSync('docs/serve.md', 'utf8');
    for (const { id, title, quirks } of personalities) {
      expect(doc).toContain(`**\`${id}\`** ${title}.`);
      for (const { text, source } of quirks) expect(doc).toContain(`${text} ([source](${source}))`);
    }
  });

  test('an unknown one is told with its neighbours', async () => {
    await expect(startServer({ personality: 'gmial' })).rejects.toMatchObject({
      code: 'unknown-personality',
      hint: expect.stringContaining('gmail'),
    });
  });
});

test('a port that a personality does not have is a mistake', async () => {
  for (const options of [
    { personality: 'gmail', port: 1110 },
    { personality: 'gmail', tlsPort: null },
    { personality: 'popgun', tlsPort: 1995 },
  ])
    await expect(startServer(options)).rejects.toMatchObject({ code: 'bad-option' });
});

/** What a client sends at once, and what it then hears. */
const ON_THE_WIRE: readonly [id: string, input: string, expected: RegExp][] = [
  ['gmail', 'CAPA\r\n', /^\+OK Gpop ready .*X-GOOGLE-RICO\r\nSASL PLAIN XOAUTH2 OAUTHBEARER\r\n\.\r\n$/s],
  ['gmail', `${LOGIN}CAPA\r\n`, /PIPELINING(?!.*SASL)/s],
  [
    'gmail',
    `AUTH XOAUTH2\r\n${bearer('no')}\r\n\r\n`,
    /\r\n\+ eyJzdGF0dXMiOiI0MDAi\S+\r\n-ERR \[AUTH\] Username/,
  ],
  ['gmail-app-password', LOGIN, /-ERR \[AUTH\] Application-specific password required/],
  ['gmail-app-password', `AUTH XOAUTH2\r\n${bearer('tok')}\r\n`, /\+OK Welcome\.\r\n$/],
  ['gmail-web-login', LOGIN, /-ERR \[AUTH\] Web login required/],
  [
    'gmail-pop-off',
    `${LOGIN}STAT\r\nLIST\r\n`,
    /\+OK Welcome\.\r\n-ERR \[SYS\/PERM\] Your account .*\r\n-ERR \[SYS/,
  ],
  ['gmail-busy', LOGIN, /-ERR \[SYS\/TEMP\] Temporary system problem/],
  [
    'outlook',
    'XYZZY\r\n',
    /^\+OK The Microsoft Exchange POP3 service is ready\. \[\S+\]\r\n-ERR Protocol error\. 19/,
  ],
  ['outlook', LOGIN, /-ERR Logon failure: unknown user name or bad password\.\r\n$/],
  [
    'outlook',
    `AUTH XOAUTH2 ${bearer('tok')}\r\nQUIT\r\n`,
    /-ERR Protocol error\. Connection is closed\. 10\r\n$/,
  ],
  [
    'outlook',
    `AUTH XOAUTH2\r\n${bearer('tok')}\r\nSTAT\r\n`,
    /\+OK User successfully authenticated\.\r\n\+OK 12 /,
  ],
  [
    'outlook',
    `AUTH XOAUTH2\r\n${'A'.repeat(4100)}\r\nQUIT\r\n`,
    /-ERR Protocol error\. Connection is closed\. 10\r\n$/,
  ],
  ['outlook-throttled', `AUTH XOAUTH2\r\n${bearer('tok')}\r\n`, /-ERR Logon failure/],
  ['exchange', LOGIN, /-ERR Command is not valid in this state\.\r\n/],
  ['exchange', `USER ${'a'.repeat(60)}\r\nAUTH NTLM\r\n`, /-ERR line too long\r\n\+OK\r\n$/],
  ['yahoo', LOGIN, /-ERR \[AUTH\] Incorrect username or password\r\n$/],
  ['yahoo', 'CAPA\r\n', /jpop(?!.*UIDL)/s],
  ['att', `${LOGIN}UIDL 1\r\nRETR 1\r\nRETR 2\r\n`, /\+OK 1 \S+\r\n-ERR \[SYS\/TEMP\].*\r\n\+OK/],
  ['aol', `${LOGIN}QUIT\r\n`, /\+OK password required\r\n$/],
  ['gmx', LOGIN, /-ERR/],
  ['163', `${LOGIN}${'RETR 1\r\n'.repeat(11)}`, /-ERR Download exceed\. msg=10\r\n$/],
  ['163', 'USER ann\r\nPASS no\r\n', /-ERR \[AUTH\] \xc7\xeb/],
  ['qq', LOGIN, /-ERR \[AUTH\] Login fail\. Account is abnormal/],
  ['free', `APOP ann ${'0'.repeat(32)}\r\nUSER ann\r\nPASS no\r\nQUIT\r\n`, /(-ERR \[AUTH\] .*\r\n.*){2}$/s],
  ['ovh', `${LOGIN}QUIT\r\n`, /\+OK bye/],
  ['comcast', `${LOGIN}UIDL 1\r\n`, /\+OK 1 {3}\S/],
  ['small-hoster', LOGIN, /-ERR login incorrect\r\n$/],
  [
    'courier',
    'CAPA\r\nUSER ann\r\nPASS no\r\nPASS pw\r\n',
    /LOGIN-DELAY 10.*-ERR Login failed\.\r\n\+OK logged in/s,
  ],
  ['courier', `${LOGIN}CAPA\r\nNOOP\r\nRSET\r\n`, /\r\nSTLS\r\n.*\+OK Yup\.\r\n\+OK Resurrected\.\r\n$/s],
  ['dovecot', LOGIN, /-ERR \[AUTH\] Plaintext authentication disallowed/],
  [
    'cyrus',
    `APOP ann ${'0'.repeat(32)}\r\n`,
    /^\+OK localhost Cyrus POP3 \S+ {2}server ready <\S+>\r\n-ERR \[AUTH\]/,
  ],
  ['perdition', LOGIN, /-ERR Re-Authentication Failure/],
  ['greenmail', `CAPA\r\n${LOGIN}RETR 1\r\n`, /SASL PLAIN\r\n\.\r\n.*\r\n\.a dot\r\n/s],
  ['mailpit', `${LOGIN}LIST\r\nRETR 1\r\n`, /\r\n1 %!d\(float64=\d+\)\r\n.*\r\n\.a dot\r\n/s],
  ['twisted', `${LOGIN}DELE 1\r\nLIST 2\r\nLIST\r\nRSET\r\n`, /\+OK \d+\r\n\+OK .*\r\n1 0\r\n2 /],
  [
    'hmailserver',
    `XYZZY\r\n${LOGIN}TOP 1 5\r\nRETR 1\r\n`,
    /^\+OK POP3\r\n\+ERR.*\r\n\.a dot\r\n.*\r\n\.\.a dot\r\n/s,
  ],
  ['james', `${LOGIN}RETR 1\r\nNOOP\r\n`, /\+OK \d+ octets\r\n\+OK\r\n$/],
  ['wildduck', `${LOGIN}STAT\r\n`, /\+OK 12 /],
  ['stalwart', `${LOGIN}TOP 1 0\r\n`, /\r\nline one\r\n/],
  ['popgun', `${LOGIN}TOP 1 0\r\n`, /-ERR/],
  ['usa-net', `${LOGIN}TOP 1 1\r\n`, /\r\nlast of 1\r\n/],
  ['inbucket', `${LOGIN}DELE 1\r\nRETR 1\r\n`, /\r\nlast of 1\r\n/],
  ['smtp4dev', `${LOGIN}NOOP\r\n`, /-ERR/],
  ['bsd-popper', 'CAPA\r\n', /^\+OK popper.*\r\n-ERR/],
  ['tls-stripping-firewall', 'CAPA\r\nSTLS\r\n', /^\+OK \*+\r\n.*\r\nXXXX\r\n\.\r\n-ERR/s],
  ['antivirus', 'CAPA\r\nSTLS\r\n', /^\+OK AVG .*\r\n(?!.*STLS)/],
  ['antivirus-cut-off', LOGIN, /^-ERR AVG POP3 Proxy Server: Cannot connect to the mail server!\r\n$/],
  [
    'imap',
    'CAPA\r\nUSER ann\r\nQUIT\r\n',
    /^\* OK \[CAPABILITY IMAP4rev1.*\r\nCAPA BAD .*\r\nUSER BAD .*\r\n\* BYE .*\r\n$/,
  ],
  ['imap', 'a LOGIN "ann" pw\r\nb LOGOUT\r\n', /a OK Logged in\r\n\* BYE .*\r\nb OK/],
  [
    'smtp',
    'CAPA\r\nUSER ann\r\nEHLO me\r\nQUIT\r\n',
    /^220 .*\r\n502 .*\r\n502 .*\r\n250-.*\r\n221 2\.0\.0 Bye\r\n$/s,
  ],
  ['http', 'CAPA\r\n', /^HTTP\/1\.1 400 Bad Request\r\n/],
  ['http', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 200 OK\r\n.*Content-Length: (\d+)\r\n/s],
  ['captive-portal', 'CAPA\r\n', /^HTTP\/1\.1 302 Found\r\n.*Location: http/s],
];

describe('on the wire', () => {
  test.concurrent.each(ON_THE_WIRE)('%s, row %#', async (id, input, expected) => {
    expect(await heard(id, input)).toMatch(expected);
  });

  test.concurrent('gmail shows the oldest 250, hides what was retrieved after QUIT, and all of it in recent mode', async () => {
    const many = Array.from({ length: 260 }, (_, n) => Buffer.from(`Subject: ${n}\r\n\r\n${n}\r\n`));
    const { tlsPort } = await start('gmail', many);
    const say = (name: string, input: string) =>
      converse(tlsPort ?? 0, `USER ${name}\r\nPASS pw\r\n${input}`, true);
    expect(await say('ann', 'STAT\r\nTOP 1 0\r\nQUIT\r\n')).toMatch(/\+OK 250 /);
    expect(await say('ann', 'RETR 1\r\n')).toContain('\r\n\r\n0\r\n');
    expect(await say('ann', 'RETR 1\r\nRETR 2\r\nQUIT\r\n')).toContain('\r\n\r\n0\r\n');
    expect(await say('ann', 'RETR 1\r\n')).toContain('\r\n\r\n2\r\n');
    expect(await say('recent:ann', 'STAT\r\n')).toMatch(/\+OK 260 /);
  });

  test.concurrent('outlook takes twenty logins in a minute', async () => {
    const { tlsPort } = await start('outlook');
    const attempt = () => converse(tlsPort ?? 0, `AUTH XOAUTH2\r\n${bearer('tok')}\r\nQUIT\r\n`, true);
    for (let n = 0; n < 20; n++) expect(await attempt()).toContain('authenticated');
    expect(await attempt()).toContain('-ERR Logon failure');
  });

  test.concurrent('wildduck shows the newest 250', async () => {
    const many = Array.from({ length: 255 }, (_, n) => Buffer.from(`Subject: ${n}\r\n\r\n${n}\r\n`));
    expect(await heard('wildduck', `${LOGIN}STAT\r\nRETR 1\r\n`, many)).toMatch(/\+OK 250 .*\r\n\r\n5\r\n/s);
  });

  test.concurrent('qpopper keeps the lock of a session that broke off, and says so in words', async () => {
    const { port } = await start('qpopper');
    const client = await openRaw(port);
    await client.send(LOGIN);
    await client.line();
    await client.line();
    expect(await client.line()).toMatch(/^\+OK/);
    client.end();
    await client.rest();
    expect(await converse(port, LOGIN)).toMatch(
      /-ERR \S+ lock busy! {2}Is another session active\? \(11\)\r\n$/,
    );
  });

  test.concurrent('courier closes a fifth connection, and ovh a second login within a minute', async () => {
    const { port } = await start('courier');
    const four = await Promise.all([1, 2, 3, 4].map(() => openRaw(port)));
    for (const client of four) await client.line();
    expect(await (await openRaw(port)).rest()).toBe('');
    const ovh = await start('ovh');
    expect(await converse(ovh.port, `${LOGIN}QUIT\r\n`)).toContain('+OK bye');
    expect(await converse(ovh.port, `${LOGIN}QUIT\r\n`)).toMatch(/\+OK send PASS\r\n$/);
  });

  test.concurrent('a captive portal answers a TLS handshake in clear', async () => {
    const { tlsPort } = await start('captive-portal');
    expect(await converse(tlsPort ?? 0, '\x16\x03\x01\x00\x05hello')).toMatch(/^HTTP\/1\.1 302 Found/);
  });

  test.concurrent('the certificate of an antivirus program is its own, and not to be trusted', async () => {
    const server = await start('antivirus');
    const { connect } = await import('node:tls');
    const error = await new Promise<Error>((done) => {
      const socket = connect({ port: server.tlsPort ?? 0, host: '127.0.0.1', ca: server.certificate });
      socket.once('error', done);
    });
    expect(error).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
  });
});

const SCRIPT = `
import json, poplib, ssl, sys
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
def read(port, tls_port, stls):
    box = poplib.POP3_SSL('127.0.0.1', tls_port, context=context) if port == 0 else poplib.POP3('127.0.0.1', port)
    if stls: box.stls(context)
    box.user('ann'); box.pass_('pw')
    count, _ = box.stat()
    message = b'\\r\\n'.join(box.retr(2)[1]).decode()
    box.quit()
    return [count, message]
print(json.dumps({id: read(*where) for id, where in json.load(sys.stdin).items()}))
`;

/** Those that let a password in and give a message out. */
const BARRED = /^(gmail-.+|outlook.*|yahoo|aol|gmx|qq|small-hoster|perdition|james|antivirus-cut-off)$/;
const READABLE = personalities.filter(({ id, speaks }) => speaks === 'POP3' && !BARRED.test(id));
const python = spawnSync('python3', ['-c', 'import poplib, ssl']).status === 0;
const curl = spawnSync('curl', ['--version']).stdout?.toString() ?? '';

test.skipIf(!python)(
  "Python's poplib reads a mailbox of each that lets a password in",
  async () => {
    const where: Record<string, unknown> = {};
    for (const { id, limits } of READABLE) {
      const { port, tlsPort } = await start(id, messages, { replyDelayMs: id === 'slow-isp' ? 20 : 0 });
      where[id] = [port, tlsPort, limits?.requireTls === true];
    }
    const child = run('python3', ['-c', SCRIPT]);
    child.child.stdin?.end(JSON.stringify(where));
    const seen = JSON.parse((await child).stdout);
    const whole = messages[1]?.toString().trimEnd();
    for (const { id } of READABLE) expect(seen[id], id).toEqual([12, whole]);
  },
  60_000,
);

test.skipIf(!/\bpop3s\b/.test(curl))('curl reads a mailbox of outlook with a token', async () => {
  const { tlsPort } = await start('outlook');
  const { stdout } = await run('curl', [
    ...['-sS', '-k', '--max-time', '20', '--user', 'ann', '--oauth2-bearer', 'tok'],
    `pop3s://127.0.0.1:${tlsPort}/2`,
  ]);
  expect(stdout).toBe(messages[1]?.toString());
});
