import { basename } from 'node:path';
import { renderMatrix } from '../report/html/page.js';
import { renderMatrixMarkdown } from '../report/markdown.js';
import type { Column } from '../report/matrix-view.js';
import { UsageError } from './exit-codes.js';
import { mustBeWritable, type ReportRequest, reportRequests, writeFile } from './reports.js';
import { appendStepSummary } from './step-summary.js';

/** Formats that have a matrix, and where it goes; that of `github` is in the summary of the step. */
const MATRICES: readonly {
  readonly format: string;
  readonly file?: string;
  readonly render: (columns: readonly Column[]) => string;
}[] = [
  { format: 'html', file: 'reports/matrix.html', render: renderMatrix },
  { format: 'markdown', file: 'reports/matrix.md', render: renderMatrixMarkdown },
  { format: 'github', render: renderMatrixMarkdown },
];

/** The reports on each of the targets, and the formats in which the matrix beside them was asked for. */
export interface SeveralRequests {
  readonly each: readonly (readonly ReportRequest[])[];
  readonly matrix: readonly string[];
}

/**
 * Reads `--report` for so many targets: of one, as ever; of several, each has a file with its name in it, and HTML,
 * Markdown and GitHub's summary have the matrix beside them. Throws UsageError or ReportError.
 */
export function severalRequests(
  formats: readonly string[],
  names: readonly (string | undefined)[],
): SeveralRequests {
  if (names.length === 1) return { each: [reportRequests(formats, 'check')], matrix: [] };
  if (formats.some((format) => format.includes('='))) {
    throw new UsageError(
      'several targets cannot go to one file',
      'leave =FILE out: each gets one with its name',
    );
  }
  const each = names.map((name) => reportRequests(formats, 'check', name));
  matrixMustFit(formats, each.flat());
  return { each, matrix: formats };
}

/** Makes sure that the matrix can be written in these formats, beside these reports. Throws UsageError. */
export function matrixMustFit(formats: readonly string[], beside: readonly ReportRequest[]): void {
  for (const { format, file } of MATRICES) {
    if (file === undefined || !formats.includes(format)) continue;
    mustBeWritable(file);
    if (beside.some((request) => request.file === file))
      throw new UsageError(`two reports would go to ${file}`, 'give what is called "matrix" another name');
  }
}

/** Where the HTML report of one of several targets stands, as seen from the matrix, which is in the same folder. */
export function pageOf(requests: readonly ReportRequest[]): Pick<Column, 'page'> {
  const html = requests.find(({ format, file }) => format === 'html' && file !== '-');
  return html === undefined ? {} : { page: basename(html.file) };
}

/** Writes the matrix in those of the formats that have one, and says where it is. Throws OutputError. */
export function writeMatrix(formats: readonly string[], columns: readonly Column[]): void {
  for (const { format, file, render } of MATRICES) {
    if (!formats.includes(format)) continue;
    if (file === undefined) appendStepSummary(render(columns));
    else {
      writeFile(file, render(columns));
      process.stderr.write(`report: ${file}\n`);
    }
  }
}
