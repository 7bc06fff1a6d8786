import { existsSync, readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { UsageError } from './exit-codes.js';

const DEFAULT_FILE = 'popspec.config.yaml';
const SECTIONS = ['check', 'load', 'serve', 'report', 'list', 'explain'];

/**
 * Options from the configuration file (`--config F`, or popspec.config.yaml where it is): those at its top level that
 * the command has, and those of the section with the command's name, which may hold nothing else.
 */
export function configFor(
  command: string,
  argv: readonly string[],
  known: readonly string[],
): Record<string, unknown> {
  const file = named(argv) ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  if (file === undefined) return {};
  const whole = read(file);
  const section = record(whole[command] ?? {}, file, command);
  const wrong = Object.keys(section).find((key) => !known.includes(key));
  if (wrong !== undefined) {
    throw new UsageError(
      `${file}: ${command}: there is no option "${wrong}"`,
      `popspec ${command} --help lists them`,
    );
  }
  const common = Object.entries(whole).filter(([key]) => !SECTIONS.includes(key) && known.includes(key));
  return { ...Object.fromEntries(common), ...section };
}

function named(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((arg) => arg === '--config' || arg.startsWith('--config='));
  const arg = argv[at];
  return arg === undefined ? undefined : arg === '--config' ? argv[at + 1] : arg.slice('--config='.length);
}

function read(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--config ${file} cannot be read: ${(error as Error).message}`, 'check the path');
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new UsageError(`${file}:${line}:${col}: ${problem.message}`, 'it is YAML: option: value');
  }
  return record(document.toJS() ?? {}, file, 'file');
}

function record(value: unknown, file: string, what: string): Record<string, unknown> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UsageError(`${file}: ${what} is not a list of "option: value"`, 'it is YAML: option: value');
}
