import { performance } from 'node:perf_hooks';
import type { Connection, ConnectionListener } from '../wire/connection.js';
import type { Trace } from '../wire/trace.js';
import { Course, type CourseOwner, type Progress } from './course.js';
import { formatDuration } from './duration.js';
import { answered, beginTls, execute, look } from './execute.js';
import { Farewell } from './leave.js';
import type { Peer } from './peer.js';
import type { SessionOptions, SessionResult } from './session-types.js';

/** A loop that never waits is stopped after so many steps. */
const STEPS_WITHOUT_WAIT_MAX = 2_000_000;

/**
 * Runs one compiled dialogue on its connections. A state machine: `run` executes steps until one has to wait;
 * socket events and the deadline go on from there. Nothing in it knows whether it checks or loads.
 */
export class Session implements ConnectionListener, CourseOwner {
  private readonly course: Course;
  private farewell: Farewell | undefined;

  /** `onEnd` is called once, after the farewell, unless the session is destroyed before. */
  constructor(
    private readonly options: SessionOptions,
    private readonly onEnd: (result: SessionResult) => void,
  ) {
    this.course = new Course(options, this);
  }

  get trace(): Trace {
    return this.course.trace;
  }

  start(): void {
    this.course.start();
  }

  /** Ends the dialogue from outside (a watchdog, the end of a run); the farewell is still said. */
  interrupt(reason: string): void {
    if (this.course.over) return;
    this.trace.event('A', 'note', reason);
    this.finish(false);
  }

  /** Drops every connection at once, without a farewell; `onEnd` is not called. */
  destroy(): void {
    this.course.over = true;
    this.course.deadline.release();
    this.farewell?.cancel();
    for (const { connection } of this.course.peers.all()) connection.destroy();
  }

  /** `text` with the secrets of this session masked. */
  masked(text: string): string {
    return this.course.redactor.mask(text);
  }

  connected(connection: Connection): void {
    const { course } = this;
    const { wait } = course;
    if (wait?.on !== 'connect' || wait.peer.connection !== connection) return;
    course.nowMs = performance.now();
    course.phases.tell('connect', true, course.nowMs - wait.sinceMs);
    wait.peer.pending.push({ verb: '', sentMs: course.nowMs, firstOctetMs: undefined });
    if (wait.implicit !== undefined) beginTls(wait.peer, {}, wait.implicit === 'watched', course);
    this.course.goOn(this.course.at + 1);
  }

  secured(connection: Connection): void {
    const { course } = this;
    const peer = course.peers.of(connection);
    if (peer === undefined) return;
    course.nowMs = performance.now();
    this.resume(peer);
  }

  received(connection: Connection): void {
    const { course } = this;
    const peer = course.peers.of(connection);
    if (peer === undefined) return;
    course.nowMs = performance.now();
    const oldest = peer.pending[0];
    if (oldest !== undefined) oldest.firstOctetMs ??= course.nowMs;
    if (this.farewell === undefined) this.resume(peer);
    else this.farewell.received(peer);
  }

  ended(connection: Connection): void {
    const { course } = this;
    const { wait } = course;
    const peer = course.peers.of(connection);
    if (peer === undefined) return;
    course.nowMs = performance.now();
    if (this.farewell !== undefined) this.farewell.ended(peer);
    else if (wait?.on === 'connect' && wait.peer === peer) {
      course.phases.tell('connect', false, course.nowMs - wait.sinceMs);
      const { cause = 'close', detail = '' } = connection.end ?? {};
      course.failed(cause === 'ours' ? 'close' : cause, detail);
    } else this.resume(peer);
  }

  expired(): void {
    const { course } = this;
    const { wait } = course;
    if (course.over || wait === undefined) return;
    course.nowMs = performance.now();
    if (wait.on === 'time') {
      course.wait = undefined;
      wait.then();
    } else if (wait.on === 'answer') {
      if (answered(wait.awaited.step, wait.awaited.late(), course) === 'go') this.run();
    } else if (wait.on !== 'delivery') {
      course.phases.tell('connect', false, course.nowMs - wait.sinceMs);
      wait.peer.connection.destroy();
      const waitedMs = course.timeoutMs;
      course.failed('timeout', `no connection within ${formatDuration(waitedMs)}`, { waitedMs });
    }
  }

  run(): void {
    const { course } = this;
    const { steps } = this.options.program;
    for (let count = 0; !course.over; count++) {
      const step = steps[course.at];
      if (step === undefined) {
        this.finish(true);
        return;
      }
      if (count > STEPS_WITHOUT_WAIT_MAX) {
        course.failed('limit', 'the dialogue loops without waiting for anything');
        return;
      }
      let progress: Progress;
      try {
        progress = execute(step, course, this);
      } catch (error) {
        progress = course.threw(error);
      }
      if (progress === 'wait') return;
    }
  }

  finish(finished: boolean): void {
    const { course, options } = this;
    if (course.over) return;
    course.over = true;
    course.wait = undefined;
    course.deadline.release();
    course.phases.endAll(finished, performance.now());
    const done = (countAfterReset: number | undefined): void => {
      options.hooks?.left?.();
      this.onEnd({ findings: course.judge.conclude(), finished, countAfterReset, values: course.scope });
    };
    const open = course.peers.open();
    if (open.length === 0) done(undefined);
    else this.farewell = new Farewell(open, options.fetchedGoes === true, done);
  }

  private resume(peer: Peer): void {
    const { wait, over } = this.course;
    if (over || wait?.on !== 'answer' || wait.awaited.peer !== peer) return;
    if (look(wait.awaited, this.course) === 'go') this.run();
  }
}
