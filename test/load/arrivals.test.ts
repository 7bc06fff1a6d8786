import { expect, test } from 'vitest';
import { poissonArrivals, uniformArrivals } from '../../src/load/arrivals.js';

test('uniform arrivals are evenly spaced and do not drift', () => {
  const next = uniformArrivals(3);
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
  const next = poissonArrivals(200, random);
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
      poissonArrivals(10, () => 0.5),
    );
  expect(starts()).toEqual(starts());
  expect(starts()[0]).toBeCloseTo(Math.LN2 * 100, 6);
});
