import { safeText } from '../escape.js';

/** The anchor of a case: its id, kept to what an address can hold. */
export function anchorOf(id: string): string {
  return safeText(id, 200).replace(/[^\w./-]/g, '_');
}
