import { performance } from 'node:perf_hooks';

/** Deadlines further away than this have no timer of their own. */
const NEAR_MS = 500;
/** What is far is looked at not more often than this. */
const LOOK_MS = 200;
/** Longer timers fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** Deadlines that are far, in no order; each knows its place. One timer looks when the first of them comes near. */
const far: Deadline[] = [];
let look: NodeJS.Timeout | undefined;
let lookMs = Number.POSITIVE_INFINITY;

function lookAt(atMs: number, nowMs: number): void {
  clearTimeout(look);
  lookMs = atMs;
  const ms = Math.min(Math.max(LOOK_MS, Math.ceil(atMs - nowMs)), TIMER_MAX_MS);
  look = atMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(lookAtAll, ms);
}

function lookAtAll(): void {
  const nowMs = performance.now();
  let firstMs = Number.POSITIVE_INFINITY;
  for (const deadline of far) firstMs = Math.min(firstMs, deadline.lookedAt(nowMs));
  lookAt(firstMs, nowMs);
}

/**
 * The time limit of a session that waits for one thing after another. Setting and clearing cost almost nothing: what
 * is far away is looked at together with all others, and only what is near gets a timer, which is left to run and
 * looks at the deadline when it fires.
 */
export class Deadline {
  private dueMs = Number.POSITIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private firesMs = Number.POSITIVE_INFINITY;
  /** Index in `far`, or -1. */
  private place = -1;

  constructor(private readonly expired: () => void) {}

  /** Calls `expired` after `ms`, in place of any earlier deadline; `nowMs` on the clock of performance.now(). */
  set(ms: number, nowMs = performance.now()): void {
    this.dueMs = nowMs + ms;
    if (ms < NEAR_MS) {
      this.arm(nowMs);
      return;
    }
    if (this.place < 0) this.place = far.push(this) - 1;
    if (this.dueMs - NEAR_MS < lookMs) lookAt(this.dueMs - NEAR_MS, nowMs);
  }

  clear(): void {
    this.dueMs = Number.POSITIVE_INFINITY;
  }

  /** Lets go of the timer; nothing keeps the process alive any more. */
  release(): void {
    this.clear();
    this.leave();
    if (this.timer === undefined) return;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Gets a timer when it is near; gives the time at which it is to be looked at again. */
  lookedAt(nowMs: number): number {
    if (this.dueMs - nowMs >= NEAR_MS) return this.dueMs - NEAR_MS;
    this.arm(nowMs);
    return Number.POSITIVE_INFINITY;
  }

  private leave(): void {
    if (this.place < 0) return;
    const last = far.pop();
    if (last !== undefined && last !== this) {
      far[this.place] = last;
      last.place = this.place;
    }
    this.place = -1;
    if (far.length === 0) lookAt(Number.POSITIVE_INFINITY, 0);
  }

  private arm(nowMs: number): void {
    if (this.timer !== undefined && this.firesMs <= this.dueMs) return;
    clearTimeout(this.timer);
    this.firesMs = this.dueMs;
    this.timer = setTimeout(() => this.fire(), Math.max(0, Math.ceil(this.dueMs - nowMs)));
  }

  private fire(): void {
    this.timer = undefined;
    if (this.dueMs === Number.POSITIVE_INFINITY) return;
    const nowMs = performance.now();
    if (nowMs < this.dueMs) {
      this.set(this.dueMs - nowMs, nowMs);
      return;
    }
    this.dueMs = Number.POSITIVE_INFINITY;
    this.expired();
  }
}
