import { NUMBER_DIGITS_MAX, UNIQUE_ID_MAX } from '../pop3/limits.js';
import type { Status } from '../pop3/reply.js';
import { type SourcePlace, SuiteError } from './errors.js';
import type { Expression, Names, Scope } from './expression.js';
import { closingBrace, octetsOf } from './template.js';

/** A capture: `{size:octets}`. */
export interface Capture {
  readonly name: string;
  readonly numeric: boolean;
}

/** What a line must look like; matched on Latin-1 text without the status indicator and its space. */
export interface LinePattern {
  /** Undefined for rows of a multi-line reply. */
  readonly status: Exclude<Status, 'other'> | undefined;
  /** Response code that must stand at the start, as it or as a level above (RFC 2449 §8); any text may follow. */
  readonly code: string | undefined;
  /** False when any text will do. */
  readonly demandsText: boolean;
  readonly captures: readonly Capture[];
  readonly reads: readonly Expression[];
  /** The captured texts in order of `captures`, or undefined when the text does not fit. */
  match(text: string, scope: Scope): readonly string[] | undefined;
}

const TYPES: Readonly<Record<string, { numeric: boolean; regexp: string }>> = {
  int: { numeric: true, regexp: `(\\d{1,${NUMBER_DIGITS_MAX}})(?!\\d)` },
  octets: { numeric: true, regexp: `(\\d{1,${NUMBER_DIGITS_MAX}})(?!\\d)` },
  uidl: { numeric: false, regexp: `([\\x21-\\x7e]{1,${UNIQUE_ID_MAX}})(?![\\x21-\\x7e])` },
  msgid: { numeric: false, regexp: '(<[^<>@\\s]+@[^<>@\\s]+>)' },
  b64: { numeric: false, regexp: '((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)' },
  word: { numeric: false, regexp: '([^ ]+)' },
  text: { numeric: false, regexp: '(.*)' },
};

const STATUS = /^(\+OK|-ERR|\+)(?: (.*))?$/s;
const CODE = /^\[([A-Za-z0-9/_.-]+)\]$/;
const CAPTURE = /^([A-Za-z_]\w*):(\w+)$/;

/** Reads the text behind `S: `. Captures are declared in `names` as scalars. */
export function parseReplyPattern(text: string, place: SourcePlace, names: Names): LinePattern {
  const match = STATUS.exec(text.trimEnd());
  if (match === null) {
    throw new SuiteError(
      `"S: ${text}" must begin with +OK, -ERR or +`,
      place,
      'lines of a multi-line reply are written S>',
    );
  }
  const status = match[1] as Exclude<Status, 'other'>;
  const rest = match[2];
  const any = { status, code: undefined, captures: [], reads: [], demandsText: false, match: () => NONE };
  if (rest === undefined || rest === '...') return any;
  const code = CODE.exec(rest)?.[1]?.toUpperCase();
  if (code !== undefined) return { ...any, code };
  return { ...linePattern(rest, offset(place, (match[1] ?? '').length + 1), names, false), status };
}

/** Reads the text behind `S> ` where it is not a single name. Captures are declared as lists. */
export function parseRowPattern(text: string, place: SourcePlace, names: Names): LinePattern {
  return linePattern(text, place, names, true);
}

const NONE: readonly string[] = [];

function linePattern(text: string, place: SourcePlace, names: Names, columns: boolean): LinePattern {
  const [, closed = text, end] = /^(.*?)( ?\.\.\.)$/s.exec(text) ?? [];
  const parts: (string | Expression)[] = ['^'];
  const captures: Capture[] = [];
  let from = 0;
  for (let brace = closed.indexOf('{'); brace >= 0; brace = closed.indexOf('{', from)) {
    parts.push(escapeRegExp(closed.slice(from, brace)));
    const close = closingBrace(closed, brace, place);
    const inner = closed.slice(brace + 1, close);
    const capture = CAPTURE.exec(inner);
    const where = offset(place, brace + 1);
    if (capture === null) parts.push(names.compile(inner, where));
    else parts.push(declareCapture(capture[1] ?? '', capture[2] ?? '', where, names, columns, captures));
    from = close + 1;
  }
  parts.push(escapeRegExp(closed.slice(from)), end === undefined ? '$' : end === '...' ? '' : '(?: |$)');
  const reads = parts.filter((part): part is Expression => typeof part !== 'string');
  const fixed = reads.length === 0 ? new RegExp(parts.join(''), 's') : undefined;
  return {
    status: undefined,
    code: undefined,
    demandsText: true,
    captures,
    reads,
    match(line, scope) {
      const found = (fixed ?? withValues(parts, scope)).exec(line);
      return found === null ? undefined : found.slice(1);
    },
  };
}

function declareCapture(
  name: string,
  type: string,
  place: SourcePlace,
  names: Names,
  columns: boolean,
  captures: Capture[],
): string {
  const known = TYPES[type];
  if (known === undefined) {
    throw new SuiteError(`unknown type "${type}"`, place, `known are ${Object.keys(TYPES).join(', ')}`);
  }
  if (captures.some((capture) => capture.name === name)) {
    throw new SuiteError(`"${name}" is captured twice in one line`, place, 'use another name');
  }
  const scalar = known.numeric ? 'int' : 'string';
  names.declare(name, columns ? `list<${scalar}>` : scalar, place);
  captures.push({ name, numeric: known.numeric });
  return known.regexp;
}

/** The pattern with the values of its expressions in place: strings by their UTF-8 octets, since lines are Latin-1. */
function withValues(parts: readonly (string | Expression)[], scope: Scope): RegExp {
  const source = parts.map((part) => {
    if (typeof part === 'string') return part;
    return escapeRegExp(octetsOf(part.evaluate(scope)).toString('latin1'));
  });
  return new RegExp(source.join(''), 's');
}

/** The value of a captured text as expressions use it. */
export function captured(capture: Capture, text: string): bigint | string {
  return capture.numeric ? BigInt(text) : text;
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function offset(place: SourcePlace, columns: number): SourcePlace {
  return { ...place, column: place.column + columns };
}
