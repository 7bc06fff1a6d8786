import { compareChecks } from '../../src/check/comparison.js';
import { compareLoads } from '../../src/load/comparison/compare.js';
import { FLOORS } from '../../src/load/comparison/metrics.js';
import { randomOf } from '../../src/load/random.js';
import type { Comparison } from '../../src/report/comparison/document.js';
import { secondOpinion } from '../../src/report/second-opinion.js';
import { documentIn } from '../load/simulated.js';
import { HOSTILE, hostileCheck, sampleCheck } from './samples.js';

/** Comparisons for the tests of reporters. */

const SETTINGS = { floors: FLOORS, failOnWorse: true, version: '0.1.0' };

/** Three runs against three of a server that is a third slower. */
export function sampleLoadComparison(slower = 1.3): Comparison {
  const side = (name: string, factor: number, turn: number) =>
    [0, 1, 2].map((index) => ({
      file: `${name}${index + 1}.json`,
      doc: documentIn(10, factor, randomOf(turn, index), {
        startedAt: new Date(Date.UTC(2026, 2, 14, 9, index * 2 + turn)).toISOString(),
        seed: index,
      }),
    }));
  const [base, next] = [side('base', 1, 0), side('new', slower, 1)];
  const opinion = secondOpinion(
    base.map(({ doc }) => doc),
    next.map(({ doc }) => doc),
  );
  return {
    ...compareLoads(base, next, SETTINGS),
    ...(opinion === undefined ? {} : { secondOpinion: opinion }),
  };
}

export function sampleCheckComparison(): Comparison {
  const doc = sampleCheck();
  const cases = doc.cases.map((result, index) =>
    index === 0
      ? { ...result, verdict: 'pass' as const, findings: [] }
      : index === doc.cases.length - 1
        ? { ...result, verdict: 'fail' as const }
        : result,
  );
  return compareChecks(
    { file: 'a.json', doc },
    { file: 'b.json', doc: { ...doc, cases: cases.slice(0, 3).concat(cases.slice(4)) } },
    SETTINGS,
  );
}

/** Everything that a server can influence is hostile. */
export function hostileComparison(): Comparison {
  const doc = hostileCheck();
  const other = doc.cases.map((result) => ({ ...result, verdict: 'pass' as const }));
  const comparison = compareChecks(
    { file: HOSTILE, doc: { ...doc, cases: other } },
    { file: HOSTILE, doc },
    SETTINGS,
  );
  return { ...comparison, notes: [HOSTILE], exit: { code: 1, reason: HOSTILE } };
}
