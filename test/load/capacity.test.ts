import { afterEach, expect, test } from 'vitest';
import { findCapacity, planOfStep } from '../../src/load/capacity.js';
import { type CapacityStep, loadResultSchema } from '../../src/load/result.js';
import { runLoad } from '../../src/load/run.js';
import { render } from '../../src/report/reporters.js';
import type { RunningServer } from '../../src/serve/server.js';
import { sampleLoad } from '../report/samples.js';
import { constant, fakeServer, optionsFor, planOf, runTest, serve } from './support.js';

let server: RunningServer | { close: () => Promise<void> } | undefined;
afterEach(() => server?.close());

type Answer = 'held' | 'missed' | 'saturated' | 'gone';

/** A search over a server that answers so to each rate. */
async function search(fromPerSecond: number, answer: (rate: number) => Answer) {
  const rates: number[] = [];
  const base = sampleLoad(2);
  const result = await findCapacity({
    fromPerSecond,
    run: async (rate) => {
      rates.push(rate);
      const how = answer(rate);
      const passed = how === 'held';
      return {
        ...base,
        thresholds: [{ expression: 'session.p99 < 1s', actual: passed ? '9 ms' : '3 s', value: 1, passed }],
        health: {
          ...base.health,
          ...(how === 'saturated' ? { verdict: 'saturated', reasons: ['busy'] } : {}),
        },
        ...(how === 'gone' ? { problem: { code: 'X', message: 'gone' } } : {}),
        exit: { code: passed ? 0 : how === 'saturated' ? 5 : 1, reason: '' },
      } as typeof base;
    },
  });
  loadResultSchema.parse(result);
  return { rates, capacity: result.capacity, exit: result.exit, result };
}

test('the rate doubles until a threshold breaks, and is then narrowed down to 5 %', async () => {
  const { rates, capacity, exit, result } = await search(10, (rate) => (rate <= 333 ? 'held' : 'missed'));
  expect(rates.slice(0, 7)).toEqual([10, 20, 40, 80, 160, 320, 640]);
  expect(capacity?.limit).toBe('server');
  expect(capacity?.perSecond).toBeGreaterThan(333 / 1.05);
  expect(capacity?.perSecond).toBeLessThanOrEqual(333);
  expect(exit).toEqual({
    code: 0,
    reason: `the capacity is ${capacity?.perSecond}/s; beyond, session.p99 < 1s is 3 s`,
  });
  for (const format of ['text', 'html', 'markdown', 'junit']) {
    const text = render(format, result);
    expect(text, format).toContain(String(capacity?.perSecond));
  }
  expect(render('text', result)).toMatch(/640\/s +✗ missed/);
  expect(render('html', result)).toContain('640/s');
});

test('a first step that is too high is halved', async () => {
  const { rates, capacity } = await search(100, (rate) => (rate <= 20 ? 'held' : 'missed'));
  expect(rates.slice(0, 4)).toEqual([100, 50, 25, 12.5]);
  expect(capacity?.perSecond).toBeGreaterThan(19);
});

test('nothing holds: no capacity, and the exit code of the last step', async () => {
  const { capacity, exit } = await search(10, () => 'missed');
  expect(capacity?.perSecond).toBeNull();
  expect(exit.code).toBe(1);
});

test('where the generator is the limit the capacity is at least what held', async () => {
  const { capacity, exit } = await search(10, (rate) => (rate <= 100 ? 'held' : 'saturated'));
  expect(capacity?.limit).toBe('generator');
  expect(exit).toMatchObject({ code: 5, reason: expect.stringMatching(/^the capacity is at least \d+/) });
});

test('a server that goes away ends the search, and the steps are kept', async () => {
  const { capacity, rates } = await search(10, (rate) => (rate <= 40 ? 'held' : 'gone'));
  expect(rates).toEqual([10, 20, 40, 80]);
  expect(capacity).toMatchObject({ perSecond: 40, limit: 'none' });
  expect(capacity?.steps.at(-1)?.verdict).toBe('ended');
});

test('on a server that takes 200 ms for a login, six users carry less than thirty sessions a second', async () => {
  const slow = await fakeServer((line) => (line === 'STAT' ? '+OK 0 0\r\n' : '+OK\r\n'), undefined, 50);
  server = slow;
  const run = optionsFor(slow.port, 6, {
    model: { kind: 'open', stages: constant(1), maxSessions: 6, arrivals: 'uniform' },
    durationMs: 1000,
    thresholds: ['dropped < 5%'],
  });
  const steps: CapacityStep[] = [];
  const result = await findCapacity({
    fromPerSecond: 10,
    run: (rate, step) => runLoad(planOfStep(planOf(run), rate, step), run.users),
    onStep: (step) => steps.push(step),
  });
  // Four answers of 50 ms and a connection: a user is busy for more than 200 ms.
  expect(result.capacity?.perSecond ?? 0).toBeLessThan(31);
  expect(steps.some(({ verdict, dropped }) => verdict !== 'held' && dropped > 0)).toBe(true);
  expect(result.model).toMatchObject({ kind: 'open', durationMs: 1000 });
});

test('a threshold with "abort" ends the run as soon as it is missed', async () => {
  server = await serve(5, { faults: ['list-size-lf'] });
  const { port } = server as RunningServer;
  const dialogue = 'C: LIST 1\nS: +OK 1 {size:octets}\nC: RETR 1\nS: +OK\nS> {m}\ncheck octets(m) == size\n';
  const { scenarioOf } = await import('./support.js');
  const result = await runTest(
    optionsFor(port, 5, {
      scenario: scenarioOf(dialogue),
      durationMs: 60_000,
      thresholds: ['integrity == 0 abort'],
    }),
  );
  expect(result.complete).toBe(false);
  expect(result.durationMs).toBeLessThan(30_000);
  expect(result.exit).toMatchObject({ code: 1 });
  expect(result.thresholds[0]).toMatchObject({ expression: 'integrity == 0', passed: false });
});

test('the figures of an early end are those of all sessions until then, the latency of a verb too', async () => {
  const slow = await fakeServer((line) => (line === 'STAT' ? '+OK 0 0\r\n' : '+OK\r\n'), undefined, 30);
  server = slow;
  const result = await runTest(
    optionsFor(slow.port, 3, { durationMs: 60_000, thresholds: ['STAT.p50 < 1ms abort', 'errors < 1%'] }),
  );
  expect(result.durationMs).toBeGreaterThanOrEqual(2900);
  expect(result.durationMs).toBeLessThan(30_000);
  expect(result.exit.reason).toMatch(/STAT\.p50 < 1ms is \d|generator/);
  expect(result.totals.completed).toBeGreaterThan(5);
});
