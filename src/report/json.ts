import type { ResultDocument } from './document.js';

/** The document itself; every octet of a peer above ASCII stays one character, as in the document. */
export function renderJson(doc: ResultDocument): string {
  return jsonText(doc);
}

/** A value as JSON that a terminal or an editor can show. */
export function jsonText(value: unknown): string {
  // Control octets are escaped by JSON; these others would act on a terminal or an editor that shows the file, and
  // `##[command]` on the log of a CI server.
  const json = JSON.stringify(value, null, 1).replace(
    /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|#(?=#\w*\[)/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${json}\n`;
}
