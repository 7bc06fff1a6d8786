import { Distribution } from '../distribution.js';
import { latencyNamed } from '../figures.js';
import { randomOf } from '../random.js';
import type { Latency } from '../result.js';
import { invalidity, type Named, notesOn } from './comparable.js';
import { answerOf, CONFIDENCE, compareRuns, type Floors } from './metrics.js';
import type { ComparedMetric, ComparedSide, LoadComparison } from './result.js';
import { runOf } from './run.js';

/** Of the draws of the bootstrap: the same results always give the same comparison. */
const SEED = 1;

/**
 * Compares load runs of two sides, one or more each, which must be runs of the same thing (see `incomparable`). With a run in it
 * whose figures are not the server's no metric says anything; mail that is damaged in new alone is `worse` all the same.
 * @param failOnWorse whether the exit code is 1 when the answer is `worse`
 */
export function compareLoads(
  base: readonly Named[],
  next: readonly Named[],
  { floors, failOnWorse, version }: { floors: Floors; failOnWorse: boolean; version: string },
): LoadComparison {
  const sides = { base: sideOf(base), new: sideOf(next) };
  const compared = compareRuns(
    base.map(({ doc }) => runOf(doc)),
    next.map(({ doc }) => runOf(doc)),
    floors,
    randomOf(SEED, 0),
  );
  const invalid = [...sides.base.runs, ...sides.new.runs].filter((run) => run.invalid !== undefined);
  const [spoilt] = invalid;
  const metrics =
    spoilt === undefined
      ? compared
      : compared.map((metric): ComparedMetric => ({ ...metric, answer: 'cannot tell' }));
  const damaged = (side: readonly Named[]) => side.reduce((sum, { doc }) => sum + doc.integrity.errors, 0);
  const integrityErrors = { base: damaged(base), new: damaged(next) };
  const newDamage = integrityErrors.base === 0 && integrityErrors.new > 0;
  const answer = newDamage ? 'worse' : answerOf(metrics);
  const scenario = { id: '', title: '', ...base[0]?.doc.scenario };
  return {
    schemaVersion: 1,
    kind: 'comparison',
    of: 'load',
    tool: { name: 'popspec', version },
    scenario: { id: scenario.id, title: scenario.title },
    ...sides,
    floors: { ...floors },
    confidence: CONFIDENCE,
    metrics,
    integrityErrors,
    answer,
    notes: [
      ...invalid.map(({ file, invalid: why }) => `${file}: ${why}`),
      ...(integrityErrors.base > 0
        ? [
            `mail or protocol was damaged in base too: ${integrityErrors.base} times, ${integrityErrors.new} in new`,
          ]
        : []),
      ...notesOn(base, next),
    ],
    exit:
      failOnWorse && answer === 'worse'
        ? { code: 1, reason: 'new is worse than base' }
        : spoilt !== undefined
          ? { code: 5, reason: `${spoilt.file} is no valid run: ${spoilt.invalid}` }
          : { code: 0, reason: `the answer is: ${answer}` },
  };
}

function sideOf(side: readonly Named[]): ComparedSide {
  const runs = side.map(({ file, doc }) => {
    const invalid = invalidity(doc);
    const { greeting } = doc.target;
    return {
      file,
      startedAt: doc.startedAt,
      url: doc.target.url,
      ...(greeting === undefined ? {} : { greeting }),
      durationMs: doc.durationMs,
      completed: doc.totals.completed,
      failed: doc.totals.failed,
      ...(invalid === undefined ? {} : { invalid }),
    };
  });
  return { runs, session: together(side) };
}

/** Sessions of all runs of a side as one distribution. */
function together(side: readonly Named[]): Latency | null {
  const sessions = side.flatMap(({ doc }) => latencyNamed(doc.latencies, 'session').slice(0, 1));
  const [first] = sessions;
  if (first === undefined) return null;
  const { name, kind, outcome, measure } = first;
  const parts = sessions.map(({ count, overflow = 0, minUs, maxUs, meanUs, histogram }) => {
    return { count, overflow, minUs, maxUs, sumUs: meanUs * count, histogram };
  });
  return Distribution.sumOf(parts).toLatency({ name, kind, outcome, measure });
}
