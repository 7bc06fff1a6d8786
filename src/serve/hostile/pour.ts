import type { Writable } from 'node:stream';

/** Octets that are written at a time. */
export const PIECE = 64 * 1024;

/**
 * Writes what `next` gives until it gives nothing, and never more than the reader takes: however much is poured, no more
 * than one piece waits in memory.
 */
export function pour(to: Writable, next: () => Buffer | undefined, done: () => void): void {
  const more = (): void => {
    while (to.writable) {
      const octets = next();
      if (octets === undefined) {
        done();
        return;
      }
      if (to.write(octets)) continue;
      to.once('drain', more);
      return;
    }
  };
  more();
}

/** The same again and again, in pieces of some length, up to `times` of it. */
export function again(text: string, times = Number.POSITIVE_INFINITY): () => Buffer | undefined {
  const count = Math.max(1, Math.floor(PIECE / text.length));
  const piece = Buffer.from(text.repeat(count), 'latin1');
  let left = times;
  return () => {
    if (left <= 0) return undefined;
    const now = left < count ? piece.subarray(0, left * text.length) : piece;
    left -= count;
    return now;
  };
}

/** The rows 1, 2, 3 … as `row` writes them, up to `last`. */
export function rows(row: (n: number) => string, last = Number.POSITIVE_INFINITY): () => Buffer | undefined {
  let n = 1;
  return () => {
    if (n > last) return undefined;
    let text = '';
    for (; text.length < PIECE && n <= last; n++) text += `${row(n)}\r\n`;
    return Buffer.from(text, 'latin1');
  };
}

/** One after the other. */
export function inTurn(...all: readonly (() => Buffer | undefined)[]): () => Buffer | undefined {
  let at = 0;
  return () => {
    for (; at < all.length; at++) {
      const octets = all[at]?.();
      if (octets !== undefined) return octets;
    }
    return undefined;
  };
}

/** This text, once. */
export function once(text: string): () => Buffer | undefined {
  return again(text, 1);
}
