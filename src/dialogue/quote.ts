const SHOWN_MAX = 300;

/**
 * Octets as one line of plain text: control octets, quotes' backslashes and everything outside ASCII escaped, long
 * texts cut with a count. `text` is Latin-1, one character for each octet.
 */
export function quote(text: string): string {
  const shown = text.slice(0, SHOWN_MAX).replace(/[^\x20-\x5b\x5d-\x7e]/g, escaped);
  return text.length > SHOWN_MAX ? `${shown}… (${text.length} octets)` : shown;
}

function escaped(character: string): string {
  const named = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' }[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff ? `\\u{${code.toString(16)}}` : `\\x${code.toString(16).padStart(2, '0')}`;
}
