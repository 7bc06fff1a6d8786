import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STAGES } from '../../src/diagnose/rule.js';
import { RULES } from '../../src/diagnose/rules/index.js';

describe('the rules', () => {
  it('are slugs of one each, and told in sentences', () => {
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
    for (const { id, cause, separates } of RULES) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(cause, id).toMatch(/^[A-Z].*[.]$/);
      expect(separates, id).toMatch(/^[A-Z].*[.]$/s);
    }
  });

  it('stand in docs/diagnose.md by their stage, and no others do', () => {
    const table = readFileSync('docs/diagnose.md', 'utf8');
    for (const row of [...STAGES, 'advice']) {
      const [, ids = ''] = new RegExp(`^\\| ${row} \\| (.+) \\|$`, 'm').exec(table) ?? [];
      const of = RULES.filter(({ kind, stage }) => (kind === 'advice' ? 'advice' : stage) === row);
      expect(ids.match(/[a-z0-9-]+/g)?.sort(), row).toEqual(of.map(({ id }) => id).sort());
    }
  });
});
