import { Buffer } from 'node:buffer';
import { type ConnectOpts, isIP, Socket, type SocketConstructorOpts } from 'node:net';
import * as tls from 'node:tls';
import { Input } from './input.js';
import type { Target } from './target.js';
import { connectOptions, endOf, type HandshakeEnd, type HandshakeOptions, nameOf } from './tls.js';
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

/**
 * Plain connections read into this one buffer, which spares a load of thousands of sessions an allocation for each
 * piece: a piece is worked off before the next one is read, whatever connection that is for.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** How long a connection that we closed may take to go before it is dropped. */
const LINGER_MS = 1000;

/**
 * One TCP connection, plain or in TLS. Octets received wait in `input`; what happens is told to the listener and
 * written to the trace. It does not interpret anything.
 */
export class Connection {
  readonly input = new Input(() => this.heard());
  end: ConnectionEnd | undefined;
  secure: tls.TLSSocket | undefined;
  /** Octets received since the connection began. */
  octetsReceived = 0;
  private readonly raw: Socket;
  private stream: Socket;
  /** A ClientHello was sent, and TLS does not run yet. */
  handshaking = false;
  /** Name that the certificate of the handshake must be for. */
  certifiedName = '';
  /** After `sayHello`: what stands between the socket and TLS, and TLS itself. */
  private pipe: TlsPipe | undefined;
  private secret: tls.TLSSocket | undefined;

  constructor(
    readonly label: string,
    private readonly target: Target,
    private readonly listener: ConnectionListener,
    private readonly trace: Trace,
  ) {
    const options: SocketConstructorOpts & ConnectOpts = {
      allowHalfOpen: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length) => {
          const chunk = READ_BUFFER.subarray(0, length);
          if (this.pipe === undefined || this.saidHello) this.take(chunk);
          else this.pipe.feed(chunk);
          return true;
        },
      },
    };
    this.raw = new Socket(options);
    this.stream = this.raw;
    this.raw.setNoDelay(true);
  }

  open(): void {
    this.trace.event(this.label, 'connect', `${this.target.address}:${this.target.port}`);
    this.raw.once('connect', () => {
      this.trace.event(this.label, 'connected');
      this.listener.connected(this);
    });
    this.listen(this.raw);
    this.raw.connect({
      host: this.target.address,
      port: this.target.port,
      family: isIP(this.target.address),
      ...(this.target.localAddress === undefined ? {} : { localAddress: this.target.localAddress }),
    });
  }

  /** Writes octets as one segment where the system allows it. */
  write(bytes: Buffer, secrets: readonly SecretSpan[]): void {
    if (this.end !== undefined) return;
    this.trace.sent(this.label, bytes, secrets);
    this.stream.write(bytes);
  }

  /** Notes in the trace what the reader of `input` has taken; `ending` is a terminating line in its own words. */
  traceReceived(bytes: Buffer, ending = ''): void {
    this.trace.received(this.label, ending === '' ? bytes : Buffer.concat([bytes, Buffer.from(ending)]));
  }

  /** Begins a TLS handshake as client; `secured` or `ended` follows. What waits in `input` stays there to be judged. */
  startTls(options: HandshakeOptions = {}): void {
    this.raw.removeAllListeners('end');
    this.stream = this.shakeHands(this.raw, options);
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
    this.secret = this.shakeHands(this.pipe, options);
  }

  /** Whether `sayHello` waits for `expectTls`. */
  get saidHello(): boolean {
    return this.pipe !== undefined && this.stream === this.raw;
  }

  /** What waits and what comes from now on belongs to TLS. */
  expectTls(): void {
    const { pipe, secret, input } = this;
    if (pipe === undefined || secret === undefined) return;
    this.raw.removeAllListeners('end');
    this.raw.once('end', () => pipe.feedEnd());
    this.stream = secret;
    const waiting = Buffer.from(input.peek(input.length));
    input.clear();
    // Later, since the handshake may end in it while the caller is still at work.
    if (waiting.length > 0) process.nextTick(() => pipe.feed(waiting));
  }

  private shakeHands(through: Socket | TlsPipe, options: HandshakeOptions): tls.TLSSocket {
    this.handshaking = true;
    this.certifiedName = nameOf(this.target, options);
    const secure = tls.connect({ socket: through, ...connectOptions(this.target, options) });
    secure.once('secureConnect', () => {
      this.handshaking = false;
      this.secure = secure;
      this.trace.event(this.label, 'tls', `${secure.getProtocol() ?? ''} ${secure.getCipher().name}`);
      this.listener.secured(this);
    });
    secure.on('data', (chunk: Buffer) => this.take(chunk));
    this.listen(secure);
    return secure;
  }

  /** Ends both directions (FIN). `ended` is not called for what we end ourselves. */
  close(): void {
    if (this.stopped('we-close')) return;
    this.stream.end();
    this.stream.resume();
    const timer = setTimeout(() => this.letGo(), LINGER_MS);
    this.raw.once('end', () => this.letGo());
    this.raw.once('close', () => clearTimeout(timer));
  }

  /** Ends our direction only; what the server still says is received. */
  halfClose(): void {
    this.trace.event(this.label, 'we-half-close');
    this.stream.end();
  }

  /** Ends with RST. */
  abort(): void {
    if (this.stopped('we-abort')) return;
    this.raw.resetAndDestroy();
    this.letGo();
  }

  /** Lets go of the socket at once, without a word in the trace. */
  destroy(): void {
    this.end ??= { cause: 'ours', detail: '', code: '' };
    this.letGo();
  }

  private stopped(kind: 'we-close' | 'we-abort'): boolean {
    const already = this.end !== undefined;
    if (!already) this.trace.event(this.label, kind);
    this.end ??= { cause: 'ours', detail: '', code: '' };
    if (already) this.destroy();
    return already;
  }

  private listen(stream: Socket): void {
    stream.on('end', () =>
      this.finish({ cause: 'close', detail: 'the server closed the connection', code: '' }),
    );
    stream.on('close', () => this.finish({ cause: 'close', detail: 'the connection was closed', code: '' }));
    stream.on('error', (error: NodeJS.ErrnoException) =>
      this.finish(endOf(error, this.handshaking && !this.saidHello)),
    );
  }

  /** Takes a piece that is valid only during the call. */
  private take(chunk: Buffer): void {
    if (this.end !== undefined) return;
    this.octetsReceived += chunk.length;
    this.input.push(chunk);
    this.listener.received(this);
    this.input.settle();
    if (this.input.length > WAITING_MAX) this.stream.pause();
  }

  /** Some of what waited was read. */
  private heard(): void {
    if (this.stream.isPaused() && this.input.length <= WAITING_MAX) this.stream.resume();
  }

  private finish(end: ConnectionEnd): void {
    if (this.end !== undefined) return;
    const cutHandshake = this.handshaking && !this.saidHello && end.cause === 'close';
    this.end = cutHandshake
      ? {
          ...end,
          cause: 'tls',
          detail: 'closed during the TLS handshake',
          handshake: { how: 'close', alert: '' },
        }
      : end;
    const kind = this.end.cause === 'close' || this.end.cause === 'reset' ? this.end.cause : 'error';
    this.trace.event(this.label, kind, this.end.detail);
    this.letGo();
    this.listener.ended(this);
  }

  private letGo(): void {
    this.stream.destroy();
    this.secret?.destroy();
    this.raw.destroy();
  }
}
