import type { ChalkInstance } from 'chalk';
import type { LoadProgress } from '../load/progress.js';
import { count, microseconds, milliseconds, significant } from './format.js';
import { type Cell, fit } from './table.js';

const BARS = '▁▂▃▄▅▆▇█';
const LABEL_WIDTH = 10;
const PROGRESS_WIDTH = 30;

/** How a load run stands, in lines of at most `width` columns. */
export function loadLiveLines(progress: LoadProgress, width: number, chalk: ChalkInstance): string[] {
  const { offeredPerSecond, openFiles, openFilesLimit, p50Us, p99Us } = progress;
  const room = width - LABEL_WIDTH;
  const limit = openFilesLimit === null ? '' : ` of ${count(openFilesLimit)}`;
  const left = timeLeft(progress);
  const rows: readonly (readonly [string, readonly Cell[]])[] = [
    [
      progress.phase,
      [{ text: progressBar(progress, Math.min(PROGRESS_WIDTH, room - left.length - 2)) }, { text: left }],
    ],
    [
      'rate',
      [
        { text: `${significant(progress.ratePerSecond)}/s` },
        ...(offeredPerSecond === null ? [] : [{ text: `of ${significant(offeredPerSecond)}/s offered` }]),
        { text: sparkline(progress.recentRates), paint: chalk.cyan },
      ],
    ],
    [
      'latency',
      p50Us === null
        ? [{ text: 'no session has ended yet' }]
        : [{ text: `p50 ${microseconds(p50Us)}` }, { text: `p99 ${microseconds(p99Us ?? p50Us)}` }],
    ],
    [
      'sessions',
      [{ text: `${count(progress.open)} open` }, { text: `${count(progress.completed)} completed` }],
    ],
    [
      'errors',
      troubles(progress).map((text): Cell => (text.startsWith('0 ') ? { text } : { text, paint: chalk.red })),
    ],
    ...(openFiles === null ? [] : [['files', [{ text: `${count(openFiles)}${limit} open` }]] as const]),
  ];
  return rows.map(([label, cells]) => chalk.dim(label.padEnd(LABEL_WIDTH)) + fit(cells, room));
}

/** The same in one line, for logs. */
export function loadLogLine(progress: LoadProgress): string {
  const { offeredPerSecond, openFiles, openFilesLimit, p50Us, p99Us } = progress;
  const offered = offeredPerSecond === null ? '' : ` of ${significant(offeredPerSecond)}/s`;
  return [
    `${progress.phase} ${milliseconds(toSeconds(progress.elapsedMs))}`,
    `${significant(progress.ratePerSecond)}/s${offered}`,
    ...(p50Us === null ? [] : [`p50 ${microseconds(p50Us)}`, `p99 ${microseconds(p99Us ?? p50Us)}`]),
    `${count(progress.open)} open`,
    `${count(progress.completed)} completed`,
    ...troubles(progress),
    ...(openFiles === null
      ? []
      : [`${count(openFiles)}${openFilesLimit === null ? '' : ` of ${count(openFilesLimit)}`} files`]),
    timeLeft(progress),
  ].join(', ');
}

function troubles({ failed, integrityErrors, dropped }: LoadProgress): string[] {
  return [
    `${count(failed)} failed`,
    ...(integrityErrors > 0 ? [`${count(integrityErrors)} damaged`] : []),
    ...(dropped > 0 ? [`${count(dropped)} dropped`] : []),
  ];
}

function progressBar({ elapsedMs, leftMs }: LoadProgress, width: number): string {
  const done = leftMs === 0 ? width : Math.floor((elapsedMs / (elapsedMs + leftMs)) * width);
  return width < 3 ? '' : '█'.repeat(done) + '░'.repeat(width - done);
}

/** Heights from 0 to the greatest value; the newest on the right. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(...values, 0);
  return values
    .map((value) => BARS[top === 0 ? 0 : Math.min(BARS.length - 1, Math.floor((value / top) * BARS.length))])
    .join('');
}

function timeLeft({ phase, leftMs }: LoadProgress): string {
  return phase === 'draining' ? 'waiting for open sessions' : `${milliseconds(toSeconds(leftMs))} left`;
}

function toSeconds(ms: number): number {
  return Math.ceil(ms / 1000) * 1000;
}
