import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadLibrary } from '../../src/dialogue/library.js';
import { type LoadPlan, wholePlan } from '../../src/load/plan.js';
import { type LoadResult, loadResultSchema } from '../../src/load/result.js';
import { runLoad } from '../../src/load/run.js';
import { makeUsers } from '../../src/serve/users.js';
import type { Target, TlsMode } from '../../src/wire/target.js';
import { availableServers } from './available.js';
import { startCourier } from './courier.js';
import { RAWLOG, startDovecot } from './dovecot.js';
import { startMailutils } from './mailutils.js';
import { HOST } from './scratch.js';
import type { RealServer, ServerName, ServerUser } from './types.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SUITES = join(ROOT, 'suites');
const library = loadLibrary(SUITES, [join(ROOT, 'test/servers/hold.yaml')]);

const MAIL_FILES = ['plain.eml', 'leading-dots.eml', 'eight-bit.eml'];
const MAIL = await Promise.all(MAIL_FILES.map((name) => readFile(join(SUITES, 'mail', name))));
/** How often the scenario `hold` reads the maildrop, and its checks: two of the listing, one for each message. */
const ROUNDS = 2;
const CHECKS = ROUNDS * (2 + MAIL.length);
/** USER, PASS, QUIT, and in each round STAT, LIST and RETR of all. */
const COMMANDS = 3 + ROUNDS * (2 + MAIL.length);
const LINES = sum(MAIL.map((message) => message.toString('latin1').match(/\r\n/g)?.length ?? 0));
/** All commands but USER and PASS. */
const COMMAND_OCTETS = 'QUIT\r\n'.length + ROUNDS * 'STAT\r\nLIST\r\nRETR 1\r\nRETR 2\r\nRETR 3\r\n'.length;
const OCTETS = ROUNDS * sum(MAIL.map(({ length }) => length));

/**
 * What Dovecot adds up in `retr=NUMBER/OCTETS` of its log when it sends a message: all that it writes for the
 * RETR but the terminating line, that is the status line, the content and the stuffed dots (found by comparing
 * the log with transcripts of Dovecot 2.3.19).
 */
const DOVECOT_OCTETS =
  ROUNDS *
  sum(
    MAIL.map((message) => {
      const statusLine = `+OK ${message.length} octets\r\n`;
      const stuffedDots = message.toString('latin1').match(/^\./gm)?.length ?? 0;
      return statusLine.length + message.length + stuffedDots;
    }),
  );

const missing = new Map<ServerName, string | null>(
  availableServers().map((server) => [server.name, server.missing]),
);

function title(name: ServerName): string {
  const reason = missing.get(name) ?? null;
  return reason === null ? name : `${name} (skipped: ${reason})`;
}

describe('embedded server in a process of its own', () => {
  test('holds 1,000 sessions, and every count is the server’s own', async () => {
    const child = await startEmbedded(1000);
    const target = { host: HOST, address: HOST, port: child.port, tls: 'none', tlsOptions: {} } as const;
    const result = await hold(target, makeUsers(1000)).catch(async (error) => {
      await child.stop();
      throw error;
    });
    const counters = await child.stop();
    expectHeld(result, 1000);
    const { totals } = result;
    expect(counters).toMatchObject({
      connections: totals.started,
      sessions: totals.completed,
      loginFailures: 0,
      commands: totals.commands,
      messagesSent: totals.messages,
      octetsSent: totals.octets,
      messagesDeleted: 0,
    });
    const verbs = result.latencies.filter(({ kind, measure }) => kind === 'command' && measure === 'sent');
    expect(Object.fromEntries(verbs.map(({ name, count }) => [name, count]))).toEqual(
      counters.commandsByVerb,
    );
  });
});

describe.skipIf(missing.get('dovecot') !== null)(title('dovecot'), () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startDovecot({ users: 1000, fast: true });
    for (const { name } of server.users) await server.putMail(name, MAIL);
  });
  afterAll(() => server?.stop());

  test('holds 1,000 sessions, and every count is the one in its log', async () => {
    const before = await server.log();
    const result = await hold(targetOf(server, 'none'), server.users);
    expectHeld(result, 1000);
    const { totals } = result;
    expect(await dovecotLog(server, before.length, 1000)).toEqual({
      logins: totals.completed,
      overTls: 0,
      // Its log knows whole logins only: under load the last ones come while the first sessions end.
      openAtOnce: expect.any(Number),
      messages: totals.messages,
      octets: 1000 * DOVECOT_OCTETS,
      deleted: 0,
    });
  });

  test('the same with 100 sessions behind STLS and 100 with implicit TLS at a time', async () => {
    const before = await server.log();
    const [stls, implicit] = await Promise.all([
      hold(targetOf(server, 'stls'), server.users.slice(0, 100)),
      hold(targetOf(server, 'implicit'), server.users.slice(100, 200)),
    ]);
    expectHeld(stls, 100, COMMANDS + 1);
    expectHeld(implicit, 100);
    expect(await dovecotLog(server, before.length, 200)).toEqual({
      logins: stls.totals.completed + implicit.totals.completed,
      overTls: 200,
      openAtOnce: expect.any(Number),
      messages: stls.totals.messages + implicit.totals.messages,
      octets: 200 * DOVECOT_OCTETS,
      deleted: 0,
    });
  });

  test('two workers and a refill: every count is the one in its log, and nothing delivered is lost', async () => {
    const before = await server.log();
    const users = server.users.slice(200, 240);
    const { measure } = (await import(
      join(ROOT, 'dist/load/run.js')
    )) as typeof import('../../src/load/run.js');
    const refill = { perSecond: 60, by: 'maildir', files: [join(SUITES, 'mail/plain.eml')] };
    const scenario = 'load/download-and-delete';
    const plan = planOf(targetOf(server, 'none'), users, scenario, { durationMs: 4000 }, 10);
    const {
      totals,
      refill: refilled,
      workers,
      errors,
    } = await measure(wholePlan({ ...plan, refill }, users, server.deliver), { workers: 2 });
    expect(errors).toEqual([]);
    expect(workers.length).toBe(2);
    const { logins, messages, deleted } = await dovecotLog(server, before.length, totals.completed);
    expect({ logins, messages, deleted }).toEqual({
      logins: totals.completed,
      messages: totals.messages,
      deleted: totals.deleted,
    });
    expect(refilled).toMatchObject({ failed: 0, late: 0 });
    let left = 0;
    for (const { name } of users) {
      for (const folder of ['cur', 'new'])
        left += (await readdir(join(server.directory, 'mail', name, folder))).length;
    }
    expect(totals.deleted + left).toBe(users.length * MAIL.length + (refilled?.delivered ?? 0));
  });

  // Last: it empties the mailboxes.
  test('download and delete: every message is deleted once, and Dovecot agrees', async () => {
    const before = await server.log();
    const users = server.users.slice(0, 200);
    const result = await load(targetOf(server, 'none'), users, 'load/download-and-delete', {
      durationMs: 3000,
    });
    const { totals } = result;
    expect(result.errors).toEqual([]);
    expect(totals).toMatchObject({ failed: 0, cutOff: 0, deleted: users.length * MAIL.length });
    const { logins, messages, deleted } = await dovecotLog(server, before.length, totals.completed);
    expect({ logins, messages, deleted }).toEqual({
      logins: totals.completed,
      messages: totals.messages,
      deleted: totals.deleted,
    });
    for (const { name } of users) {
      for (const folder of ['cur', 'new']) {
        expect(await readdir(join(server.directory, 'mail', name, folder)), name).toEqual([]);
      }
    }
  });
});

describe.skipIf(missing.get('dovecot') !== null)(`${title('dovecot')} with a raw log`, () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startDovecot({ users: 20, rawlog: true });
    for (const { name } of server.users) await server.putMail(name, MAIL);
  });
  afterAll(() => server?.stop());

  test('every command is a line that Dovecot has read', async () => {
    const until = { durationMs: 60_000, count: 60 };
    const result = await load(targetOf(server, 'none'), server.users, 'load/download-and-keep', until);
    expect(result.errors).toEqual([]);
    const { totals } = result;
    expect(totals.completed).toBe(60);
    const { logins, messages } = await dovecotLog(server, 0, 60);
    let behindLogin = 0;
    for (const { name } of server.users) {
      const folder = join(server.directory, 'mail', name, RAWLOG);
      for (const file of (await readdir(folder)).filter((one) => one.endsWith('.in')))
        behindLogin += (await readFile(join(folder, file), 'latin1')).split('\n').length - 1;
    }
    // USER and PASS come before the raw log begins.
    expect({ logins, messages, commands: 2 * logins + behindLogin }).toEqual({
      logins: totals.completed,
      messages: totals.messages,
      commands: totals.commands,
    });
  });
});

describe.skipIf(missing.get('courier') !== null)(title('courier'), () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startCourier({ users: 100 });
    for (const { name } of server.users) await server.putMail(name, MAIL);
  });
  afterAll(() => server?.stop());

  test('holds 100 sessions, and every count is the one in its log', async () => {
    const result = await hold(targetOf(server, 'none'), server.users);
    expectHeld(result, 100);
    const line = /LOGIN, user=\S+|LOGOUT, user=\S+ .*, retr=(\d+), rcvd=(\d+), sent=\d+/g;
    const found = await untilLogged(server, 0, line, 200);
    const added = (group: number) => sum(found.map((match) => Number(match[group] ?? 0)));
    const { totals } = result;
    expect({
      logins: found.filter(([text]) => text.startsWith('LOGIN')).length,
      // It counts what is stored, where a line ends with LF alone.
      octets: added(1) + totals.completed * ROUNDS * LINES,
    }).toEqual({ logins: totals.completed, octets: totals.octets });
    // What it has read behind the login, to the octet: the commands without USER and PASS.
    expect(added(2)).toBe(totals.completed * COMMAND_OCTETS);
  });
});

describe.skipIf(missing.get('mailutils') !== null)(title('mailutils'), () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startMailutils({ users: 100 });
    for (const { name } of server.users) await server.putMail(name, MAIL);
  });
  afterAll(() => server?.stop());

  test('holds 100 sessions, each of which its log tells of', async () => {
    expectHeld(await hold(targetOf(server, 'none'), server.users), 100);
    const ended = await untilLogged(server, 0, /session ended for user: (\S+)/g, 100);
    const names = server.users.map(({ name }) => name.replace(/@.*/, ''));
    expect(ended.map(([, name]) => name).sort()).toEqual(names);
  });
});

/** The built process: what serves may not run in this one, which makes the load. */
async function startEmbedded(accounts: number) {
  const built = join(ROOT, 'dist/cli/embedded-process.js');
  const { startEmbeddedProcess } = (await import(
    built
  )) as typeof import('../../src/cli/embedded-process.js');
  const mail = join(SUITES, 'mail');
  const [{ password = '', name = '' } = {}] = makeUsers(1);
  const pattern = name.replace(/\d+$/, '{$&}');
  return startEmbeddedProcess({ accounts, pattern, password, mail, files: MAIL_FILES, faults: [] });
}

function targetOf({ host, port, tlsPort, ca }: RealServer, tls: TlsMode): Target {
  return { host, address: host, port: tls === 'implicit' ? tlsPort! : port, tls, tlsOptions: { ca: ca! } };
}

/** Opens a session for each user at once, which stays for six to eight seconds. */
function hold(target: Target, users: readonly ServerUser[]): Promise<LoadResult> {
  return load(target, users, 'hold', { durationMs: 60_000, count: users.length });
}

async function load(
  target: Target,
  users: readonly ServerUser[],
  scenarioId: string,
  until: Pick<LoadPlan, 'durationMs' | 'count'>,
): Promise<LoadResult> {
  return loadResultSchema.parse(await runLoad(planOf(target, users, scenarioId, until, users.length), users));
}

function planOf(
  target: Target,
  users: readonly ServerUser[],
  scenarioId: string,
  until: Pick<LoadPlan, 'durationMs' | 'count'>,
  sessions: number,
): LoadPlan {
  const scenario = library.scenarios.find(({ id }) => id === scenarioId);
  if (scenario === undefined) throw new Error(`no scenario ${scenarioId}`);
  const { id, title, deletes, source, thresholds } = scenario;
  return {
    target,
    auth: 'user',
    capabilities: [],
    name: { id, title },
    scenarios: [{ id, title, deletes, source, weight: 1 }],
    users: users.length,
    usersId: '',
    seed: 1,
    model: { kind: 'closed', sessions },
    ...until,
    warmupMs: 0,
    timeoutMs: 20_000,
    allowDelete: deletes,
    thresholds,
    version: '0.0.0',
  };
}

function expectHeld(result: LoadResult, sessions: number, commandsEach = COMMANDS): void {
  expect(result.errors).toEqual([]);
  expect(result.integrity).toEqual({ checks: sessions * CHECKS, errors: 0 });
  expect(result.totals).toMatchObject({
    planned: sessions,
    started: sessions,
    completed: sessions,
    failed: 0,
    dropped: 0,
    cutOff: 0,
    peakConcurrent: sessions,
    commands: sessions * commandsEach,
    messages: sessions * ROUNDS * MAIL.length,
    octets: sessions * OCTETS,
    deleted: 0,
  });
  expect(result.thresholds.every(({ passed }) => passed)).toBe(true);
}

/** What Dovecot's log tells of the `sessions` that ended behind `from`. */
async function dovecotLog(server: RealServer, from: number, sessions: number) {
  const line = /Login: user=<.*|Logged out top=0\/0, retr=(\d+)\/(\d+), del=(\d+)\//g;
  const found = await untilLogged(server, from, line, 2 * sessions);
  const logins = found.filter(([text]) => text.startsWith('Login'));
  let open = 0;
  let openAtOnce = 0;
  for (const [text] of found) {
    open += text.startsWith('Login') ? 1 : -1;
    openAtOnce = Math.max(openAtOnce, open);
  }
  const added = (group: number): number => sum(found.map((match) => Number(match[group] ?? 0)));
  return {
    logins: logins.length,
    overTls: logins.filter(([text]) => text.includes(', TLS,')).length,
    openAtOnce,
    messages: added(1),
    octets: added(2),
    deleted: added(3),
  };
}

/** The places where `line` stands in the log behind `from`, once there are `count`: servers write it when they have said goodbye. */
async function untilLogged(server: RealServer, from: number, line: RegExp, count: number) {
  for (const deadline = performance.now() + 5000; ; await sleep(50)) {
    const found = [...(await server.log()).slice(from).matchAll(line)];
    if (found.length >= count || performance.now() > deadline) return found;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
