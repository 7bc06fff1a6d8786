import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Distribution } from '../load/distribution.js';
import type { LoadProgress } from '../load/progress.js';
import type { Interval, LoadResult } from '../load/result.js';
import { UsageError } from './exit-codes.js';
import { note } from './tell.js';
import { number, single } from './values.js';

export type SideLoadOrder =
  | { readonly kind: 'start'; readonly url: string; readonly connections: number; readonly seconds: number }
  | { readonly kind: 'stop' };

export type SideLoadAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly why: string }
  | ({ readonly kind: 'done' } & Pick<
      NonNullable<LoadResult['sideLoad']>,
      'requests' | 'requestsPerSecond' | 'p50Ms' | 'p99Ms' | 'errors' | 'non2xx'
    >);

/** A load by HTTP beside the run: the first half of the measured time goes without it, the second with it. */
export interface SideLoad {
  readonly url: string;
  readonly connections: number;
}

type Times = Pick<LoadResult['model'], 'warmupMs' | 'durationMs'>;

const CONNECTIONS = 10;
/** Less than this on each side says nothing. */
const LEAST_MS = 4000;
/** When the run is over it has so long to tell what it did. */
const ANSWER_MS = 15_000;

/** Reads `--http-side-load` and `--http-connections`. Throws UsageError. */
export function sideLoadOf(
  args: Readonly<Record<string, unknown>>,
  { durationMs }: Times,
): SideLoad | undefined {
  const url = single('http-side-load', args['http-side-load']);
  const connections = number('http-connections', args['http-connections'], {
    least: 1,
    most: 10_000,
    integer: true,
  });
  if (url === undefined) {
    if (connections !== undefined)
      throw new UsageError('--http-connections is given, and no load by HTTP', 'add --http-side-load URL');
    return undefined;
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`--http-side-load ${url} is no address of HTTP`, 'such as http://mail.example.org/');
  for (const other of ['count', 'shard', 'find-capacity'])
    if (args[other] !== undefined && args[other] !== false)
      throw new UsageError(
        `--http-side-load and --${other} are both given`,
        'it needs a run of a known time on one machine',
      );
  if (durationMs < 2 * LEAST_MS)
    throw new UsageError(
      '--http-side-load needs a longer run',
      `--duration ${(2 * LEAST_MS) / 1000}s or more: half of it goes without that load, half with it`,
    );
  return { url, connections: connections ?? CONNECTIONS };
}

/** A side load that runs when the run's progress says so. */
export class RunningSideLoad {
  private readonly child: ChildProcess;
  private readonly answer: Promise<SideLoadAnswer | undefined>;
  private fromMs: number | undefined;
  private toMs: number | undefined;

  private constructor(
    private readonly about: SideLoad,
    private readonly startMs: number,
    private readonly endMs: number,
  ) {
    this.child = fork(fileURLToPath(new URL('./side-load-child.js', import.meta.url)), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.answer = new Promise((resolve) => {
      this.child.on('message', (answer: SideLoadAnswer) => {
        if (answer.kind !== 'ready') resolve(answer);
      });
      // Not `exit`, which may come before the last message has been read.
      this.child.on('disconnect', () => resolve(undefined));
      this.child.on('error', () => resolve(undefined));
    });
  }

  /** Starts its process, which waits for the second half of the measured time. */
  static prepare(about: SideLoad, { warmupMs, durationMs }: Times): RunningSideLoad {
    return new RunningSideLoad(about, warmupMs + durationMs / 2, warmupMs + durationMs);
  }

  take({ elapsedMs, phase }: LoadProgress): void {
    if (phase === 'draining') this.stop(elapsedMs);
    else if (elapsedMs >= this.startMs && this.fromMs === undefined) {
      this.fromMs = elapsedMs;
      const seconds = Math.max(1, Math.ceil((this.endMs - elapsedMs) / 1000));
      this.tell({ kind: 'start', ...this.about, seconds });
    }
  }

  private stop(elapsedMs: number): void {
    if (this.toMs !== undefined) return;
    this.toMs = elapsedMs;
    this.tell({ kind: 'stop' });
  }

  private tell(order: SideLoadOrder): void {
    if (this.child.connected) this.child.send(order);
  }

  /** Ends it and puts what it came to into the result. */
  async into(result: LoadResult): Promise<LoadResult> {
    const { fromMs } = this;
    this.stop(result.model.warmupMs + result.durationMs);
    const answer = fromMs === undefined ? undefined : await this.withinTime();
    this.end();
    if (fromMs === undefined) return result;
    if (answer?.kind !== 'done') {
      note(
        `the load by HTTP told nothing${answer === undefined ? '' : `: ${answer.kind === 'failed' ? answer.why : ''}`}`,
      );
      return result;
    }
    const { kind: _, ...figures } = answer;
    const toMs = Math.min(this.toMs ?? this.endMs, this.endMs);
    const during = (from: number, to: number) =>
      latencyOf(
        result.series.filter(({ atMs, durationMs }) => atMs - durationMs >= from - 1 && atMs <= to + 1),
      );
    return {
      ...result,
      sideLoad: {
        ...this.about,
        fromMs: Math.round(fromMs),
        toMs: Math.round(toMs),
        ...figures,
        without: during(result.model.warmupMs, fromMs),
        with: during(fromMs, toMs),
      },
    };
  }

  end(): void {
    this.child.kill('SIGKILL');
  }

  private async withinTime(): Promise<SideLoadAnswer | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), ANSWER_MS);
    });
    const answer = await Promise.race([this.answer, late]);
    clearTimeout(timer);
    return answer;
  }
}

function latencyOf(series: readonly Interval[]): NonNullable<LoadResult['sideLoad']>['with'] {
  const sessions = Distribution.ofHistograms(series.map(({ histogram = '' }) => histogram));
  const at = (percentile: number) => (sessions.count === 0 ? null : sessions.at(percentile));
  return { count: sessions.count, p50Us: at(50), p90Us: at(90), p99Us: at(99) };
}
