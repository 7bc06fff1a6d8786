import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoadResult } from '../../src/load/result.js';
import type { RunningServer } from '../../src/serve/server.js';
import { MADE_PASSWORD } from '../../src/serve/users.js';
import {
  expectMessage,
  type Outcome,
  outcomeOf,
  popspec,
  type RunOptions,
  spawnPopspec,
} from '../cli/popspec.js';
import { lacking, program } from '../servers/available.js';
import { freePorts, HOST } from '../servers/scratch.js';
import { serve } from './support.js';

const missing = lacking('redis-server');
if (missing !== null && process.env.CI === 'true')
  throw new Error(`${missing}. Run scripts/install-debian.sh as root.`);

const PATTERN = 'user{0001..0040}';
const NAMES = ['one', 'two', 'three', 'four'];
const LIMIT_MS = 120_000;
let folder: string;
let redis: ChildProcess;
let url: string;
let server: RunningServer;
let agents: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'popspec-redis-'));
  const [port] = await freePorts();
  url = `redis://${HOST}:${port}`;
  const options = ['--port', `${port}`, '--bind', HOST, '--save', '', '--appendonly', 'no', '--dir', folder];
  redis = spawn(program('redis-server'), options, { stdio: 'ignore' });
  server = await serve(40);
  const client = new Redis(url);
  client.on('error', () => undefined);
  await client.ping();
  client.disconnect();
});

afterEach(async () => {
  for (const child of [...agents, redis]) child.kill('SIGKILL');
  agents = [];
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const env = { SECRET: MADE_PASSWORD };
const account = (pattern = PATTERN) => ['--user-pattern', pattern, '--password-env', 'SECRET'];

function agent(name: string, pattern?: string): Promise<Outcome> {
  const child = spawnPopspec(['agent', '--redis', url, '--name', name, '--once', ...account(pattern)], {
    env,
  });
  agents.push(child);
  return outcomeOf(child, { limitMs: LIMIT_MS });
}

function load(
  names: readonly string[],
  more: readonly string[],
  when?: RunOptions['when'],
): Promise<Outcome> {
  const by = ['--redis', url, '--agents', names.join(',')];
  const report = ['--report', `json=${join(folder, 'r.json')}`];
  const within = more.includes('--ready-within') ? [] : ['--ready-within', '60s'];
  const args = ['load', `pop3://${HOST}:${server.port}`, ...by, ...within, ...report, ...account(), ...more];
  return popspec(args, {
    env,
    limitMs: LIMIT_MS,
    ...(when === undefined ? {} : { when }),
  });
}

const result = () => JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as LoadResult;
const statsOf = ({ latencies }: LoadResult) =>
  latencies.find(({ name, measure }) => name === 'STAT' && measure === 'sent')?.count ?? 0;

/** All that Redis holds, as text: every key with its whole value. */
async function everything(client: Redis): Promise<Map<string, string>> {
  const read: Record<string, (key: string) => Promise<unknown>> = {
    stream: (key) => client.xrange(key, '-', '+'),
    hash: (key) => client.hgetall(key),
    zset: (key) => client.zrange(key, '0', '-1'),
    list: (key) => client.lrange(key, '0', '-1'),
    string: (key) => client.get(key),
  };
  const found = new Map<string, string>();
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    found.set(key, JSON.stringify(await read[type]?.(key)));
  }
  return found;
}

describe.skipIf(missing !== null)(`agents (${missing ?? 'redis-server'})`, { timeout: LIMIT_MS }, () => {
  test('four agents: the sum is what the server counted, and no password is in Redis', async () => {
    const ends = NAMES.map((name) => agent(name));
    const { code, stderr } = await load(NAMES, ['--rate', '60', '--duration', '3s']);
    // On a machine that is busy with other things the verdict may be that agents were late.
    expect([0, 5], stderr).toContain(code);
    expect(stderr).toMatch(/agents began at most \d+\.\d ms late; their clocks are known to \d+\.\d ms/);
    expect(stderr).toMatch(/measuring \d s, /);
    const shards = (await Promise.all(ends)).map((end) => /shard (\d) of 4 is over/.exec(end.stderr)?.[1]);
    expect(shards.sort()).toEqual(['1', '2', '3', '4']);
    const { totals, health, errors, complete } = result();
    expect(errors).toEqual([]);
    expect(complete).toBe(true);
    expect(health.workers.length).toBe(4);
    // However the plan is cut, every arrival of it comes once.
    expect(totals.planned).toBe(180);
    expect(statsOf(result())).toBe(totals.completed);
    expect(server.counters.commandsByVerb.STAT).toBe(totals.completed);
    const client = new Redis(url);
    const held = await everything(client);
    expect([...held.keys()].some((key) => key.endsWith(':ticks'))).toBe(true);
    for (const [key, value] of held) {
      expect(value, key).not.toContain(MADE_PASSWORD);
      expect(value, key).not.toContain(Buffer.from(MADE_PASSWORD).toString('base64'));
      expect(await client.pttl(key), key).toBeGreaterThan(0);
    }
    client.disconnect();
  });

  test('an agent that is killed makes the run incomplete; what it told stays', async () => {
    const ends = NAMES.map((name) => agent(name));
    const { code, stderr } = await load(NAMES, ['--sessions', '8', '--duration', '6s'], {
      pattern: /measuring/,
      act: () => agents[3]?.kill('SIGKILL'),
    });
    expect(code, stderr).toBe(5);
    expect(stderr).toMatch(/agent four \(shard \d of 4\) was lost: nothing was heard of it any more/);
    expect((await Promise.all(ends)).map((end) => end.code).slice(0, 3)).toEqual([0, 0, 0]);
    const { complete, totals } = result();
    expect(complete).toBe(false);
    // STAT is known of the others, sessions of all.
    expect(statsOf(result())).toBeGreaterThan(0);
    expect(totals.completed).toBeGreaterThan(statsOf(result()));
  });

  test('Redis that goes away ends the run; what was measured stays, and agents stop', async () => {
    const ends = ['one', 'two'].map((name) => agent(name));
    const { code, stderr } = await load(['one', 'two'], ['--sessions', '4', '--duration', '60s'], {
      pattern: /measuring/,
      act: () => redis.kill('SIGKILL'),
    });
    expect(code, stderr).toBe(5);
    expect(stderr).toMatch(/agent one .* was lost: Redis at 127\.0\.0\.1:\d+ went away/);
    expect((await Promise.all(ends)).map((end) => end.code)).toEqual([5, 5]);
    expect(result().totals.completed).toBeGreaterThan(0);
  });

  test('Ctrl-C at the controller ends the agents; an agent that refuses ends the run before it began', async () => {
    const ends = ['one', 'two'].map((name) => agent(name));
    const { code, stderr } = await load(['one', 'two'], ['--sessions', '4', '--duration', '60s'], {
      pattern: /measuring/,
      act: (child) => child.kill('SIGINT'),
    });
    expect(code, stderr).toBe(130);
    expect((await Promise.all(ends)).map((end) => end.code)).toEqual([0, 0]);
    expect(server.counters.commandsByVerb.STAT).toBe(result().totals.completed);
    const end = agent('three', 'user{0002..0041}');
    const refused = await load(['three'], ['--sessions', '4', '--duration', '60s']);
    expect(refused.code, refused.stderr).toBe(2);
    expect(refused.stderr).toContain('agent three refuses: its users are not those of the run');
    expect((await end).code).toBe(2);
  });

  test('who is missing is named; a Redis that is not there and users that are missing are told', async () => {
    void agent('one').catch(() => undefined);
    await new Promise((resolve) => agents[0]?.stderr?.once('data', resolve));
    const { code, stderr } = await load(['one', 'two'], ['--ready-within', '4s']);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain('1 of 2 agents are ready (one); missing: two');
    expectMessage(await popspec(['agent', '--redis', url]), 2, 'an agent needs the users of the run');
    const [nowhere] = await freePorts();
    const args = ['agent', '--redis', `redis://${HOST}:${nowhere}`, ...account()];
    expectMessage(await popspec(args, { env }), 2, /Redis at 127\.0\.0\.1:\d+ cannot be used/);
  });
});
