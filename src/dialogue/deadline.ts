import { performance } from 'node:perf_hooks';

/** Longer timers fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * One timer for a session that waits for one thing after another. Setting and clearing cost almost nothing: the
 * underlying timer is left to run and looks at the deadline when it fires.
 */
export class Deadline {
  private dueMs = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private firesMs = Number.POSITIVE_INFINITY;

  constructor(private readonly expired: () => void) {}

  /** Calls `expired` after `ms`, in place of any earlier deadline. */
  set(ms: number): void {
    this.dueMs = performance.now() + ms;
    if (this.timer !== undefined && this.firesMs <= this.dueMs) return;
    this.arm();
  }

  clear(): void {
    this.dueMs = Number.POSITIVE_INFINITY;
  }

  /** Lets go of the timer; nothing keeps the process alive any more. */
  release(): void {
    this.clear();
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private arm(): void {
    clearTimeout(this.timer);
    this.firesMs = this.dueMs;
    const ms = Math.max(0, Math.ceil(this.dueMs - performance.now()));
    this.timer = setTimeout(() => this.fire(), Math.min(ms, TIMER_MAX_MS));
  }

  private fire(): void {
    this.timer = undefined;
    if (this.dueMs === Number.POSITIVE_INFINITY) return;
    if (performance.now() < this.dueMs) {
      this.arm();
      return;
    }
    this.dueMs = Number.POSITIVE_INFINITY;
    this.expired();
  }
}
