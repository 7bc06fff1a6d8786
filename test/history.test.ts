import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadLibrary } from '../src/dialogue/library.js';
import { faultById, faults } from '../src/serve/faults/index.js';

const { cases } = loadLibrary(new URL('../suites', import.meta.url).pathname);

/** The rows of the tables in docs/history.md whose fault is named. */
const rows = readFileSync(new URL('../docs/history.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| bug |'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));

describe('docs/history.md', () => {
  it('has five columns everywhere', () => {
    expect(rows.length).toBeGreaterThan(50);
    expect(rows.filter((row) => row.length !== 5 || row.includes(''))).toEqual([]);
  });

  it.each(rows)('%s (%s, %s): %s is caught by %s', (_bug, _server, _report, fault, id) => {
    expect(faultById(fault!)).toBeDefined();
    const named = cases.filter((one) => one.id === id || one.id.startsWith(`${id}/`));
    expect(named.some(({ catches }) => catches.includes(fault!))).toBe(true);
  });

  it('names every fault that is there for the sake of history', () => {
    const told = new Set(rows.map((row) => row[3]));
    expect(faults.filter(({ area, id }) => area === 'history' && !told.has(id)).map(({ id }) => id)).toEqual(
      [],
    );
  });
});
