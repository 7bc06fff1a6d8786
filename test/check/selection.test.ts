import { describe, expect, it } from 'vitest';
import { matches, SelectionError, selectCases } from '../../src/check/selection.js';
import { loadLibrary } from '../../src/dialogue/library.js';

const { cases } = loadLibrary(new URL('../../suites', import.meta.url).pathname);
const ids = (only: string[], skip: string[] = []): string[] =>
  selectCases(cases, only, skip).map(({ id }) => id);

describe('selectCases', () => {
  it('takes all without patterns', () => {
    expect(ids([])).toHaveLength(cases.length);
  });

  it('takes an id, the beginning of ids, a clause and globs', () => {
    expect(ids(['rfc1939/stat/drop-listing'])).toEqual(['rfc1939/stat/drop-listing']);
    expect(ids(['rfc1939/stat']).every((id) => id.startsWith('rfc1939/stat/'))).toBe(true);
    expect(ids(['rfc1939/stat/'])).toEqual(ids(['rfc1939/stat']));
    expect(ids(['1939-5-STAT-3']).length).toBeGreaterThan(0);
    expect(ids(['1939-5-STAT-*']).length).toBeGreaterThan(ids(['1939-5-STAT-3']).length);
    expect(ids(['*/stat/*'])).toEqual(ids(['rfc1939/stat']));
  });

  it('does not take a beginning that ends in the middle of a word', () => {
    expect(() => ids(['rfc1939/sta'])).toThrow(SelectionError);
  });

  it('leaves out what --skip names', () => {
    const left = ids(['rfc1939'], ['rfc1939/stat']);
    expect(left.some((id) => id.startsWith('rfc1939/stat/'))).toBe(false);
    expect(left.length).toBe(ids(['rfc1939']).length - ids(['rfc1939/stat']).length);
  });

  it('refuses a pattern that matches nothing, with the nearest names', () => {
    expect(() => ids(['rfc1939/stat/drop-listin'])).toThrow(/matches no case/);
    try {
      ids([], ['rfc1939/stat/drop-listin']);
      expect.unreachable();
    } catch (error) {
      expect((error as SelectionError).hint).toContain('rfc1939/stat/drop-listing');
    }
  });

  it('refuses a selection that leaves nothing', () => {
    expect(() => ids(['rfc1939/stat'], ['rfc1939'])).toThrow(/nothing is left/);
  });

  it('takes characters of regular expressions as they are', () => {
    const [one] = cases;
    if (one === undefined) throw new Error('no cases');
    expect(matches(one, one.id.replace('/', '.'))).toBe(false);
  });
});
