import type { ChalkInstance } from 'chalk';
import type { Verdict } from '../dialogue/outcome.js';
import { count, milliseconds } from './format.js';
import { type Cell, fit } from './table.js';
import { paintVerdict } from './terminal-style.js';
import { VERDICT_INFO, verdictSign } from './verdicts.js';

/** How a check stands, for live views. */
export interface CheckStanding {
  readonly done: number;
  /** 0 as long as nothing is done. */
  readonly total: number;
  readonly elapsedMs: number;
  readonly counts: ReadonlyMap<Verdict, number>;
  /** Cases that run now, and for how long, the longest first. */
  readonly running: readonly (readonly [id: string, runningMs: number])[];
  /** Cases that need eyes and are not known, the latest last. */
  readonly findings: readonly (readonly [id: string, verdict: Verdict])[];
}

const BAR_WIDTH = 24;
/** Cases of each kind that are named. */
const NAMED_MAX = 4;
/** Before so many cases are done a guess of the time left is none. */
const GUESS_FROM_CASES = 10;
const GUESS_FROM_MS = 2000;
/** A case that takes longer is worth a look at its time. */
const LONG_MS = 2000;

/** How a check stands, in lines of at most `width` columns. */
export function checkLiveLines(standing: CheckStanding, width: number, chalk: ChalkInstance): string[] {
  const { done, total, running, findings } = standing;
  const left = timeLeft(standing);
  const told = `${count(done)}/${total === 0 ? '…' : count(total)}`;
  const bar = Math.min(BAR_WIDTH, width - told.length - left.length - 4);
  const filled = total === 0 ? 0 : Math.round((done / total) * bar);
  const more = running.length - NAMED_MAX;
  const painted = bar < 4 ? '' : `${chalk.green('━'.repeat(filled))}${chalk.dim('━'.repeat(bar - filled))}  `;
  return [
    painted + fit([{ text: told }, { text: left, paint: chalk.dim }], bar < 4 ? width : width - bar - 2),
    fit(countCells(standing, chalk), width),
    ...findings
      .slice(-NAMED_MAX)
      .map(([id, verdict]) =>
        fit([{ text: `${verdictSign(verdict)} ${id}`, paint: paintVerdict(verdict, chalk) }], width),
      ),
    ...running.slice(0, NAMED_MAX).map(([id, runningMs]) => {
      const time = runningMs < LONG_MS ? '' : `  ${milliseconds(Math.floor(runningMs / 1000) * 1000)}`;
      return fit([{ text: `  ${id}`, paint: chalk.dim }], width - time.length) + time;
    }),
    ...(more > 0 ? [fit([{ text: `  and ${count(more)} more`, paint: chalk.dim }], width)] : []),
  ];
}

/** The same in one line, for logs. */
export function checkLogLine(standing: CheckStanding): string {
  const counts = VERDICT_INFO.filter(({ verdict }) => standing.counts.has(verdict)).map(
    ({ verdict }) => `${count(standing.counts.get(verdict) ?? 0)} ${verdict}`,
  );
  const left = timeLeft(standing);
  return `[${standing.done}/${standing.total}] ${[...counts, left].filter((text) => text !== '').join(', ')}`;
}

function countCells({ counts }: CheckStanding, chalk: ChalkInstance): Cell[] {
  return VERDICT_INFO.filter(({ verdict }) => counts.has(verdict)).map(({ verdict, sign }) => ({
    text: `${sign} ${count(counts.get(verdict) ?? 0)} ${verdict}`,
    paint: paintVerdict(verdict, chalk),
  }));
}

/** `about 40 s left`: as if the cases that are left took as long as those before. */
function timeLeft({ done, total, elapsedMs }: CheckStanding): string {
  const elapsed = milliseconds(Math.floor(elapsedMs / 1000) * 1000);
  if (done < GUESS_FROM_CASES || elapsedMs < GUESS_FROM_MS) return elapsedMs < 1000 ? '' : elapsed;
  const leftMs = (elapsedMs / done) * (total - done);
  return `${elapsed}, about ${milliseconds(Math.ceil(leftMs / 1000) * 1000)} left`;
}
