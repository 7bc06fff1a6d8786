import { Buffer } from 'node:buffer';
import { type ConnectOpts, isIP, Socket, type SocketConstructorOpts } from 'node:net';
import * as tls from 'node:tls';
import { Input } from './input.js';
import type { Target } from './target.js';
import type { SecretSpan, Trace } from './trace.js';

/** Why a connection ended, or could not begin. */
export interface ConnectionEnd {
  readonly cause: 'close' | 'reset' | 'refused' | 'unreachable' | 'tls' | 'ours';
  /** The system's or OpenSSL's own words, with its code. */
  readonly detail: string;
  readonly code: string;
}

/** What a connection tells its owner; called synchronously from socket events. */
export interface ConnectionListener {
  connected(connection: Connection): void;
  secured(connection: Connection): void;
  received(connection: Connection): void;
  ended(connection: Connection): void;
}

/** Options of one handshake beside the target's own. */
export interface HandshakeOptions {
  readonly servername?: string;
  readonly minVersion?: tls.SecureVersion;
  readonly maxVersion?: tls.SecureVersion;
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
  private handshaking = false;

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
          this.take(READ_BUFFER.subarray(0, length));
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
    const { tlsOptions, host } = this.target;
    const servername = options.servername ?? tlsOptions.servername ?? host;
    this.raw.removeAllListeners('end');
    this.handshaking = true;
    const secure = tls.connect({
      socket: this.raw,
      rejectUnauthorized: tlsOptions.insecure !== true,
      ...(isIP(servername) === 0 && servername !== '' ? { servername } : {}),
      ...(isIP(servername) === 0 ? {} : { host: servername }),
      ...(tlsOptions.ca === undefined ? {} : { ca: tlsOptions.ca }),
      ...(options.minVersion === undefined ? {} : { minVersion: options.minVersion }),
      ...(options.maxVersion === undefined ? {} : { maxVersion: options.maxVersion }),
    });
    this.stream = secure;
    secure.once('secureConnect', () => {
      this.handshaking = false;
      this.secure = secure;
      this.trace.event(this.label, 'tls', `${secure.getProtocol() ?? ''} ${secure.getCipher().name}`);
      this.listener.secured(this);
    });
    secure.on('data', (chunk: Buffer) => this.take(chunk));
    this.listen(secure);
  }

  /** Ends both directions (FIN). `ended` is not called for what we end ourselves. */
  close(): void {
    if (this.stopped('we-close')) return;
    this.stream.end();
    this.stream.resume();
    const timer = setTimeout(() => this.raw.destroy(), LINGER_MS);
    this.raw.once('end', () => this.raw.destroy());
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
    this.stream.destroy();
  }

  /** Lets go of the socket at once, without a word in the trace. */
  destroy(): void {
    this.end ??= { cause: 'ours', detail: '', code: '' };
    this.stream.destroy();
    this.raw.destroy();
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
    stream.on('error', (error: NodeJS.ErrnoException) => this.finish(this.endOf(error)));
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
    const cutHandshake = this.handshaking && end.cause === 'close';
    this.end = cutHandshake ? { ...end, cause: 'tls', detail: 'closed during the TLS handshake' } : end;
    const kind = this.end.cause === 'close' || this.end.cause === 'reset' ? this.end.cause : 'error';
    this.trace.event(this.label, kind, this.end.detail);
    this.stream.destroy();
    this.raw.destroy();
    this.listener.ended(this);
  }

  private endOf(error: NodeJS.ErrnoException): ConnectionEnd {
    const code = error.code ?? '';
    // The message of OpenSSL holds an address in memory; its reason is what it means.
    const { reason } = error as { reason?: string };
    const words = code.startsWith('ERR_SSL') && reason !== undefined ? reason : error.message;
    const detail = code === '' || words.includes(code) ? words : `${words} (${code})`;
    if (code === 'ECONNREFUSED') return { cause: 'refused', detail, code };
    if (this.handshaking) return { cause: 'tls', detail, code };
    if (code === 'ECONNRESET' || code === 'EPIPE') return { cause: 'reset', detail, code };
    if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return { cause: 'tls', detail, code };
    return { cause: 'unreachable', detail, code };
  }
}
