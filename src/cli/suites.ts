import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type ClauseRegister, loadClauses } from '../check/clauses.js';
import { type Extent, type Library, loadLibrary } from '../dialogue/library.js';
import { UsageError } from './exit-codes.js';
import { CLAUSES_DIR, SUITES_DIR } from './paths.js';
import { single } from './values.js';

/** The suites of a run and the folder that their fixtures come from. */
export interface Suites {
  readonly dir: string;
  readonly library: Library;
}

/**
 * Loads the suites that come with popspec, or those of `--suite`: a folder instead of them, or a file beside them; `extra` are more
 * files.
 * Throws SuiteError with file, line and column.
 */
export function loadSuites(
  options: Readonly<Record<string, unknown>>,
  extra: readonly string[] = [],
  what: 'cases' | 'scenarios' = 'cases',
): Suites {
  const path = single('suite', options.suite);
  // Mistakes in suites of the user's own are told whatever is selected from them.
  const own: Extent = what === 'cases' ? 'everything' : 'scenarios';
  if (path === undefined) {
    const extent: Extent = what === 'cases' ? 'on demand' : 'scenarios';
    return { dir: SUITES_DIR, library: loadLibrary(SUITES_DIR, extra, extent) };
  }
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined)
    throw new UsageError(`--suite ${path} is not there`, 'give a folder or a .yaml file');
  if (!found.isDirectory())
    return { dir: SUITES_DIR, library: loadLibrary(SUITES_DIR, [path, ...extra], own) };
  return { dir: path, library: loadLibrary(path, extra, own) };
}

/** The clause register: that of the suites' own folder where it has one, else that of popspec. */
export function loadRegister(dir: string): ClauseRegister {
  const own = join(dir, 'clauses');
  return loadClauses(statSync(own, { throwIfNoEntry: false })?.isDirectory() === true ? own : CLAUSES_DIR);
}
