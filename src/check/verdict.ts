import { type Attempt, endingOf } from '../dialogue/attempt.js';
import type { Finding, Verdict } from '../dialogue/outcome.js';
import { worstVerdict } from '../dialogue/outcome.js';
import type { Level } from '../dialogue/suite.js';

/** The worst that a broken clause of each level can be called. */
const WORST_OF_LEVEL: Readonly<Record<Level, Verdict>> = {
  MUST: 'fail',
  SECURITY: 'fail',
  SHOULD: 'warn',
  MAY: 'info',
  QUIRK: 'info',
};

/** `fail` and `warn` as far as the level of the case goes; the other verdicts say nothing about the clause. */
export function capped(finding: Finding, level: Level): Finding {
  const worst = WORST_OF_LEVEL[level];
  if (finding.verdict === 'fail') return { ...finding, verdict: worst };
  if (finding.verdict === 'warn' && worst === 'info') return { ...finding, verdict: 'info' };
  return finding;
}

export function verdictOf(findings: readonly Finding[]): Verdict {
  return worstVerdict(findings.map((finding) => finding.verdict));
}

const WAITED_FOR: ReadonlySet<Finding['cause']> = new Set([
  'close',
  'reset',
  'timeout',
  'silence',
  'refused',
  'unreachable',
  'tls',
  'delivery',
]);

/**
 * Whether a first result is not yet proof: it rests on waiting, on a connection that ended, or on a state that
 * could not be built, each of which a busy server or network can bring about as well. Where mail arrives in the
 * middle of a session (`delivery`), an accusation rests on whoever delivers it too.
 */
export function needsConfirmation(result: Attempt, delivery = false): boolean {
  const ending = endingOf(result);
  if (ending === undefined) return !result.finished;
  if (ending.verdict === 'inconclusive' || ending.verdict === 'blocked') return true;
  return ending.verdict === 'fail' && (delivery || WAITED_FOR.has(ending.cause) || restsOnTime(result));
}

/** Whether an accusation rests on the server having kept silent too long, at its end or before what is said to be wrong. */
export function restsOnTime(result: Attempt): boolean {
  const ending = endingOf(result);
  if (ending?.verdict !== 'fail') return false;
  return ending.cause === 'timeout' || ending.cause === 'silence' || hasTimeout(result);
}

/** Whether the answer that does not fit may be the late one to a command whose answer was waited for in vain. */
export function mayBeLate(result: Attempt): boolean {
  const ending = endingOf(result);
  if (ending?.cause !== 'reply' || !hasTimeout(result)) return false;
  const status = /^\S*/.exec(ending.actual)?.[0] ?? '';
  return !ending.source.includes(`S: ${status}`);
}

const hasTimeout = ({ transcript }: Attempt): boolean => transcript.some(({ kind }) => kind === 'timeout');
