import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HealthMonitor, judgeHealth, type Vitals } from '../../src/load/health.js';

const calm: Vitals = {
  eventLoopDelayP99Ms: 2,
  eventLoopDelayMaxMs: 30,
  cpuPercent: 60,
  maxRssBytes: 1e8,
  openFiles: 60,
  openFilesLimit: 1024,
  busyShare: 0.1,
  gcMs: 12,
  gcMaxMs: 3,
};
const pace = { sessionP99Us: 20_000, lagP99Us: 900, starved: 0 };

test('a generator with time to spare is ok', () => {
  expect(judgeHealth([calm], pace)).toMatchObject({ verdict: 'ok', reasons: [] });
});

test.each([
  ['busy all the time', { busyShare: 0.8 }, {}, /no idle time in 80 %/],
  ['late beside fast sessions', { eventLoopDelayP99Ms: 80 }, {}, /late by 80 ms/],
  ['late against the plan', {}, { lagP99Us: 70_000 }, /started late by 70 ms/],
  ['out of files', {}, { starved: 3 }, /no file descriptor or local port left for 3/],
])('a generator that is %s is saturated', (_, vitals, more, reason) => {
  const health = judgeHealth([{ ...calm, ...vitals }], { ...pace, ...more });
  expect(health.verdict).toBe('saturated');
  expect(health.reasons.join('\n')).toMatch(reason);
});

test('a delay that is small beside the latencies does not matter', () => {
  const slow = { ...pace, sessionP99Us: 5_000_000, lagP99Us: 300_000 };
  expect(judgeHealth([{ ...calm, eventLoopDelayP99Ms: 400 }], slow).verdict).toBe('ok');
});

test('the monitor sees a thread that is never idle, and its delays', async () => {
  const monitor = new HealthMonitor();
  monitor.begin();
  await sleep(30);
  for (let i = 0; i < 5; i++) {
    const until = performance.now() + 60;
    while (performance.now() < until);
    await sleep(0);
  }
  monitor.sample();
  const vitals = monitor.end();
  expect(vitals.eventLoopDelayMaxMs).toBeGreaterThan(30);
  expect(vitals.maxRssBytes).toBeGreaterThan(1e6);
  expect(vitals.cpuPercent).toBeGreaterThan(0);
});

test('of several workers each is judged, and named', () => {
  const health = judgeHealth([calm, { ...calm, busyShare: 0.9, cpuPercent: 99, openFiles: null }], pace);
  expect(health).toMatchObject({ verdict: 'saturated', cpuPercent: 159, openFiles: 60, maxRssBytes: 1e8 });
  expect(health.reasons).toEqual([expect.stringMatching(/^worker 2: the generator had no idle time/)]);
  expect(health.workers.map(({ busyShare }) => busyShare)).toEqual([0.1, 0.9]);
});
