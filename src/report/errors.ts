export type ReportErrorCode =
  | 'REPORT_NOT_JSON'
  | 'REPORT_TRUNCATED'
  | 'REPORT_OTHER_KIND'
  | 'REPORT_VERSION'
  | 'REPORT_FIELD'
  | 'REPORT_FORMAT'
  | 'REPORT_BASE';

/** A result file that cannot be read, or a report that cannot be made; `hint` says what to do next. */
export class ReportError extends Error {
  readonly code: ReportErrorCode;
  readonly hint: string;

  constructor(code: ReportErrorCode, message: string, hint: string) {
    super(message);
    this.name = 'ReportError';
    this.code = code;
    this.hint = hint;
  }
}
