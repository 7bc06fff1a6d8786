import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { hostiles } from '../../src/serve/hostile/index.js';
import { hostileNamed } from '../../src/serve/hostile/named.js';
import { again, inTurn, once, PIECE, pour, rows } from '../../src/serve/hostile/pour.js';
import { startHostileServer } from '../../src/serve/hostile/server.js';
import type { RunningServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';
import { converse, openRaw } from './raw-client.js';

const MAIL = [Buffer.from('Subject: one\r\n\r\none\r\n'), Buffer.from('Subject: two\r\n\r\n.two\r\n')];
const SESSION = 'USER user0001\r\nPASS let-me-in\r\nSTAT\r\nLIST\r\nQUIT\r\n';

const running: RunningServer[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => server.close())));

async function hostile(name: string): Promise<RunningServer> {
  const server = await startHostileServer(name, { users: makeUsers(2, { messages: MAIL }) });
  running.push(server);
  return server;
}

/** What a server says to a whole session whose lines are sent at once. */
async function heardFrom(name: string): Promise<string> {
  const { port } = await hostile(name);
  return converse(port, SESSION);
}

/** What a server says to a client that waits for a line behind each command. */
async function answersOf(name: string): Promise<string> {
  const { port } = await hostile(name);
  const client = await openRaw(port);
  let heard = await client.line();
  for (const command of SESSION.split(/(?<=\n)/)) {
    await client.send(command);
    heard += await client.line();
    if (command === 'LIST\r\n') heard += await client.block();
  }
  client.end();
  return heard + (await client.rest());
}

describe('the hostile catalogue', () => {
  it('has at least 60 behaviours, each with an id and a sentence of its own', () => {
    expect(hostiles.length).toBeGreaterThanOrEqual(60);
    expect(new Set(hostiles.map(({ id }) => id)).size).toBe(hostiles.length);
    expect(new Set(hostiles.map(({ title }) => title)).size).toBe(hostiles.length);
    for (const { id, title } of hostiles) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title).toMatch(/^[A-Z].*[^.]$/);
    }
  });

  it.each([
    ['drop', 'did you mean drip?'],
    ['xyzzy', 'popspec list --hostile'],
    ['silent=3', 'just silent'],
    ['drip=', 'such as drip=1000'],
    ['drip=-1', 'such as drip=1000'],
  ])('knows nothing by the name of %s', (name, hint) => {
    expect(() => hostileNamed(name)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining(hint) }),
    );
  });

  it('takes the number behind the name', () => {
    expect(hostileNamed('closes-at=17')).toMatchObject({ hostile: { id: 'closes-at' }, number: 17 });
    expect(hostileNamed('late').number).toBe(180);
  });
});

describe('a hostile server', () => {
  it('closes behind each octet of a session', async () => {
    for (let octets = 0; octets < 150; octets += 3) {
      const heard = await heardFrom(`closes-at=${octets}`);
      expect(heard).toHaveLength(octets);
      expect('+OK popspec ready <'.startsWith(heard.slice(0, 19))).toBe(true);
    }
  });

  it('resets in place of the answer to a command', async () => {
    const { port } = await hostile('resets-at-command=2');
    const client = await openRaw(port);
    await client.line();
    await client.send('NOOP\r\n');
    expect(await client.line()).toMatch(/^-ERR/);
    await client.send('NOOP\r\n');
    expect(await client.rest()).toBe('');
  });

  it.each([
    ['answers-first', /^\+OK [^\r\n]*\r\n(\+OK 1 120\r\n){20}\+OK /],
    ['answers-twice', /(\+OK maildrop[^\r\n]*\r\n)\1/],
    ['nuls', /^\+OK popspec ready <\S+> \0\0a\0\r\n/],
    ['counts-negative', /\r\n\+OK -1 -2147483648\r\n/],
    ['shell-timestamp', /^\+OK popspec ready <1\.\$\(id\)`id`;/],
    ['echo', /\+OK maildrop[^\r\n]* USER user0001 PASS let-me-in\r\n/],
    ['echo-base64', /bGV0LW1lLWlu/],
    ['echo-split', /let-\r\nme-in/],
  ])('%s does what it says', async (name, pattern) => {
    expect(await answersOf(name)).toMatch(pattern);
  });

  it('is as hostile under TLS, behind STLS and on the port of TLS', async () => {
    const { port, tlsPort } = await hostile('nuls');
    const client = await openRaw(port);
    await client.line();
    await client.send('STLS\r\n');
    expect(await client.line()).toMatch(/^\+OK/);
    await client.secure();
    await client.send('NOOP\r\n');
    expect(await client.line()).toMatch(/^-ERR .*\0\0a\0\r\n$/);
    client.end();
    expect(await converse(tlsPort ?? 0, SESSION, true)).toMatch(/^\+OK popspec ready <\S+> \0\0a\0\r\n/);
  });

  it('serves one connection after another', async () => {
    const { port } = await hostile('greeting-endless');
    for (let n = 0; n < 20; n++) {
      const client = await openRaw(port);
      client.reset();
    }
    const client = await openRaw(port);
    expect(await client.quiet(50)).toMatch(/^\+OK x+$/);
    client.reset();
  });
});

describe('what is poured out', () => {
  it('waits for its reader', async () => {
    let asked = 0;
    let pass = (): void => undefined;
    const slow = new Writable({ write: (_octets, _encoding, done) => void (pass = () => done()) });
    const next = (): Buffer => {
      asked++;
      return Buffer.alloc(PIECE);
    };
    pour(slow, next, () => undefined);
    expect(asked).toBe(1);
    pass();
    await new Promise((done) => setImmediate(done));
    expect(asked).toBe(2);
    expect(slow.writableLength).toBeLessThanOrEqual(PIECE);
  });

  it('has its end where it has one', () => {
    const all = inTurn(
      once('+OK\r\n'),
      rows((n) => `${n} 120`, 3),
      again('xy', 2),
      once('.\r\n'),
    );
    let text = '';
    for (let octets = all(); octets !== undefined; octets = all()) text += octets.toString('latin1');
    expect(text).toBe('+OK\r\n1 120\r\n2 120\r\n3 120\r\nxyxy.\r\n');
  });

  it('is exactly as much as was asked for', () => {
    const some = again('x', 2 * PIECE + 5);
    let length = 0;
    for (let octets = some(); octets !== undefined; octets = some()) length += octets.length;
    expect(length).toBe(2 * PIECE + 5);
  });
});
