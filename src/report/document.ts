import { z } from 'zod';
import { type CheckResult, checkResultSchema } from '../check/result.js';
import { type DiagnoseResult, diagnoseResultSchema } from '../diagnose/result.js';
import { type LoadResult, loadResultSchema } from '../load/result.js';
import { type Comparison, comparisonSchema } from './comparison/document.js';
import { ReportError } from './errors.js';
import { safeText } from './escape.js';
import { findJsonFault } from './json-fault.js';

/** What a run leaves behind: every report is made from one of these and from nothing else. */
export type ResultDocument = RunDocument | DiagnoseResult | Comparison;

/** What a run of many cases or sessions leaves behind, for reports that count them. */
export type RunDocument = CheckResult | LoadResult;

/** The schemaVersion that this version of popspec writes and reads. */
export const SCHEMA_VERSION = 1;
/** Mistakes that one message names; the first ones are the telling ones. */
const ISSUES_SHOWN = 5;

const SCHEMAS = {
  check: checkResultSchema,
  load: loadResultSchema,
  diagnose: diagnoseResultSchema,
  comparison: comparisonSchema,
} as const;
const resultSchema = z.discriminatedUnion('kind', [
  checkResultSchema,
  loadResultSchema,
  diagnoseResultSchema,
]);

/**
 * Reads a result document.
 * @param text content of the file
 * @param file its name, for messages
 * @throws ReportError when it is no JSON, cut short, something else, of another version, or has wrong fields
 */
export function parseDocument(text: string, file: string): ResultDocument {
  const value = parseJson(text, file);
  const { kind, schemaVersion } = headOf(value, file);
  if (schemaVersion !== SCHEMA_VERSION) throw versionError(schemaVersion, file);
  const parsed = SCHEMAS[kind].safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, ISSUES_SHOWN).map(describeIssue);
  const more = parsed.error.issues.length - issues.length;
  throw new ReportError(
    'REPORT_FIELD',
    `${file}: not a valid ${kind} result: ${issues.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    'the file was edited or written by another program; use the file as popspec wrote it',
  );
}

/** The JSON Schema (draft 2020-12) of result documents, as published in reports/schema/result.schema.json. */
export function documentJsonSchema(): object {
  return {
    title: 'popspec result document',
    description: 'What `popspec check`, `popspec load` and `popspec diagnose` write with --report json.',
    ...z.toJSONSchema(resultSchema, { target: 'draft-2020-12' }),
  };
}

function parseJson(text: string, file: string): unknown {
  const json = text.replace(/^\ufeff/, '');
  if (json.trim() === '') {
    throw new ReportError('REPORT_TRUNCATED', `${file}: the file is empty`, 'run the check or load again');
  }
  try {
    return JSON.parse(json) as unknown;
  } catch {
    const { line, column, truncated } = findJsonFault(json);
    if (truncated) {
      throw new ReportError(
        'REPORT_TRUNCATED',
        `${file}:${line}:${column}: the file ends in the middle`,
        'the run that wrote it was killed, or the file was not copied whole; run it again',
      );
    }
    const found = safeText(json.split('\n')[line - 1]?.slice(column - 1, column + 19) ?? '');
    throw new ReportError(
      'REPORT_NOT_JSON',
      `${file}:${line}:${column}: not JSON at "${found}"`,
      'give the file that popspec wrote with --report json',
    );
  }
}

function headOf(value: unknown, file: string): { kind: ResultDocument['kind']; schemaVersion: unknown } {
  const head = value as { kind?: unknown; schemaVersion?: unknown; tool?: { name?: unknown } } | null;
  const known = typeof head?.kind === 'string' && Object.hasOwn(SCHEMAS, head.kind);
  if (known && 'schemaVersion' in head)
    return head as { kind: ResultDocument['kind']; schemaVersion: unknown };
  // A kind that only a newer popspec knows is better told apart by its version than called foreign.
  if (head?.tool?.name === 'popspec' && typeof head.schemaVersion === 'number') {
    if (head.schemaVersion > SCHEMA_VERSION) throw versionError(head.schemaVersion, file);
  }
  const what = known ? 'has no schemaVersion' : 'has no kind "check", "load" or "diagnose"';
  throw new ReportError(
    'REPORT_OTHER_KIND',
    `${file}: JSON, but not a result of popspec: it ${what}`,
    'give the file that popspec check, load or diagnose wrote with --report json',
  );
}

function versionError(version: unknown, file: string): ReportError {
  const newer = typeof version === 'number' && version > SCHEMA_VERSION;
  const shown = safeText(JSON.stringify(version) ?? 'none', 40);
  return new ReportError(
    'REPORT_VERSION',
    `${file}: ${newer ? `made by a newer popspec (schemaVersion ${shown}, this one reads ${SCHEMA_VERSION})` : `schemaVersion ${shown} is not known (this popspec reads ${SCHEMA_VERSION})`}`,
    newer ? 'update popspec, or render the report with the version that ran it' : 'run it again',
  );
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `${safeText(path.replace(/^\./, ''), 100)}: ${safeText(issue.message, 200)}`;
}
