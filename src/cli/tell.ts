import type { Problem } from '../check/result.js';
import { safeText } from '../report/escape.js';

/** A line for the person who runs popspec, on standard error: results alone go to standard output. */
export function note(text: string): void {
  process.stderr.write(`popspec: ${text}\n`);
}

/** Says why a run could not begin or go on. */
export function complainOf({ message, hint }: Problem): void {
  note(`${safeText(message)}${hint === undefined ? '' : `\n  ${safeText(hint)}`}`);
}
