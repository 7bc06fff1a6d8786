import { type SourcePlace, SuiteError } from './errors.js';
import type { Row } from './suite.js';

/** The type of a table of a suite file in expressions. */
export const TABLE_TYPE = 'list<map<string, dyn>>';

/** The type of a value of a row in expressions. */
export function typeOf(value: string | bigint): string {
  return typeof value === 'bigint' ? 'int' : 'string';
}

const ROW_KEYS = new Set(['row', 'clauses', 'catches']);

/** What a row of a table gives to its case, by name; numbers are integers. */
export function rowValues(row: Row | undefined): Record<string, string | bigint> {
  const values: Record<string, string | bigint> = {};
  for (const [key, value] of Object.entries(row ?? {})) {
    if (ROW_KEYS.has(key)) continue;
    values[key] = typeof value === 'number' ? BigInt(value) : String(value);
  }
  return values;
}

/** Puts the values of a row in place of `{name}`. Throws a SuiteError for a name that no row has; `what` is where it stands. */
export function fill(
  text: string,
  what: string,
  values: Readonly<Record<string, string | bigint>>,
  place: SourcePlace,
): string {
  return text.replace(/\{([a-z_]\w*)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new SuiteError(`${what} names {${name}}, which no row has`, place);
    return String(value);
  });
}
