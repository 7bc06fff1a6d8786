/**
 * What a terminal shows after `output`: as much of ECMA-48 as programs with a live window use. The lines that have
 * scrolled away belong to it, as in a log.
 */
export interface Screen {
  readonly lines: readonly string[];
  readonly cursorShown: boolean;
  /** What stood there at the end of each frame (synchronized output). */
  readonly frames: readonly string[];
}

const SEQUENCE = /\x1b\[(\?\d+[hl]|[\d;]*[A-Za-z])|\r|\n|[^\x1b\r\n]+|\x1b./gu;

export function screenOf(output: string): Screen {
  const lines = [''];
  const frames: string[] = [];
  let row = 0;
  let column = 0;
  let cursorShown = true;
  const put = (text: string): void => {
    const line = (lines[row] ?? '').padEnd(column);
    lines[row] = line.slice(0, column) + text + line.slice(column + text.length);
    column += text.length;
  };
  const erase = (from: number, to: number): void => {
    const line = lines[row] ?? '';
    lines[row] = line.slice(0, from).padEnd(Math.min(to, line.length)) + line.slice(to);
  };
  for (const [piece, control] of output.matchAll(SEQUENCE)) {
    const count = Number.parseInt(control ?? '', 10);
    if (piece === '\r') column = 0;
    else if (piece === '\n') {
      row++;
      lines[row] ??= '';
    } else if (control === undefined) put(piece);
    else if (control.startsWith('?25')) cursorShown = control === '?25h';
    else if (control === '?2026l') frames.push(lines.map((line) => line.trimEnd()).join('\n'));
    else if (control.startsWith('?')) continue;
    else if (control.endsWith('A')) row = Math.max(0, row - (count || 1));
    else if (control.endsWith('B')) row += count || 1;
    else if (control.endsWith('G')) column = (count || 1) - 1;
    else if (control === '2K') erase(0, Number.MAX_SAFE_INTEGER);
    else if (control === 'K' || control === '0K') erase(column, Number.MAX_SAFE_INTEGER);
    else if (control === 'J' || control === '0J') {
      erase(column, Number.MAX_SAFE_INTEGER);
      lines.splice(row + 1);
    } else if (!control.endsWith('m')) throw new Error(`the screen does not know ${JSON.stringify(piece)}`);
  }
  return { lines: lines.map((line) => line.trimEnd()), cursorShown, frames };
}
