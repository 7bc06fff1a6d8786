import jStat from 'jstat';
import { describe, expect, it } from 'vitest';
import { incomparable, type Named } from '../../src/load/comparison/comparable.js';
import { compareLoads } from '../../src/load/comparison/compare.js';
import { differenceOf } from '../../src/load/comparison/interval.js';
import { answerOf, compareRuns, FLOORS } from '../../src/load/comparison/metrics.js';
import { quantile, type Run } from '../../src/load/comparison/run.js';
import { scatterOf } from '../../src/load/comparison/scatter.js';
import { randomOf } from '../../src/load/random.js';
import type { LoadResult } from '../../src/load/result.js';
import { documentIn, runIn } from './simulated.js';

/** Runs that were taken in turns: base, new, base, new … */
function sides(seconds: number, slower: number, repeats: number, more: Partial<LoadResult> = {}) {
  const side = (name: string, factor: number, turn: number): Named[] =>
    Array.from({ length: repeats }, (_, index) => {
      const startedAt = new Date(Date.UTC(2026, 2, 14, 9, index * 2 + turn)).toISOString();
      const doc = documentIn(seconds, factor, randomOf(turn, index), { startedAt, seed: index, ...more });
      return { file: `${name}${index + 1}.json`, doc };
    });
  return { base: side('base', 1, 0), next: side('new', slower, 1) };
}

const SETTINGS = { floors: FLOORS, failOnWorse: true, version: '0.1.0' };

describe('the difference of two sides', () => {
  const sample = (values: readonly number[], within = 0) => ({
    values,
    within: values.map(() => within),
    withinDof: 10,
  });

  it('is that of a t test where runs do not scatter within themselves', () => {
    const { estimate, low, high } = differenceOf(sample([1, 2, 3]), sample([2, 3, 4]), {
      assumed: 0,
      doubt: 0.05,
    });
    // Two means of three with variance 1: standard error √(2/3), four degrees of freedom.
    expect(estimate).toBeCloseTo(1);
    expect(high - estimate).toBeCloseTo(2.7764 * Math.sqrt(2 / 3), 3);
    expect(estimate - low).toBeCloseTo(high - estimate);
  });

  it('is no narrower than the seconds of the runs allow, however alike the repeats are', () => {
    const { high } = differenceOf(sample([1, 1, 1], 0.04), sample([1, 1, 1], 0.04), {
      assumed: 0,
      doubt: 0.05,
    });
    expect(high).toBeGreaterThan(0.3);
  });

  it('rests on what is assumed where there are no repeats', () => {
    const { high } = differenceOf(sample([0]), sample([0]), { assumed: 0.01, doubt: 0.05 });
    expect(high).toBeCloseTo(1.96 * 0.1 * Math.SQRT2, 2);
  });

  it('has quantiles of the t distribution as tables print them', () => {
    expect(jStat.studentt.inv(0.975, 4)).toBeCloseTo(2.7764, 4);
    expect(jStat.studentt.inv(0.995, 9)).toBeCloseTo(3.2498, 4);
  });
});

describe('the scatter of a run', () => {
  it('is larger where seconds that follow each other are alike', () => {
    const at = (keeps: number) => {
      const server = {
        ...{ perSecond: 100, medianUs: 20_000, spread: 0.3, apart: 0, drift: 0 },
        wobble: 0.1,
        keeps,
      };
      const variances = Array.from({ length: 12 }, (_, index) => {
        const run = runIn(60, 1, randomOf(3, index), server);
        return scatterOf(run, randomOf(4, index)).session[50] ?? 0;
      });
      return variances.reduce((sum, variance) => sum + variance, 0) / variances.length;
    };
    expect(at(0.8) / at(0)).toBeGreaterThan(2);
  });

  it('is not known where there are too few seconds', () => {
    expect(scatterOf(runIn(1, 1, randomOf(1, 1)), randomOf(1, 2))).toMatchObject({
      throughput: undefined,
      dof: 0,
    });
  });

  it('takes percentiles between the places of the histogram', () => {
    expect(quantile([10, 20, 30], [1, 2, 1], 4, 0.5)).toBe(15);
    expect(quantile([10, 20, 30], [1, 2, 1], 4, 1)).toBe(30);
    expect(quantile([10], [5], 5, 0.5)).toBe(10);
  });
});

describe('simulated runs with drift, seconds that are alike, and repeats that lie apart', () => {
  const answers = (slower: number, pairs: number) =>
    Array.from({ length: pairs }, (_, pair) => {
      const random = randomOf(slower * 1000, pair);
      const side = (factor: number): Run[] => [1, 2, 3].map(() => runIn(20, factor, random));
      return answerOf(compareRuns(side(1), side(slower), FLOORS, random));
    });

  // The rates themselves are measured by npm run bench:compare; docs/compare.md has them.
  it('the same server: next to no alarm', () => {
    expect(answers(1, 40).filter((answer) => answer === 'worse' || answer === 'better').length).toBeLessThan(
      4,
    );
  });
  it('a fifth slower: found nearly always, and never called better', () => {
    const found = answers(1.2, 20);
    expect(found.filter((answer) => answer === 'worse').length).toBeGreaterThan(17);
    expect(found).not.toContain('better');
  });
});

describe('a comparison of results', () => {
  it('says worse, by how much and where, and ends with 1 where that was asked for', () => {
    const { base, next } = sides(12, 1.3, 3);
    const comparison = compareLoads(base, next, SETTINGS);
    expect(comparison.answer).toBe('worse');
    expect(comparison.exit.code).toBe(1);
    expect(compareLoads(base, next, { ...SETTINGS, failOnWorse: false }).exit.code).toBe(0);
    const p50 = comparison.metrics.find(({ name }) => name === 'session.p50');
    expect(p50?.difference?.low).toBeGreaterThan(15);
    expect(p50?.difference?.high).toBeLessThan(45);
    expect(comparison.metrics.find(({ name }) => name === 'throughput')?.answer).toBe('worse');
    expect(comparison.notes).toEqual([]);
    expect(comparison.base.session?.count).toBe(base.reduce((sum, { doc }) => sum + doc.totals.completed, 0));
  });

  it('turned round says better; the same twice gives the same', () => {
    const { base, next } = sides(12, 1.3, 3);
    expect(compareLoads(next, base, SETTINGS).answer).toBe('better');
    expect(compareLoads(base, next, SETTINGS)).toEqual(compareLoads(base, next, SETTINGS));
  });

  it('says same of errors only when there were sessions enough to see them', () => {
    const errors = (seconds: number) => {
      const { base, next } = sides(seconds, 1, 3);
      return compareLoads(base, next, SETTINGS).metrics.find(({ name }) => name === 'errors')?.answer;
    };
    expect(errors(2)).toBe('cannot tell');
    expect(errors(40)).toBe('same');
  });

  it('sees errors that came new', () => {
    const { base, next } = sides(12, 1, 3);
    const failing = next.map(({ file, doc }) => {
      const totals = { ...doc.totals, failed: Math.round(doc.totals.completed / 20) };
      return { file, doc: { ...doc, totals } };
    });
    const { metrics, answer } = compareLoads(base, failing, SETTINGS);
    expect(metrics.find(({ name }) => name === 'errors')).toMatchObject({ unit: 'share', answer: 'worse' });
    expect(answer).toBe('worse');
  });

  it('says worse of mail that was damaged in new alone, whatever the figures', () => {
    const { base, next } = sides(12, 1, 2);
    const damaged = next.map(({ file, doc }) => ({
      file,
      doc: { ...doc, integrity: { checks: 9, errors: 1 } },
    }));
    expect(compareLoads(base, damaged, SETTINGS)).toMatchObject({
      answer: 'worse',
      exit: { code: 1 },
      integrityErrors: { base: 0, new: 2 },
    });
    expect(compareLoads(damaged, damaged, SETTINGS).answer).toBe('cannot tell');
  });

  it('with one run a side tells large differences only, and says so', () => {
    const one = sides(12, 1.1, 1);
    const comparison = compareLoads(one.base, one.next, SETTINGS);
    expect(comparison.answer).toBe('cannot tell');
    expect(comparison.notes.join()).toContain('one run a side');
    const large = sides(12, 2, 1);
    const { answer, metrics } = compareLoads(large.base, large.next, SETTINGS);
    expect(answer).toBe('worse');
    const ofVerbs = metrics.filter(({ decides }) => !decides).map((metric) => metric.answer);
    expect(new Set(ofVerbs)).toEqual(new Set(['cannot tell']));
  });

  it('says that one side was run wholly before the other', () => {
    const { base, next } = sides(12, 1, 2);
    const later = next.map(({ file, doc }) => ({
      file,
      doc: { ...doc, startedAt: `2027${doc.startedAt.slice(4)}` },
    }));
    expect(compareLoads(base, later, SETTINGS).notes.join()).toContain('taken in turns');
  });

  it('tells nothing of a run whose generator was the bottleneck, or that ended early: exit code 5', () => {
    const { base, next } = sides(12, 2, 2);
    const [first, ...rest] = next;
    if (first === undefined) throw new Error('no run');
    const saturated = { ...first.doc.health, verdict: 'saturated' as const, reasons: ['no idle time'] };
    for (const doc of [
      { ...first.doc, health: saturated },
      { ...first.doc, complete: false },
    ]) {
      const comparison = compareLoads(base, [{ ...first, doc }, ...rest], SETTINGS);
      expect(comparison.exit.code).toBe(5);
      expect(comparison.metrics.every(({ answer }) => answer === 'cannot tell')).toBe(true);
      expect(comparison.notes[0]).toContain('new1.json');
    }
  });

  it('says worse of a server that no longer lets anyone through', () => {
    const { base, next } = sides(12, 1, 3);
    const none = next.map(({ file, doc }) => ({
      file,
      doc: {
        ...doc,
        totals: { ...doc.totals, completed: 0, failed: 900 },
        rates: { ...doc.rates, completed: 0 },
        latencies: [],
        series: doc.series.map(({ histogram: _, ...rest }) => ({ ...rest, completed: 0, failed: 75 })),
      },
    }));
    const { answer, metrics } = compareLoads(base, none, SETTINGS);
    expect(answer).toBe('worse');
    expect(metrics.find(({ name }) => name === 'session.p50')).toMatchObject({ new: null, difference: null });
  });
});

describe('runs of different things are refused, with both values', () => {
  const base: Named = { file: 'a.json', doc: documentIn(2, 1, randomOf(1, 1)) };
  const { doc } = base;
  const open = {
    kind: 'open' as const,
    stages: [{ fromPerSecond: 200, toPerSecond: 200, durationMs: 60_000 }],
    ...{ arrivals: 'uniform' as const, maxSessions: 100, durationMs: 60_000, warmupMs: 0 },
  };
  const later = '2026-03-15T00:00:00.000Z';
  it.each<[string, Partial<LoadResult>, string]>([
    ['scenario', { scenario: { ...doc.scenario, id: 'load/idle' } }, 'other scenarios: load/'],
    ['dialogue', { scenario: { ...doc.scenario, dialogue: 'C: NOOP' } }, 'other dialogues under the name'],
    ['model', { model: open }, 'other models: closed and open'],
    [
      'sessions',
      { model: { kind: 'closed', sessions: 9, durationMs: 2000, warmupMs: 0 } },
      'another load: 8 sessions at a time and 9 sessions at a time',
    ],
    ['TLS', { target: { ...doc.target, tls: 'stls' } }, 'other modes of TLS: implicit and stls'],
    ['login', { target: { ...doc.target, auth: 'apop' } }, `other logins: ${doc.target.auth} and apop`],
    ['network', { target: { ...doc.target, address: '192.0.2.7' } }, 'this machine and the internet'],
    ['the same run', { startedAt: doc.startedAt }, 'a.json and b.json hold the same run'],
    [
      'capacity',
      { capacity: { perSecond: 1, limit: 'server', steps: [] } },
      'b.json is a search for the capacity',
    ],
  ])('%s', (_, more, message) => {
    const other: Named = { file: 'b.json', doc: { ...doc, startedAt: later, ...more } };
    expect(incomparable([base, other])).toContain(message);
  });

  it('other rates', () => {
    const at = (rate: number) => [{ fromPerSecond: rate, toPerSecond: rate, durationMs: 60_000 }];
    const a = { file: 'a.json', doc: { ...doc, model: { ...open, stages: at(200) } } };
    const b = { file: 'b.json', doc: { ...doc, startedAt: later, model: { ...open, stages: at(250) } } };
    expect(incomparable([a, b])).toContain('another load: 200/s uniform and 250/s uniform');
    expect(incomparable([a, { ...b, doc: { ...a.doc, startedAt: later } }])).toBeUndefined();
  });
});
