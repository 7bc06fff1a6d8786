import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/dialogue/outcome.js';
import type { LoadProgress } from '../../src/load/progress.js';
import { type CheckStanding, checkLiveLines, checkLogLine } from '../../src/report/terminal-check-live.js';
import { loadLiveLines, loadLogLine, sparkline } from '../../src/report/terminal-load-live.js';

const plain = new Chalk({ level: 0 });

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

describe('the window of a load', () => {
  it('shows rate, latency, sessions, errors, files against the limit, and the time left', () => {
    expect(loadLiveLines(progress, 79, plain)).toEqual([
      'measuring ███████░░░░░░░░░░░░░░░░░░░░░░░  15 s left',
      'rate      200/s  of 210/s offered  ▁▅█',
      'latency   p50 820 µs  p99 12.3 ms',
      'sessions  42 open  998 completed',
      'errors    2 failed',
      'files     64 of 1,024 open',
    ]);
  });

  it.each([79, 59, 39, 19])('fits %i columns', (width) => {
    const busy = {
      ...progress,
      integrityErrors: 12,
      dropped: 1e6,
      recentRates: Array(60).fill(7),
      openFiles: 19_999,
    };
    for (const line of loadLiveLines(busy, width, plain)) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('does so at the beginning and while draining', () => {
    const first = {
      ...progress,
      phase: 'warm-up',
      elapsedMs: 0,
      p50Us: null,
      p99Us: null,
      recentRates: [],
    } as const;
    expect(loadLiveLines(first, 79, plain)[2]).toBe('latency   no session has ended yet');
    const last = loadLiveLines({ ...progress, phase: 'draining', leftMs: 0, openFiles: null }, 79, plain);
    expect(last[0]).toBe(`draining  ${'█'.repeat(30)}  waiting for open sessions`);
    expect(last).toHaveLength(5);
  });

  it('is one plain line in a log', () => {
    expect(loadLogLine({ ...progress, integrityErrors: 1, dropped: 7, offeredPerSecond: null })).toBe(
      'measuring 5 s, 200/s, p50 820 µs, p99 12.3 ms, 42 open, 998 completed, 2 failed, 1 damaged, 7 dropped, 64 of 1,024 files, 15 s left',
    );
  });

  it('draws a sparkline of zeros flat', () => {
    expect(sparkline([0, 0])).toBe('▁▁');
    expect(sparkline([])).toBe('');
  });
});

describe('the window of a check', () => {
  const standing: CheckStanding = {
    done: 120,
    total: 480,
    elapsedMs: 10_400,
    counts: new Map<Verdict, number>([
      ['pass', 117],
      ['fail', 2],
      ['warn', 1],
    ]),
    running: [
      ['rfc1939/retr/slow', 3_700],
      ['rfc2449/capa/before-login', 40],
    ],
    findings: [
      ['rfc1939/stat/a', 'fail'],
      ['rfc1939/stat/b', 'warn'],
      ['rfc1939/stat/c', 'fail'],
    ],
  };

  it('shows counts, what was found, the cases that run, and the time left', () => {
    expect(checkLiveLines(standing, 79, plain)).toEqual([
      `${'━'.repeat(24)}  120/480  10 s, about 32 s left`,
      '✗ 2 fail  ! 1 warn  ✓ 117 pass',
      '✗ rfc1939/stat/a',
      '! rfc1939/stat/b',
      '✗ rfc1939/stat/c',
      '  rfc1939/retr/slow  3 s',
      '  rfc2449/capa/before-login',
    ]);
  });

  it('names no more than a few', () => {
    const running = Array.from({ length: 9 }, (_, index): [string, number] => [`a/b/${index}`, 0]);
    const lines = checkLiveLines(
      { ...standing, running, findings: Array(70).fill(['x/y/z', 'fail']) },
      79,
      plain,
    );
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('  and 5 more');
  });

  it('guesses no time before there is something to guess from', () => {
    const early = {
      ...standing,
      done: 0,
      total: 0,
      elapsedMs: 300,
      counts: new Map(),
      running: [],
      findings: [],
    };
    expect(checkLiveLines(early, 79, plain)).toEqual([`${'━'.repeat(24)}  0/…`, '']);
    expect(checkLogLine({ ...standing, done: 3 })).toBe('[3/480] 2 fail, 1 warn, 117 pass, 10 s');
  });

  it.each([79, 59, 39, 19])('fits %i columns', (width) => {
    const long = {
      ...standing,
      running: [['rfc1939/'.repeat(30), 70_000]] as const,
      findings: [['x/'.repeat(90), 'fail']] as const,
    };
    for (const line of checkLiveLines(long, width, plain)) expect(line.length).toBeLessThanOrEqual(width);
  });
});
