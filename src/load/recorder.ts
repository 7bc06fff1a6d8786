import { type Counts, noCounts } from './counts.js';
import { Distribution } from './distribution.js';
import type { Latency } from './result.js';
import type { Series } from './series.js';
import type { ShardLatency } from './shard-result.js';

/** Verbs and phases of their own; a dialogue that sends text of the server could make up ever new ones. */
const NAMES_MAX = 64;
const OTHERS = 'OTHER';

interface Timed {
  readonly sent: Distribution;
  readonly firstOctet: Distribution | undefined;
}

/** Distributions of one command, phase or of whole sessions; each is made when its first value comes. */
interface Entry {
  ok: Timed | undefined;
  failed: Timed | undefined;
}

/** A distribution and what it is of. */
interface Named extends Pick<ShardLatency, 'name' | 'kind' | 'outcome' | 'measure'> {
  readonly values: Distribution;
}
const LAG = { name: 'lag', kind: 'session', outcome: 'ok', measure: 'planned' } as const;

/**
 * Counts and latencies of a run. `measured` says of each thing whether its session belongs to the figures, that is
 * whether it began after the warm-up; `seen` counts everything, for rates and intervals.
 */
export class Recorder {
  readonly seen = noCounts();
  readonly measured = noCounts();
  readonly lag = new Distribution();
  peakConcurrent = 0;
  concurrent = 0;
  private series: Series | undefined;
  private readonly sessions: Entry = { ok: undefined, failed: undefined };
  private readonly plans: Entry = { ok: undefined, failed: undefined };
  private readonly phases = new Map<string, Entry>();
  private readonly commands = new Map<string, Entry>();

  add(measured: boolean, what: keyof Counts, howMany = 1): void {
    this.seen[what] += howMany;
    if (measured) this.measured[what] += howMany;
  }

  /** The warm-up is over: intervals and the peak are recorded from now on. */
  beginSeries(series: Series): void {
    this.series = series;
    this.peakConcurrent = this.concurrent;
  }

  started(measured: boolean): void {
    this.add(measured, 'started');
    this.concurrent++;
    if (this.series !== undefined && this.concurrent > this.peakConcurrent)
      this.peakConcurrent = this.concurrent;
  }

  /** A session of the open model was started so much later than planned. */
  startedLate(measured: boolean, lagUs: number): void {
    this.series?.started(lagUs);
    if (measured) this.lag.record(lagUs);
  }

  /** A session ended by itself. `plannedUs`: from its planned start, where there is a plan. */
  session(measured: boolean, ok: boolean, sentUs: number, plannedUs: number | undefined): void {
    this.add(measured, ok ? 'completed' : 'failed');
    if (ok) this.series?.session(plannedUs ?? sentUs);
    if (!measured) return;
    timed(this.sessions, ok, false).sent.record(sentUs);
    if (plannedUs !== undefined) timed(this.plans, ok, false).sent.record(plannedUs);
  }

  command(measured: boolean, verb: string, ok: boolean, firstOctetUs: number, totalUs: number): void {
    this.seen.commands++;
    if (!measured) return;
    this.measured.commands++;
    const { sent, firstOctet } = timed(entryOf(this.commands, verb), ok, true);
    sent.record(totalUs);
    firstOctet?.record(firstOctetUs);
  }

  phase(measured: boolean, name: string, ok: boolean, totalUs: number): void {
    if (measured) timed(entryOf(this.phases, name), ok, false).sent.record(totalUs);
  }

  /** All latencies, or those of these names. */
  latencies(names?: readonly string[]): ShardLatency[] {
    const wanted = this.distributions().filter(({ name }) => names?.includes(name) !== false);
    const lag = names?.includes('lag') === true ? [{ ...LAG, values: this.lag }] : [];
    return [...lag, ...wanted].map(asData);
  }

  /** One of all latencies, another for each number in turn: to make all of them ready at once takes too long while a run goes on. */
  latencyInTurn(number: number): ShardLatency | undefined {
    const all = this.distributions();
    const one = all[number % all.length];
    return one === undefined ? undefined : asData(one);
  }

  private distributions(): Named[] {
    const found: Named[] = [];
    const of = (kind: Latency['kind'], name: string, entry: Entry, measure: 'sent' | 'planned' = 'sent') => {
      for (const outcome of ['ok', 'failed'] as const) {
        const one = entry[outcome];
        if (one === undefined) continue;
        found.push({ name, kind, outcome, measure, values: one.sent });
        if (one.firstOctet !== undefined)
          found.push({ name, kind, outcome, measure: 'first-octet', values: one.firstOctet });
      }
    };
    of('session', 'session', this.plans, 'planned');
    of('session', 'session', this.sessions);
    for (const [name, entry] of this.phases) of('phase', name, entry);
    for (const [name, entry] of this.commands) of('command', name, entry);
    return found;
  }
}

function asData({ values, ...about }: Named): ShardLatency {
  return { ...about, ...values.toData() };
}

function entryOf(entries: Map<string, Entry>, name: string): Entry {
  const known = entries.get(name);
  if (known !== undefined) return known;
  const kept = entries.size < NAMES_MAX ? name : OTHERS;
  const entry = entries.get(kept) ?? { ok: undefined, failed: undefined };
  entries.set(kept, entry);
  return entry;
}

function timed(entry: Entry, ok: boolean, firstOctet: boolean): Timed {
  const known = ok ? entry.ok : entry.failed;
  if (known !== undefined) return known;
  const made = { sent: new Distribution(), firstOctet: firstOctet ? new Distribution() : undefined };
  if (ok) entry.ok = made;
  else entry.failed = made;
  return made;
}
