import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { LoadResult } from '../load/result.js';
import { createChalk } from '../report/colors.js';
import { parseDocument, type ResultDocument } from '../report/document.js';
import { mustBeComparable } from '../report/load-base.js';
import type { Column } from '../report/matrix-view.js';
import { endSummary } from '../report/terminal.js';
import { matrixSummary } from '../report/terminal-matrix.js';
import { summaryWidth } from '../report/terminal-style.js';
import { EXIT, UsageError } from './exit-codes.js';
import { matrixMustFit, pageOf, writeMatrix } from './matrix.js';
import { reportRequests, writeReports } from './reports.js';
import { several, single } from './values.js';

/** `popspec report`: renders result documents of earlier runs again; its exit code tells only whether that worked. */
export async function reportCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  const files = several(args.result);
  const documents = files.map((file): [string, ResultDocument] => [file, readResult(file)]);
  const wanted = several(args.report);
  const base = baseOf(args, wanted, documents);
  if (wanted.length === 0) {
    const chalk = createChalk(process.stdout, process.env, { color: args.color as boolean | undefined });
    const columns = columnsOf(documents);
    if (columns !== undefined)
      process.stdout.write(matrixSummary(columns, chalk, summaryWidth(process.stdout)));
    else
      for (const [, document] of documents)
        process.stdout.write(endSummary(document, chalk, summaryWidth(process.stdout)));
    return EXIT.passed;
  }
  if (documents.length > 1 && wanted.some((report) => report.includes('='))) {
    throw new UsageError(
      'several results cannot go to one file',
      'leave =FILE out, or give one result at a time',
    );
  }
  const jobs = documents.map(([file, document]) => {
    // Several results are told apart by the names of their files.
    const name = documents.length === 1 ? document.kind : basename(file).replace(/\.json$/, '');
    return { document, requests: reportRequests(wanted, document.kind, name) };
  });
  const requests = jobs.flatMap((job) => job.requests);
  const paths = requests.map(({ file }) => file).filter((file) => file !== '-');
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined)
    throw new UsageError(`two results would go to ${twice}`, 'give them one at a time, with =FILE');
  const columns = columnsOf(documents);
  if (columns !== undefined) matrixMustFit(wanted, requests);
  for (const job of jobs) writeReports(job.requests, job.document, base);
  const pages = jobs.map((job) => pageOf(job.requests));
  if (columns !== undefined)
    writeMatrix(
      wanted,
      columns.map((column, index) => ({ ...column, ...pages[index] })),
    );
  return EXIT.passed;
}

/** The earlier run of `--base`, where each of the results can be drawn beside it. */
function baseOf(
  args: Readonly<Record<string, unknown>>,
  formats: readonly string[],
  documents: readonly (readonly [string, ResultDocument])[],
): LoadResult | undefined {
  const file = single('base', args.base);
  if (file === undefined) return undefined;
  if (!formats.some((format) => /^html(?:=|$)/.test(format)))
    throw new UsageError('--base is drawn in the HTML report only', 'add --report html');
  const base = readResult(file);
  for (const [name, document] of [[file, base] as const, ...documents]) {
    if (document.kind !== 'load')
      throw new UsageError(
        `--base is for load runs, and ${name} is a check`,
        'for checks see popspec compare',
      );
    if (base.kind === 'load') mustBeComparable(document, base);
  }
  return base.kind === 'load' ? base : undefined;
}

/** Several checks as columns of a matrix, named as they were then or as their files; undefined for anything else. */
function columnsOf(documents: readonly (readonly [string, ResultDocument])[]): readonly Column[] | undefined {
  if (documents.length < 2) return undefined;
  const columns = documents.flatMap(([file, doc]): Column[] =>
    doc.kind === 'check' ? [{ name: doc.target.name ?? basename(file).replace(/\.json$/, ''), doc }] : [],
  );
  if (columns.length < documents.length) return undefined;
  const names = columns.map(({ name }) => name);
  // Two runs on one target are told apart by their files.
  return columns.map(({ name, doc }, index) => ({
    name: names.indexOf(name) === names.lastIndexOf(name) ? name : basename(documents[index]?.[0] ?? name),
    doc,
  }));
}

/** Reads the result of an earlier run. Throws UsageError or ReportError. */
export function readResult(file: string): ResultDocument {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read: ${(error as Error).message}`,
      'give the JSON of an earlier run',
    );
  }
  return parseDocument(text, file);
}
