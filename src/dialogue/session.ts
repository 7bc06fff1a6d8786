import { performance } from 'node:perf_hooks';
import { Connection, type ConnectionListener } from '../wire/connection.js';
import { Redactor } from '../wire/redactor.js';
import { Trace } from '../wire/trace.js';
import { Deadline } from './deadline.js';
import { formatDuration } from './duration.js';
import { Evidence, type Observation } from './evidence.js';
import type { Scope } from './expression.js';
import { Flow, type FlowStep } from './flow.js';
import { Farewell } from './leave.js';
import type { Cause, Finding, Verdict } from './outcome.js';
import { account, certificateValue, newPeer, type Peer, tlsValue } from './peer.js';
import type { Step } from './program.js';
import { type Answer, type Expect, Reading } from './reading.js';
import type { SessionOptions, SessionResult } from './session-types.js';
import { render } from './template.js';
import { NO_CERTIFICATE, NO_TLS } from './values.js';

type Wait =
  | { readonly on: 'answer'; readonly reading: Reading }
  | {
      readonly on: 'connect' | 'tls';
      readonly peer: Peer;
      readonly sinceMs: number;
      readonly implicit: boolean;
    }
  | { readonly on: 'time'; readonly then: () => void }
  | { readonly on: 'delivery' };

/** `go`: the next step can be executed now. `wait`: an event goes on, or the dialogue is over. */
type Progress = 'go' | 'wait';

/** A loop that never waits is stopped after so many steps. */
const STEPS_WITHOUT_WAIT_MAX = 2_000_000;

const GOES_ON: ReadonlySet<Verdict> = new Set<Verdict>(['pass', 'warn', 'info']);

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

/**
 * Runs one compiled dialogue on its connections. A state machine: `run` executes steps until one has to wait;
 * socket events and the deadline go on from there. Nothing in it knows whether it checks or loads.
 */
export class Session implements ConnectionListener {
  readonly trace: Trace;
  private readonly redactor: Redactor;
  private readonly scope: Scope;
  private readonly flow: Flow;
  private readonly evidence: Evidence;
  private readonly peers = new Map<string, Peer>();
  private readonly findings: Finding[] = [];
  private readonly phases: { readonly name: string; sinceMs: number }[] = [];
  private readonly deadline = new Deadline(() => this.expired());
  private at = 0;
  private wait: Wait | undefined;
  private timeoutMs: number;
  private startedMs = 0;
  private farewell: Farewell | undefined;
  private over = false;

  constructor(
    private readonly options: SessionOptions,
    private readonly onEnd: (result: SessionResult) => void,
  ) {
    this.redactor = new Redactor(options.secrets);
    this.trace = new Trace(this.redactor);
    this.timeoutMs = options.timeoutMs;
    const { host, port, tls } = options.target;
    const always = {
      host,
      port: BigInt(port),
      tls_mode: tls,
      greeting: '',
      tls: NO_TLS,
      certificate: NO_CERTIFICATE,
    };
    this.scope = Object.defineProperty({ ...always, ...options.variables }, 'elapsed', {
      get: () => (performance.now() - this.startedMs) / 1000,
    });
    this.flow = new Flow(this.scope);
    this.evidence = new Evidence(this.redactor, this.trace, this.scope);
  }

  start(): void {
    this.startedMs = performance.now();
    this.run();
  }

  /** Ends the dialogue from outside (a watchdog, the end of a run); the farewell is still said. */
  interrupt(reason: string): void {
    if (this.over) return;
    this.trace.event('A', 'note', reason);
    this.finish(false);
  }

  /** Drops every connection at once, without a farewell; `onEnd` is not called. */
  destroy(): void {
    this.over = true;
    this.deadline.release();
    for (const { connection } of this.peers.values()) connection.destroy();
  }

  /** `text` with the secrets of this session masked. */
  masked(text: string): string {
    return this.redactor.mask(text);
  }

  connected(connection: Connection): void {
    const wait = this.wait;
    if (wait?.on !== 'connect' || wait.peer.connection !== connection) return;
    this.endPhase('connect', true, wait.sinceMs);
    wait.peer.pending.push({ verb: '', sentMs: performance.now(), firstOctetMs: undefined });
    if (wait.implicit) this.handshake(wait.peer);
    else this.goOn();
  }

  secured(connection: Connection): void {
    const wait = this.wait;
    if (wait?.on !== 'tls' || wait.peer.connection !== connection) return;
    this.endPhase('tls', true, wait.sinceMs);
    this.scope.tls = tlsValue(wait.peer);
    this.scope.certificate = certificateValue(wait.peer);
    this.goOn();
  }

  received(connection: Connection): void {
    const peer = this.peerOf(connection);
    if (peer === undefined) return;
    const [oldest] = peer.pending;
    if (oldest !== undefined) oldest.firstOctetMs ??= performance.now();
    if (this.farewell === undefined) this.resume(peer);
    else this.farewell.received(peer);
  }

  ended(connection: Connection): void {
    const peer = this.peerOf(connection);
    if (peer === undefined) return;
    if (this.farewell !== undefined) this.farewell.ended(peer);
    else if ((this.wait?.on === 'connect' || this.wait?.on === 'tls') && this.wait.peer === peer) {
      this.endPhase(this.wait.on, false, this.wait.sinceMs);
      const { cause = 'close', detail = '' } = connection.end ?? {};
      this.failed(cause === 'ours' ? 'close' : cause, detail);
    } else this.resume(peer);
  }

  private peerOf(connection: Connection): Peer | undefined {
    const peer = this.peers.get(connection.label);
    return peer?.connection === connection ? peer : undefined;
  }

  private peerNamed(label: string): Peer | undefined {
    const peer = this.peers.get(label);
    if (peer === undefined) this.failed('statement', `connection ${label} was never opened`);
    return peer;
  }

  private resume(peer: Peer): void {
    if (this.over || this.wait?.on !== 'answer' || this.wait.reading.peer !== peer) return;
    if (this.read(this.wait.reading) === 'go') this.run();
  }

  private goOn(): void {
    this.wait = undefined;
    this.deadline.clear();
    this.at++;
    this.run();
  }

  private run(): void {
    const { steps } = this.options.program;
    for (let count = 0; !this.over; count++) {
      const step = steps[this.at];
      if (step === undefined) {
        this.finish(true);
        return;
      }
      if (count > STEPS_WITHOUT_WAIT_MAX) {
        this.failed('limit', 'the dialogue loops without waiting for anything');
        return;
      }
      if (this.evaluated(() => this.execute(step)) === 'wait') return;
    }
  }

  /** Expressions throw where values do not allow them, such as an index beyond a list. */
  private evaluated(step: () => Progress): Progress {
    try {
      return step();
    } catch (error) {
      const message = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
      this.failed('statement', `cannot be evaluated: ${message}`);
      return 'wait';
    }
  }

  private execute(step: Step): Progress {
    switch (step.op) {
      case 'send':
        return this.send(step, 0);
      case 'expect':
        return this.expect(step);
      case 'assert':
        return this.assert(step);
      case 'connect':
        return this.connect(step);
      case 'tls':
        return this.startTls(step);
      case 'pause':
        return this.pause(step);
      case 'deliver':
        return this.deliver(step);
      case 'verdict':
        return this.conclude(
          { step, verdict: step.verdict, reason: step.reason, cause: 'statement', actual: STATED },
          this.at + 1,
        );
      case 'stop':
        this.finish(true);
        return 'wait';
      default:
        this.at = this.move(step);
        return 'go';
    }
  }

  /** Steps that never wait; gives the step to go on with. */
  private move(
    step: FlowStep | Extract<Step, { op: 'timeout' | 'phase' | 'phase-end' | 'retry' | 'hang-up' }>,
  ): number {
    switch (step.op) {
      case 'timeout':
        this.timeoutMs = step.ms;
        break;
      case 'phase':
        this.phases.push({ name: step.name, sinceMs: performance.now() });
        break;
      case 'phase-end': {
        const phase = this.phases.pop();
        if (phase !== undefined) this.endPhase(phase.name, true, phase.sinceMs);
        break;
      }
      case 'retry':
        this.flow.retry(step, this.at, performance.now(), this.peers.keys());
        break;
      case 'hang-up': {
        const connection = this.peers.get(step.label)?.connection;
        if (step.how === 'close') connection?.close();
        else if (step.how === 'abort') connection?.abort();
        else connection?.halfClose();
        break;
      }
      default:
        return this.flow.move(step, this.at, this.options.random ?? Math.random);
    }
    return this.at + 1;
  }

  private send(step: Extract<Step, { op: 'send' }>, from: number): Progress {
    const peer = this.peerNamed(step.label);
    if (peer === undefined || (from === 0 && this.spokeUnasked(peer))) return 'wait';
    for (let index = from; index < step.segments.length; index++) {
      const segment = step.segments[index];
      if (segment === undefined) break;
      const { bytes, secrets } = render(segment.bytes, this.scope);
      if (!account(peer, bytes, secrets, this.options.allowDelete, performance.now())) {
        this.failed('guard', 'QUIT was held back: the session holds a DELE and deletion is not allowed');
        return 'wait';
      }
      for (const [start, end] of secrets) this.redactor.add(bytes.toString('utf8', start, end));
      if (bytes.length > 0) peer.connection.write(bytes, secrets);
      if (segment.pauseMs > 0) {
        this.sleep(segment.pauseMs, () => {
          if (this.evaluated(() => this.send(step, index + 1)) === 'go') this.run();
        });
        return 'wait';
      }
    }
    this.at++;
    return 'go';
  }

  /** RFC 1939 §3: one response for each command. What waits although every command was answered is one too many. */
  private spokeUnasked(peer: Peer): boolean {
    const { input, end } = peer.connection;
    if (peer.pending.length > 0 || input.length === 0) return false;
    const octets = input.peek();
    peer.connection.traceReceived(octets);
    input.clear();
    if (this.options.tolerant === true) return false;
    // A server that hangs up may say why.
    this.failed(
      end === undefined ? 'unsolicited' : 'reset',
      `${octets.toString('latin1')} came though nothing was asked`,
    );
    return true;
  }

  private expect(step: Expect): Progress {
    const peer = this.peerNamed(step.label);
    if (peer === undefined) return 'wait';
    const { program, hooks, keepBodies } = this.options;
    const { scope, trace, timeoutMs } = this;
    const reading = new Reading(step, peer, { program, scope, trace, hooks, timeoutMs, keepBodies });
    this.wait = { on: 'answer', reading };
    return this.read(reading);
  }

  private read(reading: Reading): Progress {
    const answer = reading.look();
    if (answer !== undefined) return this.answered(reading.step, answer);
    this.deadline.set(reading.limitMs);
    return 'wait';
  }

  private answered(step: Expect, { alternative, cause, actual, waitedMs }: Answer): Progress {
    this.wait = undefined;
    this.deadline.clear();
    if (alternative === undefined) {
      this.failed(cause, actual, { waitedMs });
      return 'wait';
    }
    const { verdict, reason, next } = alternative;
    if (verdict !== 'pass') return this.conclude({ step, verdict, reason, cause, actual, waitedMs }, next);
    this.at = next;
    return 'go';
  }

  /** The deadline has passed. */
  private expired(): void {
    const wait = this.wait;
    if (this.over || wait === undefined) return;
    if (wait.on === 'time') {
      this.wait = undefined;
      wait.then();
    } else if (wait.on === 'answer') {
      if (this.answered(wait.reading.step, wait.reading.late()) === 'go') this.run();
    } else if (wait.on !== 'delivery') {
      this.endPhase(wait.on, false, wait.sinceMs);
      wait.peer.connection.destroy();
      const what = wait.on === 'connect' ? 'no connection' : 'the TLS handshake was not finished';
      this.failed('timeout', `${what} within ${formatDuration(this.timeoutMs)}`, {
        waitedMs: this.timeoutMs,
      });
    }
  }

  private assert(step: Extract<Step, { op: 'assert' }>): Progress {
    const { mode, expression, reason } = step;
    const holds = expression.evaluate(this.scope) === true;
    if (mode !== 'note') this.options.hooks?.checked?.(holds);
    if (!holds && mode === 'check') {
      this.failed('check', DOES_NOT_HOLD, { reason, expression });
      return 'wait';
    }
    const verdict = mode === 'should' ? 'warn' : 'info';
    if (!holds) {
      this.findings.push(
        this.evidence.finding({ step, verdict, cause: 'check', actual: DOES_NOT_HOLD, reason, expression }),
      );
    }
    this.at++;
    return 'go';
  }

  private connect(step: Extract<Step, { op: 'connect' }>): Progress {
    this.peers.get(step.label)?.connection.destroy();
    const { target } = this.options;
    const peer = newPeer(new Connection(step.label, target, this, this.trace));
    this.peers.set(step.label, peer);
    const implicit = step.tls === 'implicit' || (step.tls === 'target' && target.tls === 'implicit');
    this.wait = { on: 'connect', peer, sinceMs: performance.now(), implicit };
    this.deadline.set(this.timeoutMs);
    peer.connection.open();
    return 'wait';
  }

  private startTls(step: Extract<Step, { op: 'tls' }>): Progress {
    const peer = this.peerNamed(step.label);
    if (peer === undefined) return 'wait';
    const { input, end } = peer.connection;
    if (input.length > 0) {
      // RFC 2595 §4: what follows the CRLF of the reply to STLS is the TLS negotiation.
      this.failed('unsolicited', `${input.peek().toString('latin1')} came in clear behind the reply to STLS`);
    } else if (end !== undefined) this.failed('close', 'the connection had ended before the handshake');
    else this.handshake(peer, step.options);
    return 'wait';
  }

  private handshake(peer: Peer, options: Extract<Step, { op: 'tls' }>['options'] = {}): void {
    this.wait = { on: 'tls', peer, sinceMs: performance.now(), implicit: false };
    this.deadline.set(this.timeoutMs);
    peer.connection.startTls(options);
  }

  private pause(step: Extract<Step, { op: 'pause' }>): Progress {
    this.at++;
    if (step.think && !this.options.think) return 'go';
    const random = (this.options.random ?? Math.random)();
    const exponential = step.spread === 'exponential';
    const ms = exponential
      ? -Math.log(1 - random) * step.minMs
      : step.minMs + random * (step.maxMs - step.minMs);
    const sinceMs = performance.now();
    this.sleep(ms, () => {
      if (step.think) this.thought(performance.now() - sinceMs);
      this.run();
    });
    return 'wait';
  }

  /** The time that a simulated reader takes counts for no phase. */
  private thought(ms: number): void {
    for (const phase of this.phases) phase.sinceMs += ms;
    this.options.hooks?.thought?.(ms * 1000);
  }

  private sleep(ms: number, then: () => void): void {
    this.wait = { on: 'time', then };
    this.deadline.set(ms);
  }

  private deliver(step: Extract<Step, { op: 'deliver' }>): Progress {
    const { deliver } = this.options;
    if (deliver === undefined) {
      this.failed('delivery', 'no way of delivering mail was given');
      return 'wait';
    }
    const wait: Wait = { on: 'delivery' };
    this.wait = wait;
    const waits = (): boolean => this.wait === wait && !this.over;
    const user = String(step.to?.evaluate(this.scope) ?? this.scope.user);
    deliver(String(step.fixture.evaluate(this.scope)), user).then(
      () => {
        if (waits()) this.goOn();
      },
      (error: unknown) => {
        if (waits()) this.failed('delivery', error instanceof Error ? error.message : String(error));
      },
    );
    return 'wait';
  }

  /** A verdict that the dialogue gives in its own words; `next` is the step to go on with if it goes on. */
  private conclude(observation: Observation, next: number): Progress {
    const goesOn = GOES_ON.has(observation.verdict);
    if (!goesOn && observation.verdict !== 'unsupported' && this.tryAgain()) return 'wait';
    this.findings.push(this.evidence.finding(observation));
    if (goesOn) {
      this.at = next;
      return 'go';
    }
    this.finish(false);
    return 'wait';
  }

  /** An expectation was not met and the dialogue has no verdict for it. */
  private failed(
    cause: Cause,
    actual: string,
    more: Pick<Observation, 'reason' | 'expression' | 'waitedMs'> = {},
  ): void {
    const step = this.options.program.steps[this.at];
    if (step === undefined || this.over || (cause !== 'guard' && this.tryAgain())) return;
    const verdict = cause === 'guard' ? 'error' : (step.blame?.verdict ?? DEFAULT_VERDICT[cause]);
    const reason = more.reason ?? step.blame?.reason;
    this.findings.push(this.evidence.finding({ ...more, step, verdict, cause, actual, reason }));
    this.finish(false);
  }

  /** Goes back to the beginning of the `retry` that is still in time, if there is one. */
  private tryAgain(): boolean {
    const retry = this.flow.takeUp(performance.now());
    if (retry === undefined) return false;
    for (const [label, { connection }] of this.peers) {
      if (retry.labels.has(label)) continue;
      connection.destroy();
      this.peers.delete(label);
    }
    this.phases.length = 0;
    this.at = retry.step + 1;
    this.sleep(retry.everyMs, () => this.run());
    return true;
  }

  private endPhase(name: string, ok: boolean, sinceMs: number): void {
    this.options.hooks?.phase?.(name, ok, (performance.now() - sinceMs) * 1000);
  }

  private finish(finished: boolean): void {
    if (this.over) return;
    this.over = true;
    this.wait = undefined;
    this.deadline.release();
    for (const { name, sinceMs } of this.phases) this.endPhase(name, finished, sinceMs);
    const inStep = (peer: Peer): boolean => peer.pending.length === 0 && peer.multiLine === undefined;
    this.farewell = new Farewell(this.peers.values(), inStep, (countAfterReset) => {
      this.onEnd({ findings: this.findings, finished, countAfterReset, values: this.scope });
    });
  }
}

const STATED = 'the dialogue came to this line';
const DOES_NOT_HOLD = 'it does not hold';
