import { expect, test } from 'vitest';
import { noCounts } from '../../src/load/counts.js';
import { Distribution } from '../../src/load/distribution.js';
import { LoadError } from '../../src/load/problem.js';
import { planNames } from '../../src/load/program-names.js';
import { parseThreshold } from '../../src/load/thresholds.js';
import { exitOf, type Figures, judgeThreshold } from '../../src/load/verdict.js';
import { scenarioNamed } from './support.js';

const names = planNames([scenarioNamed('load/download-and-keep')]);
const parse = (text: string, model: 'closed' | 'open' = 'open') => parseThreshold(text, names, model);

test('what a scenario can measure is known from its dialogue', () => {
  expect([...names.verbs]).toEqual(
    expect.arrayContaining(['USER', 'PASS', 'APOP', 'AUTH', 'STAT', 'LIST', 'UIDL', 'RETR', 'QUIT']),
  );
  expect([...names.phases]).toEqual(
    expect.arrayContaining(['session', 'connect', 'greeting', 'tls', 'login']),
  );
  expect([...names.answersTo.values()]).toContain('RETR');
});

test.each([
  ['session.p99<200ms', 'session.p99 < 200ms', { of: 'latency', name: 'session', stat: 99 }, '<', 200_000],
  ['login.p95 <= 1s', 'login.p95 <= 1s', { of: 'latency', name: 'login', stat: 95 }, '<=', 1e6],
  [' RETR.p99.9 < 1.5 ms ', 'RETR.p99.9 < 1.5ms', { of: 'latency', name: 'RETR', stat: 99.9 }, '<', 1500],
  ['connect.max < 300us', 'connect.max < 300us', { of: 'latency', name: 'connect', stat: 'max' }, '<', 300],
  ['lag.mean < 5ms', 'lag.mean < 5ms', { of: 'latency', name: 'lag', stat: 'mean' }, '<', 5000],
  ['errors < 1%', 'errors < 1%', { of: 'share', name: 'errors' }, '<', 1],
  ['errors == 0', 'errors == 0', { of: 'count', name: 'errors' }, '==', 0],
  ['integrity == 0', 'integrity == 0', { of: 'count', name: 'integrity' }, '==', 0],
  ['rate > 95%', 'rate > 95%', { of: 'share', name: 'rate' }, '>', 95],
  ['rate >= 400/s', 'rate >= 400/s', { of: 'per-second', name: 'rate' }, '>=', 400],
  ['sessions >= 1000', 'sessions >= 1000', { of: 'count', name: 'sessions' }, '>=', 1000],
  ['dropped == 0', 'dropped == 0', { of: 'count', name: 'dropped' }, '==', 0],
  ['dropped < 0.5 %', 'dropped < 0.5%', { of: 'share', name: 'dropped' }, '<', 0.5],
])('%s', (text, expression, metric, comparison, limit) => {
  expect(parse(text)).toEqual({ expression, metric, comparison, limit, abort: false });
});

test.each([
  ['', 1, 'no comparison'],
  ['session.p99', 12, 'no comparison'],
  ['session.p99 below 200ms', 13, 'no comparison'],
  ['session.p99 < fast', 15, 'no comparison'],
  ['session.p99 < 200 ms or so', 19, 'no comparison'],
  ['session.p99 != 5ms', 13, '"!=" is no comparison'],
  ['session.p99 < 1.2.3ms', 15, '"1.2.3" is no number'],
  ['session.p99 < 200', 18, 'a unit is missing'],
  ['session.p99 < 200h', 18, '"h" is no unit of time'],
  ['session < 200ms', 8, 'which figure'],
  ['session.p9x < 200ms', 9, '"p9x" is no statistic'],
  ['session.p101 < 1s', 9, '"p101" is no statistic'],
  ['TOP.p99 < 1s', 1, 'no metric "TOP"'],
  ['latency.p99 < 1s', 1, 'no metric "latency"'],
  ['errors < 1ms', 11, '"errors" is not given in "ms"'],
  ['integrity < 1%', 14, '"integrity" is not given in "%"'],
  ['errors.p99 < 1%', 7, '"errors" has no statistics'],
  ['sessions >= 5 abort', 15, 'only the end of a run tells'],
  ['errors < 1% at once', 11, 'no comparison'],
])('%j is refused at column %i: %s', (text, column, words) => {
  const error = thrownBy(() => parse(text));
  expect(error.message).toContain(`column ${column}: `);
  expect(error.message).toContain(words);
  expect(error.code).toBe('LOAD_THRESHOLD');
});

test('an unknown metric is answered by the list of known ones', () => {
  const { hint } = thrownBy(() => parse('TOP.p99 < 1s'));
  for (const known of ['session.p99', 'login.p99', 'RETR.p99', 'lag.p99', 'integrity', 'rate', 'dropped']) {
    expect(hint).toContain(known);
  }
});

test('the closed model has no plan to hold anything against', () => {
  for (const text of ['rate > 95%', 'dropped == 0', 'lag.p99 < 5ms']) {
    expect(() => parse(text, 'closed')).toThrow(LoadError);
  }
  expect(parse('rate > 95/s', 'closed').limit).toBe(95);
});

function figures(): Figures {
  const session = new Distribution();
  for (let i = 1; i <= 100; i++) session.record(i * 1000);
  return {
    counts: { ...noCounts(), planned: 210, completed: 197, failed: 3, dropped: 10, integrityErrors: 1 },
    rates: { offered: 100, started: 98, completed: 96, commands: 0, messages: 0, octets: 0 },
    latencyOf: (name) => (name === 'session' ? session : undefined),
  };
}

test.each([
  ['session.p50 <= 50.1ms', true, '50.015 ms'],
  ['session.max < 100ms', false, '100 ms'],
  ['session.mean < 51ms', true, '50.5 ms'],
  ['errors < 1%', false, '1.5%'],
  ['errors == 3', true, '3'],
  ['integrity == 0', false, '1'],
  ['rate > 95%', true, '96%'],
  ['rate >= 97/s', false, '96/s'],
  ['sessions >= 197', true, '197'],
  ['dropped <= 4.7%', false, '4.762%'],
])('%s: %s, it is %s', (text, passed, actual) => {
  expect(judgeThreshold(parse(text), figures())).toMatchObject({ passed, actual });
});

test('what was never measured is missed', () => {
  const nothing = { ...figures(), counts: noCounts(), rates: { ...figures().rates, offered: 0 } };
  for (const text of [
    'RETR.p99 < 1s',
    'errors < 1%',
    'errors == 0',
    'integrity == 0',
    'rate > 1%',
    'rate >= 0/s',
  ]) {
    expect(judgeThreshold(parse(text), nothing), text).toMatchObject({
      value: null,
      actual: 'not measured',
      passed: false,
    });
  }
});

test('exit codes: interrupted, unreachable, damage, saturated, nothing, missed', () => {
  const sound = {
    eventLoopDelayP99Ms: 0,
    eventLoopDelayMaxMs: 0,
    cpuPercent: 1,
    gcMs: 0,
    gcMaxMs: 0,
    workers: [],
    maxRssBytes: 1,
    openFiles: 1,
    openFilesLimit: 2,
    verdict: 'ok',
    reasons: [],
  } as const;
  const good = {
    why: 'over' as const,
    losses: [],
    problem: undefined,
    completed: 5,
    health: { ...sound, workers: [], reasons: [] },
    integrityMissed: false,
    missed: 0,
  };
  const saturated = { ...sound, workers: [], verdict: 'saturated' as const, reasons: ['busy'] };
  const problem = { code: 'TARGET_UNREACHABLE', message: 'no connection' };
  expect(exitOf(good).code).toBe(0);
  expect(exitOf({ ...good, missed: 1 }).code).toBe(1);
  expect(exitOf({ ...good, health: saturated }).code).toBe(5);
  expect(exitOf({ ...good, health: saturated, missed: 2 }).code).toBe(5);
  expect(exitOf({ ...good, health: saturated, missed: 2, integrityMissed: true }).code).toBe(1);
  expect(exitOf({ ...good, completed: 0, missed: 1 }).code).toBe(5);
  expect(exitOf({ ...good, completed: 0, problem }).code).toBe(3);
  expect(exitOf({ ...good, why: 'lost', missed: 1 }).code).toBe(5);
  expect(exitOf({ ...good, why: 'lost', missed: 1, integrityMissed: true }).code).toBe(1);
  expect(exitOf({ ...good, why: 'aborted', problem, missed: 1 }).code).toBe(130);
});

function thrownBy(act: () => unknown): LoadError {
  try {
    act();
  } catch (error) {
    if (error instanceof LoadError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('"abort" behind a threshold ends the run early', () => {
  expect(parse('errors < 5%  abort ')).toMatchObject({ expression: 'errors < 5%', abort: true });
});
