import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { BodyReader, type Terminator } from '../pop3/body.js';
import { parseReply } from '../pop3/reply.js';
import type { Line } from '../wire/input.js';
import { ALERT_RECORD_OCTETS, alertOctets } from '../wire/tls.js';
import type { Trace } from '../wire/trace.js';
import { matchBody, matchEvent, matchLine } from './answers.js';
import { formatDuration } from './duration.js';
import type { Scope } from './expression.js';
import type { Cause } from './outcome.js';
import type { Peer, Pending } from './peer.js';
import type { Alternative, Program, Step } from './program.js';
import type { SessionHooks } from './session-types.js';
import { BodyValue, ReplyValue } from './values.js';

export type Expect = Extract<Step, { op: 'expect' }>;

/** How the wait for an answer ended: with the alternative that fits, or without one. */
export interface Answer {
  readonly alternative: Alternative | undefined;
  readonly cause: Cause;
  /** What came, Latin-1, secrets not yet masked. */
  readonly actual: string;
  /** Milliseconds waited, where the answer rests on waiting. */
  readonly waitedMs: number | undefined;
  /** The content of a multi-line reply was under way and did not come to its end. */
  readonly unfinished: boolean;
}

/** What a reading needs of its session. */
export interface ReadingContext {
  readonly program: Program;
  readonly scope: Scope;
  readonly trace: Trace;
  readonly hooks: SessionHooks | undefined;
  readonly timeoutMs: number;
  readonly keepBodies: boolean;
}

/** How long a multi-line reply that looks ended, but is not by CRLF "." CRLF, is given to go on. */
const LOOSE_END_MS = 1500;

/** The terminating lines as they stood on the wire, for transcripts. */
const ENDINGS: Readonly<Record<Terminator, string>> = {
  'CRLF.CRLF': '.\r\n',
  'LF.LF': '.\n',
  'LF.CRLF': '.\r\n',
  'CRLF.LF': '.\n',
  'CRLF.': '.',
  'CRLF.CR': '.\r',
};

/** One expectation that waits on one connection. */
export interface Awaited {
  readonly step: Expect;
  readonly peer: Peer;
  /** Milliseconds from now until `late` is to be called, if nothing comes before. */
  readonly limitMs: number;
  /** Looks at what has come; undefined while the answer is not complete. */
  look(): Answer | undefined;
  /** The time is over. */
  late(): Answer;
}

/** An expectation of a line, a content or an event. */
export class Reading implements Awaited {
  private readonly sinceMs = performance.now();
  private readonly body: BodyReader;

  constructor(
    readonly step: Expect,
    readonly peer: Peer,
    private readonly context: ReadingContext,
  ) {
    this.body = new BodyReader(context.keepBodies || step.alternatives.some((one) => this.needsOctets(one)));
  }

  /** Looks at what has come; undefined while the answer is not complete. */
  look(): Answer | undefined {
    const { step, peer } = this;
    const { input } = peer.connection;
    if (step.wants === 'body') return this.lookAtBody();
    if (step.wants === 'line' || input.length > 0) {
      const line = input.takeLine();
      if (line !== undefined) return this.judgeLine(line);
      if (input.lineTooLong) return this.missed('limit', `a line of more than ${input.length} octets`);
    }
    return peer.connection.end === undefined ? undefined : this.judgeEnd();
  }

  /** Milliseconds from now until `late` is to be called, if nothing comes before. */
  get limitMs(): number {
    const { timeoutMs } = this.context;
    if (this.step.wants === 'body') {
      // Every piece of a long content starts the time anew; silence in the middle of it is what counts.
      return this.body.looseEnd() === undefined ? timeoutMs : Math.min(LOOSE_END_MS, timeoutMs / 2);
    }
    const { silenceMs } = this.step;
    // What has begun to come is no silence any more.
    const limit = this.peer.connection.input.length === 0 ? (silenceMs ?? timeoutMs) : timeoutMs;
    return Math.max(0, limit - (performance.now() - this.sinceMs));
  }

  /** The time is over. */
  late(): Answer {
    const { step, peer, body } = this;
    const { trace, timeoutMs } = this.context;
    const loose = step.wants === 'body' ? body.looseEnd() : undefined;
    if (loose !== undefined) return this.judgeBody(loose);
    const rest = peer.connection.input.peek();
    const silence = matchEvent(step, 'silence');
    if (silence !== undefined && rest.length === 0) {
      const length = formatDuration(step.silenceMs ?? 0);
      trace.event(step.label, 'silence', length);
      return this.answer(silence, 'silence', `nothing for ${length}`, true);
    }
    this.traceUnfinished(rest);
    trace.event(step.label, 'timeout', formatDuration(performance.now() - this.sinceMs));
    const begun = rest.length + body.octetsRead;
    const actual = `${begun > 0 ? `${begun} octets without an end, then ` : ''}nothing for ${formatDuration(timeoutMs)}`;
    return this.answer(matchEvent(step, 'timeout'), 'timeout', actual, true);
  }

  private answer(
    alternative: Alternative | undefined,
    cause: Cause,
    actual: string,
    waited: boolean,
  ): Answer {
    const waitedMs = waited ? performance.now() - this.sinceMs : undefined;
    // What ends a wait for content otherwise than by waiting is content.
    return { alternative, cause, actual, waitedMs, unfinished: waited && this.step.wants === 'body' };
  }

  private missed(cause: Cause, actual: string): Answer {
    return this.answer(undefined, cause, actual, false);
  }

  private lookAtBody(): Answer | undefined {
    const { peer, body } = this;
    const complete = peer.connection.input.takeBody(body);
    if (body.overflow !== undefined) {
      this.traceUnfinished(peer.connection.input.peek());
      return this.missed('limit', `${body.octetsRead} octets of content, more than are read`);
    }
    if (complete) return this.judgeBody(undefined);
    if (peer.connection.end === undefined) return undefined;
    const loose = body.looseEnd();
    return loose === undefined ? this.judgeEnd() : this.judgeBody(loose);
  }

  private judgeLine({ bytes, start, end, crlf }: Line): Answer {
    const { step, peer } = this;
    const { scope, hooks } = this.context;
    peer.connection.traceReceived(bytes.subarray(start, end + (crlf ? 2 : 1)));
    const reply = parseReply(bytes, start + alertIn(bytes, start, end), end, crlf);
    const pending = peer.pending.shift();
    const sentMs = pending?.sentMs ?? this.sinceMs;
    const value = new ReplyValue(reply, (performance.now() - sentMs) / 1000, pending?.verb ?? '');
    scope.reply = value;
    peer.continued = reply.status === '+';
    if (peer.greeting === undefined) {
      peer.greeting = reply.text;
      scope.greeting = reply.text;
      hooks?.phase?.('greeting', reply.status === '+OK', (performance.now() - sentMs) * 1000);
    } else if (reply.status === '+OK' && (pending?.verb === 'RSET' || pending?.verb === 'QUIT')) {
      // A DELE that was sent behind it marks again.
      peer.marked = peer.pending.some(({ verb }) => verb === 'DELE');
    }
    hooks?.reply?.(value);
    return this.evaluated(() => {
      const alternative = matchLine(step, reply, scope);
      if (pending !== undefined && pending.verb !== '')
        this.count(pending, reply.status !== '-ERR', alternative);
      return this.answer(alternative, 'reply', reply.line, false);
    });
  }

  /** Patterns may hold expressions, which throw where values do not allow them. */
  private evaluated(judge: () => Answer): Answer {
    try {
      return judge();
    } catch (error) {
      const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
      return this.missed('statement', `cannot be evaluated: ${message}`);
    }
  }

  /** Reports a command's latency now, or leaves that to the multi-line reply that follows. */
  private count(pending: Pending, ok: boolean, taken: Alternative | undefined): void {
    const next = taken === undefined ? undefined : this.context.program.steps[taken.next];
    if (ok && next?.op === 'expect' && next.wants === 'body' && next.label === this.step.label) {
      this.peer.multiLine = pending;
    } else this.command(pending, ok);
  }

  private command(pending: Pending, ok: boolean): void {
    const nowMs = performance.now();
    const firstUs = ((pending.firstOctetMs ?? nowMs) - pending.sentMs) * 1000;
    this.context.hooks?.command?.(pending.verb, ok, firstUs, (nowMs - pending.sentMs) * 1000);
  }

  private judgeBody(loose: Terminator | undefined): Answer {
    const { peer, step } = this;
    const { scope, hooks, trace } = this.context;
    const body = loose === undefined ? this.body.finish() : this.body.finishLoosely(loose);
    if (body.raw.length > 0 || body.octets === 0)
      peer.connection.traceReceived(body.raw, ENDINGS[body.terminator]);
    else trace.event(step.label, 'note', `${body.octets} octets of content received`);
    const value = new BodyValue(body, peer.multiLine?.verb ?? '');
    scope.body = value;
    hooks?.body?.(value);
    if (peer.multiLine !== undefined) this.command(peer.multiLine, true);
    peer.multiLine = undefined;
    return this.evaluated(() => {
      const found = matchBody(step, value, scope);
      if ('alternative' in found) {
        return this.answer(found.alternative, 'reply', `content of ${body.octets} octets`, false);
      }
      return this.missed('reply', `row ${found.row}: ${found.text}`);
    });
  }

  private judgeEnd(): Answer {
    const { peer, step } = this;
    const { end, input } = peer.connection;
    const rest = input.peek();
    this.traceUnfinished(rest);
    if (end === undefined || end.cause === 'ours')
      return this.missed('statement', 'this side had ended the connection');
    const alone = rest.length === 0 || alertIn(rest, 0, rest.length) === rest.length;
    const begun = this.body.octetsRead > 0 ? `${this.body.octetsRead} octets` : rest.toString('latin1');
    const partial = begun === '' ? '' : `${begun} (unfinished), then `;
    const event = alone && (end.cause === 'close' || end.cause === 'reset') ? end.cause : undefined;
    const alternative = event === undefined ? undefined : matchEvent(step, event);
    // A connection that ends before the greeting is turned away, for a reason that it does not tell.
    const cause =
      alternative === undefined && peer.greeting === undefined && end.cause === 'close' ? 'reset' : end.cause;
    return this.answer(alternative, cause, `${partial}${end.detail}`, true);
  }

  /** Notes what came of an answer that has no end: `rest`, and the content so far. */
  private traceUnfinished(rest: Buffer): void {
    const { peer, step, body } = this;
    const octets = Buffer.concat([body.kept, rest]);
    if (octets.length > 0) peer.connection.traceReceived(octets);
    else if (body.octetsRead > 0)
      this.context.trace.event(step.label, 'note', `${body.octetsRead} octets of content received`);
  }

  private needsOctets({ match }: Alternative): boolean {
    return match.on === 'rows' || (match.on === 'payload' && this.context.program.kept.has(match.name));
  }
}

/** What answers octets that are no handshake may have an alert in front of it. */
function alertIn(bytes: Buffer, start: number, end: number): number {
  return end - start < ALERT_RECORD_OCTETS ? 0 : alertOctets(bytes, start);
}
