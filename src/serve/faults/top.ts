import { TERMINATOR } from '../../pop3/stuffing.js';
import type { Behaviour } from '../behaviour.js';
import { wireForm } from '../maildrop.js';
import { bodyStart } from '../views.js';
import { changeCommand, inArea, wrapCommand } from './fault.js';

const WORD_32 = 1n << 32n;

/** Changes how many body lines TOP sends. */
function changeLines(b: Behaviour, change: (lines: number, wire: Buffer) => number): void {
  const next = b.topBody;
  b.topBody = (message, lines) => next(message, change(lines, wireForm(message)));
}

/** Rewrites the lines that TOP sends behind the blank line. */
function rewriteBodyLines(b: Behaviour, rewrite: (lines: string[], asked: number) => string[]): void {
  const next = b.topBody;
  b.topBody = (message, asked) => {
    const sent = next(message, asked);
    const start = Math.min(bodyStart(sent), sent.length - TERMINATOR.length);
    const body = sent.toString('latin1', start, sent.length - TERMINATOR.length);
    const lines = rewrite(body.split('\r\n').slice(0, -1), asked);
    const text = lines.map((line) => `${line}\r\n`).join('');
    return Buffer.concat([sent.subarray(0, start), Buffer.from(text, 'latin1'), TERMINATOR]);
  };
}

export const topFaults = inArea('top', [
  {
    id: 'top-ignores-count',
    title: 'TOP sends the whole message whatever the line count',
    clause: '1939-7-TOP-4',
    apply: (b) => changeLines(b, () => Number.POSITIVE_INFINITY),
  },
  {
    id: 'top-zero-whole',
    title: 'TOP with 0 lines sends the whole message',
    clause: '1939-7-TOP-5',
    apply: (b) => changeLines(b, (lines) => (lines === 0 ? Number.POSITIVE_INFINITY : lines)),
  },
  {
    id: 'top-one-more',
    title: 'TOP sends one body line too many',
    clause: '1939-7-TOP-7',
    apply: (b) => changeLines(b, (lines) => lines + 1),
  },
  {
    id: 'top-counts-header',
    title: 'TOP counts the header lines too',
    clause: '1939-7-TOP-7',
    apply: (b) =>
      changeLines(b, (lines, wire) => {
        const header = wire.toString('latin1', 0, bodyStart(wire)).split('\r\n').length - 1;
        return Math.max(0, lines - header);
      }),
  },
  {
    id: 'top-no-blank',
    title: 'TOP with 0 lines leaves out the blank line behind the headers',
    clause: '1939-7-TOP-5',
    apply(b) {
      const next = b.topBody;
      b.topBody = (message, lines) => {
        const sent = next(message, lines);
        const header = bodyStart(sent);
        const blank = lines === 0 && header < sent.length ? '\r\n'.length : 0;
        return blank === 0 ? sent : Buffer.concat([sent.subarray(0, header - blank), TERMINATOR]);
      };
    },
  },
  {
    id: 'top-negative',
    title: 'TOP accepts a negative line count and takes it as 0',
    clause: '1939-7-TOP-1',
    apply(b) {
      const next = b.lineCount;
      b.lineCount = (argument) => (/^-\d+$/.test(argument) ? 0 : next(argument));
    },
  },
  {
    id: 'top-no-count',
    title: 'TOP without a line count is accepted',
    clause: '1939-7-TOP-1',
    apply(b) {
      changeCommand(b, 'TOP', { min: 1 });
      wrapCommand(b, 'TOP', (s, [n = '', lines = '0'], next) => next(s, [n, lines]));
    },
  },
  {
    id: 'top-no-argument-closes',
    title: 'TOP without arguments ends the connection',
    clause: '1939-3-STATE-7a',
    apply(b) {
      changeCommand(b, 'TOP', { min: 0 });
      wrapCommand(b, 'TOP', (s, args, next) => {
        if (args.length > 0) return next(s, args);
        b.hangUp(s);
        return false;
      });
    },
  },
  {
    id: 'top-wraps',
    title: 'The line count of TOP wraps at 32 bits',
    clause: '1939-7-TOP-10',
    apply(b) {
      const next = b.lineCount;
      b.lineCount = (argument) =>
        /^\d+$/.test(argument) ? Number(BigInt(argument) % WORD_32) : next(argument);
    },
  },
  {
    id: 'top-double-ok',
    title: 'TOP sends its status line twice',
    clause: '1939-7-TOP-6',
    apply(b) {
      const next = b.topBody;
      b.topBody = (message, lines) =>
        Buffer.concat([Buffer.from(b.statusLine(true, '')), next(message, lines)]);
    },
  },
  {
    id: 'top-skips-blank',
    title: 'TOP leaves out blank lines of the body',
    clause: '1939-7-TOP-12',
    apply: (b) => rewriteBodyLines(b, (lines) => lines.filter((line) => line !== '')),
  },
  {
    id: 'top-last-line-lost',
    title: 'TOP with more lines than the body has loses the last line',
    clause: '1939-7-TOP-6',
    apply: (b) => rewriteBodyLines(b, (lines, asked) => (asked > lines.length ? lines.slice(0, -1) : lines)),
  },
]);
