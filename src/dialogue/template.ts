import { Buffer } from 'node:buffer';
import type { SecretSpan } from '../wire/trace.js';
import { type SourcePlace, SuiteError } from './errors.js';
import type { Expression, Names, Scope } from './expression.js';

/** A piece of text to send or to match: fixed octets, or the value of an expression. */
export type Piece = Buffer | Expression;

/** Octets with the spans in them that are secret. */
export interface Rendered {
  readonly bytes: Buffer;
  readonly secrets: readonly SecretSpan[];
}

/** Text with expressions in braces, compiled; rendered at once when nothing in it changes. */
export interface Template {
  readonly pieces: readonly Piece[];
  /** The octets when there are no expressions in it. */
  readonly fixed: Rendered | undefined;
  /** The fixed pieces as text, where all of them are ASCII; the others are undefined. */
  readonly texts: readonly (string | undefined)[] | undefined;
}

const NO_SECRETS: readonly SecretSpan[] = [];

/** Reads `text {expression} text`; braces always begin an expression. */
export function parseTemplate(text: string, place: SourcePlace, names: Names): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
    if (open > from) pieces.push(Buffer.from(text.slice(from, open)));
    const close = closingBrace(text, open, place);
    pieces.push(names.compile(text.slice(open + 1, close), at(place, open + 1)));
    from = close + 1;
  }
  if (from < text.length) pieces.push(Buffer.from(text.slice(from)));
  return pieces;
}

/**
 * Reads a quoted string from `text[start]` on: escapes `\r \n \t \0 \\ \" \{ \xHH`, expressions in braces.
 * Returns the pieces and the index behind the closing quote.
 */
export function parseString(
  text: string,
  start: number,
  place: SourcePlace,
  names: Names,
): { pieces: Piece[]; next: number } {
  if (text[start] !== '"') throw new SuiteError('a string in double quotes is needed here', at(place, start));
  const pieces: Piece[] = [];
  let octets: Buffer[] = [];
  const flush = (): void => {
    if (octets.length > 0) pieces.push(Buffer.concat(octets));
    octets = [];
  };
  for (let index = start + 1; index < text.length; ) {
    const character = text[index] ?? '';
    if (character === '"') {
      flush();
      return { pieces, next: index + 1 };
    }
    if (character === '{') {
      const close = closingBrace(text, index, place);
      flush();
      pieces.push(names.compile(text.slice(index + 1, close), at(place, index + 1)));
      index = close + 1;
    } else if (character === '\\') {
      const { octet, next } = readEscape(text, index, place);
      octets.push(Buffer.from([octet]));
      index = next;
    } else {
      const codePoint = String.fromCodePoint(text.codePointAt(index) ?? 0);
      octets.push(Buffer.from(codePoint));
      index += codePoint.length;
    }
  }
  throw new SuiteError('the closing quote is missing', at(place, start));
}

const ESCAPES: Readonly<Record<string, number>> = {
  r: 0x0d,
  n: 0x0a,
  t: 0x09,
  '0': 0,
  '\\': 0x5c,
  '"': 0x22,
  '{': 0x7b,
  '}': 0x7d,
};

function readEscape(text: string, index: number, place: SourcePlace): { octet: number; next: number } {
  const letter = text[index + 1] ?? '';
  const octet = ESCAPES[letter];
  if (octet !== undefined) return { octet, next: index + 2 };
  const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(index + 1, index + 4));
  if (hex !== null) return { octet: Number.parseInt(hex[1] ?? '', 16), next: index + 4 };
  throw new SuiteError(
    `unknown escape "\\${letter}"`,
    at(place, index),
    'known are \\r \\n \\t \\0 \\\\ \\" \\{ \\} \\xHH',
  );
}

/** Index of the brace that closes the one at `open`; braces in strings of the expression do not count. */
export function closingBrace(text: string, open: number, place: SourcePlace): number {
  let depth = 0;
  let quote = '';
  for (let index = open; index < text.length; index++) {
    const character = text[index] ?? '';
    if (quote !== '') {
      if (character === '\\') index++;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '{') depth++;
    else if (character === '}' && --depth === 0) return index;
  }
  throw new SuiteError('the closing brace is missing', at(place, open), 'a literal brace is written {"{"}');
}

/** Puts pieces together; neighbours that are fixed become one buffer. */
export function template(pieces: readonly Piece[]): Template {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined[joined.length - 1];
    if (isFixed(piece) && last !== undefined && isFixed(last))
      joined[joined.length - 1] = Buffer.concat([last, piece]);
    else joined.push(piece);
  }
  const octets = joined.every(isFixed) ? Buffer.concat(joined) : undefined;
  const ascii = joined.every((piece) => !isFixed(piece) || piece.every((octet) => octet < 0x80));
  return {
    pieces: joined,
    fixed: octets === undefined ? undefined : { bytes: octets, secrets: NO_SECRETS },
    texts: ascii ? joined.map((piece) => (isFixed(piece) ? piece.toString('latin1') : undefined)) : undefined,
  };
}

/** The octets of a template with the values of `scope`; strings are sent as UTF-8, numbers in decimal. */
export function render(form: Template, scope: Scope): Rendered {
  if (form.fixed !== undefined) return form.fixed;
  return (
    (form.texts === undefined ? undefined : renderAscii(form, form.texts, scope)) ?? renderOctets(form, scope)
  );
}

/** As one string, where all of it is ASCII; undefined when a value is not. */
function renderAscii(
  { pieces }: Template,
  texts: readonly (string | undefined)[],
  scope: Scope,
): Rendered | undefined {
  let secrets = NO_SECRETS;
  let text = '';
  for (let index = 0; index < pieces.length; index++) {
    const fixed = texts[index];
    if (fixed !== undefined) {
      text += fixed;
      continue;
    }
    const piece = pieces[index] as Expression;
    const value = piece.evaluate(scope);
    if (typeof value !== 'string' && typeof value !== 'bigint') return undefined;
    const from = text.length;
    text += value;
    if (piece.secret) secrets = [...secrets, [from, text.length]];
  }
  const bytes = Buffer.from(text);
  // As many octets as characters: none of them is more than ASCII.
  return bytes.length === text.length ? { bytes, secrets } : undefined;
}

function renderOctets(form: Template, scope: Scope): Rendered {
  const parts: Buffer[] = [];
  const secrets: SecretSpan[] = [];
  let length = 0;
  for (const piece of form.pieces) {
    const bytes = isFixed(piece) ? piece : octetsOf(piece.evaluate(scope));
    if (!isFixed(piece) && piece.secret) secrets.push([length, length + bytes.length]);
    parts.push(bytes);
    length += bytes.length;
  }
  return { bytes: Buffer.concat(parts, length), secrets };
}

/** A template as text for people; what is secret stays out, as what `mask` knows to be. */
export function renderText(form: Template, scope: Scope, mask: (text: string) => string): string {
  return form.pieces
    .map((piece) => {
      if (isFixed(piece)) return piece.toString('utf8');
      return piece.secret ? '***' : show(piece.evaluate(scope), mask);
    })
    .join('');
}

export function isFixed(piece: Piece): piece is Buffer {
  return Buffer.isBuffer(piece);
}

/** The octets that stand for a value on the wire. */
export function octetsOf(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(show(value));
}

const SHOWN_ITEMS_MAX = 12;
const SHOWN_CHARACTERS_MAX = 200;

/** A value for people: bounded, one line, bytes by their count. `mask` sees texts before they are cut. */
export function show(value: unknown, mask = (text: string): string => text): string {
  if (typeof value === 'string') {
    const text = mask(value);
    return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
  }
  if (value instanceof Uint8Array) return `${value.length} octets`;
  if (Array.isArray(value)) {
    const items = value.slice(0, SHOWN_ITEMS_MAX).map((item) => show(item, mask));
    const more = value.length > SHOWN_ITEMS_MAX ? `, … ${value.length} in all` : '';
    return `[${items.join(', ')}${more}]`;
  }
  if (value !== null && typeof value === 'object')
    return value.constructor.name.replace(/Value$/, '').toLowerCase();
  return String(value);
}

function at(place: SourcePlace, columns: number): SourcePlace {
  return { ...place, column: place.column + columns };
}
