import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Imports go one way (docs/architecture.md). Each folder of src/ and what it may import besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  pop3: [],
  wire: ['pop3'],
  dialogue: ['pop3', 'wire'],
  check: ['pop3', 'wire', 'dialogue'],
  load: ['pop3', 'wire', 'dialogue'],
  diagnose: ['pop3', 'wire', 'dialogue'],
  serve: ['pop3', 'wire'],
  report: ['pop3', 'dialogue', 'check', 'load', 'diagnose'],
  cli: ['pop3', 'wire', 'dialogue', 'check', 'load', 'diagnose', 'serve', 'report'],
};

/** Files directly in src/: the public API, and helpers without a home that every folder may use. */
const EVERYWHERE = ['near-matches.js'];

const root = resolve(new URL('../src', import.meta.url).pathname);

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? sources(path) : /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const IMPORT = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

describe('imports', () => {
  const files = sources(root);

  it('are found at all', () => {
    expect(files.length).toBeGreaterThan(80);
  });

  it('go one way between the layers', () => {
    const wrong: string[] = [];
    for (const file of files) {
      const [layer = ''] = relative(root, file).split('/');
      const allowed = MAY_IMPORT[layer];
      for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
        const path = relative(root, resolve(file, '..', target));
        const [to = ''] = path.split('/');
        if (layer === 'index.ts' || to === layer || EVERYWHERE.includes(path)) continue;
        if (allowed?.includes(to) !== true) wrong.push(`${relative(root, file)} imports ${path}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('know every layer', () => {
    const layers = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(layers.map(({ name }) => name).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it('keep the protocol layer free of sockets, clocks and the console', () => {
    const wrong = files
      .filter((file) => relative(root, file).startsWith('pop3/'))
      .filter((file) =>
        /node:(net|tls|fs|http|child_process|perf_hooks|timers)|console\.|Date\.now|performance\./.test(
          readFileSync(file, 'utf8'),
        ),
      );
    expect(wrong).toEqual([]);
  });

  it('have no barrel but the public API', () => {
    const barrels = files
      .filter((file) => /^export (\*|\{[^}]*\}) from/m.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file))
      .filter((file) => file !== 'index.ts');
    expect(barrels).toEqual([]);
  });
});
