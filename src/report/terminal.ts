import { Chalk, type ChalkInstance } from 'chalk';
import { comparisonSummary } from './comparison/terminal.js';
import type { ResultDocument } from './document.js';
import { checkSummary } from './terminal-check.js';
import { diagnoseSummary } from './terminal-diagnose.js';
import { loadSummary } from './terminal-load.js';
import { WIDTH } from './terminal-style.js';

/** What a run says at its end, laid out for so many columns; everything that a server said is escaped. */
export function endSummary(doc: ResultDocument, chalk: ChalkInstance, width = WIDTH): string {
  if (doc.kind === 'comparison') return comparisonSummary(doc, chalk);
  if (doc.kind === 'diagnose') return diagnoseSummary(doc, chalk);
  return doc.kind === 'check' ? checkSummary(doc, { chalk, width }) : loadSummary(doc, { chalk, width });
}

/** The end summary without colours. */
export function renderText(doc: ResultDocument): string {
  return endSummary(doc, new Chalk({ level: 0 }));
}
