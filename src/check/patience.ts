import { formatDuration } from '../dialogue/duration.js';
import type { Problem } from './result.js';
import type { Waits } from './waits.js';

/** After every so many waits in vain the limit is halved: this server does not answer late, but not at all. */
const WAITS_A_HALVING = 2;
/** The limit stays so many times above the slowest answer, and above a moment in which a busy machine does nothing. */
const TIMES_SLOWEST = 4;
const SHORTENED_MIN_MS = 500;
/** A run waits in vain for so many full limits in all, and for a minute at least. */
const BUDGET_LIMITS = 12;
const BUDGET_MIN_MS = 60_000;

/**
 * How long a run waits for answers. A server that leaves question after question without one would keep a run waiting
 * for hours: the limit for an answer is halved again and again, and what is waited in vain in all has an end.
 */
export class Patience {
  private inVain = 0;
  private spentMs = 0;
  private slowestMs = 0;

  constructor(private readonly fullMs: number) {}

  /** The limit for an answer from now on. */
  get timeoutMs(): number {
    const least = Math.max(SHORTENED_MIN_MS, TIMES_SLOWEST * this.slowestMs);
    const halved = this.fullMs / 2 ** Math.floor(this.inVain / WAITS_A_HALVING);
    return Math.min(this.fullMs, Math.max(least, halved));
  }

  /** Takes note of how a dialogue was answered. A connection that was `turnedAway` is no question without an answer. */
  waited({ inVainMs, slowestMs }: Waits, turnedAway = false): void {
    this.inVain += inVainMs.length;
    if (!turnedAway) for (const ms of inVainMs) this.spentMs += ms;
    this.slowestMs = Math.max(this.slowestMs, slowestMs);
  }

  /** The reason to end the run, if there is one; `id` names the last case. */
  exhausted(id: string): Problem | undefined {
    if (this.spentMs < Math.max(BUDGET_MIN_MS, BUDGET_LIMITS * this.fullMs)) return undefined;
    return {
      code: 'SILENT',
      message: `the run has waited ${formatDuration(this.spentMs)} for ${this.inVain} answers that did not come, the last time in ${id}`,
      hint: 'look at the server; --timeout gives it more time, --only and --skip choose cases',
    };
  }
}
