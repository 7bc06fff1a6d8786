import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isWatched, LiveWindow, writeLine } from '../../src/cli/live-window.js';
import { waitingLine } from '../../src/cli/waiting-line.js';
import { screenOf } from './screen.js';

/** A terminal that keeps what is written, a string for each write. */
function terminal(columns = 40, rows = 12) {
  const writes: string[] = [];
  const stream = { isTTY: true, columns, rows, write: (text: string) => writes.push(text) > 0 };
  return { stream: stream as unknown as NodeJS.WriteStream & { columns: number }, writes };
}

function opened(columns?: number, rows?: number) {
  const { stream, writes } = terminal(columns, rows);
  const window = new LiveWindow(stream);
  onTestFinished(() => window.close());
  const screen = () => screenOf(writes.join(''));
  return { stream, writes, window, lines: () => screen().lines.filter((line) => line !== ''), screen };
}

describe('a live window', () => {
  it('shows what was drawn last, whatever was there before', () => {
    const { window, lines } = opened();
    for (const drawn of [['a', 'b'], ['a', 'c', 'd'], ['x'], ['x', 'y', 'z'], ['x', 'y', 'zz']]) {
      window.draw(drawn);
      expect(lines()).toEqual(drawn);
    }
  });

  it('writes a frame at once, and only the lines that have changed', () => {
    const { window, writes } = opened();
    window.draw(['head', 'one', 'tail']);
    const before = writes.length;
    window.draw(['head', 'two', 'tail']);
    expect(writes.slice(before)).toEqual(['\x1b[?2026h\r\x1b[2Atwo\x1b[K\r\x1b[2B\x1b[?2026l']);
    window.draw(['head', 'two', 'tail']);
    expect(writes).toHaveLength(before + 1);
  });

  it('lets lines stay above it, in one write', () => {
    const { stream, window, writes, lines } = opened();
    window.draw(['running']);
    const before = writes.length;
    writeLine(stream, 'found');
    expect(writes).toHaveLength(before + 1);
    window.draw(['done']);
    expect(lines()).toEqual(['found', 'done']);
  });

  it('leaves nothing behind but those, and the cursor', () => {
    const { stream, window, lines, screen } = opened();
    window.draw(['a', 'b']);
    writeLine(stream, 'found');
    expect(screen().cursorShown).toBe(false);
    window.close();
    window.close();
    writeLine(stream, 'after');
    expect(lines()).toEqual(['found', 'after']);
    expect(screen().cursorShown).toBe(true);
  });

  it('is not led astray by what is typed', () => {
    const { window, writes, lines } = opened();
    window.draw(['a', 'b']);
    writes.push('^C');
    window.draw(['a', 'c']);
    expect(lines()).toEqual(['a', 'c', '^C']);
    window.close();
    expect(lines()).toEqual([]);
  });

  it('takes no more lines than the terminal has', () => {
    const { window, lines } = opened(40, 4);
    window.draw(['1', '2', '3', '4', '5']);
    expect(lines()).toEqual(['1', '2', '3']);
  });

  it('is drawn anew where the terminal has become narrower and wrapped its lines', () => {
    const { stream, window, writes } = opened(40);
    window.draw(['x'.repeat(39), 'y']);
    stream.columns = 20;
    window.draw(['x', 'y']);
    expect(writes.at(-1)).toMatch(/\r\x1b\[3A\x1b\[Jx\r\ny\r\n/);
  });
});

describe('a line that says what is waited for', () => {
  it('goes away for a question, and comes back', () => {
    vi.stubEnv('CI', '');
    vi.stubEnv('TERM', 'xterm');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { stream, writes } = terminal();
    const line = waitingLine(stream);
    const shown = () => screenOf(writes.join('')).lines.join('');
    line.show('\x1b[31mDNS');
    expect(shown()).toMatch(/^[\d.]+ s {2}waiting for \\x1b\[31mDNS$/);
    line.clear();
    expect(shown()).toBe('');
    line.show('CAPA');
    expect(shown()).toMatch(/waiting for CAPA$/);
    line.clear();
    expect(shown()).toBe('');
    expect(screenOf(writes.join('')).cursorShown).toBe(true);
  });
});

describe('a window is shown', () => {
  const watched = (isTTY: boolean, env: Record<string, string>) =>
    isWatched({ isTTY } as unknown as NodeJS.WriteStream, env);

  it('to a person at a terminal, not in CI, in a pipe or where lines cannot be redrawn', () => {
    expect(watched(true, {})).toBe(true);
    expect(watched(true, { CI: 'false' })).toBe(true);
    expect(watched(true, { CI: 'true' })).toBe(false);
    expect(watched(true, { TERM: 'dumb' })).toBe(false);
    expect(watched(false, {})).toBe(false);
  });
});
