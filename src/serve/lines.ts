const LF = 0x0a;
const CR = 0x0d;

export type Cut =
  /** A line without its line end; with it, it takes up `length` octets. */
  | { readonly kind: 'line'; readonly line: string; readonly length: number }
  | { readonly kind: 'partial' }
  | { readonly kind: 'long' };

const PARTIAL: Cut = { kind: 'partial' };
const LONG: Cut = { kind: 'long' };

/**
 * Cuts the first line from `input`. A line ends with CRLF; a lone LF is tolerated.
 * `limit` is in octets, line end included (RFC 2449 §4); a line that ends or must end beyond it is long.
 */
export function cutLine(input: Buffer, limit: number): Cut {
  const end = input.indexOf(LF);
  if (end < 0) return input.length < limit ? PARTIAL : LONG;
  if (end >= limit) return LONG;
  const stop = end > 0 && input[end - 1] === CR ? end - 1 : end;
  return { kind: 'line', line: input.toString('latin1', 0, stop), length: end + 1 };
}
