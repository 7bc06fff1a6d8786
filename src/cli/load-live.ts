import { createLogUpdate } from 'log-update';
import { liveLines, plainLine } from '../load/live.js';
import type { LoadProgress } from '../load/progress.js';

/** A line every two seconds is enough for a log. */
const LINE_EVERY_MS = 2000;

/** Shows how a run stands: a view that is redrawn in a terminal, lines anywhere else. */
export function liveView(stream: NodeJS.WriteStream): {
  show: (progress: LoadProgress) => void;
  end: () => void;
} {
  if (stream.isTTY === true && process.env.TERM !== 'dumb' && process.env.CI === undefined) {
    const update = createLogUpdate(stream);
    let over = false;
    return {
      show: (progress) => update(liveLines(progress, (stream.columns ?? 80) - 1).join('\n')),
      end() {
        if (over) return;
        over = true;
        update.clear();
        update.done();
      },
    };
  }
  let lastMs = 0;
  return {
    show(progress) {
      if (progress.elapsedMs - lastMs < LINE_EVERY_MS) return;
      lastMs = progress.elapsedMs;
      stream.write(`${plainLine(progress)}\n`);
    },
    end() {},
  };
}
