export type LoadErrorCode =
  | 'LOAD_USERS'
  | 'LOAD_USERS_TOO_FEW'
  | 'LOAD_THRESHOLD'
  | 'LOAD_MODEL'
  | 'LOAD_DELETES'
  | 'LOAD_OPEN_FILES'
  | 'LOAD_PORTS'
  | 'LOAD_REDIS'
  | 'LOAD_AGENTS';

/** A load run that cannot begin as it was asked for; `hint` says what to do next. It is bad usage: exit code 2. */
export class LoadError extends Error {
  readonly code: LoadErrorCode;
  readonly hint: string;
  readonly exitCode = 2;

  constructor(code: LoadErrorCode, message: string, hint: string) {
    super(message);
    this.name = 'LoadError';
    this.code = code;
    this.hint = hint;
  }
}
