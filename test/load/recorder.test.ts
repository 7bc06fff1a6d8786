import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { expect, test } from 'vitest';
import { noCounts } from '../../src/load/counts.js';
import { CEILING_US, Distribution } from '../../src/load/distribution.js';
import { Recorder } from '../../src/load/recorder.js';
import { intervalSchema, latencySchema } from '../../src/load/result.js';
import { INTERVALS_MAX, intervalsOf, Series } from '../../src/load/series.js';

const ABOUT = { name: 'STAT', kind: 'command', outcome: 'ok', measure: 'sent' } as const;

test('a distribution keeps extremes, mean and count exactly and percentiles within 0.1 %', () => {
  const distribution = new Distribution();
  for (let us = 1; us <= 100_000; us++) distribution.record(us);
  const latency = latencySchema.parse(distribution.toLatency(ABOUT));
  expect(latency).toMatchObject({ count: 100_000, minUs: 1, meanUs: 50_000.5, maxUs: 100_000 });
  expect(latency.overflow).toBeUndefined();
  for (const [value, exact] of [
    [latency.p50Us, 50_000],
    [latency.p99Us, 99_000],
    [latency.p999Us, 99_900],
  ] as const) {
    expect(Math.abs(value - exact) / exact).toBeLessThan(0.001);
  }
  expect(distribution.at(100)).toBe(100_000);
  const decoded = decodeFromCompressedBase64(latency.histogram, 64);
  expect(decoded.totalCount).toBe(100_000);
  expect(decoded.getValueAtPercentile(50)).toBe(latency.p50Us);
});

test('what is shorter than 1 µs counts as 1, what is longer than ten minutes is counted apart', () => {
  const distribution = new Distribution();
  for (const us of [-3, 0, 0.4, 2 * CEILING_US]) distribution.record(us);
  const latency = distribution.toLatency(ABOUT);
  expect(latency).toMatchObject({ count: 4, minUs: 1, maxUs: 2 * CEILING_US, overflow: 1 });
});

test('an empty distribution has no histogram', () => {
  expect(new Distribution().toLatency(ABOUT)).toMatchObject({ count: 0, minUs: 0, p99Us: 0, histogram: '' });
});

test('warm-up, good and failed are kept apart', () => {
  const recorder = new Recorder();
  recorder.started(false);
  recorder.command(false, 'STAT', true, 10, 20);
  recorder.session(false, true, 100, undefined);
  recorder.started(true);
  recorder.command(true, 'STAT', true, 10, 30);
  recorder.command(true, 'STAT', false, 10, 4000);
  recorder.phase(true, 'login', true, 70);
  recorder.session(true, false, 500, 900);
  expect(recorder.seen).toMatchObject({ started: 2, completed: 1, failed: 1, commands: 3 });
  expect(recorder.measured).toMatchObject({ started: 1, completed: 0, failed: 1, commands: 2 });
  const rows = recorder.latencies().map((l) => [l.kind, l.name, l.outcome, l.measure, l.count, l.maxUs]);
  expect(rows).toEqual([
    ['session', 'session', 'failed', 'planned', 1, 900],
    ['session', 'session', 'failed', 'sent', 1, 500],
    ['phase', 'login', 'ok', 'sent', 1, 70],
    ['command', 'STAT', 'ok', 'sent', 1, 30],
    ['command', 'STAT', 'ok', 'first-octet', 1, 10],
    ['command', 'STAT', 'failed', 'sent', 1, 4000],
    ['command', 'STAT', 'failed', 'first-octet', 1, 10],
  ]);
  const turns = Array.from({ length: 2 * rows.length }, (_, turn) => recorder.latencyInTurn(turn));
  expect(turns).toEqual([...recorder.latencies(), ...recorder.latencies()]);
});

test('ever new verbs do not fill memory', () => {
  const recorder = new Recorder();
  for (let i = 0; i < 500; i++) recorder.command(true, `V${i}`, true, 1, 1);
  const names = recorder.latencies().map(({ name }) => name);
  expect(new Set(names).size).toBeLessThanOrEqual(65);
  const other = recorder.latencies().find((l) => l.name === 'OTHER' && l.measure === 'sent');
  expect(other?.count).toBe(500 - 64);
});

test('a series of any length is bounded, and nothing is lost in it', () => {
  const counts = noCounts();
  const series = new Series(counts);
  const seconds = 3 * INTERVALS_MAX + 7;
  for (let second = 1; second <= seconds; second++) {
    counts.completed += second;
    counts.commands += 4;
    series.session(1000);
    series.session(second === 5 ? 500_000 : 2000);
    counts.started += 2;
    series.started(1000);
    series.started(second === 6 ? 40_000 : 3000);
    series.close(second * 1000, counts, second % 10);
  }
  const intervals = intervalsOf(series.toData(), 0, 'open');
  expect(intervals.length).toBeLessThanOrEqual(INTERVALS_MAX);
  expect(intervals.reduce((sum, { completed }) => sum + completed, 0)).toBe((seconds * (seconds + 1)) / 2);
  expect(intervals.reduce((sum, { durationMs }) => sum + durationMs, 0)).toBe(seconds * 1000);
  expect(intervals.at(-1)?.atMs).toBe(seconds * 1000);
  let endMs = 0;
  for (const interval of intervals) {
    intervalSchema.parse(interval);
    expect(interval.atMs - interval.durationMs).toBe(endMs);
    endMs = interval.atMs;
  }
  // The fifth second lies in the second interval of four.
  expect(intervals[1]?.p99Us).toBeGreaterThan(490_000);
  expect(intervals[0]?.p99Us).toBeLessThan(3000);
  expect(intervals.slice(0, 2)).toMatchObject([
    { lagMeanUs: 2000, lagMaxUs: 3000 },
    { lagMeanUs: 6625, lagMaxUs: 40_000 },
  ]);
});

test('a day takes no more room than an hour', () => {
  const counts = noCounts();
  const series = new Series(counts);
  const distribution = new Distribution();
  let hour = { slots: 0, octets: 0 };
  for (let second = 1; second <= 24 * 3600; second++) {
    counts.completed += 200;
    if (second % 60 === 0) series.session(1000 + second);
    for (let us = 1; us < 1e8; us *= 10) distribution.record(us + (second % us));
    series.close(second * 1000, counts, 20);
    if (second === 3600)
      hour = { slots: series.toData().slots.length, octets: distribution.toData().histogram.length };
  }
  const { slots, widthMs } = series.toData();
  expect(slots.length).toBeLessThanOrEqual(INTERVALS_MAX);
  expect(slots.length).toBeLessThan(3 * hour.slots);
  expect(slots.length * widthMs).toBeGreaterThanOrEqual(24 * 3600 * 1000);
  expect(slots.reduce((sum, slot) => sum + slot.counts.completed, 0)).toBe(24 * 3600 * 200);
  expect(distribution.count).toBe(24 * 3600 * 8);
  expect(distribution.toData().histogram.length).toBeLessThan(2 * hour.octets);
});

test('an interval in which no session ended has no percentiles', () => {
  const series = new Series(noCounts());
  expect(series.close(1000, noCounts(), 3)).toMatchObject({ slot: 1, concurrent: 3, latency: '' });
  expect(series.close(1400, noCounts(), 3)).toBeUndefined();
  const [interval] = intervalsOf(series.toData(), 0, 'open');
  expect(interval).toMatchObject({ concurrent: 3, p50Us: null, p99Us: null });
  expect(interval).not.toHaveProperty('lagMaxUs');
});
