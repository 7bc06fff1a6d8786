import { createRequire } from 'node:module';
import type { SecondOpinion } from '../load/comparison/result.js';
import { Distribution } from '../load/distribution.js';
import { latencyNamed } from '../load/figures.js';
import type { LoadResult } from '../load/result.js';
import { type AutocannonResult, toAutocannon } from './autocannon.js';

interface Row {
  readonly difference: string;
  readonly pValue: number;
  readonly significant: string;
}
type Compare = (
  a: AutocannonResult,
  b: AutocannonResult,
) => { requests: Row; throughput: Row; latency: Row; aWins: boolean; bWins: boolean };

/**
 * What autocannon-compare makes of the runs of two sides, each taken together as one long run. It takes sessions for independent
 * of one another and judges by throughput alone: a second opinion, not the answer.
 */
export function secondOpinion(
  base: readonly LoadResult[],
  next: readonly LoadResult[],
): SecondOpinion | undefined {
  const [a, b] = [asOne(next), asOne(base)];
  if (a === undefined || b === undefined) return undefined;
  const compare = createRequire(import.meta.url)('autocannon-compare') as Compare;
  const said = compare(toAutocannon(a), toAutocannon(b));
  return {
    tool: 'autocannon-compare',
    rows: (['requests', 'throughput', 'latency'] as const).map((name) => {
      const { difference, pValue, significant } = said[name];
      // It divides by nought where no mail was fetched.
      return {
        name,
        difference: difference.replace('NaN%', 'none'),
        pValue: Number.isFinite(pValue) ? pValue : null,
        significant,
      };
    }),
    winner: said.aWins ? 'new' : said.bWins ? 'base' : 'none',
  };
}

/** Runs one behind the other, as far as autocannon's shape is made of it. */
function asOne(docs: readonly LoadResult[]): LoadResult | undefined {
  const [first] = docs;
  const sessions = docs.flatMap(({ latencies }) => latencyNamed(latencies, 'session').slice(0, 1));
  const [session] = sessions;
  if (first === undefined || session === undefined) return undefined;
  const sum = (of: (doc: LoadResult) => number) => docs.reduce((total, doc) => total + of(doc), 0);
  return {
    ...first,
    durationMs: sum(({ durationMs }) => durationMs),
    totals: {
      ...first.totals,
      started: sum(({ totals }) => totals.started),
      completed: sum(({ totals }) => totals.completed),
      octets: sum(({ totals }) => totals.octets),
    },
    latencies: [Distribution.ofHistograms(sessions.map(({ histogram }) => histogram)).toLatency(session)],
    series: docs.flatMap(({ series }) => series),
  };
}
