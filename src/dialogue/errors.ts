/** Where a mistake stands in a text file; line and column count from 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `suites/rfc1939/stat.yaml:17:5`, the form editors and terminals make clickable. */
export function formatPlace(place: SourcePlace): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/**
 * A mistake in a suite file (YAML head, dialogue, clause register), found before anything is sent.
 * `message` begins with the place; `hint` says what to do next.
 */
export class SuiteError extends Error {
  readonly code = 'SUITE_INVALID';
  readonly where: SourcePlace;
  readonly problem: string;
  readonly hint: string | undefined;

  constructor(problem: string, where: SourcePlace, hint?: string) {
    super(`${formatPlace(where)}: ${problem}${hint === undefined ? '' : ` (${hint})`}`);
    this.name = 'SuiteError';
    this.problem = problem;
    this.where = where;
    this.hint = hint;
  }
}
