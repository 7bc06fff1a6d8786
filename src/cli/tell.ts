import type { Problem } from '../check/result.js';
import { safeText } from '../report/escape.js';
import { writeLine } from './live-window.js';

/** A line for the person who runs popspec, on standard error: results alone go to standard output. */
export function note(text: string): void {
  writeLine(process.stderr, `popspec: ${text}`);
}

/** Says why a run could not begin or go on. */
export function complainOf({ message, hint }: Problem): void {
  note(`${safeText(message)}${hint === undefined ? '' : `\n  ${safeText(hint)}`}`);
}
