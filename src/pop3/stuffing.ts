/**
 * Byte-stuffing of message content in multi-line replies (RFC 1939 §3).
 * Content is CRLF-terminated lines; a lone CR or LF does not start a line.
 */
const DOT = 0x2e;
const DOT_BUFFER = Buffer.from('.');
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
  const pieces: Buffer[] = source[0] === DOT ? [DOT_BUFFER] : [];
  let from = 0;
  for (let at = source.indexOf(LINE_START_DOT); at >= 0; at = source.indexOf(LINE_START_DOT, at + 2)) {
    pieces.push(source.subarray(from, at + 3));
    from = at + 2;
  }
  if (pieces.length === 0) return source;
  pieces.push(source.subarray(from));
  return Buffer.concat(pieces);
}

/** `content` with the first dot of each line that begins with one taken away: the inverse of `stuff`. */
export function unstuff(content: Uint8Array): Buffer {
  const source = asBuffer(content);
  const pieces: Buffer[] = [];
  let from = source[0] === DOT ? 1 : 0;
  for (let at = source.indexOf(LINE_START_DOT); at >= 0; at = source.indexOf(LINE_START_DOT, at + 3)) {
    pieces.push(source.subarray(from, at + 2));
    from = at + 3;
  }
  if (from === 0) return source;
  pieces.push(source.subarray(from));
  return Buffer.concat(pieces);
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
