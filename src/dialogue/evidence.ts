import type { Redactor } from '../wire/redactor.js';
import type { Trace } from '../wire/trace.js';
import type { Expression, Scope } from './expression.js';
import type { Cause, Finding, Verdict } from './outcome.js';
import type { Step } from './program.js';
import { quote } from './quote.js';
import { renderText, show, type Template } from './template.js';

/** What a dialogue found, before it is put into words. */
export interface Observation {
  readonly step: Step;
  readonly verdict: Verdict;
  readonly cause: Cause;
  /** Latin-1, secrets not yet masked. */
  readonly actual: string;
  /** The words of the suite; without them a sentence is made of the cause. */
  readonly reason?: Template | undefined;
  /** The expression that did not hold. */
  readonly expression?: Expression;
  readonly waitedMs?: number | undefined;
  readonly unfinished?: boolean;
}

/** Makes findings of observations: texts rendered, secrets masked, the number of the event noted that was judged. */
export class Evidence {
  private readonly mask = (text: string): string => this.redactor.mask(text);

  constructor(
    private readonly redactor: Redactor,
    private readonly trace: Trace,
    private readonly scope: Scope,
  ) {}

  finding({ step, verdict, cause, actual, reason, expression, ...more }: Observation): Finding {
    const values =
      expression?.parts.map((part) => ({ expression: part.source, value: this.valueOf(part) })) ?? [];
    // Masked before anything is escaped or cut: a secret must be whole to be found.
    const shown = this.mask(actual);
    return {
      verdict,
      reason: this.text(reason) ?? sentence(cause, shown, step),
      cause,
      place: `${step.place.file}:${step.place.line}`,
      source: step.source,
      expected: step.op === 'expect' ? expectedOf(step) : [step.source],
      actual: quote(shown),
      event: this.trace.judge(),
      ...(more.waitedMs === undefined ? {} : { waitedMs: Math.round(more.waitedMs) }),
      ...(more.unfinished === true ? { unfinished: true } : {}),
      ...(values.length === 0 ? {} : { values }),
    };
  }

  /** Undefined also where a value that the reason names is not there. */
  private text(form: Template | undefined): string | undefined {
    try {
      return form && this.mask(renderText(form, this.scope, this.mask));
    } catch {
      return undefined;
    }
  }

  private valueOf(part: Expression): string {
    if (part.secret) return '***';
    try {
      return quote(show(part.evaluate(this.scope), this.mask));
    } catch {
      return 'cannot be evaluated';
    }
  }
}

function expectedOf(step: Extract<Step, { op: 'expect' }>): string[] {
  return step.alternatives.filter(({ verdict }) => verdict === 'pass').map(({ source }) => source);
}

/** A sentence for a finding whose suite gives none. */
function sentence(cause: Cause, actual: string, step: Step): string {
  switch (cause) {
    case 'close':
      return 'The server closed the connection instead of answering.';
    case 'reset':
      return 'The connection ended before an answer.';
    case 'timeout':
      return 'No complete answer came within the time limit.';
    case 'reply':
      return 'The answer is not what is expected here.';
    case 'check':
      return step.op === 'assert' ? `${step.expression.source} does not hold.` : 'A condition does not hold.';
    default:
      return quote(actual.charAt(0).toUpperCase() + actual.slice(1));
  }
}
