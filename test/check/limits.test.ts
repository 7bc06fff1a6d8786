import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadClauses } from '../../src/check/clauses.js';
import { type CheckOptions, runCheck } from '../../src/check/runner.js';
import { selectCases } from '../../src/check/selection.js';
import { embeddedTarget } from '../../src/cli/embedded.js';
import { loadLibrary } from '../../src/dialogue/library.js';
import { type Limits, type RunningServer, startServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';

/** Servers that keep limits are not at fault: no case may say so, and what could not be tested is said with a reason. */
const suites = new URL('../../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);
const MAIL = ['plain.eml', 'leading-dots.eml', 'multipart.eml'].map((name) => library.fixture(name));
const SOME = [
  'rfc1939/stat',
  'rfc1939/pass',
  'rfc1939/lock',
  'rfc1939/commands',
  'rfc1939/numbers',
  'rfc1939/state',
];

let server: RunningServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

function run(
  at: RunningServer,
  accounts: CheckOptions['accounts'],
  only: string[],
  more: Partial<CheckOptions> = {},
) {
  return runCheck({
    target: embeddedTarget(at, 'none'),
    auth: 'auto',
    accounts,
    library,
    register,
    // Accounts out of the ordinary are a matter of their own.
    cases: selectCases(library.cases, only, []).filter(({ needs }) => needs.account === undefined),
    only,
    skip: [],
    slow: false,
    allowDelete: true,
    delivery: {
      description: 'test',
      deliver: async (message: Buffer, user: string) => at.deliver(user, message),
    },
    timeoutMs: 3000,
    failOn: 'must',
    maxInconclusive: 0,
    version: 'test',
    ...more,
  });
}

/** Runs `only` with these limits and makes sure that nobody is accused; gives what was blocked and why. */
async function check(limits: Limits, only = SOME, accounts = 4) {
  const users = makeUsers(accounts, { messages: MAIL });
  server = await startServer({ users, limits });
  const result = await run(server, users, only);
  const of = (...verdicts: string[]) =>
    result.cases.filter(({ verdict }) => verdicts.includes(verdict)).map(({ id }) => id);
  const reasons = result.cases
    .filter(({ verdict }) => verdict === 'blocked')
    .map(({ note, findings }) => note ?? findings.at(-1)?.reason ?? '');
  expect(result.problem).toBeUndefined();
  expect(of('fail', 'warn', 'error', 'inconclusive')).toEqual([]);
  expect(result.exit.code).toBe(0);
  return { result, blocked: of('blocked'), reasons };
}

describe('a limit on connections', () => {
  it.each(['closed', 'refused', 'silent'] as const)(
    'met by four accounts, more are %s: all cases run',
    async (excess) => {
      const { blocked } = await check({ connectionsPerAddress: 2, excess }, [
        'rfc1939/stat',
        'rfc1939/numbers',
        'rfc1939/pass',
      ]);
      expect(blocked).toEqual([]);
    },
  );

  it('of one: what needs two at a time is blocked, and why is told', async () => {
    const { blocked, reasons } = await check({ connectionsPerAddress: 1 }, ['rfc1939/stat', 'rfc1939/lock']);
    expect(blocked).toContain('rfc1939/lock/second-session');
    expect(blocked.filter((id) => !id.startsWith('rfc1939/lock/'))).toEqual([]);
    for (const reason of reasons) expect(reason).toMatch(/did not serve a connection .* limit/);
  });
});

describe('no surrogates', () => {
  it('are no fault: mail that needs UTF-8 mode may be refused without it', async () => {
    const { blocked, result } = await check({ noSurrogates: true }, ['rfc6856']);
    expect(blocked).toEqual([]);
    const refusals = result.cases.filter(({ transcript }) =>
      transcript.some(({ text }) => text.startsWith('-ERR [UTF8]')),
    );
    expect(refusals.length).toBeGreaterThan(5);
  });
});

describe('cut-offs', () => {
  it.each([2, 3])('after %d bad commands', async (badCommands) => {
    const { reasons } = await check({ badCommands });
    for (const reason of reasons)
      expect(reason).toMatch(/ends a session after \d negative repl|could not be/);
  });

  it('hide no server that ends a session at any error', async () => {
    const users = makeUsers(1, { messages: MAIL });
    server = await startServer({ users, faults: ['error-closes'] });
    const result = await run(server, users, ['rfc1939/state/error-does-not-end-the-session']);
    expect(result.cases.map(({ verdict }) => verdict)).toEqual(['fail']);
  });

  it('after failed logins, late refusals', async () => {
    const { blocked } = await check({ failedLogins: 1, loginPenaltyMs: 50 });
    expect(blocked).toEqual([]);
  });
});

it('a server that never answers LIST: the run comes to its end, and what does not need LIST to its verdict', async () => {
  const users = makeUsers(1, { messages: MAIL });
  server = await startServer({ users, limits: { mute: ['LIST'] } });
  const only = ['rfc1939/stat', 'rfc1939/list', 'rfc1939/numbers', 'rfc1939/rset'];
  const result = await run(server, users, only, { timeoutMs: 2000, delivery: undefined });
  const ids = (verdict: string) => result.cases.filter((one) => one.verdict === verdict).map(({ id }) => id);
  expect(ids('fail')).toEqual([]);
  expect(result.complete).toBe(true);
  expect(result.exit.code).toBe(5);
  expect(ids('inconclusive')).toContain('rfc1939/list/argument');
  expect(ids('pass')).toContain('rfc1939/stat/drop-listing');
});

it('a server about as slow as the limit for an answer is not accused of anything', async () => {
  const users = makeUsers(4, { messages: MAIL });
  server = await startServer({ users, limits: { replyDelayMs: 60 } });
  const only = ['rfc1939/commands', 'rfc1939/quit', 'rfc1939/greeting', 'rfc1939/multi-line', 'rfc1939/retr'];
  const result = await run(server, users, only, { timeoutMs: 66 });
  const accused = result.cases.filter(({ verdict }) => ['fail', 'warn', 'error'].includes(verdict));
  expect(accused.map(({ id, findings }) => `${id}: ${findings.at(-1)?.reason}`)).toEqual([]);
});

it('a server that goes away and comes back: every case comes to its verdict', async () => {
  const { blocked, result } = await check({ away: { atConnection: 30, forMs: 1500 } });
  expect(blocked).toEqual([]);
  expect(result.complete).toBe(true);
});

describe('a server that offers', () => {
  it('APOP only is logged in to by APOP, without being told', async () => {
    const { result, blocked } = await check({ apopOnly: true }, [
      'rfc1939/stat',
      'rfc1939/apop',
      'rfc1939/numbers',
    ]);
    expect(result.target.auth).toBe('apop');
    expect(blocked).toEqual([]);
  });

  it('no STLS has nothing to test there', async () => {
    const { result } = await check({ noStls: true }, ['rfc2595/stls']);
    expect(result.cases.some(({ verdict }) => verdict === 'unsupported')).toBe(true);
  });
});

/** Passes everything on to a port and knows how many connections were open at the same time at most. */
async function startCounting(port: number) {
  let open = 0;
  let peak = 0;
  const passing = createServer((socket) => {
    let over = false;
    open += 1;
    peak = Math.max(peak, open);
    const onward = connect(port, '127.0.0.1');
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy()).on('close', () => socket.end());
    const gone = (): void => {
      open -= over ? 0 : 1;
      over = true;
    };
    socket.once('end', gone).once('close', gone);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((listening) => void passing.listen(0, '127.0.0.1', listening));
  const address = passing.address() as AddressInfo;
  return { port: address.port, peak: () => peak, close: () => passing.close() };
}

it.each([1, 2])('no more than %i connections at a time, where the user says so', async (connectionsMax) => {
  server = await startServer({ users: makeUsers(4, { messages: MAIL }) });
  const counting = await startCounting(server.port);
  const accounts = makeUsers(4).map(({ name, password }) => ({ name, password }));
  const target = { ...embeddedTarget(server, 'none'), port: counting.port };
  const { cases } = await run(server, accounts, ['rfc1939/lock', 'rfc1939/stat'], { target, connectionsMax });
  counting.close();
  const blocked = cases.filter(({ note }) => note?.includes('--max-connections'));
  expect(counting.peak()).toBe(connectionsMax);
  expect(blocked.length > 0).toBe(connectionsMax === 1);
  expect(cases.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(5);
  expect(cases.filter(({ verdict }) => !['pass', 'blocked', 'info'].includes(verdict))).toEqual([]);
});
