import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { LoadResult } from '../load/result.js';
import type { ResultDocument } from '../report/document.js';
import { type FormatInfo, findFormat } from '../report/formats.js';
import { render } from '../report/reporters.js';
import { OutputError, UsageError } from './exit-codes.js';
import { appendStepSummary } from './step-summary.js';

/** A report that was asked for. */
export interface ReportRequest {
  readonly format: string;
  /** Where it goes; `-` is standard output. */
  readonly file: string;
}

/**
 * Reads the values of `--report FORMAT[=FILE]`; without a file it is `reports/<name>.<extension>`. Makes sure now
 * that each file can be written later. Throws UsageError or ReportError.
 */
export function reportRequests(
  values: readonly string[],
  kind: ResultDocument['kind'],
  name: string = kind,
): ReportRequest[] {
  const requests = values.map((value): ReportRequest => {
    const equals = value.indexOf('=');
    const format = equals < 0 ? value : value.slice(0, equals);
    const info = findFormat(format, kind);
    const file = equals < 0 ? usualFile(info, name) : value.slice(equals + 1);
    if (file === '') throw new UsageError(`--report ${value} names no file`, `--report ${format}=FILE`);
    return { format, file };
  });
  for (const { file } of requests) if (file !== '-') mustBeWritable(file);
  const twice = requests.find(
    ({ file }, index) => requests.findIndex((other) => other.file === file) !== index,
  );
  if (twice !== undefined)
    throw new UsageError(`two reports would go to ${twice.file}`, 'name another file for one');
  return requests;
}

function usualFile({ extension, toStdout }: FormatInfo, name: string): string {
  return toStdout === true ? '-' : `reports/${name}.${extension}`;
}

/** Throws UsageError where a file cannot be written later. */
export function mustBeWritable(file: string): void {
  const path = resolve(file);
  try {
    makeFolder(dirname(path));
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) throw new Error('it is a directory');
    accessSync(there === undefined ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `the report ${file} cannot be written: ${(error as Error).message}`,
      'name another file',
    );
  }
}

/** Folder by folder: `recursive` of mkdirSync never ends where a folder like /proc takes none. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/**
 * Renders and writes the reports, and says where they are; standard output gets what asks for `-`, and with `github` the
 * summary of the step what Markdown shows. Throws OutputError when one cannot be written, after the others were.
 * `base`: as {@link render}.
 */
export function writeReports(
  requests: readonly ReportRequest[],
  document: ResultDocument,
  base?: LoadResult,
): void {
  let failure: OutputError | undefined;
  for (const { format, file } of requests) {
    const text = render(format, document, base);
    if (format === 'github') appendStepSummary(render('markdown', document));
    if (file === '-') process.stdout.write(text === '' || text.endsWith('\n') ? text : `${text}\n`);
    else {
      try {
        writeFile(file, text);
        process.stderr.write(`report: ${file}\n`);
      } catch (error) {
        failure ??= error as OutputError;
      }
    }
  }
  if (failure !== undefined) throw failure;
}

/** Throws OutputError. */
export function writeFile(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new OutputError(
      `the report ${file} could not be written: ${(error as Error).message}`,
      'make room, and run it again or render one that was written with popspec report',
    );
  }
}
