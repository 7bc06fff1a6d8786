import { createHash } from 'node:crypto';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { LoadResult } from '../../load/result.js';
import { viewCheck } from '../check-view.js';
import { stampOfAnswer } from '../comparison/view.js';
import { viewDiagnosis } from '../diagnose-view.js';
import type { ResultDocument } from '../document.js';
import { safeText } from '../escape.js';
import { viewLoad } from '../load-view.js';
import { type Column, viewMatrix } from '../matrix-view.js';
import type { Stamp } from '../verdicts.js';
import { HOVER_SCRIPT } from './charts/hover.js';
import { CheckPage } from './check-page.js';
import { ComparePage } from './compare-page.js';
import { renderWithin } from './detail.js';
import { DiagnosePage } from './diagnose-page.js';
import { LoadPage } from './load-page.js';
import { LOAD_STYLE } from './load-style.js';
import { MatrixPage } from './matrix-page.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

/** A page that is sent by mail or kept as a CI artifact; what is left out for it stands in the JSON. */
export const HTML_MAX_OCTETS = 1_000_000;

/** What pages with charts have besides. */
const CHARTS = { style: LOAD_STYLE, script: HOVER_SCRIPT };

/**
 * A result as one HTML file: no request is made by it, nothing in it that a server said is markup, and it reads
 * without JavaScript. Passing cases carry less when a page would grow over HTML_MAX_OCTETS.
 * @param base an earlier load run to draw a load run beside
 */
export function renderHtml(doc: ResultDocument, base?: LoadResult): string {
  if (doc.kind === 'diagnose') {
    const view = viewDiagnosis(doc);
    return page(`diagnose ${doc.subject}`, view.stamp, <DiagnosePage doc={doc} view={view} />);
  }
  if (doc.kind === 'comparison') {
    const content = <ComparePage comparison={doc} />;
    return page(`compare ${doc.of}`, stampOfAnswer(doc.answer), content, CHARTS);
  }
  if (doc.kind === 'load') {
    const view = viewLoad(doc);
    const content = <LoadPage doc={doc} view={view} base={base} />;
    return page(`load ${doc.target.url}`, view.stamp, content, CHARTS);
  }
  const view = viewCheck(doc);
  return renderWithin(HTML_MAX_OCTETS, doc.cases.length, (detail) =>
    page(`check ${doc.target.url}`, view.stamp, <CheckPage doc={doc} view={view} detail={detail} />),
  );
}

/** Several checks as one page: cases by servers, and each finding in full. As {@link renderHtml} otherwise. */
export function renderMatrix(columns: readonly Column[]): string {
  const view = viewMatrix(columns);
  const results = columns.reduce((sum, { doc }) => sum + doc.cases.length, 0);
  return renderWithin(HTML_MAX_OCTETS, results, (detail) =>
    page('check of several servers', view.stamp, <MatrixPage view={view} detail={detail} />),
  );
}

function page(title: string, stamp: Stamp, content: VNode, more = { style: '', script: '' }): string {
  const style = STYLE + more.style;
  const script = SCRIPT + more.script;
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="generator" content="popspec" />
        <title>{`${stamp.word}: popspec ${safeText(title, 200)}`}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body class={stamp.tone}>
        {content}
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>,
  );
  return `<!DOCTYPE html>\n${html}\n`;
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
