import { describe, expect, it } from 'vitest';
import { Patience } from '../../src/check/patience.js';
import { waitsOf } from '../../src/check/waits.js';
import type { Attempt } from '../../src/dialogue/attempt.js';
import type { WireEvent } from '../../src/wire/trace.js';

const inVain = (ms: number) => ({ inVainMs: [ms], slowestMs: 0 });

describe('patience', () => {
  it('is whole at first, grows shorter with each two waits in vain, and never shorter than half a second', () => {
    const patience = new Patience(20_000);
    const limits = Array.from({ length: 14 }, () => {
      const { timeoutMs } = patience;
      patience.waited(inVain(timeoutMs));
      return timeoutMs;
    });
    expect(limits).toEqual([
      20_000, 20_000, 10_000, 10_000, 5000, 5000, 2500, 2500, 1250, 1250, 625, 625, 500, 500,
    ]);
  });

  it('stays well above the slowest answer: a slow server is not a silent one', () => {
    const patience = new Patience(20_000);
    patience.waited({ inVainMs: Array(50).fill(1000), slowestMs: 900 });
    expect(patience.timeoutMs).toBe(3600);
    patience.waited({ inVainMs: [], slowestMs: 9000 });
    expect(patience.timeoutMs).toBe(20_000);
  });

  it('ends: so much is waited in vain in one run, and no more', () => {
    const patience = new Patience(20_000);
    let spentMs = 0;
    while (patience.exhausted('x') === undefined) {
      spentMs += patience.timeoutMs;
      patience.waited(inVain(patience.timeoutMs));
    }
    expect(spentMs).toBeGreaterThanOrEqual(240_000);
    expect(spentMs).toBeLessThan(241_000);
    expect(patience.exhausted('the/last')?.message).toMatch(/waited 4 min for \d+ answers .* the\/last/);
  });

  it('is a minute at least, also with a short limit', () => {
    const patience = new Patience(1000);
    patience.waited({ inVainMs: [59_000], slowestMs: 0 });
    expect(patience.exhausted('x')).toBeUndefined();
    patience.waited(inVain(1000));
    expect(patience.exhausted('x')).toBeDefined();
  });
});

it('patience is not spent on connections that are turned away, though the limit is shortened', () => {
  const patience = new Patience(1000);
  patience.waited({ inVainMs: [50_000, 50_000], slowestMs: 0 }, true);
  expect(patience.exhausted('x')).toBeUndefined();
  expect(patience.timeoutMs).toBe(500);
});

describe('the waits of a dialogue', () => {
  const event = (atMs: number, kind: WireEvent['kind'], text = '', connection = 'A'): WireEvent => ({
    atUs: atMs * 1000,
    connection,
    kind,
    text,
  });
  const waits = (transcript: WireEvent[], more: Partial<Attempt> = {}) =>
    waitsOf({
      transcript,
      findings: [],
      finished: true,
      durationMs: 9,
      countAfterReset: undefined,
      values: {},
      ...more,
    });

  it('count from the question to the end of the wait, also behind half an answer', () => {
    const transcript = [
      event(0, 'connect'),
      event(1, 'connected'),
      event(2, 'receive', '+OK'),
      event(3, 'send', 'STAT\r\n'),
      event(23, 'receive', '+O'),
      event(103, 'timeout'),
    ];
    expect(waits(transcript)).toEqual({ inVainMs: [100], slowestMs: 20 });
  });

  it('are kept apart by connection, and answers to logins are no measure', () => {
    const transcript = [
      event(0, 'send', 'USER ann\r\n'),
      event(1, 'send', 'NOOP\r\n', 'B'),
      event(5, 'receive', '+OK'),
      event(6, 'send', 'PASS ***\r\n'),
      event(40, 'receive', '+OK', 'B'),
      event(2006, 'receive', '-ERR'),
    ];
    expect(waits(transcript)).toEqual({ inVainMs: [], slowestMs: 39 });
  });

  it('hold a dialogue that was ended from outside whole', () => {
    expect(waits([event(0, 'send', 'STAT\r\n')], { finished: false })).toEqual({
      inVainMs: [9],
      slowestMs: 0,
    });
  });
});
