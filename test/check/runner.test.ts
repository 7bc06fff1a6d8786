import { afterEach, describe, expect, it } from 'vitest';
import { loadClauses } from '../../src/check/clauses.js';
import { type CheckOptions, runCheck } from '../../src/check/runner.js';
import { selectCases } from '../../src/check/selection.js';
import { embeddedTarget } from '../../src/cli/embedded.js';
import type { Account } from '../../src/dialogue/attempt.js';
import { loadLibrary } from '../../src/dialogue/library.js';
import { type RunningServer, startServer } from '../../src/serve/server.js';

const suites = new URL('../../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);
const account: Account = { name: 'ann', password: 'open sesame' };
let server: RunningServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const plain = library.fixture('plain.eml');

async function run(only: string[], more: Partial<CheckOptions> = {}, messages = [plain, plain, plain]) {
  server = await startServer({ users: [{ ...account, messages }] });
  return runCheck({
    target: embeddedTarget(server, 'none'),
    auth: 'user',
    accounts: [account],
    library,
    register,
    cases: selectCases(library.cases, only, []),
    only,
    skip: [],
    slow: false,
    allowDelete: false,
    delivery: undefined,
    timeoutMs: 2000,
    failOn: 'must',
    maxInconclusive: 0,
    version: 'test',
    ...more,
  });
}

describe('runCheck without permissions', () => {
  it('deletes nothing, delivers nothing, and says what it left out and why', async () => {
    const result = await run([]);
    const verdicts = new Set(result.cases.map(({ verdict }) => verdict));
    expect(verdicts).toEqual(new Set(['pass', 'blocked', 'unsupported']));
    for (const { verdict, note } of result.cases) {
      if (verdict === 'blocked') expect(note).toMatch(/--allow-delete|--deliver|--users/);
    }
    expect(result.exit.code).toBe(0);
    expect(server?.messages('ann').map(({ bytes }) => Buffer.from(bytes).equals(plain))).toEqual([
      true,
      true,
      true,
    ]);
    expect(server?.counters.messagesDeleted).toBe(0);
  });

  it('runs what needs no login when there is no account', async () => {
    const result = await run(['rfc1939/greeting', 'rfc1939/stat'], { accounts: [] });
    const of = (prefix: string) => result.cases.filter(({ id }) => id.startsWith(prefix));
    expect(of('rfc1939/greeting').every(({ verdict }) => verdict === 'pass')).toBe(true);
    expect(
      of('rfc1939/stat').every(({ verdict, note }) => verdict === 'blocked' && /login/.test(note ?? '')),
    ).toBe(true);
  });

  it('is never green when no case came to a verdict', async () => {
    const result = await run(['rfc1939/stat/empty'], {});
    expect(result.cases.map(({ verdict }) => verdict)).toEqual(['blocked']);
    expect(result.exit.code).toBe(5);
  });
});

describe('runCheck', () => {
  it('ends with code 3 and a report at a wrong password', async () => {
    const result = await run([], { accounts: [{ name: 'ann', password: 'xyzzy-plugh' }] });
    expect(result.exit.code).toBe(3);
    expect(result.problem?.code).toBe('LOGIN_REFUSED');
    expect(result.cases).toEqual([]);
    expect(JSON.stringify(result)).not.toContain('xyzzy-plugh');
    expect(result.preflight.some(({ text }) => text.includes('PASS ***'))).toBe(true);
  });

  it('keeps what was done when it is interrupted', async () => {
    const controller = new AbortController();
    const result = await run(['rfc1939'], { signal: controller.signal, onCase: () => controller.abort() });
    expect(result.complete).toBe(false);
    expect(result.exit.code).toBe(130);
    expect(result.cases.length).toBeGreaterThan(0);
    expect(result.cases.length).toBeLessThan(library.cases.length);
  });

  it('notices that the server has gone in the middle', async () => {
    const result = await run(['rfc1939'], {
      timeoutMs: 600,
      onCase: (_, done) => {
        if (done === 5) void server?.close();
      },
    });
    expect(result.problem?.code).toMatch(/LOST|SILENT/);
    expect(result.exit.code).toBe(3);
    expect(result.cases.length).toBeGreaterThanOrEqual(5);
  });

  it('gives the same verdicts with one account as the self-proof with four', async () => {
    const delivery = {
      description: 'test',
      deliver: async (message: Buffer, user: string) => server?.deliver(user, message),
    };
    const result = await run(['rfc1939/dele', 'rfc1939/stat', 'rfc1939/update'], {
      allowDelete: true,
      delivery,
    });
    const bad = result.cases.filter(
      ({ verdict, note }) => verdict !== 'pass' && !/second account/.test(note ?? ''),
    );
    expect(bad.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([]);
  });

  it('counts a warning only where --fail-on asks for it', async () => {
    await server?.close();
    const faulty = await startServer({ users: [{ ...account, messages: [plain] }], faults: ['stat-extra'] });
    try {
      const target = embeddedTarget(faulty, 'none');
      const must = await run(['rfc1939/stat'], { target });
      await server?.close();
      const should = await run(['rfc1939/stat'], { target, failOn: 'should' });
      expect(must.cases.some(({ verdict }) => verdict === 'warn')).toBe(true);
      expect([must.exit.code, should.exit.code]).toEqual([0, 1]);
    } finally {
      await faulty.close();
    }
  });
});
