import { performance } from 'node:perf_hooks';
import type { Redactor } from '../wire/redactor.js';
import type { Trace } from '../wire/trace.js';
import { Evidence, type Observation } from './evidence.js';
import type { Scope } from './expression.js';
import type { Flow, Retry } from './flow.js';
import { type Cause, type Finding, GOES_ON, type Verdict } from './outcome.js';

/** What a failed expectation means where the dialogue does not say it. */
const DEFAULT_VERDICT: Readonly<Record<Cause, Verdict>> = {
  reply: 'fail',
  close: 'fail',
  unsolicited: 'fail',
  limit: 'fail',
  check: 'fail',
  silence: 'fail',
  reset: 'inconclusive',
  timeout: 'inconclusive',
  refused: 'inconclusive',
  unreachable: 'inconclusive',
  tls: 'inconclusive',
  delivery: 'blocked',
  statement: 'error',
  guard: 'error',
};

/** Decides what an observation means for a dialogue and keeps what was found. */
export class Judge {
  private findings: Finding[] = [];
  private evidence: Evidence | undefined;

  constructor(
    private readonly flow: Flow,
    private readonly redactor: Redactor,
    private readonly trace: Trace,
    private readonly scope: Scope,
  ) {}

  /** How many findings there are. */
  get count(): number {
    return this.findings.length;
  }

  /** Takes an observation down that ends nothing, or with which a `retry` begins anew; else the dialogue is over. */
  weigh(observation: Observation): 'goes on' | 'over' | Retry {
    const goesOn = GOES_ON.has(observation.verdict);
    if (!goesOn && observation.verdict !== 'unsupported' && observation.cause !== 'guard') {
      const retry = this.flow.takeUp(performance.now());
      if (retry !== undefined) {
        this.findings.length = retry.findings;
        return retry;
      }
    }
    this.evidence ??= new Evidence(this.redactor, this.trace, this.scope);
    this.findings.push(this.evidence.finding(observation));
    return goesOn ? 'goes on' : 'over';
  }

  /** An expectation was not met and the dialogue has no verdict for it: that of the `use` around it, or the usual one. */
  blame(missed: Omit<Observation, 'verdict'>): Observation {
    const { step, cause } = missed;
    // Mail has no greatest size: where the reading stops, nothing is wrong yet.
    const usual = cause === 'limit' && missed.unfinished === true ? 'inconclusive' : DEFAULT_VERDICT[cause];
    const verdict = cause === 'guard' ? 'error' : (step.blame?.verdict ?? usual);
    return { ...missed, verdict, reason: missed.reason ?? step.blame?.reason };
  }

  /** All findings, when the transcript is complete: they point at their events in it. */
  conclude(): readonly Finding[] {
    if (this.findings.length === 0) return this.findings;
    return this.findings.map(({ event, ...finding }) =>
      event === undefined ? finding : { ...finding, event: this.trace.position(event) },
    );
  }
}
