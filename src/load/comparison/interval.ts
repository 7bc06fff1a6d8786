import jStat from 'jstat';

/** A figure of each run of one side, and how much each would scatter by itself. */
export interface Sample {
  readonly values: readonly number[];
  /** Variance within a run, for each of them; undefined where it is not known. */
  readonly within: readonly (number | undefined)[];
  /** What the variances within rest on, all together; infinite where they are reckoned, not seen. */
  readonly withinDof: number;
}

/** A part of the variance of a difference, and what it rests on. */
export interface Part {
  readonly variance: number;
  readonly dof: number;
}

/** A difference of means (new less base) with the interval in which it lies. */
export interface Difference {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The difference of two sides. What scatters is one run from the next (the variance of the repeats, or `assumed` where neither
 * side has any) and each run within itself. Both are added, though the first holds the second already: with three repeats a
 * side it comes out far too small by luck now and then, and never by more than a run's own seconds explain. The t distribution
 * has the degrees of freedom of the sum (Satterthwaite 1946).
 * @param doubt share of cases in which the interval may miss the true difference
 * @param more parts of the variance of the difference that neither repeats nor seconds show
 */
export function differenceOf(
  base: Sample,
  next: Sample,
  { assumed, doubt, more = [] }: { assumed: number; doubt: number; more?: readonly Part[] },
): Difference {
  const sides = [base, next];
  const estimate = mean(next.values) - mean(base.values);
  const perRun = sides.reduce((sum, { values }) => sum + 1 / values.length, 0);
  const repeats = sides.reduce((sum, { values }) => sum + values.length - 1, 0);
  const between: Part =
    repeats === 0
      ? { variance: assumed, dof: Number.POSITIVE_INFINITY }
      : { variance: sides.reduce((sum, { values }) => sum + squares(values), 0) / repeats, dof: repeats };
  const known = sides.flatMap(({ within }) => within).filter((one) => one !== undefined);
  const within: Part = { variance: mean(known), dof: base.withinDof + next.withinDof };
  const parts = [between, within].map(({ variance, dof }) => ({ variance: variance * perRun, dof }));
  const { variance, dof } = sumOf([...parts, ...more]);
  const reach =
    variance === 0 ? 0 : jStat.studentt.inv(1 - doubt / 2, Math.min(dof, DOF_MAX)) * Math.sqrt(variance);
  return { estimate, low: estimate - reach, high: estimate + reach };
}

/** With so many the t distribution is the normal one. */
const DOF_MAX = 1e6;

function sumOf(parts: readonly Part[]): Part {
  const variance = parts.reduce((sum, part) => sum + part.variance, 0);
  const doubt = parts.reduce((sum, part) => sum + (part.dof > 0 ? part.variance ** 2 / part.dof : 0), 0);
  return { variance, dof: doubt === 0 ? Number.POSITIVE_INFINITY : variance ** 2 / doubt };
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function squares(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}
