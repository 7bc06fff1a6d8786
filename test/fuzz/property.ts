import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';

const CORPUS = new URL('./corpus/', import.meta.url).pathname;
/** `npm run fuzz` gives each property so many seconds; in the tests each has a few hundred runs. */
const SECONDS = Number(process.env.POPSPEC_FUZZ_SECONDS ?? 0);
const RUNS = 300;

/** Octets made of what readers of POP3 and of texts trip over. */
export const octets: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom('\r\n', '\r\n', '.', '..', '\r\n.\r\n', '\n', '\r', '\0'), weight: 5 },
      {
        arbitrary: fc.constantFrom('+OK', '-ERR', '+ ', ' ', '[IN-USE]', '[', ']', '<1.2@x>', '<'),
        weight: 4,
      },
      {
        arbitrary: fc.constantFrom('1', '0', '-1', '99999999999999999999', 'C: ', 'S: ', 'S> {x:int}'),
        weight: 3,
      },
      {
        arbitrary: fc.constantFrom('\x1b[31m', ']]>', '<script>', '\xe2\x80\xae', '\xff\xfe', '{', '}', '"'),
        weight: 3,
      },
      { arbitrary: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), weight: 2 },
      { arbitrary: fc.string({ maxLength: 8 }), weight: 2 },
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(''));

/** `text` with some of its parts left out, doubled, cut short or replaced. */
export function mutations(texts: readonly string[]): fc.Arbitrary<string> {
  const place = fc.double({ min: 0, max: 1, noNaN: true });
  const change = fc.record({
    from: place,
    length: fc.nat({ max: 40 }),
    how: fc.constantFrom('cut', 'drop', 'double', 'replace'),
    by: octets,
  });
  return fc
    .tuple(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) =>
      changes.reduce((now, { from, length, how, by }) => {
        const at = Math.floor(from * now.length);
        const part = now.slice(at, at + length);
        const behind = now.slice(at + length);
        if (how === 'cut') return now.slice(0, at);
        return now.slice(0, at) + (how === 'double' ? part + part : how === 'replace' ? by : '') + behind;
      }, text),
    );
}

/**
 * A test that `holds` throws nothing for any text. Texts that once broke it lie in corpus/`name`/ and come first; `npm run
 * fuzz` adds one that it finds.
 */
export function property(
  name: string,
  texts: fc.Arbitrary<string>,
  holds: (text: string) => void,
  runs = RUNS,
): void {
  it(
    name,
    () => {
      const folder = join(CORPUS, name.replace(/[^a-z]+/g, '-'));
      for (const text of corpus(folder)) holds(text);
      const { failed, counterexample, errorInstance } = fc.check(
        fc.property(texts, (text) => holds(text)),
        SECONDS > 0
          ? { numRuns: 1e9, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false }
          : { numRuns: runs },
      );
      if (!failed) return;
      const [text = ''] = counterexample ?? [];
      if (SECONDS > 0) {
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, `${Date.now()}`), text, 'utf8');
      }
      expect.fail(
        `${JSON.stringify(text)}: ${(errorInstance as Error | undefined)?.stack ?? 'does not hold'}`,
      );
    },
    60_000 + 2 * SECONDS * 1000,
  );
}

function corpus(folder: string): string[] {
  try {
    return readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  } catch {
    return [];
  }
}
