import { demandOf, type Overlaid } from './baseline.js';
import type { CaseResult, CheckResult, Problem } from './result.js';

export type FailOn = CheckResult['options']['failOn'];

const FAILING: Readonly<Record<FailOn, (result: CaseResult) => boolean>> = {
  must: ({ verdict }) => verdict === 'fail',
  should: ({ verdict, level }) => verdict === 'fail' || (verdict === 'warn' && level === 'SHOULD'),
  warn: ({ verdict }) => verdict === 'fail' || verdict === 'warn',
};

/** Whether `--fail-on` makes a run fail for this case; what the baseline expects is not looked at. */
export function failsOn(failOn: FailOn, result: CaseResult): boolean {
  return FAILING[failOn](result);
}

/** How a run went, beside its results. */
export interface Circumstances {
  readonly problem: Problem | undefined;
  readonly interrupted: boolean;
  readonly failOn: FailOn;
  /** So many inconclusive cases are put up with. */
  readonly maxInconclusive: number;
}

/** The exit code of a run and the sentence that explains it. README.md has the table. */
export function exitOf(
  { results, baseline }: Overlaid,
  { problem, interrupted, failOn, maxInconclusive }: Circumstances,
): CheckResult['exit'] {
  const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length;
  const failing = results.filter((result) => result.known === undefined && failsOn(failOn, result)).length;
  const known = results.filter((result) => result.known !== undefined).length;
  const decided = count('pass') + count('warn') + count('info') + count('fail');
  if (interrupted) return { code: 130, reason: 'interrupted' };
  if (problem !== undefined) return { code: 3, reason: problem.message };
  if (count('error') > 0)
    return {
      code: 4,
      reason: `${plural(count('error'), 'case')} could not be run because of a mistake of popspec`,
    };
  if (failing > 0)
    return {
      code: 1,
      reason: `${plural(failing, 'case')} at or above --fail-on ${failOn}${baseline === undefined ? '' : ', not in the baseline'}`,
    };
  const [demand, ...more] = (baseline?.entries ?? []).map(demandOf).filter((one) => one !== undefined);
  if (demand !== undefined)
    return {
      code: 1,
      reason: more.length === 0 ? demand : `${demand}; and ${more.length} more of the baseline`,
    };
  if (decided === 0) return { code: 5, reason: 'no case came to a verdict' };
  const open = count('inconclusive');
  if (open > maxInconclusive) return { code: 5, reason: `${plural(open, 'case')} inconclusive` };
  if (known > 0) return { code: 0, reason: `${plural(decided, 'case')} without a failure that is not known` };
  return { code: 0, reason: `${plural(decided, 'case')} without a failure` };
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
