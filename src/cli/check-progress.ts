import type { ChalkInstance } from 'chalk';
import type { CaseResult } from '../check/result.js';
import type { Verdict } from '../dialogue/outcome.js';
import { type CheckStanding, checkLiveLines, checkLogLine } from '../report/terminal-check-live.js';
import { isWatched, LiveWindow } from './live-window.js';

/** What a check shows while it runs. */
export interface CheckProgress {
  begun(id: string): void;
  done(result: CaseResult, done: number, total: number): void;
  end(): void;
}

/** Five times a second is as fast as one reads. */
const REFRESH_MS = 200;
/** A sign of life in a log: some who run jobs end those that say nothing. */
const LINE_EVERY_MS = 10_000;

/** A window that is redrawn in a terminal; elsewhere a line for each case that did not pass, and one now and then. */
export function checkProgress(stream: NodeJS.WriteStream, chalk: ChalkInstance): CheckProgress {
  const standing = new Standing();
  if (!isWatched(stream)) {
    const timer = setInterval(() => stream.write(`${checkLogLine(standing.now())}\n`), LINE_EVERY_MS);
    return {
      begun: (id) => standing.begun(id),
      done(result, done, total) {
        standing.done(result, done, total);
        if (NEEDS_EYES.has(result.verdict))
          stream.write(
            `[${done}/${total}] ${result.verdict}${result.known === undefined ? '' : ' (known)'} ${result.id}\n`,
          );
      },
      end: () => clearInterval(timer),
    };
  }
  const window = new LiveWindow(stream);
  const draw = (): void => window.draw(checkLiveLines(standing.now(), window.width, chalk));
  const timer = setInterval(draw, REFRESH_MS);
  return {
    begun: (id) => standing.begun(id),
    done: (result, done, total) => standing.done(result, done, total),
    end() {
      clearInterval(timer);
      window.close();
    },
  };
}

const NEEDS_EYES: ReadonlySet<Verdict> = new Set<Verdict>(['fail', 'warn', 'inconclusive', 'error']);

class Standing {
  private readonly startedMs = performance.now();
  /** When each case that runs was begun. */
  private readonly running = new Map<string, number>();
  private readonly counts = new Map<Verdict, number>();
  private readonly findings: (readonly [string, Verdict])[] = [];
  private progress = { done: 0, total: 0 };

  begun(id: string): void {
    this.running.set(id, performance.now());
  }

  done({ id, verdict, known }: CaseResult, done: number, total: number): void {
    this.running.delete(id);
    this.counts.set(verdict, (this.counts.get(verdict) ?? 0) + 1);
    if (known === undefined && NEEDS_EYES.has(verdict)) this.findings.push([id, verdict]);
    this.progress = { done, total };
  }

  now(): CheckStanding {
    const nowMs = performance.now();
    return {
      ...this.progress,
      elapsedMs: nowMs - this.startedMs,
      counts: this.counts,
      running: [...this.running].map(([id, begunMs]) => [id, nowMs - begunMs]),
      findings: this.findings,
    };
  }
}
