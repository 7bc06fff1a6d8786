import type { Buffer } from 'node:buffer';

/** The status indicator as received: `+OK`, `-ERR`, the continuation `+` of RFC 5034, or something else. */
export type Status = '+OK' | '-ERR' | '+' | 'other';

/** One status line, read liberally: what is wrong with it is told by the fields, not by refusing to read it. */
export interface Reply {
  readonly status: Status;
  /** True when the indicator stands in upper case and is followed by a space or the end of the line. */
  readonly strict: boolean;
  /** What follows the indicator and its one space; Latin-1, so that every octet is one character. */
  readonly text: string;
  /** Response code of RFC 2449 §8 in upper case without brackets (`IN-USE`, `SYS/TEMP`), or empty. */
  readonly code: string;
  /** The whole line without its line end; Latin-1. */
  readonly line: string;
  /** Length of the line in octets, line end included. */
  readonly octets: number;
  /** False when the line ended in a bare LF. */
  readonly crlf: boolean;
}

const RESPONSE_CODE = /^\[([^\]\s]+)\]/;

/**
 * Reads the status line `bytes[start, end)`, its line end left out.
 * RFC 1939 §3: `+OK` or `-ERR` in upper case; RFC 5034 §4: `+ ` and a challenge.
 */
export function parseReply(bytes: Buffer, start: number, end: number, crlf: boolean): Reply {
  const length = end - start;
  if (!crlf || length > RECENT_LENGTH_MAX) return new ReadReply(bytes.toString('latin1', start, end), crlf);
  let hash = length;
  for (let index = start; index < end; index++) hash = (Math.imul(hash, 31) + (bytes[index] ?? 0)) | 0;
  const place = (hash ^ (hash >>> 8)) & (RECENT.length - 1);
  const known = RECENT[place];
  if (known !== undefined && isAt(known.line, bytes, start, length)) return known;
  const reply = new ReadReply(bytes.toString('latin1', start, end), true);
  RECENT[place] = reply;
  return reply;
}

/**
 * Servers say the same short lines all the time: to look one up costs less than to make a string of it, and leaves
 * nothing to be collected.
 */
const RECENT = new Array<ReadReply | undefined>(256).fill(undefined);
const RECENT_LENGTH_MAX = 48;

function isAt(line: string, bytes: Buffer, start: number, length: number): boolean {
  if (line.length !== length) return false;
  for (let index = 0; index < length; index++)
    if (line.charCodeAt(index) !== bytes[start + index]) return false;
  return true;
}

class ReadReply implements Reply {
  readonly status: Status;
  private readonly indicator: number;

  constructor(
    readonly line: string,
    readonly crlf: boolean,
  ) {
    this.status = statusOf(line);
    this.indicator = this.status === 'other' ? 0 : this.status.length;
  }

  get octets(): number {
    return this.line.length + (this.crlf ? 2 : 1);
  }

  get strict(): boolean {
    const { line, indicator, status } = this;
    const after = line.charAt(indicator);
    return (
      status !== 'other' && line.startsWith(status) && (after === ' ' || (after === '' && status !== '+'))
    );
  }

  get text(): string {
    const { line, indicator } = this;
    return line.slice(line.charCodeAt(indicator) === SPACE ? indicator + 1 : indicator);
  }

  get code(): string {
    return RESPONSE_CODE.exec(this.text)?.[1]?.toUpperCase() ?? '';
  }
}

const SPACE = 0x20;

function statusOf(line: string): Status {
  if (line.startsWith('+OK')) return '+OK';
  if (line.slice(0, 3).toUpperCase() === '+OK') return '+OK';
  if (line.slice(0, 4).toUpperCase() === '-ERR') return '-ERR';
  return line.charAt(0) === '+' ? '+' : 'other';
}
