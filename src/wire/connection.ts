import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import * as tls from 'node:tls';
import { checkOnce, identityOf } from './identity.js';
import { Input } from './input.js';
import { PooledSocket, type SocketOwner } from './sockets.js';
import type { Target } from './target.js';
import { connectOptions, endOf, type HandshakeEnd, type HandshakeOptions, nameOf } from './tls.js';
import { remember } from './tls-context.js';
import { TlsPipe } from './tls-pipe.js';
import type { SecretSpan, Trace } from './trace.js';

/** Why a connection ended, or could not begin. */
export interface ConnectionEnd {
  readonly cause: 'close' | 'reset' | 'refused' | 'unreachable' | 'tls' | 'ours';
  /** The system's or OpenSSL's own words, with its code. */
  readonly detail: string;
  readonly code: string;
  /** How a handshake failed, where it was one that did. */
  readonly handshake?: HandshakeEnd;
}

/** What a connection tells its owner; called synchronously from socket events. */
export interface ConnectionListener {
  connected(connection: Connection): void;
  secured(connection: Connection): void;
  received(connection: Connection): void;
  ended(connection: Connection): void;
}

/** Octets that may wait unread, as while a dialogue pauses; beyond them TCP makes the server wait. */
const WAITING_MAX = 1024 * 1024;

/** What is shorter is put together with its ending to be noted in the trace, which is longer than all that the trace shows whole. */
const SHORT = 64 * 1024;

/** How long a connection that we closed may take to go before it is dropped. */
const LINGER_MS = 1000;

const CLOSED_BY_SERVER: ConnectionEnd = {
  cause: 'close',
  detail: 'the server closed the connection',
  code: '',
};
const CLOSED: ConnectionEnd = { cause: 'close', detail: 'the connection was closed', code: '' };
const CLOSED_IN_HANDSHAKE: ConnectionEnd = {
  cause: 'tls',
  detail: 'closed during the TLS handshake',
  code: '',
  handshake: { how: 'close', alert: '' },
};
const OURS: ConnectionEnd = { cause: 'ours', detail: '', code: '' };

/**
 * One TCP connection, plain or in TLS. Octets received wait in `input`; what happens is told to the listener and
 * written to the trace. It does not interpret anything.
 */
export class Connection implements SocketOwner {
  readonly input = new Input();
  end: ConnectionEnd | undefined;
  secure: tls.TLSSocket | undefined;
  /** Octets received since the connection began. */
  octetsReceived = 0;
  /** A ClientHello was sent, and TLS does not run yet. */
  handshaking = false;
  /** Name that the certificate of the handshake must be for. */
  certifiedName = '';
  private readonly pooled: PooledSocket;
  private readonly raw: Socket;
  /** What is written to: the socket, or TLS on it. */
  private stream: Socket;
  /** After `sayHello`: what stands between the socket and TLS, and TLS itself. */
  private pipe: TlsPipe | undefined;
  private secret: tls.TLSSocket | undefined;
  private lingering: NodeJS.Timeout | undefined;
  /** The socket has closed, and may serve another connection by now: it is ours to touch no more. */
  private gone = false;

  /** With `reuseSocket` the socket may have served another connection, and serve one afterwards, as load wants it. */
  constructor(
    readonly label: string,
    private readonly target: Target,
    private readonly listener: ConnectionListener,
    private readonly trace: Trace,
    reuseSocket = false,
  ) {
    this.pooled = PooledSocket.take(this, reuseSocket);
    this.raw = this.pooled.socket;
    this.stream = this.raw;
  }

  open(): void {
    const { address, port, localAddress } = this.target;
    this.trace.event(this.label, 'connect', `${address}:${port}`);
    const to = { host: address, port };
    this.raw.connect(localAddress === undefined ? to : { ...to, localAddress });
  }

  /** Writes octets as one segment where the system allows it. */
  write(bytes: Buffer, secrets: readonly SecretSpan[], atMs = performance.now()): void {
    if (this.end !== undefined) return;
    this.trace.sent(this.label, bytes, secrets, atMs);
    this.stream.write(bytes);
  }

  /** Notes in the trace a line that was taken from `input`, given as text without its end, and when it came. */
  traceLine(line: string, crlf: boolean, atMs: number): void {
    this.trace.line(this.label, line, crlf, atMs);
  }

  /** Notes in the trace what the reader of `input` has taken; `ending` is a terminating line in its own words. */
  traceReceived(bytes: Buffer, ending = ''): void {
    if (ending === '') this.trace.received(this.label, bytes);
    else if (bytes.length < SHORT)
      this.trace.received(this.label, Buffer.concat([bytes, Buffer.from(ending)]));
    else this.traceInPart(bytes, bytes.subarray(-SHORT), bytes.length, ending);
  }

  /** The same for octets of which only `begin` and `end` were kept. */
  traceInPart(begin: Buffer, end: Buffer, octets: number, ending = ''): void {
    const tail = Buffer.concat([end, Buffer.from(ending)]);
    this.trace.receivedInPart(this.label, begin, tail, octets + ending.length);
  }

  /**
   * Begins a TLS handshake as client; `secured` or `ended` follows. What waits in `input` stays there to be judged.
   * With `unseen` nobody looks at the server's certificate afterwards.
   */
  startTls(options: HandshakeOptions = {}, unseen = false): void {
    this.stream = this.shakeHands(this.raw, options, unseen);
  }

  /**
   * Sends `clear` and a ClientHello as one segment. What the server says is received in clear until `expectTls`;
   * `secured` or `ended` follows after that.
   */
  sayHello(clear: Buffer, secrets: readonly SecretSpan[], options: HandshakeOptions = {}): void {
    if (this.end !== undefined) return;
    if (clear.length > 0) this.trace.sent(this.label, clear, secrets);
    this.trace.event(this.label, 'note', 'ClientHello sent');
    this.pipe = new TlsPipe(this.raw, clear);
    this.secret = this.shakeHands(this.pipe, options, false);
  }

  /** Whether the last that came is an alert of TLS; known only after `sayHello`. */
  get endInAlert(): boolean {
    return this.pipe?.records.endInAlert ?? false;
  }

  /** Whether `sayHello` waits for `expectTls`. */
  get saidHello(): boolean {
    return this.pipe !== undefined && this.stream === this.raw;
  }

  /** What waits and what comes from now on belongs to TLS. */
  expectTls(): void {
    const { pipe, secret, input } = this;
    if (pipe === undefined || secret === undefined) return;
    this.stream = secret;
    const waiting = Buffer.from(input.peek(input.length));
    input.clear();
    // Later, since the handshake may end in it while the caller is still at work.
    if (waiting.length > 0) process.nextTick(() => pipe.feed(waiting));
  }

  /** Ends both directions (FIN). `ended` is not called for what we end ourselves. */
  close(): void {
    if (this.stopped('we-close')) return;
    this.stream.end();
    this.stream.resume();
    this.lingering = setTimeout(() => this.letGo(), LINGER_MS);
  }

  /** Ends our direction only; what the server still says is received. */
  halfClose(): void {
    this.trace.event(this.label, 'we-half-close');
    if (!this.gone) this.stream.end();
  }

  /** Ends with RST. */
  abort(): void {
    if (this.stopped('we-abort')) return;
    this.raw.resetAndDestroy();
    this.letGo();
  }

  /** Lets go of the socket at once, without a word in the trace. */
  destroy(): void {
    this.end ??= OURS;
    this.letGo();
  }

  socketConnected(): void {
    this.trace.event(this.label, 'connected');
    this.listener.connected(this);
  }

  socketRead(bytes: Buffer, length: number): void {
    if (this.pipe === undefined || this.saidHello) this.take(bytes, length);
    else this.pipe.feed(bytes.subarray(0, length));
  }

  socketEnded(): void {
    if (this.lingering !== undefined) this.letGo();
    // TLS tells itself of its end, when it has worked off what came before.
    else if (this.stream === this.raw) this.finish(CLOSED_BY_SERVER);
    else this.pipe?.feedEnd();
  }

  socketClosed(): void {
    this.gone = true;
    clearTimeout(this.lingering);
    this.finish(CLOSED);
  }

  socketFailed(error: NodeJS.ErrnoException): void {
    this.finish(endOf(error, this.handshaking && !this.saidHello));
  }

  private shakeHands(through: Socket | TlsPipe, options: HandshakeOptions, unseen: boolean): tls.TLSSocket {
    this.pooled.keep();
    this.handshaking = true;
    this.certifiedName = nameOf(this.target, options);
    const secure: tls.TLSSocket = tls.connect({
      socket: through,
      ...connectOptions(this.target, options),
      ...(unseen ? { checkServerIdentity: (name: string) => identityOf(secure, name) } : {}),
    });
    if (unseen) checkOnce(secure);
    remember(secure, this.target);
    secure.once('secureConnect', () => {
      this.handshaking = false;
      this.secure = secure;
      this.trace.event(this.label, 'tls', `${secure.getProtocol() ?? ''} ${secure.getCipher().name}`);
      this.listener.secured(this);
    });
    secure.on('data', (chunk: Buffer) => this.take(chunk, chunk.length));
    secure.on('end', () => this.finish(CLOSED_BY_SERVER));
    secure.on('close', () => this.finish(CLOSED));
    secure.on('error', (error: NodeJS.ErrnoException) => this.socketFailed(error));
    return secure;
  }

  private stopped(kind: 'we-close' | 'we-abort'): boolean {
    const already = this.end !== undefined;
    if (!already) this.trace.event(this.label, kind);
    this.end ??= OURS;
    if (already) this.letGo();
    return already;
  }

  /** Takes a piece that is valid only during the call. */
  private take(bytes: Buffer, length: number): void {
    if (this.end !== undefined) return;
    const { input } = this;
    this.octetsReceived += length;
    input.push(bytes, length);
    this.listener.received(this);
    input.settle();
    if (input.length <= WAITING_MAX) return;
    this.pooled.keep();
    this.stream.pause();
    input.whenRead = () => {
      if (input.length > WAITING_MAX) return;
      input.whenRead = undefined;
      this.stream.resume();
    };
  }

  private finish(end: ConnectionEnd): void {
    if (this.end !== undefined) return;
    const cutHandshake = this.handshaking && !this.saidHello && end.cause === 'close';
    this.end = cutHandshake ? CLOSED_IN_HANDSHAKE : end;
    const { cause, detail } = this.end;
    this.trace.event(this.label, cause === 'close' || cause === 'reset' ? cause : 'error', detail);
    this.letGo();
    this.listener.ended(this);
  }

  private letGo(): void {
    if (this.stream !== this.raw) this.stream.destroy();
    this.secret?.destroy();
    if (!this.gone) this.raw.destroy();
  }
}
