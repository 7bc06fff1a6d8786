import { performance } from 'node:perf_hooks';
import { Redactor } from '../wire/redactor.js';
import { Trace } from '../wire/trace.js';
import { Deadline } from './deadline.js';
import type { Observation } from './evidence.js';
import type { Scope } from './expression.js';
import { Flow } from './flow.js';
import { Judge } from './judge.js';
import type { Cause } from './outcome.js';
import type { Peer } from './peer.js';
import { Peers } from './peers.js';
import { Phases } from './phases.js';
import type { Awaited } from './reading.js';
import { newScope } from './scope.js';
import type { SessionOptions } from './session-types.js';

/** `go`: the next step can be executed now. `wait`: an event goes on, or the dialogue is over. */
export type Progress = 'go' | 'wait';

/** What a dialogue waits for. */
export type Wait =
  | { readonly on: 'answer'; readonly awaited: Awaited }
  | {
      readonly on: 'connect';
      readonly peer: Peer;
      readonly sinceMs: number;
      /** How TLS begins as soon as the connection is there, if it does. */
      readonly implicit: 'watched' | 'unwatched' | undefined;
    }
  | { readonly on: 'time'; readonly then: () => void }
  | { readonly on: 'delivery' };

/** Whom a course belongs to. */
export interface CourseOwner {
  /** Executes the step at `at` and those behind it. */
  run(): void;
  /** The deadline has passed. */
  expired(): void;
  /** The dialogue is over; `finished` when it came to its last line. */
  finish(finished: boolean): void;
}

/** Where a running dialogue stands, and what becomes of it. */
export class Course {
  /** Index of the step that is executed now. */
  at = 0;
  wait: Wait | undefined;
  over = false;
  timeoutMs: number;
  readonly redactor: Redactor;
  readonly trace: Trace;
  readonly scope: Scope;
  readonly flow: Flow;
  readonly peers: Peers;
  readonly phases: Phases;
  readonly judge: Judge;
  readonly deadline = new Deadline(() => this.owner.expired());
  /** When the event came that is worked off now, on the clock of performance.now(). */
  nowMs = 0;

  constructor(
    readonly options: SessionOptions,
    private readonly owner: CourseOwner,
  ) {
    this.redactor = new Redactor(options.secrets);
    this.trace = new Trace(this.redactor, options.transcript);
    this.timeoutMs = options.timeoutMs;
    this.scope = newScope(options.target, options.variables);
    this.flow = new Flow(this.scope);
    this.peers = new Peers(this.scope);
    this.phases = new Phases(options.hooks);
    this.judge = new Judge(this.flow, this.redactor, this.trace, this.scope);
  }

  start(): void {
    this.nowMs = performance.now();
    this.owner.run();
  }

  finish(finished: boolean): void {
    this.owner.finish(finished);
  }

  /** What was waited for has come: goes on with `step`. */
  goOn(step: number): void {
    this.wait = undefined;
    this.deadline.clear();
    this.at = step;
    this.owner.run();
  }

  /** Calls `then` after so many milliseconds. */
  sleep(ms: number, then = (): void => this.owner.run()): Progress {
    this.wait = { on: 'time', then };
    this.deadline.set(ms, performance.now());
    return 'wait';
  }

  /** The connection of a label, or undefined when that has ended the dialogue: it was never opened. */
  peerNamed(label: string): Peer | undefined {
    const peer = this.peers.use(label);
    if (peer === undefined) this.failed('statement', `connection ${label} was never opened`);
    return peer;
  }

  /** What was found decides: the dialogue goes on with the step `next`, begins a `retry` anew, or is over. */
  found(observation: Observation, next: number): Progress {
    const outcome = this.judge.weigh(observation);
    if (outcome === 'goes on') {
      this.at = next;
      return 'go';
    }
    if (outcome === 'over') {
      this.finish(false);
      return 'wait';
    }
    this.peers.dropBut(outcome.labels);
    this.phases.unwind(outcome.phases);
    this.at = outcome.step + 1;
    return this.sleep(outcome.everyMs);
  }

  /** An expectation was not met and the dialogue has no verdict for it. */
  failed(
    cause: Cause,
    actual: string,
    more: Pick<Observation, 'reason' | 'expression' | 'waitedMs' | 'unfinished'> = {},
  ): Progress {
    const step = this.options.program.steps[this.at];
    if (step === undefined || this.over) return 'wait';
    return this.found(this.judge.blame({ ...more, step, cause, actual }), this.at + 1);
  }

  /** Expressions throw where values do not allow them, such as an index beyond a list. */
  evaluated(step: () => Progress): Progress {
    try {
      return step();
    } catch (error) {
      return this.threw(error);
    }
  }

  threw(error: unknown): Progress {
    const message = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
    return this.failed('statement', `cannot be evaluated: ${message}`);
  }
}
