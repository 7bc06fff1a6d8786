import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { createChalk } from '../report/colors.js';
import { parseDocument, type ResultDocument } from '../report/document.js';
import { endSummary } from '../report/terminal.js';
import { EXIT, UsageError } from './exit-codes.js';
import { reportRequests, writeReports } from './reports.js';
import { announceReports } from './tell.js';
import { several } from './values.js';

/** `popspec report`: renders result documents of earlier runs again; its exit code tells only whether that worked. */
export async function reportCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  const files = several(args.result);
  const documents = files.map((file): [string, ResultDocument] => [file, read(file)]);
  const wanted = several(args.report);
  if (wanted.length === 0) {
    const chalk = createChalk(process.stdout, process.env, { color: args.color as boolean | undefined });
    for (const [, document] of documents) process.stdout.write(endSummary(document, chalk));
    return EXIT.passed;
  }
  if (documents.length > 1 && wanted.some((report) => report.includes('='))) {
    throw new UsageError(
      'several results cannot go to one file',
      'leave =FILE out, or give one result at a time',
    );
  }
  for (const [file, document] of documents) {
    const reports =
      documents.length === 1 ? wanted : wanted.map((format) => `${format}=${named(file, format)}`);
    announceReports(writeReports(reportRequests(reports, document.kind), document));
  }
  return EXIT.passed;
}

function read(file: string): ResultDocument {
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

function named(file: string, format: string): string {
  return `reports/${basename(file).replace(/\.json$/, '')}.${format}`;
}
