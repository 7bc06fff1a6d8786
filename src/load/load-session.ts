import { performance } from 'node:perf_hooks';
import type { Verdict } from '../dialogue/outcome.js';
import type { Program } from '../dialogue/program.js';
import { Session } from '../dialogue/session.js';
import type { SessionHooks, SessionResult } from '../dialogue/session-types.js';
import type { BodyValue, ReplyValue } from '../dialogue/values.js';
import type { Target } from '../wire/target.js';
import { type ErrorTable, EVENTS_HEAD, EVENTS_TAIL } from './errors.js';
import { type Failure, type FailureContext, failureOf } from './failure.js';
import type { Lease } from './leases.js';
import type { Recorder } from './recorder.js';

/** What all sessions of a shard have in common. */
export interface SessionPlan {
  readonly timeoutMs: number;
  readonly allowDelete: boolean;
  /** Octets of one multi-line reply that a session may keep. */
  readonly contentMax: number;
  readonly recorder: Recorder;
  readonly errors: ErrorTable;
  readonly seen: Sightings;
  /** When the run began, on the clock of performance.now(). */
  readonly beganMs: number;
}

/** A scenario made ready to be played. */
export interface PlayedScenario {
  readonly program: Program;
  readonly answersTo: FailureContext['answersTo'];
  readonly counts: { started: number; completed: number; failed: number };
}

/** What is of one session. */
export interface SessionStart {
  readonly lease: Lease;
  readonly target: Target;
  readonly scenario: PlayedScenario;
  readonly random: () => number;
  /** Whether it belongs to the figures. */
  readonly measured: boolean;
  /** Its planned start on the clock of performance.now(), in the open model. */
  readonly plannedMs: number | undefined;
}

/** Noted by whichever session sees it. */
export interface Sightings {
  /** Whether any session was connected. */
  connection: boolean;
  /** The text of the first greeting. */
  greeting: string | undefined;
  /** Sessions that found no file descriptor or local port left on this machine. */
  starved: number;
}

export type SessionEnd = 'completed' | 'failed' | 'damaged' | 'cut-off';

/** As much as the error table shows of a session. */
const TRANSCRIPT = { first: EVENTS_HEAD, last: EVENTS_TAIL };

/** Findings that are no trouble. */
const REMARKS: ReadonlySet<Verdict> = new Set<Verdict>(['pass', 'info']);
/** EADDRINUSE: no port left of a source address that was asked for. */
const STARVED = /\b(?:EMFILE|ENFILE|EADDRNOTAVAIL|EADDRINUSE)\b/;

/** One session of a run: plays the dialogue as one user and reports what it sees to the recorder. */
export class LoadSession implements SessionHooks {
  private readonly session: Session;
  private readonly measured: boolean;
  private readonly startedMs = performance.now();
  private continued = false;
  /** Messages of DELE commands that QUIT will remove. */
  private marked = 0;
  private failures: Failure[] | undefined;
  /** Time that the simulated reader took to think, which is part of no latency. */
  private thoughtMs = 0;
  private cut = false;
  private over = false;

  constructor(
    private readonly plan: SessionPlan,
    private readonly about: SessionStart,
    private readonly onEnd: (session: LoadSession, end: SessionEnd) => void,
  ) {
    const { timeoutMs, allowDelete, contentMax } = plan;
    const { lease, target, scenario, random, measured } = about;
    this.measured = measured;
    if (measured) scenario.counts.started++;
    this.session = new Session(
      {
        program: scenario.program,
        target,
        variables: lease.variables,
        secrets: lease.secrets,
        timeoutMs,
        allowDelete,
        think: true,
        keepBodies: false,
        contentMax,
        reuseSockets: true,
        transcript: TRANSCRIPT,
        random,
        hooks: this,
      },
      (result) => this.ended(result),
    );
  }

  start(): void {
    this.session.start();
  }

  /** Ends it from outside, with a farewell to the server; it then counts as cut off, unless it had failed before. */
  cutOff(): void {
    this.cut = true;
    this.session.interrupt('the run has ended');
  }

  /** Drops it without a farewell. */
  drop(): void {
    if (this.over) return;
    this.session.destroy();
    this.finish('cut-off');
  }

  reply(reply: ReplyValue): void {
    this.continued = reply.status === '+';
    this.plan.seen.greeting ??= reply.text;
    if (!reply.crlf) this.broken('a status line ends in LF alone');
  }

  body(body: BodyValue): void {
    if (body.terminator !== 'CRLF.CRLF')
      this.broken(`the content for ${body.verb} does not end with CRLF "." CRLF`);
    if (body.verb !== 'RETR') return;
    this.plan.recorder.add(this.measured, 'messages');
    this.plan.recorder.add(this.measured, 'octets', Number(body.octets));
  }

  command(verb: string, ok: boolean, firstOctetUs: number, totalUs: number): void {
    // A continuation (RFC 5034 §4) is not the answer yet.
    if (this.continued) return;
    this.plan.recorder.command(this.measured, verb, ok, firstOctetUs, totalUs);
    if (!ok) return;
    if (verb === 'DELE') this.marked++;
    else if (verb === 'RSET') this.marked = 0;
    else if (verb === 'QUIT' && this.marked > 0) {
      this.plan.recorder.add(this.measured, 'deleted', this.marked);
      this.marked = 0;
    }
  }

  phase(name: string, ok: boolean, totalUs: number): void {
    if (ok && name === 'connect') this.plan.seen.connection = true;
    // What is cut off at the end of the run has not failed, and its time says nothing.
    if (ok || !this.cut) this.plan.recorder.phase(this.measured, name, ok, totalUs);
  }

  thought(us: number): void {
    this.thoughtMs += us / 1000;
  }

  checked(): void {
    this.plan.recorder.add(this.measured, 'checks');
  }

  /** The verb of the last command in the transcript before an event; what is masked is none. */
  private lastSent(event: number | undefined): string | undefined {
    const before = this.session.trace.events().slice(0, event);
    const sent = before.filter(({ kind }) => kind === 'send');
    const verbs = sent.flatMap(({ text }) => /^[A-Za-z]{1,12}(?=[ \r\n])/.exec(text)?.[0] ?? []);
    return verbs.at(-1)?.toUpperCase();
  }

  /** RFC 1939 §3 is broken in a way that the dialogue reads over. */
  private broken(text: string): void {
    this.failures ??= [];
    if (!this.failures.some((failure) => failure.text === text))
      this.failures.push({ text, cause: 'reply', integrity: true });
  }

  private ended({ findings, finished }: SessionResult): void {
    if (this.over) return;
    const { plan } = this;
    const failures = this.failures ?? [];
    let stopped = false;
    if (findings.length > 0) {
      const { scenario, lease } = this.about;
      const context: FailureContext = {
        answersTo: scenario.answersTo,
        lastSent: (event) => this.lastSent(event),
        timeoutMs: plan.timeoutMs,
        user: lease.name,
      };
      for (const finding of findings) {
        if (finding.cause === 'unreachable' && STARVED.test(finding.actual)) plan.seen.starved++;
        if (REMARKS.has(finding.verdict)) continue;
        failures.push(failureOf(finding, context));
        stopped ||= finding.verdict !== 'warn';
      }
    }
    const damaged = failures.some(({ integrity }) => integrity);
    for (const failure of failures) {
      // Damage counts in the warm-up, too.
      if (failure.integrity) plan.recorder.add(true, 'integrityErrors');
      else if (!this.measured) continue;
      plan.errors.add(failure, performance.now() - plan.beganMs, () => this.session.trace.events());
    }
    if (damaged) this.finish('damaged');
    else if (finished) this.finish('completed');
    else this.finish(this.cut && !stopped ? 'cut-off' : 'failed');
  }

  private finish(end: SessionEnd): void {
    this.over = true;
    const { recorder } = this.plan;
    recorder.concurrent--;
    if (end === 'cut-off') recorder.add(this.measured, 'cutOff');
    else {
      const endMs = performance.now() - this.thoughtMs;
      const { plannedMs, scenario } = this.about;
      const plannedUs = plannedMs === undefined ? undefined : (endMs - plannedMs) * 1000;
      if (this.measured) scenario.counts[end === 'completed' ? 'completed' : 'failed']++;
      recorder.session(this.measured, end === 'completed', (endMs - this.startedMs) * 1000, plannedUs);
    }
    this.onEnd(this, end);
  }
}
