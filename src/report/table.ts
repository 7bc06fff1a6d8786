/** A cell: its text, and how it is painted once it is padded. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}
export type Row = readonly (Cell | string)[];

/** Aligned rows for a terminal; columns marked `r` stand to the right, two blanks between columns. */
export function alignRows(rows: readonly Row[], alignment: string, indent = '  '): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, textOf(cell).length);
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const text = textOf(cell);
      const width = widths[column] ?? 0;
      const last = column === row.length - 1 && alignment[column] !== 'r';
      const padded = last ? text : alignment[column] === 'r' ? text.padStart(width) : text.padEnd(width);
      return typeof cell === 'string' ? padded : (cell.paint?.(padded) ?? padded);
    });
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
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
    const cut = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    line += gap + (paint?.(cut) ?? cut);
    used += gap.length + cut.length;
  }
  return line;
}

/**
 * Breaks a text at blanks into lines of at most `width` characters; a longer word is cut. None begins with `::`, which
 * in the log of GitHub Actions is a command.
 */
export function wrap(text: string, width: number): string[] {
  return broken(text, width).map((line) => line.replace(/^::/, ':\\x3a'));
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
