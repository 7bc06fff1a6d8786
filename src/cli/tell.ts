import type { Problem } from '../check/result.js';

/** A line for the person who runs popspec, on standard error: results alone go to standard output. */
export function note(text: string): void {
  process.stderr.write(`popspec: ${text}\n`);
}

/** Says why a run could not begin or go on. */
export function complainOf({ message, hint }: Problem): void {
  note(`${message}${hint === undefined ? '' : `\n  ${hint}`}`);
}
