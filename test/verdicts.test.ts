import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadLibrary } from '../src/dialogue/library.js';

const { cases } = loadLibrary(new URL('../suites', import.meta.url).pathname);

/** The last column of the tables in docs/verdicts.md. */
const named = [
  ...readFileSync(new URL('../docs/verdicts.md', import.meta.url), 'utf8').matchAll(/^\| .* \| (\S+) \|$/gm),
].map(([, id]) => id!);

describe('docs/verdicts.md', () => {
  it.each(named.filter((id) => id !== 'none' && id !== 'case'))('%s is a case', (id) => {
    expect(cases.some((one) => one.id === id || one.id.startsWith(`${id}/`))).toBe(true);
  });
});
