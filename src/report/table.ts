/** A cell: its text, and how it is painted once it is padded. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}
export type Row = readonly (Cell | string)[];

/**
 * Aligned rows for a terminal; columns marked `r` stand to the right, two blanks between columns. Rows that are wider than
 * `width` lose columns, those first that `expendable` names by number; then a last column of text is broken into lines,
 * and at last the first column is cut.
 */
export function alignRows(
  rows: readonly Row[],
  alignment: string,
  width = Number.POSITIVE_INFINITY,
  expendable: readonly number[] = [],
): string[] {
  const widths = [...alignment].map((_, column) =>
    Math.max(0, ...rows.map((row) => textOf(row[column] ?? '').length)),
  );
  let columns = [...widths.keys()];
  const taken = () =>
    INDENT.length + columns.reduce((sum, column) => sum + (widths[column] ?? 0) + GAP.length, -GAP.length);
  for (const column of expendable) if (taken() > width) columns = columns.filter((one) => one !== column);
  const last = columns.at(-1) ?? 0;
  const breaks = alignment[last] === 'l' && last > 0;
  const over = taken() - width;
  // Beside the others if there is room, else below them.
  const beside = (widths[last] ?? 0) - Math.max(0, over);
  const room = beside >= BROKEN_MIN ? beside : width - 2 * INDENT.length;
  if (over > 0 && !breaks) widths[0] = Math.max(BROKEN_MIN, (widths[0] ?? 0) - over);
  return rows.flatMap((row) => {
    const cells = columns.map((column) =>
      padded(row[column] ?? '', widths[column] ?? 0, alignment[column], column === last),
    );
    if (!breaks || over <= 0) return [`${INDENT}${cells.join(GAP)}`.trimEnd()];
    const head = `${INDENT}${cells.slice(0, -1).join(GAP)}`;
    const indent = ' '.repeat(width - room);
    const cell = row[last] ?? '';
    const lines = wrap(textOf(cell), room).map((line) =>
      typeof cell === 'string' ? line : (cell.paint?.(line) ?? line),
    );
    const [first = '', ...more] = lines;
    const rest = more.map((line) => indent + line);
    const whole = beside >= BROKEN_MIN ? [`${head}${GAP}${first}`, ...rest] : [head, indent + first, ...rest];
    return whole.map((line) => line.trimEnd()).filter((line) => line !== '');
  });
}

const INDENT = '  ';
const GAP = '  ';
/** A column that is narrower says nothing any more. */
const BROKEN_MIN = 10;

function padded(cell: Cell | string, width: number, alignment: string | undefined, last: boolean): string {
  const text = cut(textOf(cell), width);
  const shown = alignment === 'r' ? text.padStart(width) : last ? text : text.padEnd(width);
  return typeof cell === 'string' ? shown : (cell.paint?.(shown) ?? shown);
}

/** A text of at most so many characters. */
export function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text;
}

function textOf(cell: Cell | string): string {
  return typeof cell === 'string' ? cell : cell.text;
}

/** Cells in one line, as many as have room; a cell that has some is cut. */
export function fit(cells: readonly Cell[], width: number): string {
  let line = '';
  let used = 0;
  for (const { text, paint } of cells) {
    const gap = used === 0 ? '' : '  ';
    const room = width - used - gap.length;
    if (text === '' || room < Math.min(4, text.length)) continue;
    const shown = cut(text, room);
    line += gap + (paint?.(shown) ?? shown);
    used += gap.length + shown.length;
  }
  return line;
}

/**
 * Breaks a text at blanks into lines of at most `width` characters; a longer word is cut. None begins with `::`, which
 * in the log of GitHub Actions is a command.
 */
export function wrap(text: string, width: number): string[] {
  const room = text.includes('::') ? width - 3 : width;
  return broken(text, room).map((line) => line.replace(/^::/, ':\\x3a'));
}

function broken(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  lines.push(line);
  return lines;
}

/** A text broken to the width of the terminal, behind a head that stands on its first line. */
export function hang(head: string, text: string, width: number, paint = (line: string) => line): string[] {
  const indent = ' '.repeat(head.length);
  return wrap(text, width - head.length).map((line, index) => `${index === 0 ? head : indent}${paint(line)}`);
}
