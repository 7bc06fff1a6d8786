import type { CaseResult, Problem } from './result.js';

/** After every so many cases without an answer the limit is halved: this server does not answer late, but not at all. */
const SILENT_CASES = 5;
/** So many of them one after another, and the rest of the run would tell nothing. */
const SILENT_IN_A_ROW = 10;
const SHORTENED_MIN_MS = 1000;

/**
 * How long a run waits for answers. A server that leaves case after case without one would keep a run waiting for
 * hours: the limit is halved again and again, and the run given up after many of them in a row.
 */
export class Patience {
  timeoutMs: number;
  private silent = 0;
  private inARow = 0;

  constructor(private readonly fullMs: number) {
    this.timeoutMs = fullMs;
  }

  /** Takes note of a result; gives the reason to end the run, if it is one. */
  seen({ findings, note, id }: CaseResult): Problem | undefined {
    const waited =
      findings.some(({ cause }) => cause === 'timeout') || /no complete answer/i.test(note ?? '');
    this.inARow = waited ? this.inARow + 1 : 0;
    if (waited && ++this.silent % SILENT_CASES === 0) {
      this.timeoutMs = Math.min(this.fullMs, Math.max(SHORTENED_MIN_MS, this.timeoutMs / 2));
    }
    if (this.inARow < SILENT_IN_A_ROW) return undefined;
    return {
      code: 'SILENT',
      message: `the last ${SILENT_IN_A_ROW} cases got no answer in time, the last one was ${id}`,
      hint: 'look at the server; --timeout gives it more time, --only runs single cases',
    };
  }
}
