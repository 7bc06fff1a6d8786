import { Buffer } from 'node:buffer';
import type { BodyReader } from '../pop3/body.js';
import { RESPONSE_LINE_READ_MAX } from '../pop3/limits.js';

const CR = 0x0d;
const LF = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);

/** A line found in the input: `bytes[start, end)` without its end. Valid until the next call on the input. */
export interface Line {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  readonly crlf: boolean;
}

/**
 * Octets received and not yet read. Gives them out as lines or to a body reader, whatever the pieces in which
 * they came. How much may wait is up to the connection, which is told by `taken` when some of it was read.
 */
export class Input {
  private bytes = NOTHING;
  private at = 0;
  /** Where the search for the next line end goes on. */
  private searched = 0;
  /** Whether `bytes` is the last piece itself. */
  private borrowed = false;

  constructor(private readonly taken: () => void = () => {}) {}

  /** Takes a piece; one that may change afterwards is to be followed by `settle`. */
  push(chunk: Buffer): void {
    this.borrowed = this.at === this.bytes.length;
    if (this.borrowed) {
      this.bytes = chunk;
      this.at = 0;
      this.searched = 0;
      return;
    }
    this.bytes = Buffer.concat([this.bytes.subarray(this.at), chunk]);
    this.searched -= this.at;
    this.at = 0;
  }

  /** Copies what still waits of the last piece, so that its buffer can be used again. */
  settle(): void {
    if (!this.borrowed || this.length === 0) return;
    this.bytes = Buffer.from(this.bytes.subarray(this.at));
    this.searched -= this.at;
    this.at = 0;
    this.borrowed = false;
  }

  /** Octets that wait to be read. */
  get length(): number {
    return this.bytes.length - this.at;
  }

  /** The octets that wait, at most `most` of them; does not read them. */
  peek(most = RESPONSE_LINE_READ_MAX): Buffer {
    return this.bytes.subarray(this.at, this.at + most);
  }

  /** Takes the next whole line, or gives undefined while its end has not come. */
  takeLine(): Line | undefined {
    const lf = this.bytes.indexOf(LF, Math.max(this.searched, this.at));
    if (lf < 0) {
      this.searched = this.bytes.length;
      return undefined;
    }
    const start = this.at;
    const crlf = lf > start && this.bytes[lf - 1] === CR;
    this.at = lf + 1;
    this.searched = this.at;
    const line = { bytes: this.bytes, start, end: crlf ? lf - 1 : lf, crlf };
    this.taken();
    return line;
  }

  /** True when the unfinished line is longer than popspec reads (RESPONSE_LINE_READ_MAX). */
  get lineTooLong(): boolean {
    return this.length > RESPONSE_LINE_READ_MAX;
  }

  /** Feeds what waits to `reader`; true when the multi-line reply is complete. */
  takeBody(reader: BodyReader): boolean {
    if (this.length === 0) return false;
    const stop = reader.feed(this.bytes, this.at);
    this.at = stop < 0 ? this.bytes.length : stop;
    this.searched = this.at;
    this.taken();
    return stop >= 0;
  }

  /** Drops all that waits and returns how many octets that were. */
  clear(): number {
    const dropped = this.length;
    this.bytes = NOTHING;
    this.at = 0;
    this.searched = 0;
    this.taken();
    return dropped;
  }
}
