import { safeText } from '../report/escape.js';
import { isWatched, LiveWindow } from './live-window.js';

/** A line that says what is waited for: redrawn in a terminal, one after the other elsewhere. */
export interface WaitingLine {
  show(what: string): void;
  clear(): void;
}

const REFRESH_MS = 200;

export function waitingLine(stream: NodeJS.WriteStream): WaitingLine {
  if (!isWatched(stream)) {
    return { show: (what) => void stream.write(`popspec: waiting for ${safeText(what, 200)}\n`), clear() {} };
  }
  const window = new LiveWindow(stream);
  const startedMs = performance.now();
  let now = '';
  const draw = (): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    if (now !== '') window.draw([`${seconds} s  waiting for ${now}`.slice(0, window.width)]);
  };
  const timer = setInterval(draw, REFRESH_MS);
  return {
    show(what) {
      now = safeText(what, 200);
      draw();
    },
    clear() {
      clearInterval(timer);
      window.close();
    },
  };
}
