import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Deadline } from '../../src/dialogue/deadline.js';

vi.mock('node:perf_hooks', () => ({ performance: { now: () => performance.now() } }));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function started(): { deadline: Deadline; times: number[] } {
  const times: number[] = [];
  const origin = performance.now();
  return { deadline: new Deadline(() => times.push(performance.now() - origin)), times };
}

it('comes after its time, once', () => {
  const { deadline, times } = started();
  deadline.set(100);
  vi.advanceTimersByTime(99);
  expect(times).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([100]);
});

it('set again replaces the one before, be it earlier or later', () => {
  const { deadline, times } = started();
  deadline.set(100);
  vi.advanceTimersByTime(50);
  deadline.set(100);
  vi.advanceTimersByTime(99);
  expect(times).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(times).toEqual([150]);
  deadline.set(500);
  deadline.set(20);
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([150, 170]);
});

it('cleared does not come, and can be set anew', () => {
  const { deadline, times } = started();
  deadline.set(100);
  deadline.clear();
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([]);
  deadline.set(30);
  vi.advanceTimersByTime(29);
  deadline.clear();
  deadline.set(30);
  vi.advanceTimersByTime(29);
  expect(times).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(times).toEqual([1059]);
});

it('released leaves no timer', () => {
  const { deadline, times } = started();
  deadline.set(100);
  deadline.release();
  expect(vi.getTimerCount()).toBe(0);
  deadline.clear();
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([]);
});

it('takes a time that no timer can', () => {
  const { deadline, times } = started();
  const month = 31 * 24 * 3_600_000;
  deadline.set(month);
  vi.advanceTimersByTime(month - 1);
  expect(times).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(times).toEqual([month]);
});

it('a session of many waits has one timer', () => {
  const { deadline } = started();
  for (let wait = 0; wait < 100; wait++) {
    deadline.set(1000);
    deadline.clear();
    vi.advanceTimersByTime(1);
  }
  expect(vi.getTimerCount()).toBe(1);
});
