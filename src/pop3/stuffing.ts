/**
 * Byte-stuffing of message content in multi-line replies (RFC 1939 §3).
 * Content is CRLF-terminated lines; a lone CR or LF does not start a line.
 */
const DOT = 0x2e;
const LINE_START_DOT = Buffer.from('\r\n.');
const CRLF = Buffer.from('\r\n');
const NOTHING = Buffer.alloc(0);

/** The line that closes a multi-line reply. */
export const TERMINATOR = Buffer.from('.\r\n');

/** True when a multi-line reply can be closed behind `content` without adding a line end. */
export function endsALine(content: Uint8Array): boolean {
  const length = content.length;
  return length === 0 || (length > 1 && content[length - 2] === 0x0d && content[length - 1] === 0x0a);
}

/** `content` with a second dot before each line that begins with one. Returns the same memory when there is none. */
export function stuff(content: Uint8Array): Buffer {
  const source = asBuffer(content);
  const dots = dotsAtLineStarts(source);
  return dots === 0 ? source : copied(source, source.length + dots, 'stuffed');
}

/** `content` with the first dot of each line that begins with one taken away: the inverse of `stuff`. */
export function unstuff(content: Uint8Array): Buffer {
  const source = asBuffer(content);
  const dots = dotsAtLineStarts(source);
  return dots === 0 ? source : copied(source, source.length - dots, 'unstuffed');
}

function dotsAtLineStarts(source: Buffer): number {
  let dots = source[0] === DOT ? 1 : 0;
  for (let at = source.indexOf(LINE_START_DOT); at >= 0; at = source.indexOf(LINE_START_DOT, at + 3)) dots++;
  return dots;
}

/** In one piece of memory: a mail that is all dots must not become millions of pieces. */
function copied(source: Buffer, length: number, how: 'stuffed' | 'unstuffed'): Buffer {
  const target = Buffer.allocUnsafe(length);
  let to = 0;
  let from = 0;
  const take = (end: number): void => {
    to += source.copy(target, to, from, end);
    from = end;
  };
  for (
    let dot = source[0] === DOT ? 0 : lineStartDot(source, 0);
    dot >= 0;
    dot = lineStartDot(source, dot + 1)
  ) {
    take(dot);
    if (how === 'stuffed') target[to++] = DOT;
    else from++;
  }
  take(source.length);
  return target;
}

/** Index of the next dot behind CRLF that stands at `from` or behind it, or -1. */
function lineStartDot(source: Buffer, from: number): number {
  const found = source.indexOf(LINE_START_DOT, Math.max(0, from - 2));
  return found < 0 ? -1 : found + 2;
}

/**
 * What follows the status line of RETR: the stuffed content, closed by CRLF if its last line is not,
 * and the terminator. An empty message is the terminator alone.
 */
export function toWire(content: Uint8Array): Buffer {
  return Buffer.concat([stuff(content), endsALine(content) ? NOTHING : CRLF, TERMINATOR]);
}

/**
 * The content of a complete multi-line body that ends with the terminator; `null` when it does not.
 * The CRLF that `toWire` added cannot be told from one that was stored and stays.
 */
export function fromWire(wire: Uint8Array): Buffer | null {
  const source = asBuffer(wire);
  const end = source.length - TERMINATOR.length;
  if (end < 0 || !source.subarray(end).equals(TERMINATOR) || !endsALine(source.subarray(0, end))) return null;
  return unstuff(source.subarray(0, end));
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
