/** A mistake in how the embedded server is used; `hint` says what to do next. */
export class ServeError extends Error {
  readonly code:
    | 'unknown-fault'
    | 'unknown-hostile'
    | 'unknown-personality'
    | 'unknown-user'
    | 'bad-option'
    | 'listen-failed';
  readonly hint: string;

  constructor(code: ServeError['code'], message: string, hint: string) {
    super(message);
    this.name = 'ServeError';
    this.code = code;
    this.hint = hint;
  }
}

/** What to say about names that look like an unknown one, which may be none. */
export function hintFor(near: string): string {
  return near === '' ? 'nothing has a similar name' : `did you mean ${near}?`;
}
