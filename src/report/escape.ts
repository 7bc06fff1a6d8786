import { Buffer } from 'node:buffer';

/** Shown of one text unless a reporter asks for more; a megabyte line must not become a megabyte cell. */
export const PRINTABLE_MAX = 2_000;
/** Combining marks on one letter that are shown; more would pile up over the neighbouring lines. */
const MARKS_MAX = 2;

/**
 * Characters that change how others are shown, or cannot be seen: controls, formats (bidirectional controls,
 * zero-width ones), surrogates, private and unassigned ones, line separators, and blanks that look like a space.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
const MARK_PILE = new RegExp(`(?<=\\p{M}{${MARKS_MAX}})\\p{M}`, 'gu');
/** One UTF-8 sequence of more than one octet (RFC 3629 §4), in a text that holds one character for each octet. */
const UTF8 =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** A service message of a CI server (`##[command]`, `##vso[task…]`, `##teamcity[…]`) works wherever it stands in a line of a log. */
const SERVICE_MESSAGE = /##(?=\w*\[)/g;

const NAMED = new Map([
  ['\r', '\\r'],
  ['\n', '\\n'],
  ['\t', '\\t'],
]);

/**
 * Text that is Unicode already (reasons, hints, paths), made harmless: every character that is invisible or moves
 * others about becomes a visible escape (`\x1b`, `\u{202e}`). Never longer than `max` characters of the source;
 * what is left out is counted. Escaping twice changes nothing.
 */
export function safeText(text: string, max = PRINTABLE_MAX): string {
  const [shown, rest] = bounded(text, max, 'characters');
  return escapeUnsafe(shown) + rest;
}

/**
 * Octets from a peer (Latin-1, one character for each) as text for people: valid UTF-8 is decoded, octets that are
 * no UTF-8 become `\xHH`, and what `safeText` escapes is escaped. Never longer than `max` octets of the source.
 */
export function printable(text: string, max = PRINTABLE_MAX): string {
  const [shown, rest] = bounded(text, max, 'octets');
  return escapeUnsafe(shown.replace(UTF8, decode)) + rest;
}

/** As {@link printable}, but each octet beyond ASCII stands as `\xHH`: what came, not what it means. */
export function octetText(text: string, max = PRINTABLE_MAX): string {
  const [shown, rest] = bounded(text, max, 'octets');
  return shown.replace(/[^\x20-\x7e]/g, (octet) => NAMED.get(octet) ?? hex(octet.charCodeAt(0))) + rest;
}

function decode(octets: string): string {
  if (octets.length > 1) return Buffer.from(octets, 'latin1').toString('utf8');
  return hex(octets.charCodeAt(0));
}

function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, visible).replace(MARK_PILE, visible).replace(SERVICE_MESSAGE, '#\\x23');
}

function visible(character: string): string {
  const named = NAMED.get(character);
  if (named !== undefined) return named;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 || code === 0x7f ? hex(code) : `\\u{${code.toString(16)}}`;
}

function hex(code: number): string {
  return `\\x${code.toString(16).padStart(2, '0')}`;
}

function bounded(text: string, max: number, unit: string): [shown: string, rest: string] {
  if (text.length <= max) return [text, ''];
  return [text.slice(0, max), ` … (${(text.length - max).toLocaleString('en')} more ${unit})`];
}

/** Rows of sixteen octets: offset, hexadecimal, and the characters that ASCII has for them. */
export function hexDump(octets: string, max = 512): string {
  const rows: string[] = [];
  for (let at = 0; at < Math.min(octets.length, max); at += 16) {
    const row = Buffer.from(octets.slice(at, Math.min(at + 16, max)), 'latin1');
    const digits = row.toString('hex').replace(/../g, '$& ').padEnd(48);
    const characters = row.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
    rows.push(
      `${at.toString(16).padStart(4, '0')}  ${digits.slice(0, 24)} ${digits.slice(24)} ${characters}`,
    );
  }
  if (octets.length > max) rows.push(`… ${(octets.length - max).toLocaleString('en')} more octets`);
  return rows.join('\n');
}
