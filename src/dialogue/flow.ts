import type { Scope } from './expression.js';
import type { Step } from './program.js';

interface Loop {
  readonly step: number;
  readonly items: readonly unknown[] | undefined;
  /** Number of the first round, where there is no list. */
  readonly from: bigint;
  readonly rounds: number;
  done: number;
}

/** What was there before a `retry` block, and is all that is left when it begins anew. */
export interface Before {
  readonly labels: ReadonlySet<string>;
  readonly findings: number;
  readonly phases: number;
}

/** A `retry` block that is being tried. */
export interface Retry extends Before {
  readonly step: number;
  readonly untilMs: number;
  readonly everyMs: number;
  readonly loops: number;
  readonly bound: number;
}

/** The steps that only change names or say which step is next. */
export type FlowStep = Extract<
  Step,
  { op: 'jump' | 'branch' | 'loop' | 'again' | 'choose' | 'let' | 'bind' | 'unbind' | 'retried' }
>;

/** Where loops, retries and bound names of a running dialogue stand. */
export class Flow {
  private readonly loops: Loop[] = [];
  private readonly retries: Retry[] = [];
  private readonly bound: Scope[] = [];

  constructor(private readonly scope: Scope) {}

  /** Carries a step out that stands at `at`; gives the step to go on with. `random` gives numbers in [0, 1). */
  move(step: FlowStep, at: number, random: () => number): number {
    switch (step.op) {
      case 'jump':
        return step.to;
      case 'branch':
        return step.condition.evaluate(this.scope) === true ? at + 1 : step.otherwise;
      case 'loop':
        return this.loop(step, at);
      case 'again':
        return step.loop;
      case 'choose':
        return this.choose(step, random());
      case 'let':
        this.scope[step.name] = step.expression.evaluate(this.scope);
        break;
      case 'bind':
        this.bind(step);
        break;
      case 'unbind':
        Object.assign(this.scope, this.bound.pop());
        break;
      case 'retried':
        this.retries.pop();
    }
    return at + 1;
  }

  /** Enters a loop or begins its next round; returns the step to go on with. */
  private loop(step: Extract<Step, { op: 'loop' }>, at: number): number {
    let loop = this.loops[this.loops.length - 1];
    if (loop?.step !== at) {
      loop = { step: at, ...this.range(step) };
      this.loops.push(loop);
    }
    const { items, from, rounds, done } = loop;
    if (done >= rounds) {
      this.loops.pop();
      return step.exit;
    }
    if (step.name !== undefined) {
      this.scope[step.name] = items === undefined ? from + BigInt(done) : items[done];
    }
    loop.done++;
    return at + 1;
  }

  private range(step: Extract<Step, { op: 'loop' }>): Omit<Loop, 'step'> {
    const from = step.from?.evaluate(this.scope);
    if (Array.isArray(from)) return { items: from, from: 0n, rounds: from.length, done: 0 };
    const first = typeof from === 'bigint' ? from : 1n;
    const last = BigInt((step.to?.evaluate(this.scope) ?? 0) as bigint);
    return { items: undefined, from: first, rounds: Number(last - first) + 1, done: 0 };
  }

  retry(step: Extract<Step, { op: 'retry' }>, at: number, nowMs: number, before: Before): void {
    this.retries.push({
      ...before,
      step: at,
      untilMs: nowMs + step.forMs,
      everyMs: step.everyMs,
      loops: this.loops.length,
      bound: this.bound.length,
    });
  }

  /** The retry that takes up a failure at `nowMs`, unwound to its beginning; undefined when none is left in time. */
  takeUp(nowMs: number): Retry | undefined {
    for (
      let retry = this.retries[this.retries.length - 1];
      retry !== undefined;
      retry = this.retries.at(-1)
    ) {
      if (nowMs + retry.everyMs < retry.untilMs) {
        this.loops.length = retry.loops;
        while (this.bound.length > retry.bound) Object.assign(this.scope, this.bound.pop());
        return retry;
      }
      this.retries.pop();
    }
    return undefined;
  }

  private bind(step: Extract<Step, { op: 'bind' }>): void {
    const before: Scope = {};
    const values = step.values.map(
      ({ name, expression }) => [name, expression.evaluate(this.scope)] as const,
    );
    for (const [name, value] of values) {
      before[name] = this.scope[name];
      this.scope[name] = value;
    }
    this.bound.push(before);
  }

  private choose(step: Extract<Step, { op: 'choose' }>, random: number): number {
    let left = random * step.weights.reduce((total, weight) => total + weight, 0);
    const index = step.weights.findIndex((weight) => (left -= weight) < 0);
    return step.targets[index < 0 ? step.targets.length - 1 : index] ?? 0;
  }
}
