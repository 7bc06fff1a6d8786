import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { BodyReader, type Terminator } from '../pop3/body.js';
import { parseReply } from '../pop3/reply.js';
import { Connection, type ConnectionListener } from '../wire/connection.js';
import { Redactor } from '../wire/redactor.js';
import type { Target } from '../wire/target.js';
import { Trace } from '../wire/trace.js';
import { matchBody, matchEvent, matchLine } from './answers.js';
import { Deadline } from './deadline.js';
import { formatDuration } from './duration.js';
import type { Expression, Scope } from './expression.js';
import { Flow } from './flow.js';
import { Farewell } from './leave.js';
import type { Cause, Finding, Verdict } from './outcome.js';
import { certificateValue, type Peer, type Pending, tlsValue, verbsIn } from './peer.js';
import type { Alternative, Program, Step } from './program.js';
import { quote } from './quote.js';
import { render, renderText, show, type Template } from './template.js';
import { BodyValue, NO_CERTIFICATE, NO_TLS, ReplyValue } from './values.js';

/** What the owner of a session may want to know while it runs. Times in microseconds. */
export interface SessionHooks {
  reply?(reply: ReplyValue): void;
  body?(body: BodyValue): void;
  /** A command was answered to its end. */
  command?(verb: string, ok: boolean, firstOctetUs: number, totalUs: number): void;
  /** A phase ended: connect, tls, greeting, or one named in the dialogue. */
  phase?(name: string, ok: boolean, totalUs: number): void;
  /** A `check` or `should` was looked at. */
  checked?(holds: boolean): void;
}

export interface SessionOptions {
  readonly program: Program;
  readonly target: Target;
  /** user, password and what else the dialogue was compiled with. */
  readonly variables: Scope;
  readonly secrets: readonly string[];
  /** Limit for each answer; `timeout` in a dialogue overrides it. */
  readonly timeoutMs: number;
  /** False: a session that holds a DELE is never ended by QUIT. */
  readonly allowDelete: boolean;
  /** Whether `think` takes time. */
  readonly think: boolean;
  /** Keep the octets of every multi-line reply, also where only their count is asked for. */
  readonly keepBodies: boolean;
  /** Passes over what a server says unasked, for dialogues that only want to get at something. */
  readonly tolerant?: boolean;
  readonly random?: () => number;
  /** Delivers the fixture of this name to a user. */
  readonly deliver?: (fixture: string, user: string) => Promise<void>;
  readonly hooks?: SessionHooks;
}

export interface SessionResult {
  /** In the order in which they came; the one that ended the dialogue is the last. */
  readonly findings: readonly Finding[];
  /** False when a finding or `interrupt` ended the dialogue before its last line. */
  readonly finished: boolean;
  /** Count of messages that STAT told after the closing RSET, where marks had to be taken back. */
  readonly countAfterReset: number | undefined;
  /** The captures as they stood at the end. */
  readonly values: Readonly<Scope>;
}

type Expect = Extract<Step, { op: 'expect' }>;

type Wait =
  | {
      readonly on: 'answer';
      readonly step: Expect;
      readonly peer: Peer;
      sinceMs: number;
      readonly reader: BodyReader;
    }
  | {
      readonly on: 'connect' | 'tls';
      readonly peer: Peer;
      readonly sinceMs: number;
      readonly implicit: boolean;
    }
  | { readonly on: 'time'; readonly then: () => void }
  | { readonly on: 'delivery' };

/** Whether the step is done, or something has to be waited for, or the dialogue is over. */
type Progress = 'go' | 'wait';

/** A loop that never waits is stopped after so many steps. */
const STEPS_WITHOUT_WAIT_MAX = 2_000_000;

/** How long a multi-line reply that looks ended, but is not by CRLF "." CRLF, is given to go on. */
const LOOSE_END_MS = 1500;

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
 * socket events and the timer go on from there. Nothing in it knows whether it checks or loads.
 */
export class Session implements ConnectionListener {
  readonly trace: Trace;
  private readonly redactor: Redactor;
  private readonly scope: Scope;
  private readonly flow: Flow;
  private readonly peers = new Map<string, Peer>();
  private readonly findings: Finding[] = [];
  private readonly phases: { name: string; sinceMs: number }[] = [];
  private readonly deadline = new Deadline(() => this.expired());
  private at = 0;
  private wait: Wait | undefined;
  private timeoutMs: number;
  private startedMs = 0;
  private farewell: Farewell | undefined;
  private over = false;
  /** The command whose multi-line reply is being read. */
  private multiLine: Pending | undefined;

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

  /** Drops every connection at once, without a farewell. */
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
    else if (this.wait?.on === 'answer') this.resume(peer);
    else if ((this.wait?.on === 'connect' || this.wait?.on === 'tls') && this.wait.peer === peer) {
      const { on, sinceMs } = this.wait;
      this.endPhase(on, false, sinceMs);
      const end = connection.end ?? { cause: 'close', detail: '' };
      this.failed(end.cause === 'ours' ? 'close' : end.cause, end.detail);
    }
  }

  private peerOf(connection: Connection): Peer | undefined {
    const peer = this.peers.get(connection.label);
    return peer?.connection === connection ? peer : undefined;
  }

  private resume(peer: Peer): void {
    if (this.over || this.wait?.on !== 'answer' || this.wait.peer !== peer) return;
    if (this.answer(this.wait) === 'go') this.run();
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
      if (step === undefined) return this.finish(true);
      if (count > STEPS_WITHOUT_WAIT_MAX)
        return this.failed('limit', 'the dialogue loops without waiting for anything');
      try {
        if (this.execute(step) === 'wait') return;
      } catch (error) {
        // Expressions throw where values do not allow them, such as an index beyond a list.
        const message = error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
        return this.failed('statement', `cannot be evaluated: ${message}`);
      }
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
      case 'hang-up':
        return this.hangUp(step);
      case 'verdict':
        return this.conclude(step.verdict, step.reason, 'statement', 'the dialogue came to this line');
      case 'pause':
        return this.pause(step);
      case 'deliver':
        return this.deliver(step);
      case 'stop':
        this.finish(true);
        return 'wait';
      case 'jump':
        this.at = step.to;
        return 'go';
      case 'branch':
        this.at = step.condition.evaluate(this.scope) === true ? this.at + 1 : step.otherwise;
        return 'go';
      case 'loop':
        this.at = this.flow.loop(step, this.at);
        return 'go';
      case 'again':
        this.at = step.loop;
        return 'go';
      case 'choose':
        this.at = this.flow.choose(step, (this.options.random ?? Math.random)());
        return 'go';
      default:
        this.simple(step);
        this.at++;
        return 'go';
    }
  }

  private simple(
    step: Extract<
      Step,
      { op: 'let' | 'timeout' | 'bind' | 'unbind' | 'retry' | 'retried' | 'phase' | 'phase-end' }
    >,
  ): void {
    switch (step.op) {
      case 'let':
        this.scope[step.name] = step.expression.evaluate(this.scope);
        return;
      case 'timeout':
        this.timeoutMs = step.ms;
        return;
      case 'bind':
        return this.flow.bind(step);
      case 'unbind':
        return this.flow.unbind();
      case 'retry':
        return this.flow.retry(step, this.at, performance.now(), this.peers.keys());
      case 'retried':
        return this.flow.retried();
      case 'phase':
        this.phases.push({ name: step.name, sinceMs: performance.now() });
        return;
      case 'phase-end': {
        const phase = this.phases.pop();
        if (phase !== undefined) this.endPhase(phase.name, true, phase.sinceMs);
      }
    }
  }

  private send(step: Extract<Step, { op: 'send' }>, from: number): Progress {
    const peer = this.peerNamed(step.label);
    if (peer === undefined) return 'wait';
    const { input } = peer.connection;
    if (from === 0 && peer.pending.length === 0 && input.length > 0 && this.options.tolerant === true) {
      peer.connection.traceReceived(input.peek());
      input.clear();
    }
    if (from === 0 && peer.pending.length === 0 && input.length > 0) {
      const text = quote(this.redactor.mask(input.peek().toString('latin1')));
      const ended = peer.connection.end !== undefined;
      this.failed(ended ? 'reset' : 'unsolicited', `${text} came though nothing was asked`);
      return 'wait';
    }
    for (let index = from; index < step.segments.length; index++) {
      const segment = step.segments[index];
      if (segment === undefined) break;
      const { bytes, secrets } = render(segment.bytes, this.scope);
      if (!this.account(peer, bytes, secrets)) return 'wait';
      if (bytes.length > 0) peer.connection.write(bytes, secrets);
      for (const [start, end] of secrets) this.redactor.add(bytes.toString('utf8', start, end));
      if (segment.pauseMs > 0) {
        this.sleep(segment.pauseMs, () => {
          if (this.send(step, index + 1) === 'go') this.run();
        });
        return 'wait';
      }
    }
    this.at++;
    return 'go';
  }

  /** Keeps account of what is asked, and refuses a QUIT that could remove mail. */
  private account(peer: Peer, bytes: Buffer, secrets: readonly (readonly [number, number])[]): boolean {
    const sentMs = performance.now();
    for (const word of verbsIn(bytes, secrets)) {
      const verb = peer.continued ? 'AUTH' : word;
      peer.continued = false;
      if (verb === 'DELE') peer.marked = true;
      if (verb === 'QUIT' && peer.marked && !this.options.allowDelete) {
        this.failed('guard', 'QUIT was held back: the session holds a DELE and deletion is not allowed');
        return false;
      }
      peer.pending.push({ verb, sentMs, firstOctetMs: undefined });
    }
    return true;
  }

  private expect(step: Expect): Progress {
    const peer = this.peerNamed(step.label);
    if (peer === undefined) return 'wait';
    const keep = this.options.keepBodies || step.alternatives.some((a) => this.needsOctets(a));
    this.wait = { on: 'answer', step, peer, sinceMs: performance.now(), reader: new BodyReader(keep) };
    return this.answer(this.wait);
  }

  private needsOctets({ match }: Alternative): boolean {
    return match.on === 'rows' || (match.on === 'payload' && this.options.program.kept.has(match.name));
  }

  /** Looks at what has come for the expectation that waits. */
  private answer(wait: Extract<Wait, { on: 'answer' }>): Progress {
    const { step, peer, reader } = wait;
    const { input } = peer.connection;
    if (step.wants === 'body') {
      if (input.takeBody(reader)) return this.judgeBody(wait, undefined);
      if (reader.overflow !== undefined)
        return this.miss(wait, 'limit', `more than ${reader.octetsRead} octets without an end`);
      if (peer.connection.end !== undefined) {
        const loose = reader.looseEnd();
        return loose === undefined ? this.judgeEnd(wait) : this.judgeBody(wait, loose);
      }
      const limitMs =
        reader.looseEnd() === undefined ? this.timeoutMs : Math.min(LOOSE_END_MS, this.timeoutMs / 2);
      this.deadline.set(limitMs);
      return 'wait';
    }
    if (step.wants === 'line' || input.length > 0) {
      const line = input.takeLine();
      if (line !== undefined) return this.judgeLine(wait, line.bytes, line.start, line.end, line.crlf);
      if (input.lineTooLong) return this.miss(wait, 'limit', `a line of more than ${input.length} octets`);
    }
    if (peer.connection.end !== undefined) return this.judgeEnd(wait);
    const limitMs = Math.min(step.silenceMs ?? Number.POSITIVE_INFINITY, this.timeoutMs);
    this.deadline.set(Math.max(0, limitMs - (performance.now() - wait.sinceMs)));
    return 'wait';
  }

  private judgeLine(
    wait: Extract<Wait, { on: 'answer' }>,
    bytes: Buffer,
    start: number,
    end: number,
    crlf: boolean,
  ): Progress {
    const { step, peer } = wait;
    peer.connection.traceReceived(bytes.subarray(start, end + (crlf ? 2 : 1)));
    const reply = parseReply(bytes, start, end, crlf);
    const nowMs = performance.now();
    const pending = peer.pending.shift();
    const value = new ReplyValue(
      reply,
      (nowMs - (pending?.sentMs ?? wait.sinceMs)) / 1000,
      pending?.verb ?? '',
    );
    this.scope.reply = value;
    peer.continued = reply.status === '+';
    if (!peer.greeted) {
      peer.greeted = true;
      this.scope.greeting = reply.text;
      this.endPhase('greeting', reply.status === '+OK', pending?.sentMs ?? wait.sinceMs);
    } else if (reply.status === '+OK' && (pending?.verb === 'RSET' || pending?.verb === 'QUIT'))
      peer.marked = false;
    this.options.hooks?.reply?.(value);
    const alternative = matchLine(step, reply, this.scope);
    if (pending !== undefined && pending.verb !== '')
      this.count(pending, reply.status !== '-ERR', alternative, step.label);
    return alternative === undefined
      ? this.miss(wait, 'reply', reply.line)
      : this.take(wait, alternative, 'reply', reply.line);
  }

  /** Reports a command's latency now, or once the multi-line reply that follows is complete. */
  private count(pending: Pending, ok: boolean, taken: Alternative | undefined, label: string): void {
    const next = taken === undefined ? undefined : this.options.program.steps[taken.next];
    if (ok && next?.op === 'expect' && next.wants === 'body' && next.label === label)
      this.multiLine = pending;
    else this.command(pending, ok);
  }

  private command(pending: Pending, ok: boolean): void {
    const nowMs = performance.now();
    const firstUs = ((pending.firstOctetMs ?? nowMs) - pending.sentMs) * 1000;
    this.options.hooks?.command?.(pending.verb, ok, firstUs, (nowMs - pending.sentMs) * 1000);
  }

  private judgeBody(wait: Extract<Wait, { on: 'answer' }>, loose: Terminator | undefined): Progress {
    const { reader, peer, step } = wait;
    const body = loose === undefined ? reader.finish() : reader.finishLoosely(loose);
    const ending = {
      'CRLF.CRLF': '.\r\n',
      'LF.LF': '.\n',
      'LF.CRLF': '.\r\n',
      'CRLF.LF': '.\n',
      'CRLF.': '.',
      'CRLF.CR': '.\r',
    };
    if (body.raw.length > 0 || body.octets === 0)
      peer.connection.traceReceived(body.raw, ending[body.terminator]);
    else this.trace.event(step.label, 'note', `${body.octets} octets of content received`);
    const value = new BodyValue(body, this.multiLine?.verb ?? '');
    this.scope.body = value;
    this.options.hooks?.body?.(value);
    if (this.multiLine !== undefined) this.command(this.multiLine, true);
    this.multiLine = undefined;
    const found = matchBody(step, value, this.scope);
    if ('alternative' in found)
      return this.take(wait, found.alternative, 'reply', `content of ${body.octets} octets`);
    return this.miss(wait, 'reply', `row ${found.row}: ${found.text}`);
  }

  private judgeEnd(wait: Extract<Wait, { on: 'answer' }>): Progress {
    const end = wait.peer.connection.end;
    const cause = end === undefined || end.cause === 'ours' ? 'close' : end.cause;
    const rest = wait.peer.connection.input.peek();
    const partial = rest.length === 0 ? '' : `${rest.toString('latin1')} (unfinished), then `;
    if (rest.length > 0) wait.peer.connection.traceReceived(rest);
    const alternative = cause === 'close' || cause === 'reset' ? matchEvent(wait.step, cause) : undefined;
    if (alternative !== undefined && rest.length === 0)
      return this.take(wait, alternative, cause, end?.detail ?? '');
    if (end?.cause === 'ours') return this.miss(wait, 'statement', 'this side had ended the connection');
    return this.miss(
      wait,
      wait.peer.greeted ? cause : 'reset',
      `${partial}${end?.detail ?? 'the connection ended'}`,
    );
  }

  /** The deadline has passed. */
  private expired(): void {
    const wait = this.wait;
    if (this.over || wait === undefined) return;
    if (wait.on === 'time') {
      this.wait = undefined;
      wait.then();
    } else if (wait.on === 'connect' || wait.on === 'tls') {
      this.endPhase(wait.on, false, wait.sinceMs);
      const what = wait.on === 'connect' ? 'no connection' : 'the TLS handshake was not finished';
      wait.peer.connection.destroy();
      this.failed('timeout', `${what} within ${formatDuration(this.timeoutMs)}`, this.timeoutMs);
    } else if (wait.on === 'answer' && this.lateAnswer(wait) === 'go') this.run();
  }

  private lateAnswer(wait: Extract<Wait, { on: 'answer' }>): Progress {
    const { step, peer, reader } = wait;
    const loose = step.wants === 'body' ? reader.looseEnd() : undefined;
    if (loose !== undefined) return this.judgeBody(wait, loose);
    const rest = peer.connection.input.peek();
    const waitedMs = performance.now() - wait.sinceMs;
    const silence = matchEvent(step, 'silence');
    if (silence !== undefined && rest.length === 0) {
      this.trace.event(step.label, 'silence', formatDuration(step.silenceMs ?? 0));
      return this.take(wait, silence, 'silence', `nothing for ${formatDuration(step.silenceMs ?? 0)}`);
    }
    this.trace.event(step.label, 'timeout', formatDuration(waitedMs));
    if (rest.length > 0) peer.connection.traceReceived(rest);
    const begun = rest.length + reader.octetsRead;
    const actual = begun > 0 ? `${begun} octets without an end, ` : '';
    const alternative = matchEvent(step, 'timeout');
    const text = `${actual}then nothing for ${formatDuration(this.timeoutMs)}`;
    if (alternative !== undefined) return this.take(wait, alternative, 'timeout', text);
    return this.miss(wait, 'timeout', text);
  }

  private take(
    wait: Extract<Wait, { on: 'answer' }>,
    alternative: Alternative,
    cause: Cause,
    actual: string,
  ): Progress {
    this.wait = undefined;
    this.deadline.clear();
    this.at = alternative.next;
    if (alternative.verdict === 'pass') return 'go';
    return this.conclude(alternative.verdict, alternative.reason, cause, actual, wait);
  }

  private miss(wait: Extract<Wait, { on: 'answer' }>, cause: Cause, actual: string): Progress {
    const waitedMs = performance.now() - wait.sinceMs;
    this.failed(
      cause,
      actual,
      cause === 'timeout' || cause === 'close' || cause === 'reset' ? waitedMs : undefined,
    );
    return 'wait';
  }

  private assert(step: Extract<Step, { op: 'assert' }>): Progress {
    const holds = step.expression.evaluate(this.scope) === true;
    if (step.mode !== 'note') this.options.hooks?.checked?.(holds);
    this.at++;
    if (holds) return 'go';
    if (step.mode === 'check') {
      this.at--;
      this.failed('check', 'it does not hold', undefined, step.reason, this.valuesOf(step.expression));
      return 'wait';
    }
    const verdict = step.mode === 'should' ? 'warn' : 'info';
    const reason =
      step.reason === undefined ? `${step.expression.source} does not hold` : this.text(step.reason);
    this.findings.push(
      this.finding(step, verdict, reason, 'check', 'it does not hold', this.valuesOf(step.expression)),
    );
    return 'go';
  }

  private valuesOf(expression: Expression): Finding['values'] {
    return expression.parts.map((part) => ({ expression: part.source, value: this.valueOf(part) }));
  }

  private valueOf(part: Expression): string {
    if (part.secret) return '***';
    try {
      return this.redactor.mask(quote(show(part.evaluate(this.scope))));
    } catch {
      return 'cannot be evaluated';
    }
  }

  private connect(step: Extract<Step, { op: 'connect' }>): Progress {
    this.peers.get(step.label)?.connection.destroy();
    const connection = new Connection(step.label, this.options.target, this, this.trace);
    const peer: Peer = { connection, pending: [], continued: false, marked: false, greeted: false };
    this.peers.set(step.label, peer);
    const implicit =
      step.tls === 'implicit' || (step.tls === 'target' && this.options.target.tls === 'implicit');
    this.wait = { on: 'connect', peer, sinceMs: performance.now(), implicit };
    this.deadline.set(this.timeoutMs);
    connection.open();
    return 'wait';
  }

  private startTls(step: Extract<Step, { op: 'tls' }>): Progress {
    const peer = this.peerNamed(step.label);
    if (peer === undefined) return 'wait';
    if (peer.connection.input.length > 0) {
      // RFC 2595 §4: the octet after the CRLF of +OK is the first of the TLS negotiation.
      const text = quote(this.redactor.mask(peer.connection.input.peek().toString('latin1')));
      this.failed('unsolicited', `${text} came in clear behind the reply to STLS`);
      return 'wait';
    }
    if (peer.connection.end !== undefined) {
      this.failed('close', 'the connection had ended before the handshake');
      return 'wait';
    }
    this.handshake(peer, step.options);
    return 'wait';
  }

  private handshake(peer: Peer, options: Extract<Step, { op: 'tls' }>['options'] = {}): void {
    this.wait = { on: 'tls', peer, sinceMs: performance.now(), implicit: false };
    this.deadline.set(this.timeoutMs);
    peer.connection.startTls(options);
  }

  private hangUp(step: Extract<Step, { op: 'hang-up' }>): Progress {
    const peer = this.peers.get(step.label);
    if (step.how === 'close') peer?.connection.close();
    else if (step.how === 'abort') peer?.connection.abort();
    else peer?.connection.halfClose();
    this.at++;
    return 'go';
  }

  private pause(step: Extract<Step, { op: 'pause' }>): Progress {
    this.at++;
    if (step.think && !this.options.think) return 'go';
    const random = (this.options.random ?? Math.random)();
    const ms =
      step.spread === 'exponential'
        ? -Math.log(1 - random) * step.minMs
        : step.minMs + random * (step.maxMs - step.minMs);
    this.sleep(ms, () => this.run());
    return 'wait';
  }

  private sleep(ms: number, then: () => void): void {
    this.wait = { on: 'time', then };
    this.deadline.set(ms);
  }

  private deliver(step: Extract<Step, { op: 'deliver' }>): Progress {
    if (this.options.deliver === undefined) {
      this.failed('delivery', 'no way of delivering mail was given');
      return 'wait';
    }
    const user = String((step.to?.evaluate(this.scope) ?? this.scope.user) as string);
    const wait: Wait = { on: 'delivery' };
    this.wait = wait;
    this.options.deliver(String(step.fixture.evaluate(this.scope)), user).then(
      () => {
        if (this.wait === wait && !this.over) this.goOn();
      },
      (error: unknown) => {
        if (this.wait === wait && !this.over)
          this.failed('delivery', error instanceof Error ? error.message : String(error));
      },
    );
    return 'wait';
  }

  private peerNamed(label: string): Peer | undefined {
    const peer = this.peers.get(label);
    if (peer === undefined) this.failed('statement', `connection ${label} was never opened`);
    return peer;
  }

  /** A verdict that the dialogue gives in its own words. */
  private conclude(
    verdict: Verdict,
    reason: Template | undefined,
    cause: Cause,
    actual: string,
    wait?: Extract<Wait, { on: 'answer' }>,
  ): Progress {
    const step = wait?.step ?? this.options.program.steps[this.at];
    if (step === undefined) return 'go';
    if (!GOES_ON.has(verdict) && verdict !== 'unsupported' && this.tryAgain()) return 'wait';
    const text = reason === undefined ? sentence(cause, actual) : this.text(reason);
    const finding = this.finding(step, verdict, text, cause, actual);
    if (wait !== undefined && cause !== 'reply') finding.waitedMs = performance.now() - wait.sinceMs;
    this.findings.push(finding);
    if (!GOES_ON.has(verdict)) {
      this.finish(false);
      return 'wait';
    }
    if (wait === undefined) this.at++;
    return 'go';
  }

  /** An expectation was not met and the dialogue has no words for it. */
  private failed(
    cause: Cause,
    actual: string,
    waitedMs?: number,
    reason?: Template,
    values?: Finding['values'],
  ): void {
    const step = this.options.program.steps[this.at];
    if (step === undefined || this.over) return;
    if (cause !== 'guard' && this.tryAgain()) return;
    const verdict = cause === 'guard' ? 'error' : (step.blame?.verdict ?? DEFAULT_VERDICT[cause]);
    const words = reason ?? step.blame?.reason;
    const finding = this.finding(
      step,
      verdict,
      words === undefined ? sentence(cause, actual) : this.text(words),
      cause,
      actual,
      values,
    );
    if (waitedMs !== undefined) finding.waitedMs = Math.round(waitedMs);
    this.findings.push(finding);
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
    this.flow.retried();
    this.sleepThenRetry(retry);
    return true;
  }

  private sleepThenRetry(retry: { step: number; everyMs: number; untilMs: number }): void {
    this.at = retry.step;
    this.sleep(retry.everyMs, () => {
      const step = this.options.program.steps[retry.step];
      if (step?.op !== 'retry') return;
      const leftMs = retry.untilMs - performance.now();
      this.flow.retry({ ...step, forMs: leftMs }, retry.step, performance.now(), this.peers.keys());
      this.at = retry.step + 1;
      this.run();
    });
  }

  private finding(
    step: Step,
    verdict: Verdict,
    reason: string,
    cause: Cause,
    actual: string,
    values?: Finding['values'],
  ): Finding {
    return {
      verdict,
      reason,
      cause,
      place: `${step.place.file}:${step.place.line}`,
      source: step.source,
      expected:
        step.op === 'expect'
          ? step.alternatives.filter((a) => a.verdict === 'pass').map((a) => a.source)
          : [step.source],
      actual: quote(this.redactor.mask(actual)),
      event: this.trace.position(Math.max(0, this.trace.next - 1)),
      ...(values === undefined || values.length === 0 ? {} : { values }),
    };
  }

  private text(form: Template): string {
    return this.redactor.mask(renderText(form, this.scope));
  }

  private endPhase(name: string, ok: boolean, sinceMs: number): void {
    this.options.hooks?.phase?.(name, ok, (performance.now() - sinceMs) * 1000);
  }

  private finish(finished: boolean): void {
    if (this.over) return;
    this.over = true;
    this.wait = undefined;
    this.deadline.clear();
    for (const { name, sinceMs } of this.phases) this.endPhase(name, finished, sinceMs);
    const inStep = (peer: Peer): boolean => peer.pending.length === 0 && this.multiLine === undefined;
    const farewell = new Farewell(this.peers.values(), inStep, (countAfterReset) => {
      this.deadline.release();
      this.onEnd({ findings: this.findings, finished, countAfterReset, values: this.scope });
    });
    this.farewell = farewell;
  }
}

/** A sentence for a finding whose suite gives none. */
function sentence(cause: Cause, actual: string): string {
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
      return 'The condition does not hold.';
    default:
      return actual.charAt(0).toUpperCase() + actual.slice(1);
  }
}
