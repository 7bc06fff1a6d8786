import { Buffer } from 'node:buffer';
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** What a socket tells whoever uses it. */
export interface SocketOwner {
  socketConnected(): void;
  /** Octets stand in `bytes` up to `length`, and only during the call. */
  socketRead(bytes: Buffer, length: number): void;
  socketEnded(): void;
  socketClosed(): void;
  socketFailed(error: NodeJS.ErrnoException): void;
}

/**
 * Sockets read into this one buffer, which spares a load of thousands of sessions an allocation for each piece: a
 * piece is worked off before the next one is read, whatever connection that is for.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** So many unused sockets are kept for the next connections. */
const UNUSED_MAX = 1000;

const unused: PooledSocket[] = [];

/**
 * A TCP socket that serves one connection after another: making one costs more than a connection over loopback.
 * It tells its owner of the moment. One that was connected and heard the peer's FIN leaves nothing behind and is used again.
 */
export class PooledSocket {
  readonly socket: Socket;
  private owner: SocketOwner | undefined;
  private kept = false;
  private reusable = false;

  private constructor() {
    const options: SocketConstructorOpts & ConnectOpts = {
      allowHalfOpen: true,
      onread: {
        buffer: READ_BUFFER,
        callback: (length) => {
          this.owner?.socketRead(READ_BUFFER, length);
          return true;
        },
      },
    };
    this.socket = new Socket(options);
    this.socket.setNoDelay(true);
    this.socket.on('connect', () => this.owner?.socketConnected());
    this.socket.on('end', () => {
      this.reusable = !this.kept && this.socket.writableLength === 0;
      this.owner?.socketEnded();
    });
    this.socket.on('close', () => this.closed());
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.reusable = false;
      this.owner?.socketFailed(error);
    });
  }

  /** A socket that is not connected yet; with `reuse` one that may have served before, and may serve again. */
  static take(owner: SocketOwner, reuse: boolean): PooledSocket {
    const pooled = (reuse ? unused.pop() : undefined) ?? new PooledSocket();
    pooled.owner = owner;
    pooled.reusable = false;
    if (!reuse) pooled.keep();
    return pooled;
  }

  /** It serves this connection alone, was given to TLS, or paused, and is not used again. */
  keep(): void {
    this.kept = true;
    this.reusable = false;
  }

  private closed(): void {
    const { owner } = this;
    this.owner = undefined;
    if (this.reusable && unused.length < UNUSED_MAX) unused.push(this);
    owner?.socketClosed();
  }
}
