import type { ChalkInstance } from 'chalk';
import type { LoadProgress } from '../load/progress.js';
import { loadLiveLines, loadLogLine } from '../report/terminal-load-live.js';
import { isWatched, LiveWindow } from './live-window.js';

/** So many lines tell of a run in a log, but for those that would come faster or slower than these. */
const LINES = 30;
const LINE_EVERY_MIN_MS = 2_000;
const LINE_EVERY_MAX_MS = 60_000;

/** What a load run shows while it runs. */
export interface LiveView {
  readonly show: (progress: LoadProgress) => void;
  /** May be called again. */
  readonly end: () => void;
}

/** A window that is redrawn in a terminal, lines anywhere else. */
export function liveView(stream: NodeJS.WriteStream, chalk: ChalkInstance): LiveView {
  return isWatched(stream) ? windowed(stream, chalk) : plain(stream);
}

function windowed(stream: NodeJS.WriteStream, chalk: ChalkInstance): LiveView {
  let window: LiveWindow | undefined;
  return {
    show(progress) {
      window ??= new LiveWindow(stream);
      window.draw(loadLiveLines(progress, window.width, chalk));
    },
    end: () => window?.close(),
  };
}

function plain(stream: NodeJS.WriteStream): LiveView {
  let lastMs = 0;
  return {
    show(progress) {
      const { elapsedMs, leftMs } = progress;
      const everyMs = Math.min(LINE_EVERY_MAX_MS, Math.max(LINE_EVERY_MIN_MS, (elapsedMs + leftMs) / LINES));
      // A search for the capacity is several runs, each of which begins anew.
      if (elapsedMs < lastMs) lastMs = 0;
      if (elapsedMs - lastMs < everyMs) return;
      lastMs = elapsedMs;
      stream.write(`${loadLogLine(progress)}\n`);
    },
    end() {},
  };
}
