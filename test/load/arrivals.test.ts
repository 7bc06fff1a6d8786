import { expect, test } from 'vitest';
import { poissonArrivals, rateAt, uniformArrivals } from '../../src/load/arrivals.js';
import { parseStages } from '../../src/load/stages.js';
import { constant } from './support.js';

test('uniform arrivals are evenly spaced and do not drift', () => {
  const next = uniformArrivals(constant(3));
  const starts = Array.from({ length: 3_000_001 }, next);
  expect(starts.slice(0, 4)).toEqual([0, 1000 / 3, 2000 / 3, 1000]);
  expect(starts[3_000_000]).toBe(1_000_000_000);
});

test('Poisson arrivals have the asked rate and exponential gaps', () => {
  let state = 1;
  const random = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const next = poissonArrivals(constant(200), random);
  const starts = Array.from({ length: 100_000 }, next);
  const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  expect(mean).toBeCloseTo(5, 1);
  expect(gaps.every((gap) => gap >= 0)).toBe(true);
  // Of exponential gaps 1/e are longer than the mean.
  expect(gaps.filter((gap) => gap > mean).length / gaps.length).toBeCloseTo(Math.exp(-1), 2);
});

test('the same chance gives the same Poisson arrivals', () => {
  const starts = () =>
    Array.from(
      { length: 5 },
      poissonArrivals(constant(10), () => 0.5),
    );
  expect(starts()).toEqual(starts());
  expect(starts()[0]).toBeCloseTo(Math.LN2 * 100, 6);
});

/** The starts of the stages. */
function starts(text: string): number[] {
  const next = uniformArrivals(parseStages(text, undefined));
  const all: number[] = [];
  for (let at = next(); at < 60_000; at = next()) all.push(at);
  return all;
}

test('in a ramp the starts come as the rate asks for them', () => {
  const ramp = starts('0..100:10s,0:1s');
  // The area below the line, in each second and in all.
  expect(ramp.length).toBe(500);
  expect(ramp.filter((at) => at < 5000).length).toBe(125);
  expect(ramp.every((at, index) => index === 0 || at > (ramp[index - 1] ?? 0))).toBe(true);
  expect(ramp.at(-1)).toBeLessThan(10_000);
});

test('steps and spikes: each stage has its own starts, also behind one without any', () => {
  const steps = starts('10:1s,0:2s,50:1s,10..0:1s,0:1s');
  const within = (from: number, to: number) => steps.filter((at) => at >= from && at < to).length;
  expect([within(0, 1000), within(1000, 3000), within(3000, 4000), within(4000, 5000)]).toEqual([
    10, 0, 50, 5,
  ]);
  expect(steps.length).toBe(65);
});

test('the last rate goes on, and the rate at a time is known', () => {
  const stages = parseStages('0..100:10s,20:1s', undefined);
  expect([0, 5000, 10_500, 99_000].map((at) => rateAt(stages, at))).toEqual([0, 50, 20, 20]);
  expect(parseStages('5..10', 3000)).toEqual([{ fromPerSecond: 5, toPerSecond: 10, durationMs: 3000 }]);
});

test.each([
  ['fast', 'no rate'],
  ['10,20:5s', 'stage 1: it has no time'],
  ['10:5s,,20:5s', 'stage 2: it is empty'],
  ['10:soon', '"soon" is no time'],
  ['1.2.3:5s', 'no rate'],
  ['50...60:5s', 'no rate'],
  ['-5', 'no rate'],
])('%j is refused: %s', (text, words) => {
  expect(() => parseStages(text, undefined)).toThrow(words);
});
