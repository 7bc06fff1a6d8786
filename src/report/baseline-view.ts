import { demandOf } from '../check/baseline.js';
import type { BaselineResult, CaseResult, CheckResult } from '../check/result.js';
import { safeText } from './escape.js';

type Entry = BaselineResult['entries'][number];

/** What a baseline says of a run, for every reporter alike. */
export interface BaselineView {
  readonly file: string;
  /** What makes the run fail, each with the place to go to. */
  readonly demands: readonly { readonly entry: Entry; readonly text: string }[];
  /** Cases with a finding that was expected. */
  readonly known: readonly CaseResult[];
  /** Entries about which this run says nothing. */
  readonly notRun: number;
}

/** Undefined for a run without a baseline. */
export function viewBaseline({ baseline, cases }: CheckResult): BaselineView | undefined {
  if (baseline === undefined) return undefined;
  return {
    file: safeText(baseline.file, 200),
    demands: baseline.entries.flatMap((entry) => {
      const demand = demandOf(entry);
      return demand === undefined ? [] : [{ entry, text: safeText(demand, 400) }];
    }),
    known: cases.filter(({ known }) => known !== undefined),
    notRun: baseline.entries.filter(({ state }) => state === 'not run').length,
  };
}

/** `until 2026-03-31: the reason (popspec.baseline.yaml:12)`; undefined for a finding that is not known. */
export function knownWords({ known }: CaseResult): string | undefined {
  if (known === undefined) return undefined;
  const until = known.expires === 'never' ? 'for good' : `until ${safeText(known.expires, 20)}`;
  return `${until}: ${safeText(known.reason, 300)} (${safeText(known.place, 200)})`;
}
