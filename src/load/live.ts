import type { LoadProgress } from './progress.js';

const BARS = '▁▂▃▄▅▆▇█';
const LABEL_WIDTH = 10;

/** The live view of a run, line by line; no control characters in it. */
export function liveLines(progress: LoadProgress, width = 78): string[] {
  const { offeredPerSecond, openFiles, openFilesLimit, p50Us, p99Us } = progress;
  const offered = offeredPerSecond === null ? '' : ` of ${rate(offeredPerSecond)} asked for`;
  const files =
    openFiles === null
      ? []
      : [`${openFiles}${openFilesLimit === null ? '' : ` of ${openFilesLimit}`} open files`];
  const rows: [string, string][] = [
    [progress.phase, `${bar(progress, Math.max(10, width - 40))} ${timeLeft(progress)}`],
    ['rate', `${rate(progress.ratePerSecond)}${offered}  ${sparkline(progress.recentRates)}`],
    [
      'latency',
      p50Us === null ? 'no session has ended yet' : `p50 ${latency(p50Us)}  p99 ${latency(p99Us ?? p50Us)}`,
    ],
    ['sessions', [`${progress.open} open`, `${progress.completed} completed`, ...files].join('  ')],
    ['errors', errorWords(progress)],
  ];
  return rows.map(([label, text]) => `${label.padEnd(LABEL_WIDTH)} ${text}`.trimEnd());
}

/** The same in one line, for logs. */
export function plainLine(progress: LoadProgress): string {
  const { offeredPerSecond, p50Us, p99Us } = progress;
  const offered = offeredPerSecond === null ? '' : ` of ${rate(offeredPerSecond)}`;
  return [
    `${progress.phase} ${seconds(progress.elapsedMs)}`,
    `${rate(progress.ratePerSecond)}${offered}`,
    ...(p50Us === null ? [] : [`p50 ${latency(p50Us)}`, `p99 ${latency(p99Us ?? p50Us)}`]),
    `${progress.open} open`,
    `${progress.completed} completed`,
    errorWords(progress),
    timeLeft(progress),
  ].join(', ');
}

function errorWords({ failed, integrityErrors, dropped }: LoadProgress): string {
  const words = [`${failed} failed`];
  if (integrityErrors > 0)
    words.push(`${integrityErrors} integrity ${integrityErrors === 1 ? 'error' : 'errors'}`);
  if (dropped > 0) words.push(`${dropped} dropped`);
  return words.join(', ');
}

function bar({ elapsedMs, leftMs }: LoadProgress, width: number): string {
  const done = leftMs === 0 ? width : Math.floor((elapsedMs / (elapsedMs + leftMs)) * width);
  return '█'.repeat(done) + '░'.repeat(width - done);
}

/** Heights from 0 to the greatest value; the newest on the right. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(...values, 0);
  return values
    .map((value) => BARS[top === 0 ? 0 : Math.min(BARS.length - 1, Math.floor((value / top) * BARS.length))])
    .join('');
}

function timeLeft({ phase, leftMs }: LoadProgress): string {
  return phase === 'draining' ? 'waiting for open sessions' : `${seconds(leftMs)} left`;
}

function seconds(ms: number): string {
  const whole = Math.ceil(ms / 1000);
  if (whole < 120) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function rate(perSecond: number): string {
  return `${perSecond >= 100 ? Math.round(perSecond) : Number(perSecond.toFixed(1))}/s`;
}

function latency(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${Number((us / 1000).toPrecision(3))} ms`;
  return `${Number((us / 1_000_000).toPrecision(3))} s`;
}
