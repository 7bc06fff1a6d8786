import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type SourcePlace, SuiteError } from './errors.js';
import type { Origin } from './lines.js';

/** A YAML file that fits its schema, with the places of its values. */
export interface YamlFile<T> {
  readonly data: T;
  /** Where a value begins, or the key of a pair; for what is missing, the nearest thing around it. */
  placeOf(path: readonly PropertyKey[]): SourcePlace;
  /** The last line of the value at `path`, its key's line where it has none. */
  lastLineOf(path: readonly PropertyKey[]): number;
  /** Where the first line of a block scalar (`|`) stands in the file. */
  blockOrigin(path: readonly PropertyKey[]): Origin;
}

/**
 * Reads a YAML file and checks it against `schema`. `name` is the file's name in messages.
 * Throws a SuiteError with file, line and column at the first mistake, or when the file cannot be read.
 */
export function readYamlFile<S extends z.ZodType>(
  path: string,
  schema: S,
  name = path,
): YamlFile<z.infer<S>> {
  const text = readText(path, name);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const placeAt = (offset: number): SourcePlace => {
    const { line, col } = lines.linePos(offset);
    return { file: name, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const placeOf = (at: readonly PropertyKey[]): SourcePlace => placeAt(offsetOf(document, at));

  const syntaxError = document.errors[0];
  if (syntaxError) throw new SuiteError(syntaxError.message, placeAt(syntaxError.pos[0]));
  let plain: unknown;
  try {
    plain = document.toJS();
  } catch (error) {
    throw new SuiteError((error as Error).message, { file: name, line: 1, column: 1 });
  }
  const parsed = schema.safeParse(plain);
  if (parsed.success) {
    return {
      data: parsed.data,
      placeOf,
      lastLineOf: (at) => placeAt(endOf(document, at, text) ?? offsetOf(document, at)).line,
      blockOrigin: (at) => blockOrigin(document, at, text, placeAt),
    };
  }
  const issue = parsed.error.issues[0]!;
  // An unknown key is reported on its parent, so the key itself is looked up.
  const at = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  throw new SuiteError(`${at.join('.') || 'file'}: ${issue.message}`, placeOf(at));
}

/** The `.yaml` files of a folder in the order of their names. */
export function yamlFiles(dir: string, what: string): string[] {
  const start = { file: dir, line: 1, column: 1 };
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    throw new SuiteError(`${what} cannot be read: ${(error as Error).message}`, start);
  }
  const files = names.filter((name) => name.endsWith('.yaml')).sort();
  if (files.length === 0) throw new SuiteError(`${what} holds no .yaml file`, start);
  return files.map((name) => join(dir, name));
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SuiteError(`cannot be read: ${(error as Error).message}`, { file: name, line: 1, column: 1 });
  }
}

function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => (key as { value?: unknown }).value === path.at(-1));
    if (pair) return (pair.key as Node).range?.[0] ?? 0;
  }
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}

/** The offset of the last character of a value that is no blank or line end. */
function endOf(document: Document.Parsed, path: readonly PropertyKey[], text: string): number | undefined {
  const end = (document.getIn(path, true) as Node | undefined)?.range?.[1];
  return end === undefined ? undefined : text.slice(0, end).trimEnd().length - 1;
}

function blockOrigin(
  document: Document.Parsed,
  path: readonly PropertyKey[],
  text: string,
  placeAt: (offset: number) => SourcePlace,
): Origin {
  const node = document.getIn(path, true);
  const start = isScalar(node) ? (node.range?.[0] ?? 0) : 0;
  const place = placeAt(start);
  const blockScalar = isScalar(node) && (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED');
  if (!blockScalar) return { ...place, column: place.column };
  // The text begins on the line below the "|"; YAML takes the indentation of its first line off every line.
  const below = text.slice(text.indexOf('\n', start) + 1);
  const first = /^(?:[ \t]*\r?\n)*([ ]*)/.exec(below)?.[1] ?? '';
  return { file: place.file, line: place.line + 1, column: first.length + 1 };
}
