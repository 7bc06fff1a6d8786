import { findFormat } from '../report/formats.js';
import { renderMatrix } from '../report/html/page.js';
import type { Column } from '../report/matrix-view.js';
import { UsageError } from './exit-codes.js';
import { mustBeWritable, type ReportRequest, reportRequests, writeFile } from './reports.js';

/** Where the matrix goes when HTML is asked for. */
export const MATRIX_FILE = 'reports/matrix.html';

/** The reports on each of the targets, and the file of the matrix where one was asked for. */
export interface SeveralRequests {
  readonly each: readonly (readonly ReportRequest[])[];
  readonly matrix: string | undefined;
}

/**
 * Reads `--report` for so many targets: of one, as ever; of several, each has a file with its name in it, and HTML
 * gives the matrix beside them. Throws UsageError or ReportError.
 */
export function severalRequests(
  formats: readonly string[],
  names: readonly (string | undefined)[],
): SeveralRequests {
  if (names.length === 1) return { each: [reportRequests(formats, 'check')], matrix: undefined };
  if (formats.some((format) => format.includes('='))) {
    throw new UsageError(
      'several targets cannot go to one file',
      'leave =FILE out: each gets one with its name',
    );
  }
  const each = names.map((name) =>
    reportRequests(
      formats.map((format) => `${format}=reports/${name}.${findFormat(format, 'check').extension}`),
      'check',
    ),
  );
  if (!formats.includes('html')) return { each, matrix: undefined };
  mustBeWritable(MATRIX_FILE);
  if (each.flat().some(({ file }) => file === MATRIX_FILE)) {
    throw new UsageError(`two reports would go to ${MATRIX_FILE}`, 'name no target "matrix"');
  }
  return { each, matrix: MATRIX_FILE };
}

/** Writes the matrix where it was asked for, and says where it is. Throws OutputError. */
export function writeMatrix(file: string | undefined, columns: readonly Column[]): void {
  if (file === undefined) return;
  writeFile(file, renderMatrix(columns));
  process.stderr.write(`report: ${file}\n`);
}
