import { existsSync, readFileSync } from 'node:fs';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { nearMatches } from '../near-matches.js';
import { ConfigLimits } from './config-limits.js';
import { UsageError } from './exit-codes.js';
import type { Options } from './options.js';

/** What stands at the top level is about runs; this command is about their results, and `fail-on` and `report` are others there. */
const OF_RESULTS = 'compare';

const DEFAULT_FILE = 'popspec.config.yaml';

/** Options as the file has them, and where each stands (`file:line:column`). */
interface ConfigFile {
  readonly values: Readonly<Record<string, unknown>>;
  place(...path: string[]): string;
}

/**
 * Options from the configuration file (`--config F`, or popspec.config.yaml where it is): those at its top level that
 * the command has, and those of the section with the command's name, which may hold nothing else. `tables` has the
 * options of every command. Throws UsageError for an option that no command has, for a value that is of no use, and for one that
 * a file must not give (`ConfigLimits`).
 */
export function configFor(
  command: string,
  argv: readonly string[],
  tables: Readonly<Record<string, Options>>,
): Record<string, unknown> {
  const file = named(argv) ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  if (file === undefined) return {};
  const config = read(file);
  const own = tables[command] ?? {};
  const every: Options = Object.assign({}, ...Object.values(tables));
  const names = [...Object.keys(every), ...Object.keys(tables)];
  // `report` is a command and an option: a list of options is its section, anything else the option.
  const isSection = (key: string): boolean =>
    Object.hasOwn(tables, key) && (!Object.hasOwn(every, key) || isRecord(config.values[key]));
  const common = Object.entries(config.values).filter(([key]) => !isSection(key));
  for (const [key, value] of common) mustFit(config.place(key), key, value, every, names);
  const section = isSection(command) ? record(config.values[command] ?? {}, config.place(command)) : {};
  for (const [key, value] of Object.entries(section)) {
    mustFit(config.place(command, key), key, value, own, Object.keys(own));
  }
  const limits = new ConfigLimits(file, argv);
  return {
    ...checked(common.filter(([key]) => Object.hasOwn(own, key) && command !== OF_RESULTS)),
    ...checked(Object.entries(section), command),
  };

  function checked(entries: readonly [string, unknown][], ...section: string[]): Record<string, unknown> {
    return Object.fromEntries(
      entries.map(([key, value]) => [key, limits.checked(config.place(...section, key), key, value)]),
    );
  }
}

/** A target of `--targets`: what it is called, and its options, as if they stood on the command line. */
export interface NamedTarget {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** A name that can be part of a file's name. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/i;

/**
 * Reads a file of targets: YAML, a name for each, with `target` and those of `options` that it needs. Throws
 * UsageError with the place of a mistake.
 */
export function readTargets(file: string, options: Options): readonly NamedTarget[] {
  const known: Options = { ...options, target: { type: 'string' } };
  const { values, place } = read(file, '--targets');
  return Object.entries(values).map(([name, value]) => {
    if (!NAME.test(name))
      throw new UsageError(
        `${place(name)}: "${name}" cannot name a file`,
        'use letters, digits, "-", "_" and "."',
      );
    const own = record(value, place(name));
    for (const [key, one] of Object.entries(own))
      mustFit(place(name, key), key, one, known, Object.keys(known));
    if (own.target === undefined)
      throw new UsageError(`${place(name)}: ${name} has no target`, 'target: pop3://host:110');
    return { name, values: own };
  });
}

function named(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((arg) => arg === '--config' || arg.startsWith('--config='));
  const arg = argv[at];
  return arg === undefined ? undefined : arg === '--config' ? argv[at + 1] : arg.slice('--config='.length);
}

function mustFit(place: string, key: string, value: unknown, known: Options, names: readonly string[]): void {
  const option = Object.hasOwn(known, key) ? known[key] : undefined;
  if (option === undefined) {
    const near = nearMatches(key, names);
    const hint =
      near.length === 0
        ? 'the --help of each command lists its options'
        : `did you mean ${near.join(' or ')}?`;
    throw new UsageError(`${place}: there is no option "${key}"`, hint);
  }
  const values = Array.isArray(value) ? value : [value];
  if (option.type === 'boolean') {
    if (typeof value !== 'boolean') throw new UsageError(`${place}: ${key} is true or false`, `${key}: true`);
  } else if (values.some((one) => typeof one !== 'string' && typeof one !== 'number')) {
    throw new UsageError(`${place}: ${key} needs a text or a number`, `${key}: VALUE`);
  }
}

function read(file: string, option = '--config'): ConfigFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option} ${file} cannot be read: ${(error as Error).message}`, 'check the path');
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new UsageError(`${at(problem.pos[0])}: ${problem.message}`, 'it is YAML: option: value');
  }
  return {
    values: record(document.toJS() ?? {}, file),
    place(...path) {
      const node = document.getIn(path, true);
      return isNode(node) && node.range ? at(node.range[0]) : file;
    },
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function record(value: unknown, place: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new UsageError(`${place}: this is not a list of "option: value"`, 'it is YAML: option: value');
}
