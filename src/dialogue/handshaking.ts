import { performance } from 'node:perf_hooks';
import { parseReply } from '../pop3/reply.js';
import type { Line } from '../wire/input.js';
import { matchEvent, matchLine } from './answers.js';
import { certificateValue, tlsValue } from './certificate.js';
import { formatDuration } from './duration.js';
import type { Scope } from './expression.js';
import type { Cause } from './outcome.js';
import type { Peer } from './peer.js';
import type { Peers } from './peers.js';
import type { Phases } from './phases.js';
import type { Alternative } from './program.js';
import type { Answer, Expect } from './reading.js';
import type { SessionOptions } from './session-types.js';

/** What a handshake needs of its session. */
export interface HandshakeContext {
  readonly options: Pick<SessionOptions, 'program'>;
  readonly scope: Scope;
  readonly peers: Peers;
  readonly phases: Phases;
  readonly timeoutMs: number;
}

/** First octets of TLS records (RFC 8446 §5.1): change_cipher_spec, alert, handshake, application_data. */
const RECORD_FIRST = 20;
const RECORD_LAST = 23;

/** The end of a TLS handshake, awaited: it succeeds, or ends by an alert, a close, or a line in clear in its place. */
export class Handshaking {
  private readonly sinceMs: number;

  constructor(
    readonly step: Expect,
    readonly peer: Peer,
    private readonly context: HandshakeContext,
  ) {
    this.sinceMs = peer.handshakeMs ?? performance.now();
  }

  get limitMs(): number {
    return Math.max(0, this.context.timeoutMs - (performance.now() - this.sinceMs));
  }

  look(): Answer | undefined {
    const { connection } = this.peer;
    if (this.peer.handshakeMs === undefined)
      return this.ended(undefined, 'statement', 'no handshake was begun');
    if (connection.secure !== undefined) return this.succeeded();
    if (connection.saidHello && connection.input.length > 0) {
      const [first = 0] = connection.input.peek(1);
      if (first >= RECORD_FIRST && first <= RECORD_LAST) connection.expectTls();
      else {
        const line = connection.input.takeLine();
        if (line !== undefined) return this.judgeLine(line);
        if (connection.input.lineTooLong)
          return this.failed(undefined, 'limit', `a line of more than ${connection.input.length} octets`);
      }
    }
    return connection.end === undefined ? undefined : this.judgeEnd();
  }

  late(): Answer {
    const { step, peer, context } = this;
    const timeout = matchEvent(step, 'timeout');
    if (timeout === undefined) peer.connection.destroy();
    const limit = formatDuration(context.timeoutMs);
    return this.failed(timeout, 'timeout', `the TLS handshake was not finished within ${limit}`);
  }

  private succeeded(): Answer {
    const { step, peer } = this;
    const { phases, peers, options } = this.context;
    phases.tell('tls', true, performance.now() - this.sinceMs);
    peer.tls = tlsValue(peer.connection);
    if (options.program.kept.has('certificate')) peer.certificate = certificateValue(peer.connection);
    // RFC 2595 §4: commands that were sent in clear and not answered before are void.
    if (peer.greeting !== undefined) peer.pending.length = 0;
    peers.show(peer);
    return this.ended(matchEvent(step, 'tls'), 'tls', 'the TLS handshake succeeded');
  }

  private judgeLine({ bytes, start, end, crlf }: Line): Answer {
    const { step, peer, context } = this;
    const reply = parseReply(bytes, start, end, crlf);
    peer.connection.traceLine(reply.line, crlf, performance.now());
    return this.failed(matchLine(step, reply, context.scope), 'reply', reply.line);
  }

  private judgeEnd(): Answer {
    const { step, peer } = this;
    const { cause = 'close', detail = '', handshake } = peer.connection.end ?? {};
    if (cause === 'ours') return this.failed(undefined, 'statement', 'this side had ended the connection');
    const how = handshake?.how ?? cause;
    const taken =
      how === 'alert' || how === 'close' || how === 'reset'
        ? matchEvent(step, how, handshake?.alert)
        : undefined;
    return this.failed(taken, cause === 'close' || cause === 'reset' ? 'tls' : cause, detail);
  }

  private failed(alternative: Alternative | undefined, cause: Cause, actual: string): Answer {
    this.context.phases.tell('tls', false, performance.now() - this.sinceMs);
    return this.ended(alternative, cause, actual);
  }

  private ended(alternative: Alternative | undefined, cause: Cause, actual: string): Answer {
    this.peer.handshakeMs = undefined;
    return {
      alternative,
      cause,
      actual,
      waitedMs: cause === 'timeout' ? performance.now() - this.sinceMs : undefined,
      unfinished: false,
    };
  }
}
