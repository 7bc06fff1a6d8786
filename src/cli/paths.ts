import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the installed package: where suites/ and package.json lie. */
export const PACKAGE_DIR = fileURLToPath(new URL('../..', import.meta.url));

/** The suites that come with popspec. */
export const SUITES_DIR = join(PACKAGE_DIR, 'suites');

/** The table of mail providers. */
export const PROVIDERS_DIR = join(SUITES_DIR, 'providers');

export const CLAUSES_DIR = join(SUITES_DIR, 'clauses');

export function version(): string {
  const text = readFileSync(join(PACKAGE_DIR, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
