/** Gives one planned start after the other, in milliseconds since the run began, ascending and without end. */
export type Arrivals = () => number;

/** Evenly spaced: one start every `1 / ratePerSecond` seconds, the first at 0. */
export function uniformArrivals(ratePerSecond: number): Arrivals {
  let index = 0;
  // Multiplied, not added up: hours of run must not drift from the asked rate.
  return () => (index++ * 1000) / ratePerSecond;
}

/** A Poisson process: independent gaps, exponentially spread around `1 / ratePerSecond` seconds. */
export function poissonArrivals(ratePerSecond: number, random: () => number = Math.random): Arrivals {
  let atMs = 0;
  return () => {
    atMs += (-Math.log(1 - random()) * 1000) / ratePerSecond;
    return atMs;
  };
}
