/** Where a text stops being JSON; line and column count from 1. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  /** Everything up to the end was JSON, but the end came too early. */
  readonly truncated: boolean;
}

const BLANK = /[ \t\r\n]*/y;
const SCALAR =
  /"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
/** The begin of a scalar that only the end of the text interrupts. */
const UNFINISHED =
  /^(?:"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*(?:\\(?:u[0-9a-fA-F]{0,3})?)?|-|t|tr|tru|f|fa|fal|fals|n|nu|nul)$/;

/** A number that ends the text where more of it must come. */
const UNFINISHED_NUMBER = /-?(?:0|[1-9]\d*)(?:\.|(?:\.\d+)?[eE][+-]?)$/y;

type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end' | 'nothing';

/**
 * The first place at which `text` is no JSON (RFC 8259). Meant for a text that JSON.parse refused: its messages
 * name no position for many mistakes, and differ between versions of Node.
 */
export function findJsonFault(text: string): JsonFault {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = 0;
  const afterValue = (): Expected => (open.length === 0 ? 'nothing' : 'comma-or-end');
  for (;;) {
    at += match(BLANK, text, at);
    if (at >= text.length) return fault(text, at, expected !== 'nothing');
    const character = text[at];
    if (expected === 'colon' && character === ':') expected = 'value';
    else if (expected === 'comma-or-end' && character === ',')
      expected = open.at(-1) === '{' ? 'key' : 'value';
    else if (expected.endsWith('-end') && character === (open.at(-1) === '{' ? '}' : ']')) {
      open.pop();
      expected = afterValue();
    } else if (expected.startsWith('value') && (character === '{' || character === '[')) {
      open.push(character);
      expected = character === '{' ? 'key-or-end' : 'value-or-end';
    } else if (expected.startsWith('value') || (expected.startsWith('key') && character === '"')) {
      const length = match(SCALAR, text, at);
      if (match(UNFINISHED_NUMBER, text, at) > 0) return fault(text, text.length, true);
      if (length === 0) return fault(text, at, UNFINISHED.test(text.slice(at)));
      at += length - 1;
      expected = expected.startsWith('key') ? 'colon' : afterValue();
    } else return fault(text, at, false);
    at++;
  }
}

function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function fault(text: string, at: number, truncated: boolean): JsonFault {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: at - lineStart + 1, truncated };
}
