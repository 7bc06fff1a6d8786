import { expect, test } from 'vitest';
import { liveLines, plainLine, sparkline } from '../../src/load/live.js';
import type { LoadProgress } from '../../src/load/progress.js';

const progress: LoadProgress = {
  phase: 'measuring',
  elapsedMs: 5000,
  leftMs: 15_000,
  open: 42,
  started: 1042,
  completed: 998,
  failed: 2,
  dropped: 0,
  integrityErrors: 0,
  commands: 0,
  messages: 0,
  octets: 0,
  offeredPerSecond: 210,
  ratePerSecond: 199.6,
  p50Us: 820,
  p99Us: 12_345,
  recentRates: [0, 100, 200],
  openFiles: 64,
  openFilesLimit: 1024,
};

test('the live view', () => {
  expect(liveLines(progress, 60)).toEqual([
    'measuring  █████░░░░░░░░░░░░░░░ 15 s left',
    'rate       200/s of 210/s asked for  ▁▅█',
    'latency    p50 820 µs  p99 12.3 ms',
    'sessions   42 open  998 completed  64 of 1024 open files',
    'errors     2 failed',
  ]);
});

test('one plain line for logs', () => {
  expect(plainLine({ ...progress, integrityErrors: 1, dropped: 7, offeredPerSecond: null })).toBe(
    'measuring 5 s, 200/s, p50 820 µs, p99 12.3 ms, 42 open, 998 completed, 2 failed, 1 integrity error, 7 dropped, 15 s left',
  );
});

test('at the beginning and while draining', () => {
  const first = {
    ...progress,
    phase: 'warm-up',
    elapsedMs: 0,
    p50Us: null,
    p99Us: null,
    recentRates: [],
  } as const;
  expect(liveLines(first).join('\n')).toContain('no session has ended yet');
  const last = liveLines({ ...progress, phase: 'draining', leftMs: 0, openFiles: null }, 60);
  expect(last[0]).toBe('draining   ████████████████████ waiting for open sessions');
  expect(last[3]).toBe('sessions   42 open  998 completed');
});

test('a sparkline of zeros is flat', () => {
  expect(sparkline([0, 0])).toBe('▁▁');
  expect(sparkline([])).toBe('');
});
