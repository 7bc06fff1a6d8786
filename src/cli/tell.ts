import type { Problem } from '../check/result.js';
import { EXIT } from './exit-codes.js';

/** A line for the person who runs popspec, on standard error: results alone go to standard output. */
export function note(text: string): void {
  process.stderr.write(`popspec: ${text}\n`);
}

/** Says why a target cannot be used, and gives the exit code for it. */
export function unreachable({ message, hint }: Problem): number {
  note(`${message}${hint === undefined ? '' : `\n  ${hint}`}`);
  return EXIT.unreachable;
}
