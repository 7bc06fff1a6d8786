import { Buffer } from 'node:buffer';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  activeResources,
  answers,
  noMoreThan,
  playServer,
  type Script,
  type ScriptedServer,
  until,
} from './scripted-server.js';
import { type Watched, watch } from './watched.js';

let server: ScriptedServer;
let before: string[] = [];
const watched: Watched[] = [];

beforeEach(() => {
  before = activeResources();
});

afterEach(async () => {
  for (const { connection } of watched.splice(0)) connection.destroy();
  await server.close();
  await noMoreThan(before);
});

function open(...args: Parameters<typeof watch>): Watched {
  const one = watch(...args);
  watched.push(one);
  return one;
}

async function connectTo(script: Script): Promise<Watched> {
  server = await playServer(script);
  return open(server.port);
}

const socketOf = ({ connection }: Watched): unknown => Reflect.get(connection, 'raw');

const say = ({ connection }: Watched, text: string): void => connection.write(Buffer.from(text), []);

describe('a plain connection', () => {
  it('connects, receives, sends and notes it', async () => {
    const one = await connectTo({ answer: answers({ NOOP: '+OK\r\n' }) });
    await until(() => one.input() === '+OK ready\r\n');
    say(one, 'NOOP\r\n');
    await until(() => one.input() === '+OK ready\r\n+OK\r\n');
    expect(one.told.slice(0, 2)).toEqual(['connected', 'received']);
    expect(one.connection.octetsReceived).toBe(16);
    expect(one.connection.end).toBeUndefined();
    // What comes is noted by the reader of the input, as it reads it.
    expect(one.kinds()).toEqual(['connect', 'connected', 'send']);
    expect(one.trace.events()[0]?.text).toBe(`127.0.0.1:${server.port}`);
    one.connection.traceReceived(Buffer.from('+OK ready'), '\r\n');
    expect(one.trace.events().at(-1)).toMatchObject({ kind: 'receive', text: '+OK ready\r\n' });
  });

  it('is told when the server closes, after all octets', async () => {
    const one = await connectTo({ greeting: ['+OK bye\r\n', 'FIN'] });
    await until(() => one.told.includes('ended'));
    expect(one.connection.end).toMatchObject({ cause: 'close', code: '' });
    expect(one.input()).toBe('+OK bye\r\n');
    expect(one.told.filter((what) => what === 'ended')).toHaveLength(1);
    expect(one.kinds()).toEqual(['connect', 'connected', 'close']);
    await until(() => server.open === 0);
  });

  it.each([true, false])(
    'uses the socket of one that has closed only where that is wanted (%s)',
    async (reuse) => {
      server = await playServer({
        answer: answers({ QUIT: ['+OK bye\r\n', 'FIN'], NOOP: '+OK still\r\n' }),
      });
      const first = open(server.port, {}, reuse);
      await until(() => first.input() === '+OK ready\r\n');
      say(first, 'QUIT\r\n');
      await until(() => first.told.includes('ended') && server.open === 0);
      const second = open(server.port, {}, reuse);
      expect(socketOf(second) === socketOf(first)).toBe(reuse);
      await until(() => second.input() === '+OK ready\r\n');
      // It touches the socket no more, whoever has it now.
      first.connection.destroy();
      first.connection.halfClose();
      say(second, 'NOOP\r\n');
      await until(() => second.input().includes('+OK still'));
      expect(second.connection.end).toBeUndefined();
    },
  );

  it('is told when the server resets', async () => {
    const one = await connectTo({ greeting: ['+OK\r\n', { pauseMs: 20 }, 'RST'] });
    await until(() => one.told.includes('ended'));
    expect(one.connection.end).toMatchObject({ cause: 'reset', code: 'ECONNRESET' });
    expect(one.connection.end?.detail).toContain('ECONNRESET');
    expect(one.kinds().at(-1)).toBe('reset');
    expect(one.told.filter((what) => what === 'ended')).toHaveLength(1);
  });

  it('says nothing more once it has ended', async () => {
    const one = await connectTo({ greeting: ['+OK\r\n', 'FIN'] });
    await until(() => one.told.includes('ended'));
    const { length } = one.trace.events();
    say(one, 'NOOP\r\n');
    one.connection.close();
    one.connection.destroy();
    await until(() => server.endings[0] !== undefined);
    expect(server.received[0]).toBe('');
    // What was not sent does not stand in the transcript either.
    expect(one.trace.events()).toHaveLength(length);
  });

  it('is refused', async () => {
    server = await playServer();
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const { port } = closed.address() as { port: number };
    await new Promise((done) => closed.close(done));
    const one = open(port);
    await until(() => one.told.includes('ended'));
    expect(one.connection.end).toMatchObject({ cause: 'refused', code: 'ECONNREFUSED' });
    expect(one.told).toEqual(['ended']);
    expect(one.kinds()).toEqual(['connect', 'error']);
  });

  it('goes to an IPv6 address', async () => {
    server = await playServer();
    const six = createServer((socket) => socket.end('+OK six\r\n'));
    await new Promise<void>((done) => six.listen(0, '::1', done));
    const one = open((six.address() as { port: number }).port, { address: '::1' });
    await until(() => one.input() === '+OK six\r\n');
    await until(() => one.told.includes('ended'));
    await new Promise((done) => six.close(done));
  });

  it('takes what comes in one octet at a time', async () => {
    const one = await connectTo({ octets: true, greeting: '+OK octet by octet\r\n' });
    await until(() => one.input() === '+OK octet by octet\r\n');
    expect(one.told.filter((what) => what === 'received').length).toBeGreaterThan(1);
  });

  it('writes what it is given in one segment', async () => {
    const one = await connectTo({});
    await until(() => one.told.includes('connected'));
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet));
    one.connection.write(bytes, []);
    await until(() => server.received[0]?.length === 256);
    expect(Buffer.from(server.received[0] ?? '', 'latin1')).toEqual(bytes);
  });
});

describe('what we end', () => {
  it('close: the server sees FIN, nobody is told, later data is passed over', async () => {
    const one = await connectTo({});
    await until(() => one.told.includes('received'));
    const told = one.told.length;
    one.connection.close();
    await until(() => server.endings[0] === 'FIN' && server.open === 0);
    expect(one.told).toHaveLength(told);
    expect(one.connection.end?.cause).toBe('ours');
    expect(one.kinds().at(-1)).toBe('we-close');
  });

  it('close: a server that goes on talking and never closes is dropped', async () => {
    const flood = Array.from({ length: 400 }, () => [Buffer.alloc(10_000, 'x'), { pauseMs: 5 }]).flat();
    const one = await connectTo({ greeting: ['+OK\r\n', ...flood] });
    await until(() => one.told.includes('received'));
    one.connection.close();
    const held = one.connection.input.length;
    await until(() => server.open === 0);
    expect(one.connection.input.length).toBe(held);
  });

  it('close twice, and close before the connection stands', async () => {
    const one = await connectTo({});
    one.connection.close();
    one.connection.close();
    await until(() => server.open === 0);
    expect(one.told).toEqual([]);
    expect(one.kinds()).not.toContain('connected');
    expect(one.kinds().filter((kind) => kind === 'we-close')).toHaveLength(1);
  });

  it('abort: the server sees RST', async () => {
    const one = await connectTo({});
    await until(() => one.told.includes('received'));
    one.connection.abort();
    await until(() => server.endings[0] === 'RST');
    expect(one.told).not.toContain('ended');
    expect(one.kinds().at(-1)).toBe('we-abort');
  });

  it('half-close: the server sees FIN and its last words are heard', async () => {
    const one = await connectTo({ answer: answers({ STAT: [{ pauseMs: 50 }, '+OK 0 0\r\n'] }) });
    await until(() => one.told.includes('received'));
    say(one, 'STAT\r\n');
    one.connection.halfClose();
    await until(() => one.told.includes('ended'));
    expect(server.endings[0]).toBe('FIN');
    expect(one.input()).toBe('+OK ready\r\n+OK 0 0\r\n');
    expect(one.connection.end?.cause).toBe('close');
    expect(one.kinds()).toEqual(['connect', 'connected', 'send', 'we-half-close', 'close']);
  });

  it('destroy: without a word, at any time', async () => {
    const one = await connectTo({});
    one.connection.destroy();
    const two = open(server.port);
    await until(() => two.told.includes('received'));
    two.connection.destroy();
    two.connection.destroy();
    await until(() => server.open === 0);
    expect(one.kinds()).toEqual(['connect']);
    expect(two.kinds()).toEqual(['connect', 'connected']);
    expect([...one.told, ...two.told]).not.toContain('ended');
  });
});

describe('a server that floods', () => {
  it('is made to wait while nobody reads, and goes on when somebody does', async () => {
    const octets = 24 * 1024 * 1024;
    const one = await connectTo({ greeting: [Buffer.alloc(octets, 'x\n'), 'FIN'] });
    await until(() => one.told.includes('received'));
    await new Promise((done) => setTimeout(done, 150));
    const { input } = one.connection;
    expect(input.length).toBeLessThan(4 * 1024 * 1024);
    let read = 0;
    await until(() => {
      for (let line = input.takeLine(); line !== undefined; line = input.takeLine()) read += 2;
      return one.told.includes('ended');
    });
    expect(read).toBe(octets);
  });

  it('is heard to the end when what it said is dropped', async () => {
    const one = await connectTo({ greeting: [Buffer.alloc(8 * 1024 * 1024, 'x'), 'FIN'] });
    let dropped = 0;
    await until(() => {
      dropped += one.connection.input.clear();
      return one.told.includes('ended');
    });
    expect(dropped).toBe(8 * 1024 * 1024);
  });
});
