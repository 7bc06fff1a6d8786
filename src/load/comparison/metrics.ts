import type { Random } from '../random.js';
import { type Difference, differenceOf, mean, type Part, type Sample } from './interval.js';
import type { Answer, ComparedMetric } from './result.js';
import { PERCENTILES, type Percentile, type Run } from './run.js';
import { type Scatter, scatterOf } from './scatter.js';

/** All intervals together miss in so many comparisons at most: false alarms are rarer still. */
export const CONFIDENCE = 0.95;
/**
 * How the doubt is shared out, so that its parts make up the whole (Bonferroni). The median has most of it: it is what a run
 * measures best, and what a server that became slower shows first. All verbs together have VERBS_SHARE.
 */
const MEDIAN_SHARE = 0.6;
const OTHER_SHARE = 0.075;
const VERBS_SHARE = 0.1;
/** How far runs of one and the same server are taken to lie apart where no side has repeats: a tenth (standard deviation). */
export const ASSUMED_APART = 0.1;
/** The same for the share of errors, against that share. */
const ASSUMED_ERRORS_APART = 0.5;

/** What a difference must exceed to count, beside being no chance. */
export interface Floors {
  readonly percent: number;
  /** Microseconds, for latencies. */
  readonly latencyUs: number;
  /** Percentage points, for errors. */
  readonly errorPoints: number;
}

export const FLOORS: Floors = { percent: 5, latencyUs: 50, errorPoints: 0.1 };

/** A figure of a run, on the scale on which it is compared. */
interface Figure {
  readonly value: number;
  readonly within: number | undefined;
  readonly withinDof: number;
}

interface Metric {
  readonly name: string;
  readonly unit: ComparedMetric['unit'];
  readonly decides: boolean;
  /** Of the doubt. */
  readonly share: number;
  readonly figure: (run: Run, scatter: Scatter) => Figure | undefined;
}

/**
 * Compares runs of two sides, metric by metric. The same runs and the same chance give the same answers. Of verbs nothing is
 * said without repeats: they have no seconds of their own that could show how far they are off by chance.
 */
export function compareRuns(
  base: readonly Run[],
  next: readonly Run[],
  floors: Floors,
  random: Random,
): ComparedMetric[] {
  const scatters = new Map([...base, ...next].map((run) => [run, scatterOf(run, random)]));
  const verbs = [...new Set([...base, ...next].flatMap((run) => [...run.verbs.keys()]))];
  const verbShare = VERBS_SHARE / (PERCENTILES.length * verbs.length);
  const repeated = base.length + next.length > 2;
  const metrics = [...DECIDING, ...verbs.flatMap((verb) => verbMetrics(verb, verbShare))];
  return metrics.map((metric) => {
    const figures = (runs: readonly Run[]) =>
      runs.map((run) => {
        const scatter = scatters.get(run);
        return scatter && metric.figure(run, scatter);
      });
    const found = compared(metric, [base, next], [figures(base), figures(next)], floors);
    return repeated || metric.decides ? found : { ...found, answer: 'cannot tell' };
  });
}

/** Worse as soon as one metric that decides is, same only when all are. */
export function answerOf(metrics: readonly ComparedMetric[]): Answer {
  const answers = metrics.filter(({ decides }) => decides).map(({ answer }) => answer);
  if (answers.includes('worse')) return 'worse';
  if (answers.includes('better')) return 'better';
  return answers.every((answer) => answer === 'same') ? 'same' : 'cannot tell';
}

const DECIDING: readonly Metric[] = [
  ...PERCENTILES.map(
    (percentile): Metric => ({
      name: `session.p${percentile}`,
      unit: 'us',
      decides: true,
      share: percentile === 50 ? MEDIAN_SHARE : OTHER_SHARE,
      figure: ({ session }, scatter) =>
        session && {
          value: Math.log(Math.max(1, session.us[percentile])),
          within: Math.max(scatter.session[percentile] ?? 0, session.sampling[percentile] ** 2),
          withinDof: scatter.dof,
        },
    }),
  ),
  {
    name: 'throughput',
    unit: 'per-second',
    decides: true,
    share: OTHER_SHARE,
    figure: ({ perSecond }, { throughput, dof }) =>
      perSecond > 0 ? { value: Math.log(perSecond), within: throughput, withinDof: dof } : undefined,
  },
  {
    name: 'errors',
    unit: 'share',
    decides: true,
    share: OTHER_SHARE,
    figure: ({ completed, failed }, { errors, dof }) =>
      completed + failed > 0
        ? { value: failed / (completed + failed), within: errors, withinDof: dof }
        : undefined,
  },
];

function verbMetrics(verb: string, share: number): Metric[] {
  return PERCENTILES.map((percentile) => ({
    name: `${verb}.p${percentile}`,
    unit: 'us',
    decides: false,
    share,
    figure: (run, scatter) => figureOfVerb(verb, percentile, run, scatter),
  }));
}

/**
 * A verb has no figures by the second: its own values are taken to scatter more than independent ones would by as much as those
 * of the sessions do, since it is the same seconds that are slow.
 */
function figureOfVerb(
  verb: string,
  percentile: Percentile,
  { verbs, session }: Run,
  { session: seconds, dof }: Scatter,
): Figure | undefined {
  const spread = verbs.get(verb);
  if (spread === undefined) return undefined;
  const independent = (session?.sampling[percentile] ?? 0) ** 2;
  const alike = independent === 0 ? 1 : Math.max(1, (seconds[percentile] ?? 0) / independent);
  const within = alike * spread.sampling[percentile] ** 2;
  return { value: Math.log(Math.max(1, spread.us[percentile])), within, withinDof: dof };
}

type Figures = readonly (Figure | undefined)[];

function compared(
  { name, unit, decides, share }: Metric,
  [baseRuns, newRuns]: readonly [readonly Run[], readonly Run[]],
  [baseFigures, newFigures]: readonly [Figures, Figures],
  floors: Floors,
): ComparedMetric {
  const doubt = (1 - CONFIDENCE) * share;
  const isShare = unit === 'share';
  const shown = (value: number) => (isShare ? value : Math.exp(value));
  const told = (figures: Figures) =>
    figures.map((figure) => (figure === undefined ? null : shown(figure.value)));
  const runs = { base: told(baseFigures), new: told(newFigures) };
  const base = sampleOf(baseFigures);
  const next = sampleOf(newFigures);
  const middle = (sample: Sample | undefined) => (sample === undefined ? null : shown(mean(sample.values)));
  const about = { name, unit, decides, base: middle(base), new: middle(next), runs };
  if (base === undefined || next === undefined)
    return { ...about, difference: null, floor: null, answer: 'cannot tell' };
  const found = isShare
    ? differenceOf(base, next, {
        assumed: (ASSUMED_ERRORS_APART * mean([...base.values, ...next.values])) ** 2,
        doubt,
        more: [unseenErrors(baseRuns), unseenErrors(newRuns)],
      })
    : differenceOf(base, next, { assumed: ASSUMED_APART ** 2, doubt });
  const inPercent = (value: number) => 100 * (isShare ? value : Math.expm1(value));
  const difference = {
    estimate: inPercent(found.estimate),
    low: inPercent(found.low),
    high: inPercent(found.high),
  };
  const percent = Math.max(
    floors.percent,
    unit === 'us' ? (100 * floors.latencyUs) / Math.max(1, about.base ?? 1) : 0,
  );
  const floor = isShare ? floors.errorPoints : percent;
  const least = isShare ? floor / 100 : Math.log1p(floor / 100);
  return { ...about, difference, floor, answer: answerTo(found, least, unit === 'per-second') };
}

function sampleOf(figures: Figures): Sample | undefined {
  const known = figures.filter((figure) => figure !== undefined);
  if (known.length < figures.length) return undefined;
  const dofs = known.filter(({ within }) => within !== undefined).map(({ withinDof }) => withinDof);
  return {
    values: known.map(({ value }) => value),
    within: known.map(({ within }) => within),
    withinDof: dofs.reduce((sum, dof) => sum + dof, 0),
  };
}

/** That no error, or a few, came to pass by luck: the variance of a count of so many, one more of each kind assumed. */
function unseenErrors(runs: readonly Run[]): Part {
  const failed = runs.reduce((sum, run) => sum + run.failed, 0);
  const all = runs.reduce((sum, run) => sum + run.failed + run.completed, 0);
  const share = (failed + 1) / (all + 2);
  return { variance: (share * (1 - share)) / (all + 2), dof: Number.POSITIVE_INFINITY };
}

/** `least` and the difference on one scale. */
function answerTo({ estimate, low, high }: Difference, least: number, moreIsBetter: boolean): Answer {
  if (low > -least && high < least) return 'same';
  const certain = low > 0 || high < 0;
  if (!certain || Math.abs(estimate) < least) return 'cannot tell';
  return estimate > 0 === moreIsBetter ? 'better' : 'worse';
}
