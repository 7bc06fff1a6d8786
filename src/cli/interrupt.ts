import { setMaxListeners } from 'node:events';
import { EXIT } from './exit-codes.js';
import { writeLine } from './live-window.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * A signal that is set by the first Ctrl-C (or SIGTERM, or the end of the terminal), so that a run can end and report what it has; the second
 * one ends the process at once. `release` takes the handlers away again.
 */
export function interruptible(): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  // Every case that runs listens, and as many run at a time as there are accounts.
  setMaxListeners(0, controller.signal);
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    writeLine(process.stderr, '\npopspec: ending, with a report of what was done; again to end at once');
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return {
    signal: controller.signal,
    release() {
      for (const name of SIGNALS) process.off(name, stop);
    },
  };
}
