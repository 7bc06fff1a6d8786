import { afterEach, expect, test } from 'vitest';
import { apopDigest, isTimestamp, timestampOf } from '../../src/pop3/apop.js';
import { encodePlain } from '../../src/pop3/sasl-plain.js';
import { type RunningServer, type ServerOptions, startServer } from '../../src/serve/server.js';
import { converse, openRaw } from './raw-client.js';

const first = Buffer.from('Subject: one\r\n\r\nfirst\r\n.dot\r\n\r\nlast\r\n');
const second = Buffer.from('Subject: two\n\nbare LF\nno end');
const LOGIN = 'USER ann\r\nPASS secret word\r\n';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: ServerOptions = {}): Promise<RunningServer> {
  server = await startServer({
    tlsPort: null,
    users: [
      { name: 'ann', password: 'secret word', messages: [first, second] },
      { name: 'empty', password: 'x' },
    ],
    ...options,
  });
  return server;
}

/** Runs commands behind a login; gives the answers without greeting and login. */
async function session(commands: string, options?: ServerOptions): Promise<string> {
  const { port } = server ?? (await start(options));
  const all = await converse(port, LOGIN + commands);
  return all.split('\r\n').slice(3).join('\r\n');
}

test('STAT, LIST and LIST n', async () => {
  expect(await session('STAT\r\nLIST\r\nLIST 2\r\nlist 02\r\n')).toBe(
    [
      '+OK 2 70',
      '+OK scan listing follows',
      `1 ${first.length}`,
      '2 33',
      '.',
      '+OK 2 33',
      '+OK 2 33',
      '',
    ].join('\r\n'),
  );
});

test('RETR stuffs, closes the last line, and sends what LIST counts', async () => {
  expect(await session('RETR 1\r\nRETR 2\r\n')).toBe(
    `+OK 37 octets\r\nSubject: one\r\n\r\nfirst\r\n..dot\r\n\r\nlast\r\n.\r\n` +
      `+OK 33 octets\r\nSubject: two\r\n\r\nbare LF\r\nno end\r\n.\r\n`,
  );
  expect(server?.counters).toMatchObject({ messagesSent: 2, octetsSent: 70, sessions: 1, connections: 1 });
});

test('a header-only message is sent as stored by TOP and RETR, an empty one as nothing', async () => {
  await start({
    users: [{ name: 'ann', password: 'secret word', messages: [Buffer.from('A: b\r\n'), Buffer.alloc(0)] }],
  });
  expect(await session('TOP 1 0\r\nRETR 1\r\nLIST 2\r\nRETR 2\r\nTOP 2 5\r\n')).toBe(
    '+OK top of message follows\r\nA: b\r\n.\r\n+OK 6 octets\r\nA: b\r\n.\r\n+OK 2 0\r\n' +
      '+OK 0 octets\r\n.\r\n+OK top of message follows\r\n.\r\n',
  );
});

test.each([
  ['0', ''],
  ['1', 'first\r\n'],
  ['2', 'first\r\n..dot\r\n'],
  ['3', 'first\r\n..dot\r\n\r\n'],
  ['4', 'first\r\n..dot\r\n\r\nlast\r\n'],
  ['5', 'first\r\n..dot\r\n\r\nlast\r\n'],
  ['4294967296', 'first\r\n..dot\r\n\r\nlast\r\n'],
  ['99999999999999999999999999', 'first\r\n..dot\r\n\r\nlast\r\n'],
])('TOP 1 %s', async (lines, body) => {
  expect(await session(`TOP 1 ${lines}\r\n`)).toBe(
    `+OK top of message follows\r\nSubject: one\r\n\r\n${body}.\r\n`,
  );
});

test('UIDL gives unique, legal ids that stay', async () => {
  const [, ...rows] = (await session('UIDL\r\n')).split('\r\n');
  const ids = rows.slice(0, 2).map((row, i) => {
    expect(row).toMatch(new RegExp(`^${i + 1} [\\x21-\\x7e]{16,32}$`));
    return row.slice(2);
  });
  expect(new Set(ids).size).toBe(2);
  expect(await session('RETR 1\r\nDELE 1\r\nQUIT\r\n')).toContain('+OK bye');
  expect(await session('UIDL 1\r\n')).toBe(`+OK 1 ${ids[1]}\r\n`);
});

test('a marked message leaves every view, the others keep their numbers, RSET brings it back', async () => {
  const gone = '-ERR this message is marked as deleted\r\n';
  const answers = await session(
    'DELE 1\r\nSTAT\r\nLIST\r\nLIST 1\r\nRETR 1\r\nTOP 1 0\r\nUIDL 1\r\nDELE 1\r\nRSET\r\nSTAT\r\nQUIT\r\n',
  );
  expect(answers).toBe(
    `+OK marked as deleted\r\n+OK 1 33\r\n+OK scan listing follows\r\n2 33\r\n.\r\n${gone.repeat(5)}` +
      `+OK\r\n+OK 2 70\r\n+OK bye\r\n`,
  );
  expect(server?.messages('ann')).toHaveLength(2);
});

test('an empty maildrop', async () => {
  const { port } = await start();
  expect(await converse(port, 'USER empty\r\nPASS x\r\nSTAT\r\nLIST\r\nUIDL\r\nLIST 1\r\nRSET\r\n')).toMatch(
    /\+OK 0 0\r\n\+OK scan listing follows\r\n\.\r\n\+OK unique-ids follow\r\n\.\r\n-ERR no such message\r\n\+OK\r\n$/,
  );
});

test.each(['0', '3', '-1', '+1', '1x', '0x1', '1.0', '4294967297', '18446744073709551617', '1,2', 'abc'])(
  'message number %s is refused by every command',
  async (n) => {
    const commands = ['LIST', 'UIDL', 'RETR', 'DELE'].map((verb) => `${verb} ${n}\r\n`).join('');
    expect(await session(`${commands}TOP ${n} 0\r\n`)).toBe('-ERR no such message\r\n'.repeat(5));
  },
);

test.each([
  '',
  '   ',
  'STAT 1',
  'NOOP x',
  'RSET x',
  'QUIT now',
  'LIST ',
  'LIST  1',
  'LIST 1 ',
  'LIST\t1',
  'LIST 1 2',
  'RETR',
  'RETR 1 2',
  'DELE',
  'DELE 1 2',
  'TOP',
  'TOP 1',
  'TOP 1 -1',
  'TOP 1 x',
  'TOP 1 2 3',
  'UIDL 1 2',
  'CAPA x',
  'XYZZY',
  'STATX',
  'NO',
  'USER ann',
  'PASS secret word',
  'APOP ann 00',
  'AUTH PLAIN',
  'STLS',
  'NO\0OP',
  'NOOP\x01',
  'N\xd6OP',
  'NO\rOP',
  'x'.repeat(254),
  'x'.repeat(1000),
])('%j gets exactly one -ERR in TRANSACTION', async (line) => {
  expect(await session(`${line}\r\nNOOP\r\n`)).toMatch(/^-ERR [ -~]{1,400}\r\n\+OK\r\n$/);
});

test.each(['STAT', 'LIST', 'LIST 1', 'RETR 1', 'DELE 1', 'NOOP', 'RSET', 'TOP 1 0', 'UIDL', 'UIDL 1'])(
  '%s is refused before login',
  async (line) => {
    const { port } = await start();
    expect(await converse(port, `${line}\r\nQUIT\r\n`)).toMatch(/^\+OK .*\r\n-ERR .*\r\n\+OK bye\r\n$/);
  },
);

test('a line of 255 octets is taken, one of 256 is not and its tail is no command', async () => {
  const name = 'n'.repeat(248);
  const { port } = await start();
  expect(await converse(port, `USER ${name}\r\nUSER n${name}\r\nQUIT\r\n`)).toMatch(
    /\r\n\+OK send PASS\r\n-ERR line too long\r\n\+OK bye\r\n$/,
  );
  expect(await session(`${'y'.repeat(255)}DELE 1\r\nSTAT\r\n`)).toBe('-ERR line too long\r\n+OK 2 70\r\n');
});

test('keywords are case-insensitive and a lone LF ends a command', async () => {
  expect(await session('sTaT\r\nnoop\nQuit\r\n')).toBe('+OK 2 70\r\n+OK\r\n+OK bye\r\n');
});

test('login: failures, sequence, USER replaced, spaces in the password', async () => {
  const { port } = await start();
  const answers = await converse(
    port,
    'PASS secret word\r\nUSER ann\r\nPASS no\r\nPASS secret word\r\nUSER nobody\r\nPASS x\r\nUSER ann\r\nCAPA x\r\n' +
      'PASS secret word\r\nUSER\r\nUSER a b\r\nUSER ann\r\nPASS\r\nPASS secret word\r\n' +
      'USER nobody\r\nUSER ann\r\nPASS secret word\r\nQUIT\r\n',
  );
  expect(answers.replace(/<.*>/, '').split('\r\n').slice(1, -1)).toEqual([
    '-ERR send USER first',
    '+OK send PASS',
    '-ERR [AUTH] wrong name or password',
    '-ERR send USER first',
    '+OK send PASS',
    '-ERR [AUTH] wrong name or password',
    '+OK send PASS',
    '-ERR wrong arguments',
    '-ERR send USER first',
    '-ERR wrong arguments',
    '-ERR wrong arguments',
    '+OK send PASS',
    '-ERR wrong arguments',
    '-ERR send USER first',
    '+OK send PASS',
    '+OK send PASS',
    '+OK maildrop ready',
    '+OK bye',
  ]);
  expect(server?.counters).toMatchObject({ sessions: 1, loginFailures: 2 });
});

test('APOP', async () => {
  const { port } = await start();
  const client = await openRaw(port);
  const timestamp = timestampOf(await client.line()) ?? '';
  expect(isTimestamp(timestamp)).toBe(true);
  const digest = apopDigest(timestamp, 'secret word');
  for (const wrong of [digest.slice(0, -1), `${digest}0`, digest.toUpperCase(), '']) {
    await client.send(`APOP ann ${wrong}\r\n`);
    expect(await client.line()).toMatch(/^-ERR /);
  }
  await client.send(`APOP ann ${digest}\r\nSTAT\r\n`);
  expect((await client.line()) + (await client.line())).toBe('+OK maildrop ready\r\n+OK 2 70\r\n');
  client.end();
  const other = await converse(port, `APOP ann ${digest}\r\n`);
  expect(other).toContain('-ERR [AUTH]');
  expect(timestampOf(other)).not.toBe(timestamp);
});

const plain = encodePlain({ authzid: '', authcid: 'ann', password: 'secret word' });
const long = encodePlain({ authzid: 'a'.repeat(255), authcid: 'b'.repeat(255), password: 'c'.repeat(255) });
test.each([
  ['an initial response', `AUTH PLAIN ${plain}`, ['+OK maildrop ready']],
  ['a challenge', `auth plain\r\n${plain}`, ['+ ', '+OK maildrop ready']],
  [
    'authzid',
    `AUTH PLAIN ${encodePlain({ authzid: 'ann', authcid: 'ann', password: 'secret word' })}`,
    ['+OK maildrop ready'],
  ],
  [
    'another authzid',
    `AUTH PLAIN ${encodePlain({ authzid: 'empty', authcid: 'ann', password: 'secret word' })}`,
    ['-ERR [AUTH] wrong name or password'],
  ],
  [
    'a wrong password',
    `AUTH PLAIN\r\n${encodePlain({ authzid: '', authcid: 'ann', password: 'no' })}`,
    ['+ ', '-ERR [AUTH] wrong name or password'],
  ],
  ['long fields', `AUTH PLAIN\r\n${long}`, ['+ ', '-ERR [AUTH] wrong name or password']],
  ['a cancel', 'AUTH PLAIN\r\n*', ['+ ', '-ERR authentication cancelled']],
  [
    'an empty initial response',
    'AUTH PLAIN =',
    ['-ERR the response is not base64 of a message of this mechanism'],
  ],
  [
    'an empty line',
    'AUTH PLAIN\r\n',
    ['+ ', '-ERR the response is not base64 of a message of this mechanism'],
  ],
  [
    'a command',
    'AUTH PLAIN\r\nQUIT',
    ['+ ', '-ERR the response is not base64 of a message of this mechanism'],
  ],
  [
    'a blank inside',
    `AUTH PLAIN\r\n ${plain}`,
    ['+ ', '-ERR the response is not base64 of a message of this mechanism'],
  ],
  [
    'no pad',
    `AUTH PLAIN ${plain.replace(/=+$/, '')}x`,
    ['-ERR the response is not base64 of a message of this mechanism'],
  ],
  ['an endless line', `AUTH PLAIN\r\n${'A'.repeat(20_000)}`, ['+ ', '-ERR line too long']],
  ['no mechanism', 'AUTH', ['-ERR wrong arguments']],
  ['another mechanism', 'AUTH GSSAPI', ['-ERR mechanism not supported']],
])('AUTH with %s', async (_what, input, answers) => {
  const { port } = await start();
  const all = await converse(port, `${input}\r\nCAPA x\r\n`);
  expect(all.split('\r\n').slice(1, -1)).toEqual([...answers, '-ERR wrong arguments']);
});

test('a failed AUTH between USER and PASS is as if it had not been', async () => {
  const { port } = await start();
  expect(await converse(port, 'USER ann\r\nAUTH PLAIN\r\n*\r\nPASS secret word\r\n')).toMatch(
    /\+OK maildrop ready\r\n$/,
  );
});

test('CAPA names the same in both states, STLS apart', async () => {
  const { port } = await start();
  const client = await openRaw(port);
  await client.line();
  await client.send('CAPA\r\n');
  const before = (await client.block()).split('\r\n');
  await client.send(`${LOGIN}CAPA\r\n`);
  await client.line();
  await client.line();
  const after = (await client.block()).split('\r\n');
  expect(before).toEqual([
    '+OK capabilities follow',
    'TOP',
    'UIDL',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'PIPELINING',
    'USER',
    'SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256',
    'UTF8 USER',
    'LANG',
    'EXPIRE NEVER',
    'IMPLEMENTATION popspec',
    'STLS',
    '.',
    '',
  ]);
  expect(after).toEqual(before.filter((line) => line !== 'STLS'));
  client.end();
});

test('a minimal server has the minimal commands, no timestamp and no response codes', async () => {
  const { port } = await start({ minimal: true });
  const lines = (
    await converse(
      port,
      `CAPA\r\nSTLS\r\nAUTH PLAIN\r\nAPOP ann x\r\nUSER ann\r\nPASS no\r\n${LOGIN}TOP 1 0\r\nUIDL\r\nSTAT\r\nQUIT\r\n`,
    )
  ).split('\r\n');
  expect(lines[0]).not.toContain('<');
  expect(lines.slice(1, 5)).toEqual(Array(4).fill('-ERR unknown command'));
  expect(lines[6]).toBe('-ERR wrong name or password');
  expect(lines.slice(9)).toEqual(['-ERR unknown command', '-ERR unknown command', '+OK 2 70', '+OK bye', '']);
});
