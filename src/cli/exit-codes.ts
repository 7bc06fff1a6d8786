/** Exit codes of every command. CI scripts are written against them: README.md has the same table. */
export const EXIT = {
  passed: 0,
  /** A conformance failure at or above --fail-on, or a threshold missed. */
  failed: 1,
  /** Wrong use: unknown option, case or format, a mistake in a file that was given, nothing selected. */
  usage: 2,
  /** The target cannot be reached, is no POP3 server, or refused the login. */
  unreachable: 3,
  /** popspec itself failed. */
  internal: 4,
  /** Invalid or incomplete: inconclusive cases, a saturated generator, no case came to a verdict. */
  invalid: 5,
  interrupted: 130,
} as const;

/** What was done cannot be put where it was to go; `hint` says what to do next. */
export class OutputError extends Error {
  readonly code = 'OUTPUT';
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'OutputError';
  }
}

/** Wrong use of the command line; `hint` says what to do next. */
export class UsageError extends Error {
  readonly code = 'USAGE';
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'UsageError';
  }
}
