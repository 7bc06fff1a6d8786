import { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import type { Redactor } from './redactor.js';
import { MASK } from './redactor.js';

/** What can happen on a connection. `we-…` are acts of the client, `timeout` and `silence` ends of a wait. */
export type WireEventKind =
  | 'connect'
  | 'connected'
  | 'tls'
  | 'send'
  | 'receive'
  | 'close'
  | 'reset'
  | 'error'
  | 'timeout'
  | 'silence'
  | 'we-close'
  | 'we-half-close'
  | 'we-abort'
  | 'note';

/** One event, secrets masked; `text` is Latin-1, one character for each octet, line ends included. */
export interface WireEvent {
  readonly atUs: number;
  readonly connection: string;
  readonly kind: WireEventKind;
  readonly text: string;
  /** Octets left out of the middle, at index `cut` of the text. */
  readonly omitted?: number;
  readonly cut?: number;
}

/** A span of a written buffer that is secret: `[start, end)` in octets. */
export type SecretSpan = readonly [start: number, end: number];

const NO_SECRETS: readonly SecretSpan[] = [];

/** Kept of one piece of data; the middle of anything longer is left out. */
const HEAD_OCTETS = 4096;
const TAIL_OCTETS = 1024;
/** So many judged events are kept wherever they stand. */
const JUDGED_MAX = 100;

/** How many events are kept of one dialogue: the first and the last ones, and those judged. */
export interface TraceSize {
  readonly first: number;
  readonly last: number;
}

const WHOLE_DIALOGUE: TraceSize = { first: 200, last: 400 };

/** An event as it is kept. */
interface Entry {
  readonly number: number;
  readonly atMs: number;
  readonly connection: string;
  readonly kind: WireEventKind;
  readonly data: Data;
  /** What ended the line that `data` is, when it is one. */
  readonly ending: string;
  readonly secrets: readonly SecretSpan[];
}

type Data = Buffer | string | Excerpt;

/** Data whose middle is left out. */
interface Excerpt {
  readonly head: Buffer;
  readonly tail: Buffer;
  /** Length of the whole. */
  readonly octets: number;
}

/**
 * Everything that happened on the connections of one dialogue, in order and bounded. Secrets are masked before an
 * event leaves this class; no reader of a trace ever sees them.
 */
export class Trace {
  /** Number of the next event. Numbers stay as they are when events are left out. */
  next = 0;
  /** The columns of the events kept, side by side: the first ones, and behind them a ring of the last ones. */
  private readonly times: number[] = [];
  private readonly connections: string[] = [];
  private readonly kinds: WireEventKind[] = [];
  private readonly data: Data[] = [];
  private readonly endings: string[] = [];
  private readonly secrets: (readonly SecretSpan[])[] = [];
  /** Numbers of judged events, and those of them that are neither among the first nor among the last. */
  private judged: Set<number> | undefined;
  private between: Entry[] | undefined;
  private originMs = performance.now();

  constructor(
    private readonly redactor: Redactor,
    private readonly size = WHOLE_DIALOGUE,
  ) {}

  /** Number of the newest event, which a finding is about: it stays in the transcript. */
  judge(): number {
    const newest = Math.max(0, this.next - 1);
    this.judged ??= new Set();
    if (this.judged.size < JUDGED_MAX) this.judged.add(newest);
    return newest;
  }

  /** Index in `events()`, as they are now, of the event with this number or of the note that it is left out. */
  position(number: number): number {
    let index = 0;
    let expected = 0;
    for (const entry of this.entries()) {
      if (entry.number > expected) {
        if (number < entry.number) return index;
        index++;
      }
      if (entry.number === number) return index;
      expected = entry.number + 1;
      index++;
    }
    return index;
  }

  event(connection: string, kind: WireEventKind, text = ''): void {
    this.push(connection, kind, text, NO_SECRETS, performance.now());
  }

  /** `bytes` must not change afterwards; `atMs` on the clock of performance.now(). */
  sent(connection: string, bytes: Buffer, secrets: readonly SecretSpan[], atMs = performance.now()): void {
    if (this.isShort(bytes)) this.push(connection, 'send', bytes, secrets, atMs);
    else this.excerpt(connection, 'send', bytes, secrets);
  }

  /** A line that was received, Latin-1 and without its end; `atMs` on the clock of performance.now(). */
  line(connection: string, line: string, crlf: boolean, atMs: number): void {
    const ending = crlf ? '\r\n' : '\n';
    if (line.length > HEAD_OCTETS - 2) this.received(connection, Buffer.from(line + ending, 'latin1'));
    else this.push(connection, 'receive', line, NO_SECRETS, atMs, ending);
  }

  /** `bytes` may change afterwards. */
  received(connection: string, bytes: Buffer): void {
    if (this.isShort(bytes)) this.event(connection, 'receive', bytes.toString('latin1'));
    else this.excerpt(connection, 'receive', bytes, NO_SECRETS);
  }

  /** A long piece of which the middle was not kept: its beginning, its end, and how many octets it had. */
  receivedInPart(connection: string, begin: Buffer, end: Buffer, octets: number): void {
    this.pushExcerpt(connection, 'receive', begin, end, octets, NO_SECRETS);
  }

  /** The events with every secret masked; a note stands for those left out. */
  events(): WireEvent[] {
    const events: WireEvent[] = [];
    let expected = 0;
    for (const entry of this.entries()) {
      if (entry.number > expected) {
        const { connection } = entry;
        events.push({
          atUs: this.sinceBegin(entry),
          connection,
          kind: 'note',
          text: `${entry.number - expected} events left out`,
        });
      }
      events.push(this.finish(entry));
      expected = entry.number + 1;
    }
    return events;
  }

  /** Forgets everything, for a new session. */
  reset(): void {
    this.next = 0;
    this.judged = undefined;
    this.between = undefined;
    this.originMs = performance.now();
  }

  /** In order of their numbers. */
  private entries(): Entry[] {
    const { first, last } = this.size;
    const entries: Entry[] = [];
    for (let number = 0; number < Math.min(first, this.next); number++) entries.push(this.entry(number));
    entries.push(...(this.between ?? []));
    for (let number = Math.max(first, this.next - last); number < this.next; number++)
      entries.push(this.entry(number));
    return entries;
  }

  /** Where the event with this number stands, or stood, in the columns. */
  private place(number: number): number {
    const { first, last } = this.size;
    return number < first ? number : first + ((number - first) % last);
  }

  /** An event that is still kept in the columns. */
  private entry(number: number): Entry {
    const at = this.place(number);
    return {
      number,
      atMs: this.times[at] ?? 0,
      connection: this.connections[at] ?? '',
      kind: this.kinds[at] ?? 'note',
      data: this.data[at] ?? '',
      ending: this.endings[at] ?? '',
      secrets: this.secrets[at] ?? NO_SECRETS,
    };
  }

  private push(
    connection: string,
    kind: WireEventKind,
    data: Data,
    secrets: readonly SecretSpan[],
    atMs: number,
    ending = '',
  ): void {
    const number = this.next++;
    if (this.judged !== undefined) this.keepJudged(number - this.size.last);
    const at = this.place(number);
    this.times[at] = atMs;
    this.connections[at] = connection;
    this.kinds[at] = kind;
    this.data[at] = data;
    this.endings[at] = ending;
    this.secrets[at] = secrets;
  }

  /** The event with this number is about to be left out. */
  private keepJudged(number: number): void {
    if (number < this.size.first || this.judged?.has(number) !== true) return;
    this.between ??= [];
    this.between.push(this.entry(number));
  }

  /** Whether it is kept whole. */
  private isShort({ length }: Buffer): boolean {
    return length <= HEAD_OCTETS || length <= HEAD_OCTETS + TAIL_OCTETS + 2 * this.redactor.longest;
  }

  private excerpt(
    connection: string,
    kind: WireEventKind,
    bytes: Buffer,
    secrets: readonly SecretSpan[],
  ): void {
    this.pushExcerpt(connection, kind, bytes, bytes, bytes.length, secrets);
  }

  private pushExcerpt(
    connection: string,
    kind: WireEventKind,
    begin: Buffer,
    end: Buffer,
    octets: number,
    secrets: readonly SecretSpan[],
  ): void {
    const margin = this.redactor.longest;
    const head = Buffer.from(begin.subarray(0, HEAD_OCTETS + margin));
    const tail = Buffer.from(end.subarray(Math.max(0, end.length - TAIL_OCTETS - margin)));
    this.push(connection, kind, { head, tail, octets }, secrets, performance.now());
  }

  private finish(entry: Entry): WireEvent {
    const { connection, kind, data, ending, secrets } = entry;
    const event = { atUs: this.sinceBegin(entry), connection, kind };
    if (typeof data === 'string') return { ...event, text: this.redactor.mask(data + ending) };
    if (Buffer.isBuffer(data))
      return { ...event, text: this.redactor.mask(withoutSecrets(data, secrets, 0)) };
    const { head, tail, octets } = data;
    const begin = this.redactor.mask(withoutSecrets(head, secrets, 0));
    // A secret may lie across the cut: what is within its length of the cut goes as well.
    const margin = this.redactor.longest;
    const end = this.redactor.mask(withoutSecrets(tail, secrets, octets - tail.length));
    const shownBegin = begin.slice(0, Math.max(0, begin.length - margin));
    const omitted = octets - head.length - tail.length + 2 * margin;
    return { ...event, text: shownBegin + end.slice(margin), omitted, cut: shownBegin.length };
  }

  private sinceBegin({ atMs }: Entry): number {
    return Math.round((atMs - this.originMs) * 1000);
  }
}

/** `bytes`, which stand from `offset` on in what was sent, with the secret spans of the whole masked. */
function withoutSecrets(bytes: Buffer, secrets: readonly SecretSpan[], offset: number): string {
  let text = '';
  let from = 0;
  for (const [start, end] of secrets) {
    if (end <= offset || start >= offset + bytes.length) continue;
    text += `${bytes.toString('latin1', from, Math.max(0, start - offset))}${MASK}`;
    from = end - offset;
  }
  return text + bytes.toString('latin1', from);
}
