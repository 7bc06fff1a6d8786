import type { LoadResult } from '../load/result.js';
import { renderAutocannon } from './autocannon.js';
import type { Comparison } from './comparison/document.js';
import { comparisonGithub } from './comparison/github.js';
import { comparisonMarkdown } from './comparison/markdown.js';
import type { ResultDocument, RunDocument } from './document.js';
import { ReportError } from './errors.js';
import { FORMATS, type Format, type FormatInfo, findFormat } from './formats.js';
import { renderGithub } from './github.js';
import { renderHgrm, renderHlog } from './hdr.js';
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

/** A reporter of runs, which count cases or sessions, and of comparisons where it knows them. */
function ofRun(
  format: Format,
  renderRun: (doc: RunDocument) => string,
  renderComparison?: (comparison: Comparison) => string,
): (doc: ResultDocument) => string {
  return (doc) => {
    if (doc.kind === 'check' || doc.kind === 'load') return renderRun(doc);
    if (doc.kind === 'comparison' && renderComparison !== undefined) return renderComparison(doc);
    throw new ReportError(
      'REPORT_FORMAT',
      `format ${format} cannot show a ${doc.kind}`,
      'give html, json or text',
    );
  };
}

/** A reporter that knows load runs only. */
function ofLoad(format: Format, renderLoad: (doc: LoadResult) => string): (doc: ResultDocument) => string {
  return (doc) => {
    if (doc.kind === 'load') return renderLoad(doc);
    const hint = 'give the result of popspec load';
    throw new ReportError('REPORT_FORMAT', `format ${format} cannot show a ${doc.kind}`, hint);
  };
}

const RENDERERS: Readonly<Record<Format, (doc: ResultDocument) => string>> = {
  html: (doc) => renderHtml(doc),
  junit: ofRun('junit', renderJunit),
  json: renderJson,
  markdown: ofRun('markdown', renderMarkdown, comparisonMarkdown),
  github: ofRun('github', renderGithub, comparisonGithub),
  autocannon: ofLoad('autocannon', renderAutocannon),
  hgrm: ofLoad('hgrm', renderHgrm),
  hlog: ofLoad('hlog', renderHlog),
  text: renderText,
};

/** Every reporter by its format. */
export const reporters = Object.fromEntries(
  FORMATS.map((info) => [info.format, { ...info, render: RENDERERS[info.format] }]),
) as Readonly<Record<Format, Reporter>>;

/**
 * Renders a document in the format of this name; throws a ReportError that says which ones there are.
 * @param base an earlier run that an HTML page of a load run shows it beside; other formats have no place for it
 */
export function render(format: string, doc: ResultDocument, base?: LoadResult): string {
  const { format: known } = findFormat(format, doc.kind);
  return known === 'html' ? renderHtml(doc, base) : reporters[known].render(doc);
}
