/** Gives numbers from 0 up to but not 1. */
export type Random = () => number;

/** Streams of chance that belong to no session have these numbers in place of one. */
export const ARRIVALS_STREAM = -1;

/** A number for runs that are given none; it stands in the result, so that any run can be repeated. */
export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

/**
 * The chance of one session, by its number in the run: the same for the same seed, whichever thread plays the session
 * and whatever others do meanwhile (Mulberry32).
 */
export function randomOf(seed: number, session: number): Random {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(session + 1, 0xc2b2ae35)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return next;
}
