import { renderAutocannon } from './autocannon.js';
import type { ResultDocument } from './document.js';
import { ReportError } from './errors.js';
import { FORMATS, type Format, type FormatInfo, findFormat } from './formats.js';
import { renderHtml } from './html/page.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import { renderText } from './terminal.js';

/** A format and how a document becomes it: a pure function, nothing else is read or written. */
export interface Reporter extends FormatInfo {
  /** @throws ReportError when the format does not apply to this kind of run */
  readonly render: (doc: ResultDocument) => string;
}

const RENDERERS: Readonly<Record<Format, (doc: ResultDocument) => string>> = {
  html: renderHtml,
  junit: renderJunit,
  json: renderJson,
  markdown: renderMarkdown,
  autocannon: (doc) => {
    if (doc.kind === 'load') return renderAutocannon(doc);
    throw new ReportError(
      'REPORT_FORMAT',
      'format autocannon cannot show a check',
      'give the result of popspec load',
    );
  },
  text: renderText,
};

/** Every reporter by its format. */
export const reporters = Object.fromEntries(
  FORMATS.map((info) => [info.format, { ...info, render: RENDERERS[info.format] }]),
) as Readonly<Record<Format, Reporter>>;

/** Renders a document in the format of this name; throws a ReportError that says which ones there are. */
export function render(format: string, doc: ResultDocument): string {
  return reporters[findFormat(format, doc.kind).format].render(doc);
}
