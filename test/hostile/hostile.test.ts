import { beforeAll, describe, expect, it } from 'vitest';
import { hostiles } from '../../src/serve/hostile/index.js';
import { type Batch, type Command, type Run, runBatch, type Told } from './batch.js';

/**
 * popspec against everything in the hostile catalogue: it ends by itself, with the exit code of README.md, a report that can be
 * read and a cause; nothing is left behind, and memory stays bounded. `npm run hostile` is the long form.
 */

/** Octets above a normal run that docs/reliability.md promises. */
const ABOVE_NORMAL = 200e6;

const CASES = [
  ...['rfc1939/greeting/positive', 'rfc1939/stat/drop-listing', 'rfc1939/list/scan-listing'],
  ...[
    'rfc1939/uidl/line-for-each-message',
    'rfc1939/retr/repeatable',
    'rfc1939/top/negative-count',
    'rfc2449/capa/form',
  ],
  ...['rfc1939/quit/closes', 'rfc1939/pass/wrong-password'],
];

/** Enough for what floods. */
const LOUD_CASES = [
  ...['rfc1939/stat/drop-listing', 'rfc1939/list/scan-listing', 'rfc1939/uidl/line-for-each-message'],
  ...['rfc1939/retr/repeatable', 'rfc2449/capa/form'],
];
/** Most of them wait more than they work. */
const MANY = 24;

/** Not wrong in what these cases look at, or wrong in a way that only the whole suite sees. */
const HARMLESS =
  /^(echo|single-octets|shell-timestamp|capa-|lower-case|line-feeds|tls-(renegotiates|no-close-alert)|answers-unasked|floods-at-quit|never-closes|late-login|closes-at|resets-at|stops-at|uidl-long|rows-same|counts-two-thousand-million)/;
/** What pours out octets as fast as they are taken runs apart, so that its memory is its own. */
const FLOODS = /endless|again|megabyte|million|floods|content-(one-line|dots|blank)|huge-record|tls-alerts/;

const tlsOf = (id: string): Run['tls'][] => (id.includes('tls') ? ['stls', 'implicit'] : ['none']);
const runsOf = (ids: readonly string[], commands: readonly Command[]): Run[] =>
  ids.flatMap((id) => commands.flatMap((what) => tlsOf(id).map((tls) => ({ id, what, tls }))));

const ids = hostiles.map(({ id }) => id);
const loud = ids.filter((id) => FLOODS.test(id));
const quiet = ids.filter((id) => !FLOODS.test(id));
/** One of a kind for the commands that say less. */
const some = quiet.filter((_, index) => index % 4 === 0);
const CHECK_AND_LOAD: Command[] = ['check', 'load'];
const OTHERS: Command[] = ['diagnose', 'seed'];

describe('against a hostile server', () => {
  let normal: Batch;
  let normalMany: Batch;
  let many: Batch;
  let few: Batch;
  let told: readonly Told[];

  beforeAll(async () => {
    const honest = [...CHECK_AND_LOAD, ...OTHERS].map((what): Run => ({ id: '', what, tls: 'none' }));
    const together = Array.from({ length: MANY / honest.length }, () => honest).flat();
    [normal, normalMany] = await Promise.all([
      runBatch({ runs: honest, atATime: 1, cases: CASES }),
      runBatch({ runs: together, atATime: MANY, cases: CASES }),
    ]);
    const quietRuns = [...runsOf(quiet, CHECK_AND_LOAD), ...runsOf(some, OTHERS)];
    [many, few] = await Promise.all([
      runBatch({ runs: quietRuns, atATime: MANY, cases: CASES }),
      runBatch({ runs: runsOf(loud, CHECK_AND_LOAD), atATime: 2, cases: LOUD_CASES, timeoutMs: 1000 }),
    ]);
    told = [...many.told, ...few.told];
  }, 900_000);

  it('a normal run passes', () => {
    const checks = [...normal.told, ...normalMany.told].filter(({ what }) => what === 'check');
    expect(checks.filter(({ code }) => code !== 0)).toEqual([]);
    expect([...normal.complaints, ...normalMany.complaints]).toEqual([]);
  });

  it('every run comes to a result, and the process ends by itself', () => {
    for (const { exitCode, complaints } of [many, few]) {
      expect(complaints).toEqual([]);
      expect(exitCode).toBe(0);
    }
    expect(told.filter(({ threw }) => threw !== undefined)).toEqual([]);
    expect(new Set(told.map(({ id }) => id)).size).toBe(ids.length);
  });

  it('every report can be read, and lets nothing of the server act on its reader', () => {
    expect(
      told.filter(({ found }) => found.length > 0).map(({ id, what, found }) => [id, what, found]),
    ).toEqual([]);
    expect(Math.max(...told.map(({ octets = 0 }) => octets))).toBeLessThan(3e6);
  });

  it('check has a problem, failures or open cases, and an exit code that says so', () => {
    const checks = told.filter(({ what }) => what === 'check');
    expect(checks.flatMap(({ errors }) => errors)).toEqual([]);
    const codes = checks.map(({ id, tls, code, problem, verdicts }) => {
      const { fail = 0, inconclusive = 0, pass = 0 } = verdicts;
      const due = problem !== undefined ? 3 : fail > 0 ? 1 : inconclusive > 0 || pass === 0 ? 5 : 0;
      return { id, tls, code, due };
    });
    expect(codes.filter(({ code, due }) => code !== due)).toEqual([]);
    const passed = checks.filter(({ id, code }) => code === 0 && !HARMLESS.test(id));
    // One that holds the lock of the case before, or has no time for another connection, is not accused: that is told.
    expect(
      passed.filter(
        ({ blocked }) =>
          blocked.length === 0 || !blocked.every((why) => /IN-USE|did not serve a connection/.test(why)),
      ),
    ).toEqual([]);
  });

  it('load tells every session that failed with its cause', () => {
    const loads = told.filter(({ what }) => what === 'load');
    for (const { id, code, totals = {}, kinds = [] } of loads) {
      const { started = 0, completed = 0, failed = 0, cutOff = 0 } = totals;
      expect([id, completed + failed + cutOff]).toEqual([id, started]);
      expect([id, kinds.length > 0]).toEqual([id, failed > 0 || kinds.length > 0]);
      expect([0, 1, 3, 5]).toContain(code);
      if (completed === 0) expect([id, code]).not.toEqual([id, 0]);
    }
  });

  it('diagnose and seed find something wrong, and no mistake of popspec', () => {
    const others = told.filter(({ what }) => what === 'diagnose' || what === 'seed');
    expect(others.length).toBeGreaterThan(30);
    expect(others.filter(({ code }) => ![0, 1, 3, 5].includes(code))).toEqual([]);
    expect(others.filter(({ what, code }) => what === 'seed' && code === 0)).toEqual([]);
  });

  it('memory stays within 200 MB above a normal run', () => {
    expect(few.peak - normal.peak).toBeLessThan(ABOVE_NORMAL);
    // That many at a time share it out.
    expect(many.peak - normalMany.peak).toBeLessThan(2 * ABOVE_NORMAL);
  });
});
