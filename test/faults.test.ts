import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { faults } from '../src/serve/faults/index.js';

const text = readFileSync(new URL('../docs/faults.md', import.meta.url), 'utf8');

it('docs/faults.md has a row for every fault, and for no other', () => {
  const rows = [...text.matchAll(/^\| `(.+?)` \|/gm)].map(([, id]) => id);
  expect(rows).toEqual(faults.map(({ id }) => id));
});
