import { stripVTControlCharacters } from 'node:util';

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
/** Synchronized output: a terminal that knows it shows a frame at once, others ignore it. */
const BEGIN_FRAME = '\x1b[?2026h';
const END_FRAME = '\x1b[?2026l';

/** The one that is open: a process has one terminal. */
let open: LiveWindow | undefined;

/** Whether somebody watches a stream that lines can be redrawn on: no pipe, no dumb terminal, no CI. */
export function isWatched(
  stream: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  const ci = env.CI !== undefined && env.CI !== '' && env.CI !== 'false';
  return stream.isTTY === true && env.TERM !== 'dumb' && !ci;
}

/** Writes a line that stays: above the window if one is open. */
export function writeLine(stream: NodeJS.WriteStream, text: string): void {
  if (open?.stream === stream) open.print(text);
  else stream.write(`${text}\n`);
}

/**
 * Lines at the bottom of a terminal that are redrawn in place. A frame is one write and holds only the lines that have
 * changed, so that it neither flickers nor fills a slow connection.
 */
export class LiveWindow {
  /** What stands there; the cursor is at the begin of the line below. */
  private shown: readonly string[] = [];
  private columns: number;
  private readonly restore = (): void => void this.stream.write(SHOW_CURSOR);

  constructor(readonly stream: NodeJS.WriteStream) {
    this.columns = this.width;
    // Whatever ends the process, the cursor must come back.
    process.once('exit', this.restore);
    stream.write(HIDE_CURSOR);
    open = this;
  }

  /** Columns that a line may have: one less than the terminal, which would wrap at its edge. */
  get width(): number {
    return Math.max(20, this.stream.columns ?? 80) - 1;
  }

  /** Lines must not be longer than `width`. */
  draw(lines: readonly string[]): void {
    const next = lines.slice(0, Math.max(1, (this.stream.rows ?? 24) - 1));
    const frame = this.columns === this.width ? patch(this.shown, next) : this.erased() + patch([], next);
    this.remember(next);
    this.write(frame);
  }

  /** Writes a text that stays, above the lines. */
  print(text: string): void {
    const next = this.shown;
    this.write(`${this.erased()}${text}\r\n${patch([], next)}`);
    this.remember(next);
  }

  /** Takes the window away. May be called again. */
  close(): void {
    if (open !== this) return;
    open = undefined;
    process.off('exit', this.restore);
    this.write(this.erased() + SHOW_CURSOR);
  }

  private remember(lines: readonly string[]): void {
    this.shown = lines;
    this.columns = this.width;
  }

  /** To the first line of the window, and nothing below it. A terminal that has become narrower has wrapped its lines. */
  private erased(): string {
    const rows = this.shown.map((line) =>
      Math.max(1, Math.ceil(stripVTControlCharacters(line).length / (this.width + 1))),
    );
    const height = rows.reduce((sum, count) => sum + count, 0);
    return height === 0 ? '' : `${up(height)}\x1b[J`;
  }

  private write(frame: string): void {
    // What is typed meanwhile, as the ^C of Ctrl-C, may have moved the cursor along its line.
    if (frame !== '') this.stream.write(`${BEGIN_FRAME}\r${frame}${END_FRAME}`);
  }
}

/** What makes `after` of `before`, with the cursor below the last line at the begin and at the end. */
function patch(before: readonly string[], after: readonly string[]): string {
  let row = before.length;
  let frame = '';
  const go = (to: number): void => {
    frame += to < row ? up(row - to) : to > row ? `\x1b[${to - row}B` : '';
    row = to;
  };
  for (const [index, line] of after.entries()) {
    if (line === before[index]) continue;
    go(index);
    // Only a line feed makes room at the bottom of the screen.
    frame += index < before.length ? `${line}\x1b[K\r` : `${line}\r\n`;
    if (index >= before.length) row++;
  }
  go(after.length);
  return before.length > after.length ? `${frame}\x1b[J` : frame;
}

function up(rows: number): string {
  return `\x1b[${rows}A`;
}
