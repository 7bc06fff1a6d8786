import { createLogUpdate } from 'log-update';
import { safeText } from '../report/escape.js';

/** A line that says what is waited for: redrawn in a terminal, one after the other elsewhere. */
export interface WaitingLine {
  show(what: string): void;
  clear(): void;
}

const REFRESH_MS = 200;

export function waitingLine(stream: NodeJS.WriteStream): WaitingLine {
  if (stream.isTTY !== true || process.env.TERM === 'dumb' || process.env.CI !== undefined) {
    return { show: (what) => void stream.write(`popspec: waiting for ${safeText(what, 200)}\n`), clear() {} };
  }
  const update = createLogUpdate(stream);
  const startedMs = performance.now();
  let now = '';
  const draw = (): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    if (now !== '')
      update(`${seconds} s  waiting for ${now}`.slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
  };
  const timer = setInterval(draw, REFRESH_MS);
  timer.unref();
  return {
    show(what) {
      now = safeText(what, 200);
      draw();
    },
    clear() {
      now = '';
      update.clear();
    },
  };
}
