import { Buffer } from 'node:buffer';
import fc from 'fast-check';

/** Message content made of what trips a reader of lines: dots and line ends in every mixture, any octet between. */
export const content: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      {
        arbitrary: fc.constantFrom('.', '..', '\r', '\n', '\r\n', '\r\n.', '.\r', '.\r\n', '\n.\n'),
        weight: 6,
      },
      { arbitrary: fc.constantFrom('a', 'Subject: x', ' ', '\0', '\xff'), weight: 2 },
      { arbitrary: fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet)), weight: 1 },
    ),
    { maxLength: 30 },
  )
  .map((pieces) => Buffer.from(pieces.join(''), 'latin1'));

/** `bytes` cut behind the positions that `cuts` gives, each a share of the whole. */
export function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((share) => Math.floor(share * bytes.length)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

/** Random places to cut at, for `cutAt`. */
export const cuts: fc.Arbitrary<number[]> = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  maxLength: 12,
});
