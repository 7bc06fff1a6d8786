import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { type RunningServer, type ServerOptions, startServer } from '../../src/serve/server.js';
import { converse, openRaw, type RawClient } from './raw-client.js';

const mail = [
  Buffer.from('A: 1\r\n\r\n.one\r\n'),
  Buffer.from('A: 2\r\n\r\ntwo\r\n'),
  Buffer.from('A: 3\r\n\r\n3'),
];
const LOGIN = 'USER ann\r\nPASS x\r\n';

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(options: ServerOptions = {}): Promise<RunningServer> {
  server = await startServer({
    users: [{ name: 'ann', password: 'x', messages: mail }],
    tlsPort: null,
    ...options,
  });
  return server;
}

async function loggedIn(port: number): Promise<RawClient> {
  const client = await openRaw(port);
  await client.send(LOGIN);
  for (let i = 0; i < 2; i++) await client.line();
  expect(await client.line()).toBe('+OK maildrop ready\r\n');
  return client;
}

/** The server has seen the end of every earlier connection when a fresh login succeeds. */
async function loginAtLast(port: number): Promise<RawClient> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const client = await openRaw(port);
    await client.send(LOGIN);
    await client.line();
    await client.line();
    if ((await client.line()).startsWith('+OK')) return client;
    client.reset();
    await sleep(20);
  }
  throw new Error('the lock was never released');
}

test('a session split at every octet answers the same', async () => {
  const { port } = await start();
  const script = `CAPA\r\n${LOGIN}STAT\r\nLIST\r\nnoop\nUIDL 9\r\n\r\n${'z'.repeat(300)}\r\nRETR 1\r\nTOP 3 0\r\nAUTH PLAIN\r\nDELE 1\r\nRSET\r\nQUIT\r\n`;
  const withoutTimestamp = (text: string) => text.replace(/<.*>/, '');
  const whole = withoutTimestamp(await converse(port, script));
  expect(whole).toMatch(/bye\r\n$/);
  for (let at = 1; at < script.length; at++) {
    const client = await openRaw(port);
    await client.line();
    await client.send(script.slice(0, at));
    await new Promise(setImmediate);
    await client.send(script.slice(at));
    const rest = await client.rest();
    expect(rest, `split at ${at}`).toBe(whole.slice(whole.indexOf('\r\n') + 2));
  }
  const slow = await openRaw(port);
  for (const octet of script) {
    await slow.send(octet);
    await new Promise(setImmediate);
  }
  expect(withoutTimestamp(await slow.rest())).toBe(whole);
});

test('pipelined commands are answered in order, and nothing behind QUIT is run', async () => {
  const { port } = await start();
  const answers = await converse(
    port,
    `${LOGIN}${'NOOP\r\n'.repeat(5000)}DELE 1\r\nQUIT\r\nDELE 2\r\nNOOP\r\n`,
  );
  expect(answers.split('\r\n').slice(3)).toEqual([
    ...Array(5000).fill('+OK'),
    '+OK marked as deleted',
    '+OK bye',
    '',
  ]);
  expect(server?.messages('ann').map(({ bytes }) => bytes)).toEqual(mail.slice(1));
  expect(server?.counters).toMatchObject({ messagesDeleted: 1, commands: 5004 });
  expect(server?.counters.commandsByVerb).toEqual({ USER: 1, PASS: 1, NOOP: 5000, DELE: 1, QUIT: 1 });
});

test('the maildrop is locked: IN-USE with the right password only', async () => {
  const { port } = await start();
  const holder = await loggedIn(port);
  expect(await converse(port, `${LOGIN}QUIT\r\n`)).toMatch(/-ERR \[IN-USE\] .*\r\n\+OK bye\r\n$/);
  expect(await converse(port, 'USER ann\r\nPASS wrong\r\n')).toMatch(/-ERR \[AUTH\] .*\r\n$/);
  await holder.send('QUIT\r\n');
  expect(await holder.line()).toBe('+OK bye\r\n');
  const next = await loggedIn(port);
  next.end();
});

test.each([
  ['FIN', (client: RawClient) => client.end()],
  ['RST', (client: RawClient) => client.reset()],
  ['QUIT without a line end, then FIN', (client: RawClient) => client.send('QUIT').then(() => client.end())],
])('%s releases the lock and removes nothing', async (_how, leave) => {
  const { port } = await start();
  const client = await loggedIn(port);
  await client.send('DELE 1\r\n');
  await client.line();
  await leave(client);
  const next = await loginAtLast(port);
  await next.send('STAT\r\n');
  expect(await next.line()).toMatch(/^\+OK 3 /);
});

test('autologout closes without a word and removes nothing', async () => {
  const { port } = await start({ autologoutMs: 150 });
  const client = await loggedIn(port);
  await client.send('DELE 1\r\n');
  expect(await client.rest()).toBe('+OK marked as deleted\r\n');
  await loginAtLast(port);
  expect(server?.messages('ann')).toHaveLength(3);
});

test('mail that arrives stays invisible and survives QUIT', async () => {
  const running = await start();
  const client = await loggedIn(running.port);
  running.deliver('ann', Buffer.from('A: 4\n\nfour\n'));
  await client.send('NOOP\r\nRSET\r\nSTAT\r\nRETR 4\r\nDELE 2\r\nQUIT\r\n');
  expect(await client.rest()).toBe(
    '+OK\r\n+OK\r\n+OK 3 38\r\n-ERR no such message\r\n+OK marked as deleted\r\n+OK bye\r\n',
  );
  expect(running.messages('ann').map(({ bytes }) => bytes.toString())).toEqual([
    'A: 1\r\n\r\n.one\r\n',
    'A: 3\r\n\r\n3',
    'A: 4\r\n\r\nfour\r\n',
  ]);
});

test('replaceMail leaves an open session its messages', async () => {
  const running = await start();
  const client = await loggedIn(running.port);
  running.replaceMail('ann', [Buffer.from('B: 1\r\n\r\nnew\r\n')]);
  await client.send('DELE 1\r\nRETR 3\r\nQUIT\r\n');
  expect(await client.rest()).toContain('A: 3\r\n\r\n3\r\n.\r\n');
  expect(running.messages('ann')).toHaveLength(1);
});

test('a reader that does not read is waited for and then gets everything', async () => {
  const big = Buffer.from(`A: b\r\n\r\n${'.line of text\r\n'.repeat(70_000)}`);
  const { port } = await start({ users: [{ name: 'ann', password: 'x', messages: [big] }] });
  const input = `${LOGIN}${'RETR 1\r\n'.repeat(30)}QUIT\r\n`;
  const all = await converse(port, input);
  const wireLength = big.length + 70_000 + '.\r\n'.length;
  const head = all.indexOf('\r\n+OK maildrop ready\r\n') + '\r\n+OK maildrop ready\r\n'.length;
  const status = `+OK ${big.length} octets\r\n`;
  expect(all.length - head).toBe(30 * (status.length + wireLength) + '+OK bye\r\n'.length);
  expect(all.endsWith('\r\n.\r\n+OK bye\r\n')).toBe(true);
});

test('hostile input leaves the server alive', async () => {
  const { port } = await start();
  const long = await openRaw(port);
  await long.line();
  for (let i = 0; i < 10; i++) await long.send(Buffer.alloc(1024 * 1024, 'x'));
  await long.send('\r\nQUIT\r\n');
  expect(await long.rest()).toBe('-ERR line too long\r\n+OK bye\r\n');

  const nuls = await openRaw(port);
  await nuls.line();
  await nuls.send(
    Buffer.concat([
      Buffer.alloc(100),
      Buffer.from('\r\n'),
      Buffer.alloc(200, 0xff),
      Buffer.from('\r\nQUIT\r\n'),
    ]),
  );
  expect(await nuls.rest()).toMatch(/^(-ERR .*\r\n){2}\+OK bye\r\n$/);

  for (let i = 0; i < 50; i++) {
    const client = await openRaw(port);
    void client.send(`${LOGIN}${'RETR 1\r\n'.repeat(i * 20)}`);
    client.reset();
  }
  const survivor = await loginAtLast(port);
  survivor.end();
});

test('mistakes of the caller are told', async () => {
  await expect(startServer({ faults: ['retr-unstufed'] })).rejects.toMatchObject({
    code: 'unknown-fault',
    hint: expect.stringContaining('retr-unstuffed'),
  });
  for (const [fault, hint] of [
    ['stat-words@1', 'stat-words@1/1000'],
    ['stat-words@2/3', 'stat-words@1/1000'],
    ['tls-old-only@1/3', undefined],
  ] as const)
    await expect(startServer({ faults: [fault] })).rejects.toMatchObject(
      hint === undefined
        ? { code: 'bad-option', hint: 'leave @1/3 out' }
        : { code: 'bad-option', hint: `such as ${hint}` },
    );
  const running = await start();
  expect(() => running.deliver('anne', Buffer.alloc(0))).toThrow('no user "anne"');
  await expect(startServer({ port: running.port })).rejects.toMatchObject({ code: 'listen-failed' });
});

test('a fault at a rate is in every n-th connection, and two at the same rate are never in one', async () => {
  const running = await start({ faults: ['stat-words@1/3', 'status-lf@1/3'] });
  const seen: string[] = [];
  for (let i = 0; i < 6; i++) {
    const client = await loginAtLast(running.port);
    await client.send('STAT\r\n');
    seen.push(await client.line());
    client.end();
  }
  const [usual = '', bare = '', words = ''] = seen;
  expect(bare).toMatch(/^\+OK \d+ \d+\n$/);
  expect(words).toMatch(/messages/);
  expect(seen).toEqual([usual, bare, words, usual, bare, words]);
  expect(running.counters.faultySessions).toEqual({ 'stat-words@1/3': 2, 'status-lf@1/3': 2 });
});

test('close ends open sessions', async () => {
  const running = await start();
  const client = await loggedIn(running.port);
  await running.close();
  server = undefined;
  expect(await client.rest()).toBe('');
});
