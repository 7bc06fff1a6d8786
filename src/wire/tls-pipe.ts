import { Buffer } from 'node:buffer';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TlsRecords } from './tls-records.js';

/**
 * The socket as TLS sees it where the two are not to be tied together at once: what TLS writes first goes out behind
 * `clear`, in the same segment, and nothing that comes reaches TLS until it is fed.
 */
export class TlsPipe extends Duplex {
  /** What the peer has sent. */
  readonly records = new TlsRecords();

  constructor(
    private readonly raw: Socket,
    private clear: Buffer,
  ) {
    super();
  }

  /** Hands octets to TLS; `octets` may change afterwards. */
  feed(octets: Buffer): void {
    this.records.pass(octets);
    if (!this.push(Buffer.from(octets))) this.raw.pause();
  }

  /** The peer has ended its direction. */
  feedEnd(): void {
    this.push(null);
  }

  override _read(): void {
    this.raw.resume();
  }

  override _write(octets: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const whole = this.clear.length === 0 ? octets : Buffer.concat([this.clear, octets]);
    this.clear = Buffer.alloc(0);
    // What cannot be written ends the connection, which the socket tells itself.
    this.raw.write(whole, () => done());
  }

  override _final(done: () => void): void {
    this.raw.end(() => done());
  }
}
