import type { LoadResult } from '../load/result.js';
import { renderAutocannon } from './autocannon.js';
import type { Comparison } from './comparison/document.js';
import { comparisonGithub } from './comparison/github.js';
import { comparisonMarkdown } from './comparison/markdown.js';
import { comparisonText } from './comparison/terminal.js';
import type { ResultDocument, RunDocument } from './document.js';
import { ReportError } from './errors.js';
import { FORMATS, type Format, type FormatInfo, findFormat, type Reportable } from './formats.js';
import { renderGithub } from './github.js';
import { renderHgrm, renderHlog } from './hdr.js';
import { renderComparison, renderHtml } from './html/page.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { renderMarkdown } from './markdown.js';
import { renderText } from './terminal.js';

/** A format and how a document becomes it: a pure function, nothing else is read or written. */
export interface Reporter extends FormatInfo {
  /** @throws ReportError when the format does not apply to this kind of run */
  readonly render: (doc: ResultDocument) => string;
}

/** A reporter that counts cases or sessions. */
function ofRun(format: Format, renderRun: (doc: RunDocument) => string): (doc: ResultDocument) => string {
  return (doc) => {
    if (doc.kind !== 'diagnose') return renderRun(doc);
    throw new ReportError(
      'REPORT_FORMAT',
      `format ${format} cannot show a diagnose`,
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
  markdown: ofRun('markdown', renderMarkdown),
  github: ofRun('github', renderGithub),
  autocannon: ofLoad('autocannon', renderAutocannon),
  hgrm: ofLoad('hgrm', renderHgrm),
  hlog: ofLoad('hlog', renderHlog),
  text: renderText,
};

/** Those that findFormat lets a comparison have. */
const OF_COMPARISON: Readonly<Partial<Record<Format, (comparison: Comparison) => string>>> = {
  html: renderComparison,
  json: renderJson,
  markdown: comparisonMarkdown,
  github: comparisonGithub,
  text: comparisonText,
};

/** Every reporter by its format. */
export const reporters = Object.fromEntries(
  FORMATS.map((info) => [info.format, { ...info, render: RENDERERS[info.format] }]),
) as Readonly<Record<Format, Reporter>>;

/**
 * Renders a document in the format of this name; throws a ReportError that says which ones there are.
 * @param base an earlier run that an HTML page of a load run shows it beside; other formats have no place for it
 */
export function render(format: string, doc: Reportable, base?: LoadResult): string {
  const { format: known } = findFormat(format, doc.kind);
  if (doc.kind === 'comparison') return OF_COMPARISON[known]?.(doc) ?? '';
  return known === 'html' ? renderHtml(doc, base) : reporters[known].render(doc);
}
