import { Buffer } from 'node:buffer';
import type { BodyReader } from '../pop3/body.js';
import { RESPONSE_LINE_READ_MAX } from '../pop3/limits.js';

const CR = 0x0d;
const LF = 0x0a;
const NOTHING: Buffer = Buffer.alloc(0);

/** A line found in the input: `bytes[start, end)` without its end. Valid until the next call on the input. */
export interface Line {
  bytes: Buffer;
  start: number;
  end: number;
  crlf: boolean;
}

/**
 * Octets received and not yet read. Gives them out as lines or to a body reader, whatever the pieces in which
 * they came. How much may wait is up to the connection, which is told by `whenRead` when some of it was read.
 */
export class Input {
  whenRead: (() => void) | undefined;
  /** What waits stands in `bytes[at, limit)`. */
  private bytes = NOTHING;
  private at = 0;
  private limit = 0;
  /** Where the search for the next line end goes on. */
  private searched = 0;
  /** Whether `bytes` is the last piece itself. */
  private borrowed = false;
  private readonly line: Line = { bytes: NOTHING, start: 0, end: 0, crlf: false };

  /** Takes a piece, `bytes` up to `length`; one that may change afterwards is to be followed by `settle`. */
  push(bytes: Buffer, length = bytes.length): void {
    this.borrowed = this.at === this.limit;
    if (this.borrowed) {
      this.bytes = bytes;
      this.at = 0;
      this.limit = length;
      this.searched = 0;
      return;
    }
    const waiting = this.limit - this.at;
    const whole = Buffer.allocUnsafe(waiting + length);
    this.bytes.copy(whole, 0, this.at, this.limit);
    bytes.copy(whole, waiting, 0, length);
    this.searched -= this.at;
    this.bytes = whole;
    this.at = 0;
    this.limit = whole.length;
  }

  /** Copies what still waits of the last piece, so that its buffer can be used again. */
  settle(): void {
    if (!this.borrowed) return;
    this.borrowed = false;
    if (this.at === this.limit) return;
    this.bytes = Buffer.from(this.bytes.subarray(this.at, this.limit));
    this.searched -= this.at;
    this.at = 0;
    this.limit = this.bytes.length;
  }

  /** Octets that wait to be read. */
  get length(): number {
    return this.limit - this.at;
  }

  /** The octets that wait, at most `most` of them; does not read them. */
  peek(most = RESPONSE_LINE_READ_MAX): Buffer {
    return this.bytes.subarray(this.at, Math.min(this.limit, this.at + most));
  }

  /** Takes the next whole line, or gives undefined while its end has not come. */
  takeLine(): Line | undefined {
    const { bytes, at, limit, line } = this;
    const lf = lineFeed(bytes, Math.max(this.searched, at), limit);
    if (lf < 0) {
      this.searched = limit;
      return undefined;
    }
    this.at = lf + 1;
    this.searched = lf + 1;
    line.bytes = bytes;
    line.start = at;
    line.crlf = lf > at && bytes[lf - 1] === CR;
    line.end = line.crlf ? lf - 1 : lf;
    this.whenRead?.();
    return line;
  }

  /** True when the unfinished line is longer than popspec reads (RESPONSE_LINE_READ_MAX). */
  get lineTooLong(): boolean {
    return this.length > RESPONSE_LINE_READ_MAX;
  }

  /** Feeds what waits to `reader`; true when the multi-line reply is complete. */
  takeBody(reader: BodyReader): boolean {
    if (this.at === this.limit) return false;
    const { bytes, limit } = this;
    const stop = reader.feed(limit === bytes.length ? bytes : bytes.subarray(0, limit), this.at);
    this.at = stop < 0 ? this.limit : stop;
    this.searched = this.at;
    this.whenRead?.();
    return stop >= 0;
  }

  /** Drops all that waits and returns how many octets that were. */
  clear(): number {
    const dropped = this.length;
    this.bytes = NOTHING;
    this.at = 0;
    this.limit = 0;
    this.searched = 0;
    this.whenRead?.();
    return dropped;
  }
}

/** Status lines are short: a look at each octet costs less than a call into native code. */
const LOOKED_AT = 64;

/** Index of the first LF in `bytes[from, to)`, or -1. */
function lineFeed(bytes: Buffer, from: number, to: number): number {
  const near = Math.min(to, from + LOOKED_AT);
  for (let index = from; index < near; index++) if (bytes[index] === LF) return index;
  if (near === to) return -1;
  const found = bytes.subarray(near, to).indexOf(LF);
  return found < 0 ? -1 : near + found;
}
