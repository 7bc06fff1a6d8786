import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SuiteError } from './errors.js';

/** Folders of a suite folder that hold no suites. */
const OTHER_FOLDERS = new Set(['clauses', 'mail', 'providers']);

/** The suite files below a folder, in the order of their names. Throws a SuiteError when it cannot be read. */
export function suiteFiles(dir: string): string[] {
  const files: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !(folder === dir && OTHER_FOLDERS.has(entry.name))) walk(path);
      else if (entry.isFile() && entry.name.endsWith('.yaml')) files.push(path);
    }
  };
  try {
    walk(dir);
  } catch (error) {
    throw new SuiteError(`the suites cannot be read: ${(error as Error).message}`, {
      file: dir,
      line: 1,
      column: 1,
    });
  }
  return files;
}
