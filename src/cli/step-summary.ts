import { Buffer } from 'node:buffer';
import { appendFileSync, statSync } from 'node:fs';
import { note } from './tell.js';

/** GitHub takes no more of one step, and shows nothing of it when it is more. */
const SUMMARY_MAX = 1024 * 1024;

/**
 * Adds Markdown to the summary of the step that GitHub Actions runs popspec in; does nothing elsewhere. A summary that
 * cannot be written is told and no more: the verdict and the other reports do not hang on it.
 */
export function appendStepSummary(markdown: string): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  const text = `${markdown}\n`;
  try {
    const there = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (there + Buffer.byteLength(text) > SUMMARY_MAX) note('the summary of the step is full');
    else appendFileSync(file, text);
  } catch (error) {
    note(`the summary of the step cannot be written: ${(error as Error).message}`);
  }
}
