import { beforeAll, describe, expect, it } from 'vitest';
import { loadClauses } from '../src/check/clauses.js';
import type { CaseResult, CheckResult } from '../src/check/result.js';
import { runCheck } from '../src/check/runner.js';
import { startEmbedded } from '../src/cli/embedded.js';
import { AUTH_MODES, type AuthMode, usesToken } from '../src/dialogue/auth.js';
import { type Case, loadLibrary } from '../src/dialogue/library.js';
import { faultById, faults } from '../src/serve/faults/index.js';
import type { Limits } from '../src/serve/limits.js';
import type { TlsMode } from '../src/wire/target.js';

/**
 * The proof that no case is blind: every case passes on the clean server and fails on each fault that it names, and
 * every fault of the catalogue is named by a case. `POPSPEC_FAULTS=a,b` runs only these faults.
 */
const suites = new URL('../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);
const chosen = process.env.POPSPEC_FAULTS?.split(',');

/** Cases about servers that refuse logins in clear; they do not concern one that accepts them. */
const onlyWithTls = new Set(
  library.cases.filter(({ tags }) => tags.includes('tls-required')).map(({ id }) => id),
);

/** Faults that are tried at the same time; most of the time goes into waiting for answers that do not come. */
const SIDE_BY_SIDE = 8;

async function check(
  cases: readonly Case[],
  fault: readonly string[],
  tls: TlsMode = 'none',
  timeoutMs = 5000,
  auth: AuthMode = 'user',
  limits: Limits & { minimal?: boolean } = {},
): Promise<CheckResult> {
  const embedded = await startEmbedded(library, suites, tls, fault, limits);
  try {
    return await runCheck({
      target: embedded.target,
      auth,
      accounts: embedded.accounts,
      library,
      register,
      cases,
      only: [],
      skip: [],
      slow: false,
      allowDelete: true,
      delivery: embedded.delivery,
      timeoutMs,
      failOn: 'must',
      maxInconclusive: 0,
      version: 'test',
    });
  } finally {
    await embedded.server.close();
  }
}

function describeResult({ id, verdict, note, findings }: CaseResult): string {
  const last = findings.at(-1);
  return `${id}: ${verdict} ${note ?? ''}${last === undefined ? '' : ` ${last.place} ${last.source} | ${last.reason} | ${last.actual}`}`;
}

describe('the clean embedded server', () => {
  it.each(['none', 'stls', 'implicit'] as const)('passes every case (TLS %s)', async (tls) => {
    const result = await check(library.cases, [], tls);
    expect(result.problem).toBeUndefined();
    expect(notPassed(result, tls)).toEqual([]);
    expect(result.exit.code).toBe(0);
  });

  it('passes every case where it refuses logins in clear', async () => {
    const result = await check(library.cases, [], 'stls', 5000, 'user', { requireTls: true });
    expect(result.problem).toBeUndefined();
    const spoilt = result.cases.filter(
      ({ id, verdict }) => verdict !== 'pass' && (verdict !== 'unsupported' || onlyWithTls.has(id)),
    );
    expect(spoilt.map(describeResult)).toEqual([]);
  });

  it.each([
    ['removes what was fetched', { expire: 0 }],
    ['keeps mail for a week', { expire: 7 }],
    ['sends no surrogates', { noSurrogates: true }],
    ['has no STLS', { noStls: true }],
    ['has the minimal commands only and announces nothing', { minimal: true }],
  ])('is accused of nothing where it %s', async (_, limits) => {
    const result = await check(library.cases, [], 'none', 5000, 'user', limits);
    expect(result.problem).toBeUndefined();
    const fair = new Set(['pass', 'info', 'unsupported', 'blocked']);
    expect(result.cases.filter(({ verdict }) => !fair.has(verdict)).map(describeResult)).toEqual([]);
  });

  it('passes the cases that are about a limit, where it has that limit', async () => {
    const wanting = library.cases.filter(wantsLimits);
    for (const wanted of new Set(wanting.map((one) => JSON.stringify(limitsFor(one))))) {
      const cases = wanting.filter((one) => JSON.stringify(limitsFor(one)) === wanted);
      const result = await check(cases, [], 'none', 5000, 'user', JSON.parse(wanted));
      expect(result.cases.filter(({ verdict }) => verdict !== 'pass').map(describeResult)).toEqual([]);
    }
  }, 120_000);
});

/** What a clean server did not pass, but for what TLS, or the lack of a limit, leaves nothing to ask. */
function notPassed({ cases }: CheckResult, tls: TlsMode): string[] {
  const wanting = new Set(library.cases.filter(wantsLimits).map(({ id }) => id));
  const excused = (id: string) => tls !== 'none' || wanting.has(id);
  return cases
    .filter(({ id, verdict }) => verdict !== 'pass' && !(verdict === 'unsupported' && excused(id)))
    .filter(({ id }) => !onlyWithTls.has(id))
    .map(describeResult);
}

/** What a server must have to break the rule of `one`, as the faults say that it catches. */
function limitsFor(one: Case): Limits {
  return Object.assign({}, ...one.catches.map((id) => faultById(id)?.limits));
}

function wantsLimits(one: Case): boolean {
  return Object.keys(limitsFor(one)).length > 0;
}

describe('the clean embedded server, whichever way one logs in,', () => {
  it.each(AUTH_MODES.filter((auth) => auth !== 'user'))('passes every case (--auth %s)', async (auth) => {
    // Tokens are taken under TLS only (RFC 7628 §3).
    const tls = usesToken(auth) ? 'implicit' : 'none';
    const result = await check(library.cases, [], tls, 5000, auth);
    expect(result.problem).toBeUndefined();
    expect(notPassed(result, tls)).toEqual([]);
  });
});

describe('each fault', () => {
  const missed: string[] = [];
  const seen = new Set<string>();

  beforeAll(async () => {
    const waiting = faults.filter(({ id }) => chosen?.includes(id) ?? true);
    const worker = async (): Promise<void> => {
      for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
        const { id, needsTls } = fault;
        const cases = library.cases.filter(({ catches }) => catches.includes(id));
        if (cases.length === 0) continue;
        const result = await check(cases, [id], needsTls ? 'stls' : 'none', 800);
        if (result.problem !== undefined) missed.push(`${id}: ${result.problem.message}`);
        for (const one of result.cases) {
          if (['fail', 'warn', 'info'].includes(one.verdict)) seen.add(id);
          else missed.push(`${id}: ${describeResult(one)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  }, 300_000);

  it('is caught by every case that names it', () => {
    expect(missed).toEqual([]);
  });

  it.each(faults.filter(({ id }) => chosen?.includes(id) ?? true).map(({ id }) => id))(
    '%s is caught by a case',
    (id) => {
      expect(seen.has(id)).toBe(true);
    },
  );
});

describe('the suites', () => {
  it('every case names a fault that it must catch, but for those that take minutes', () => {
    const blind = library.cases.filter(({ catches, slow }) => catches.length === 0 && !slow);
    expect(blind.map(({ id }) => id)).toEqual([]);
  });

  it('name only faults that exist', () => {
    const known = new Set(faults.map(({ id }) => id));
    const unknown = library.cases.flatMap(({ id, catches }) =>
      catches.filter((f) => !known.has(f)).map((f) => `${id}: ${f}`),
    );
    expect(unknown).toEqual([]);
  });

  it('have for every fault a case that cites the clause which the fault breaks', () => {
    const strangers = faults.filter(
      ({ id, clause }) =>
        !library.cases.some(({ catches, clauses }) => catches.includes(id) && clauses.includes(clause)),
    );
    expect(strangers.map(({ id, clause }) => `${id}: ${clause}`)).toEqual([]);
  });

  it('cite only clauses of the register', () => {
    const unknown = library.cases.flatMap(({ id, clauses }) =>
      clauses.filter((c) => !register.byId.has(c)).map((c) => `${id}: ${c}`),
    );
    expect(unknown).toEqual([]);
  });

  it('hold at least 80 cases of RFC 1939', () => {
    expect(library.cases.filter(({ id }) => id.startsWith('rfc1939/')).length).toBeGreaterThanOrEqual(80);
  });
});
