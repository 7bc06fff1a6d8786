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
  const line = bytes.toString('latin1', start, end);
  const { status, length } = statusOf(line);
  const after = line.charAt(length);
  const indicator = line.slice(0, length);
  const text = after === ' ' ? line.slice(length + 1) : line.slice(length);
  return {
    status,
    strict: status !== 'other' && indicator === status && (after === ' ' || (after === '' && status !== '+')),
    text,
    code: RESPONSE_CODE.exec(text)?.[1]?.toUpperCase() ?? '',
    line,
    octets: end - start + (crlf ? 2 : 1),
    crlf,
  };
}

function statusOf(line: string): { status: Status; length: number } {
  if (line.slice(0, 3).toUpperCase() === '+OK') return { status: '+OK', length: 3 };
  if (line.slice(0, 4).toUpperCase() === '-ERR') return { status: '-ERR', length: 4 };
  if (line.charAt(0) === '+') return { status: '+', length: 1 };
  return { status: 'other', length: 0 };
}
