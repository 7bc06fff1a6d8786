import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { BodyReader, type Terminator } from '../pop3/body.js';
import { BODY_KEEP_MAX, RESPONSE_LINE_READ_MAX } from '../pop3/limits.js';
import { parseReply } from '../pop3/reply.js';
import type { Line } from '../wire/input.js';
import { ALERT_RECORD_OCTETS, alertOctets } from '../wire/tls.js';
import type { Trace } from '../wire/trace.js';
import { matchBody, matchEvent, matchLine } from './answers.js';
import { formatDuration } from './duration.js';
import type { Scope } from './expression.js';
import type { Cause } from './outcome.js';
import type { Peer, Pending } from './peer.js';
import type { Alternative, Step } from './program.js';
import type { SessionOptions } from './session-types.js';
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

/** What a reading needs of its session; the course is one. */
export interface ReadingContext {
  readonly options: Pick<SessionOptions, 'program' | 'hooks' | 'keepBodies' | 'contentMax'>;
  readonly scope: Scope;
  readonly trace: Trace;
  /** Time limit for answers. */
  readonly timeoutMs: number;
  /** When the event came that is worked off now. */
  readonly nowMs: number;
}

/** How long a multi-line reply that looks ended, but is not by CRLF "." CRLF, is given to go on. */
const LOOSE_END_MS = 1500;

const MEBI = 1024 * 1024;
const NOTHING = Buffer.alloc(0);

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
  private readonly sinceMs: number;
  private readonly timeoutMs: number;
  /** Reads the content, where one is expected. */
  private readonly body: BodyReader | undefined;

  constructor(
    readonly step: Expect,
    readonly peer: Peer,
    private readonly context: ReadingContext,
  ) {
    this.sinceMs = context.nowMs;
    this.timeoutMs = context.timeoutMs;
    this.body = step.wants === 'body' ? this.bodyReader() : undefined;
  }

  /** Looks at what has come; undefined while the answer is not complete. */
  look(): Answer | undefined {
    const { step, peer } = this;
    const { input } = peer.connection;
    if (this.body !== undefined) return this.lookAtBody(this.body);
    if (step.wants === 'line' || input.length > 0) {
      const line = input.takeLine();
      if (line !== undefined) return this.judgeLine(line);
      if (input.lineTooLong)
        return this.missed('limit', `a line of more than ${RESPONSE_LINE_READ_MAX} octets`);
    }
    return peer.connection.end === undefined ? undefined : this.judgeEnd();
  }

  get limitMs(): number {
    const { body, timeoutMs, step } = this;
    // Every piece of a long content starts the time anew; silence in the middle of it is what counts.
    if (body !== undefined)
      return body.looseEnd() === undefined ? timeoutMs : Math.min(LOOSE_END_MS, timeoutMs / 2);
    // What has begun to come is no silence any more.
    const limit = this.peer.connection.input.length === 0 ? (step.silenceMs ?? timeoutMs) : timeoutMs;
    return Math.max(0, limit - (this.context.nowMs - this.sinceMs));
  }

  late(): Answer {
    const { step, peer, body, timeoutMs } = this;
    const { trace } = this.context;
    const loose = body?.looseEnd();
    if (body !== undefined && loose !== undefined) return this.judgeBody(body, loose);
    const rest = peer.connection.input.peek();
    const silence = matchEvent(step, 'silence');
    if (silence !== undefined && rest.length === 0) {
      const length = formatDuration(step.silenceMs ?? 0);
      trace.event(step.label, 'silence', length);
      return this.answer(silence, 'silence', `nothing for ${length}`, true);
    }
    this.traceUnfinished(rest);
    trace.event(step.label, 'timeout', formatDuration(performance.now() - this.sinceMs));
    const begun = rest.length + (body?.octetsRead ?? 0);
    const within = formatDuration(timeoutMs);
    // A line has one limit, however its octets drip; a content begins it anew with each piece.
    const actual =
      begun === 0
        ? `nothing for ${within}`
        : `${begun} octets without an end${body === undefined ? ` within ${within}` : `, then nothing for ${within}`}`;
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

  private lookAtBody(body: BodyReader): Answer | undefined {
    const { connection } = this.peer;
    const complete = connection.input.takeBody(body);
    if (body.overflow !== undefined) {
      this.traceUnfinished(connection.input.peek());
      const actual = `content of more than ${Math.floor(body.octetsRead / MEBI)} MiB, which is not read to its end`;
      return { alternative: undefined, cause: 'limit', actual, waitedMs: undefined, unfinished: true };
    }
    if (complete) return this.judgeBody(body, undefined);
    if (connection.end === undefined) return undefined;
    const loose = body.looseEnd();
    return loose === undefined ? this.judgeEnd() : this.judgeBody(body, loose);
  }

  private judgeLine({ bytes, start, end, crlf }: Line): Answer {
    const { step, peer } = this;
    const { scope, nowMs } = this.context;
    const { hooks } = this.context.options;
    const alert = alertIn(bytes, start, end);
    const reply = parseReply(bytes, start + alert, end, crlf);
    if (alert === 0) peer.connection.traceLine(reply.line, crlf, nowMs);
    else peer.connection.traceReceived(bytes.subarray(start, end + (crlf ? 2 : 1)));
    const pending = peer.pending.shift();
    const sentMs = pending?.sentMs ?? this.sinceMs;
    const value = new ReplyValue(reply, (nowMs - sentMs) / 1000, pending?.verb ?? '');
    scope.reply = value;
    peer.continued = reply.status === '+';
    if (peer.greeting === undefined) {
      peer.greeting = reply.text;
      scope.greeting = reply.text;
      hooks?.phase?.('greeting', reply.status === '+OK', (nowMs - sentMs) * 1000);
    } else if (
      peer.marked &&
      reply.status === '+OK' &&
      (pending?.verb === 'RSET' || pending?.verb === 'QUIT')
    ) {
      // A DELE that was sent behind it marks again.
      peer.marked = peer.pending.some(({ verb }) => verb === 'DELE');
    }
    if (!peer.saidBareLf) hooks?.reply?.(value);
    try {
      const alternative = matchLine(step, reply, scope);
      if (pending !== undefined && pending.verb !== '')
        this.count(pending, reply.status !== '-ERR', alternative);
      return this.answer(alternative, 'reply', reply.line, false);
    } catch (error) {
      return this.threw(error);
    }
  }

  /** Patterns may hold expressions, which throw where values do not allow them. */
  private threw(error: unknown): Answer {
    const [message = ''] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    return this.missed('statement', `cannot be evaluated: ${message}`);
  }

  /** Reports a command's latency now, or leaves that to the multi-line reply that follows. */
  private count(pending: Pending, ok: boolean, taken: Alternative | undefined): void {
    const next = taken === undefined ? undefined : this.context.options.program.steps[taken.next];
    if (ok && next?.op === 'expect' && next.wants === 'body' && next.label === this.step.label) {
      this.peer.multiLine = pending;
    } else this.command(pending, ok);
  }

  private command({ verb, sentMs, firstOctetMs }: Pending, ok: boolean): void {
    const { nowMs, options } = this.context;
    options.hooks?.command?.(verb, ok, ((firstOctetMs ?? nowMs) - sentMs) * 1000, (nowMs - sentMs) * 1000);
  }

  private judgeBody(reader: BodyReader, loose: Terminator | undefined): Answer {
    const { peer, step } = this;
    const { scope, trace, options } = this.context;
    const body = loose === undefined ? reader.finish() : reader.finishLoosely(loose);
    const ending = ENDINGS[body.terminator];
    if (body.end.length > 0)
      peer.connection.traceInPart(body.raw, body.end, body.octets + body.stuffedLines, ending);
    else if (body.raw.length > 0 || body.octets === 0) peer.connection.traceReceived(body.raw, ending);
    else trace.event(step.label, 'note', `${body.octets} octets of content received`);
    const value = new BodyValue(body, peer.multiLine?.verb ?? '');
    scope.body = value;
    options.hooks?.body?.(value);
    if (peer.multiLine !== undefined) this.command(peer.multiLine, true);
    peer.multiLine = undefined;
    try {
      const found = matchBody(step, value, scope);
      if ('alternative' in found) {
        return this.answer(found.alternative, 'reply', `content of ${body.octets} octets`, false);
      }
      return this.missed('reply', `row ${found.row}: ${found.text}`);
    } catch (error) {
      return this.threw(error);
    }
  }

  private judgeEnd(): Answer {
    const { peer, step, body } = this;
    const { end, input } = peer.connection;
    const rest = input.peek();
    this.traceUnfinished(rest);
    if (end === undefined || end.cause === 'ours')
      return this.missed('statement', 'this side had ended the connection');
    const alone = rest.length === 0 || alertIn(rest, 0, rest.length) === rest.length;
    const read = body?.octetsRead ?? 0;
    const begun = read > 0 ? `${read} octets` : rest.toString('latin1');
    const partial = begun === '' ? '' : `${begun} (unfinished), then `;
    const event = alone && (end.cause === 'close' || end.cause === 'reset') ? end.cause : undefined;
    const alternative = event === undefined ? undefined : matchEvent(step, event);
    // A connection that ends before the greeting is turned away, for a reason that it does not tell.
    const turnedAway = alternative === undefined && peer.greeting === undefined && end.cause === 'close';
    return this.answer(alternative, turnedAway ? 'reset' : end.cause, `${partial}${end.detail}`, true);
  }

  /** Notes what came of an answer that has no end: `rest`, and the content so far. */
  private traceUnfinished(rest: Buffer): void {
    const { peer, step, body } = this;
    const read = body?.octetsRead ?? 0;
    if (read === 0 && rest.length === 0) return;
    const kept = body?.kept ?? NOTHING;
    if (body !== undefined && body.keptEnd.length > 0)
      peer.connection.traceInPart(kept, Buffer.concat([body.keptEnd, rest]), read + rest.length);
    else if (kept.length + rest.length > 0) peer.connection.traceReceived(Buffer.concat([kept, rest]));
    else this.context.trace.event(step.label, 'note', `${read} octets of content received`);
  }

  private bodyReader(): BodyReader {
    const { keepBodies, contentMax: most = BODY_KEEP_MAX } = this.context.options;
    const asked = this.asksForOctets();
    return new BodyReader(asked || keepBodies, { most, onlyShown: !asked });
  }

  /** Whether the dialogue needs the octets of the content, and not only their count. */
  private asksForOctets(): boolean {
    const { program } = this.context.options;
    return this.step.alternatives.some(
      ({ match }) => match.on === 'rows' || (match.on === 'payload' && program.kept.has(match.name)),
    );
  }
}

/** What answers octets that are no handshake may have an alert in front of it. */
function alertIn(bytes: Buffer, start: number, end: number): number {
  return end - start < ALERT_RECORD_OCTETS ? 0 : alertOctets(bytes, start);
}
