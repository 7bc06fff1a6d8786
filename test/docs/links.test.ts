import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './server.js';

const folder = (dir: string): string[] =>
  readdirSync(join(ROOT, dir))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${dir}/${name}`);
const FILES = [
  'README.md',
  'CONTRIBUTING.md',
  'suites/mail/README.md',
  ...folder('docs'),
  ...folder('docs/servers'),
];

/** The anchors of a page as GitHub makes them of its headings. */
function anchorsOf(markdown: string): Set<string> {
  return new Set(
    [...markdown.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('links of the documentation lead somewhere', () => {
  test.each(FILES)('%s', (file) => {
    const markdown = readFileSync(join(ROOT, file), 'utf8');
    const dead: string[] = [];
    for (const [, target = ''] of markdown.matchAll(/(?:\]\(|(?:href|src)=")([^)"\s]+)[)"]/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const there = path === '' ? join(ROOT, file) : join(ROOT, dirname(file), path);
      if (!existsSync(there)) dead.push(target);
      else if (
        anchor !== undefined &&
        there.endsWith('.md') &&
        !anchorsOf(readFileSync(there, 'utf8')).has(anchor)
      )
        dead.push(target);
    }
    expect(dead).toEqual([]);
  });
});
