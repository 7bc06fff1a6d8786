import type { ChalkInstance } from 'chalk';
import { createLogUpdate } from 'log-update';
import type { CaseResult } from '../check/result.js';
import { VERDICTS, type Verdict } from '../dialogue/outcome.js';

/** What a check shows while it runs. */
export interface CheckProgress {
  begun(id: string): void;
  done(result: CaseResult, done: number, total: number): void;
  end(): void;
}

const REFRESH_MS = 100;
/** Cases named in the window that run at the moment. */
const NAMED_MAX = 4;

/** A window that is redrawn in a terminal; elsewhere a line for each case that did not pass. */
export function checkProgress(stream: NodeJS.WriteStream, chalk: ChalkInstance): CheckProgress {
  return stream.isTTY === true && process.env.TERM !== 'dumb' && process.env.CI === undefined
    ? windowed(stream, chalk)
    : plain(stream);
}

const WORTH_A_LINE: ReadonlySet<Verdict> = new Set<Verdict>(['fail', 'warn', 'inconclusive', 'error']);

function plain(stream: NodeJS.WriteStream): CheckProgress {
  return {
    begun() {},
    done(result, done, total) {
      if (WORTH_A_LINE.has(result.verdict))
        stream.write(
          `[${done}/${total}] ${result.verdict}${result.known === undefined ? '' : ' (known)'} ${result.id}\n`,
        );
    },
    end() {},
  };
}

function windowed(stream: NodeJS.WriteStream, chalk: ChalkInstance): CheckProgress {
  const update = createLogUpdate(stream);
  const running = new Set<string>();
  const counts = new Map<Verdict, number>();
  const startedMs = performance.now();
  let done = 0;
  let total = 0;
  const draw = (): void => {
    const width = Math.max(20, (stream.columns ?? 80) - 1);
    const filled = total === 0 ? 0 : Math.round((done / total) * 24);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    const told = VERDICTS.filter((verdict) => counts.has(verdict))
      .map((verdict) => `${counts.get(verdict)} ${verdict}`)
      .join(' · ');
    const bar = `${chalk.green('━'.repeat(filled))}${chalk.dim('━'.repeat(24 - filled))}`;
    const now = [...running].slice(0, NAMED_MAX).map((id) => chalk.dim(`  ${id}`.slice(0, width)));
    update([`${bar} ${done}/${total || '…'}  ${seconds} s`, told.slice(0, width), ...now].join('\n'));
  };
  const timer = setInterval(draw, REFRESH_MS);
  return {
    begun(id) {
      running.add(id);
    },
    done(result, doneNow, all) {
      running.delete(result.id);
      counts.set(result.verdict, (counts.get(result.verdict) ?? 0) + 1);
      done = doneNow;
      total = all;
    },
    end() {
      clearInterval(timer);
      update.clear();
      update.done();
    },
  };
}
