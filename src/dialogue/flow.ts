import type { Scope } from './expression.js';
import type { Step } from './program.js';

interface Loop {
  readonly step: number;
  readonly items: readonly unknown[] | undefined;
  next: bigint;
  readonly last: bigint;
}

interface Retry {
  readonly step: number;
  readonly untilMs: number;
  readonly everyMs: number;
  readonly loops: number;
  readonly bound: number;
  /** Connections that were there before the block. */
  readonly labels: ReadonlySet<string>;
}

/** Where loops, retries and bound names of a running dialogue stand. */
export class Flow {
  private readonly loops: Loop[] = [];
  private readonly retries: Retry[] = [];
  private readonly bound: Scope[] = [];

  constructor(private readonly scope: Scope) {}

  /** Enters a loop or begins its next round; returns the step to go on with. */
  loop(step: Extract<Step, { op: 'loop' }>, at: number): number {
    let loop = this.loops[this.loops.length - 1];
    if (loop?.step !== at) {
      loop = { step: at, ...this.range(step) };
      this.loops.push(loop);
    }
    if (loop.next > loop.last) {
      this.loops.pop();
      return step.exit;
    }
    if (step.name !== undefined) {
      this.scope[step.name] = loop.items === undefined ? loop.next : loop.items[Number(loop.next)];
    }
    loop.next++;
    return at + 1;
  }

  private range(step: Extract<Step, { op: 'loop' }>): Omit<Loop, 'step'> {
    const from = step.from?.evaluate(this.scope);
    if (Array.isArray(from)) return { items: from, next: 0n, last: BigInt(from.length - 1) };
    const to = BigInt((step.to?.evaluate(this.scope) ?? 0) as bigint);
    return { items: undefined, next: typeof from === 'bigint' ? from : 1n, last: to };
  }

  retry(step: Extract<Step, { op: 'retry' }>, at: number, nowMs: number, labels: Iterable<string>): void {
    this.retries.push({
      step: at,
      untilMs: nowMs + step.forMs,
      everyMs: step.everyMs,
      loops: this.loops.length,
      bound: this.bound.length,
      labels: new Set(labels),
    });
  }

  retried(): void {
    this.retries.pop();
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
        while (this.bound.length > retry.bound) this.unbind();
        return retry;
      }
      this.retries.pop();
    }
    return undefined;
  }

  bind(step: Extract<Step, { op: 'bind' }>): void {
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

  unbind(): void {
    Object.assign(this.scope, this.bound.pop());
  }

  /** The target of a weighted choice; `random` is in [0, 1). */
  choose(step: Extract<Step, { op: 'choose' }>, random: number): number {
    let left = random * step.weights.reduce((total, weight) => total + weight, 0);
    const index = step.weights.findIndex((weight) => (left -= weight) < 0);
    return step.targets[index < 0 ? step.targets.length - 1 : index] ?? 0;
  }
}
