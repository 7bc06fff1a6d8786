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
  const startedMs = performance.now();
  let now = '';
  let window: LiveWindow | undefined;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    window?.draw([`${seconds} s  waiting for ${now}`.slice(0, window.width)]);
  };
  return {
    show(what) {
      now = safeText(what, 200);
      window ??= new LiveWindow(stream);
      timer ??= setInterval(draw, REFRESH_MS);
      draw();
    },
    // A question may be asked then, and waiting go on after it.
    clear() {
      clearInterval(timer);
      window?.close();
      timer = undefined;
      window = undefined;
    },
  };
}
