import { safeText } from './escape.js';
import { plural } from './format.js';

/** GitHub takes 65,536 characters in a comment; this leaves room for words around it. */
export const MARKDOWN_MAX = 60_000;
const TABLE_MAX = 24_000;
export const CELL_MAX = 160;

/** Blocks with a blank line between them, never longer than MARKDOWN_MAX: what does not fit any more is left out, and that is said. */
export function document(blocks: readonly string[]): string {
  const leftOut = '_More than fits here: the other reports have it._';
  let room = MARKDOWN_MAX - leftOut.length - 2;
  const kept: string[] = [];
  for (const block of blocks.filter((one) => one !== '')) {
    room -= block.length + 2;
    if (room < 0) {
      kept.push(leftOut);
      break;
    }
    kept.push(block);
  }
  return `${kept.join('\n\n')}\n`;
}

/** A table of as many rows as have room, and how many more of `all` things there are; nothing without rows. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  thing = 'row',
  all = rows.length,
): string {
  if (rows.length === 0) return '';
  const lines = [line(head), `|${' --- |'.repeat(head.length)}`];
  let room = TABLE_MAX;
  for (const row of rows) {
    const text = line(row);
    room -= text.length;
    if (room < 0) break;
    lines.push(text);
  }
  const rest = all - (lines.length - 2);
  return rest === 0 ? lines.join('\n') : `${lines.join('\n')}\n\nand ${plural(rest, `more ${thing}`)}`;
}

/** The first `most` rows as a table. */
export function firstRows(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  thing: string,
  most: number,
): string {
  return table(head, rows.slice(0, most), thing, rows.length);
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Text in which nothing is markup: no link, image, mention, HTML tag or table border comes out of it. */
export function text(value: string, max = CELL_MAX): string {
  // GitHub looks for mentions after entities are decoded, and leaves code alone.
  return entities(safeText(value, max)).replaceAll('&#64;', '<code>@</code>');
}

/** Code that stays within its table cell: as HTML, since a backtick in it would end a Markdown span. */
export function code(value: string): string {
  return `<code>${entities(safeText(value, CELL_MAX))}</code>`;
}

/** Lines that are folded under `title` until somebody opens them; no markup comes out of either. */
export function folded(title: string, lines: string): string {
  // In a block of HTML only HTML is markup; a blank line would end it.
  const body = lines
    .replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/^[ \t]*$/gm, '&#160;');
  return `<details><summary>${code(title)}</summary>\n<pre>\n${body}\n</pre>\n</details>`;
}

function entities(value: string): string {
  const escaped = value.replace(/[\\`*_{}[\]()#+!|<>&~@:]/g, (character) => `&#${character.charCodeAt(0)};`);
  return escaped.replace(/www\./gi, (word) => `${word.slice(0, 3)}&#46;`);
}
