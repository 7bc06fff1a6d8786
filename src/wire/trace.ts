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

class Entry {
  number = 0;
  atMs = 0;
  connection = '';
  kind: WireEventKind = 'note';
  head: Buffer | string = '';
  secrets = NO_SECRETS;
  judged = false;
  /** The end of data whose middle is left out, which had so many octets. */
  tail: Buffer | undefined;
  octets = 0;
}

/**
 * Everything that happened on the connections of one dialogue, in order and bounded. Secrets are masked before an
 * event leaves this class; no reader of a trace ever sees them.
 */
export class Trace {
  private readonly first: Entry[] = [];
  /** Judged events that are neither among the first nor among the last. */
  private readonly between: Entry[] = [];
  /** The last events, in a ring whose entries are used again; the oldest is at `oldest`. */
  private readonly last: Entry[] = [];
  private oldest = 0;
  private judged = 0;
  private originMs = performance.now();

  constructor(
    private readonly redactor: Redactor,
    private readonly size = WHOLE_DIALOGUE,
  ) {}

  /** Number of the next event. Numbers stay as they are when events are left out. */
  next = 0;

  /** Number of the newest event, which a finding is about: it stays in the transcript. */
  judge(): number {
    const newest = this.newest();
    if (newest === undefined) return 0;
    if (!newest.judged && this.judged < JUDGED_MAX) {
      newest.judged = true;
      this.judged++;
    }
    return newest.number;
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
    this.push(connection, kind, text, NO_SECRETS);
  }

  /** `bytes` must not change afterwards. */
  sent(connection: string, bytes: Buffer, secrets: readonly SecretSpan[]): void {
    if (this.isShort(bytes)) this.push(connection, 'send', bytes, secrets);
    else this.excerpt(connection, 'send', bytes, secrets);
  }

  /** A line that was received, Latin-1 and without its end. */
  line(connection: string, line: string, crlf: boolean): void {
    const whole = crlf ? `${line}\r\n` : `${line}\n`;
    if (whole.length <= HEAD_OCTETS) this.push(connection, 'receive', whole, NO_SECRETS);
    else this.received(connection, Buffer.from(whole, 'latin1'));
  }

  /** `bytes` may change afterwards. */
  received(connection: string, bytes: Buffer): void {
    if (this.isShort(bytes)) this.event(connection, 'receive', bytes.toString('latin1'));
    else this.excerpt(connection, 'receive', bytes, NO_SECRETS);
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
    this.first.length = 0;
    this.between.length = 0;
    this.last.length = 0;
    this.oldest = 0;
    this.judged = 0;
    this.next = 0;
    this.originMs = performance.now();
  }

  /** In order of their numbers. */
  private entries(): Entry[] {
    return [
      ...this.first,
      ...this.between,
      ...this.last.slice(this.oldest),
      ...this.last.slice(0, this.oldest),
    ];
  }

  private newest(): Entry | undefined {
    const { first, last, oldest } = this;
    if (last.length === 0) return first[first.length - 1];
    return last[(oldest === 0 ? last.length : oldest) - 1];
  }

  private push(
    connection: string,
    kind: WireEventKind,
    head: Buffer | string,
    secrets: readonly SecretSpan[],
  ): Entry {
    const entry = this.vacant();
    entry.number = this.next++;
    entry.atMs = performance.now();
    entry.connection = connection;
    entry.kind = kind;
    entry.head = head;
    entry.secrets = secrets;
    return entry;
  }

  /** An entry that is new, or whose event is left out from now on. */
  private vacant(): Entry {
    const { first, last, size } = this;
    if (first.length < size.first || last.length < size.last) {
      const entry = new Entry();
      (first.length < size.first ? first : last).push(entry);
      return entry;
    }
    const at = this.oldest;
    this.oldest = at + 1 === size.last ? 0 : at + 1;
    const oldest = last[at] as Entry;
    if (oldest.judged || oldest.tail !== undefined) {
      if (oldest.judged) this.between.push(oldest);
      return (last[at] = new Entry());
    }
    return oldest;
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
    const margin = this.redactor.longest;
    const head = Buffer.from(bytes.subarray(0, HEAD_OCTETS + margin));
    const entry = this.push(connection, kind, head, secrets);
    entry.tail = Buffer.from(bytes.subarray(bytes.length - TAIL_OCTETS - margin));
    entry.octets = bytes.length;
  }

  private finish(entry: Entry): WireEvent {
    const { connection, kind, secrets, octets } = entry;
    const atUs = this.sinceBegin(entry);
    if (typeof entry.head === 'string')
      return { atUs, connection, kind, text: this.redactor.mask(entry.head) };
    const head = this.redactor.mask(withoutSecrets(entry.head, secrets, 0));
    if (entry.tail === undefined) return { atUs, connection, kind, text: head };
    // A secret may lie across the cut: what is within its length of the cut goes as well.
    const margin = this.redactor.longest;
    const tail = this.redactor.mask(withoutSecrets(entry.tail, secrets, octets - entry.tail.length));
    const shownHead = head.slice(0, Math.max(0, head.length - margin));
    const shownTail = tail.slice(margin);
    const omitted = octets - entry.head.length - entry.tail.length + 2 * margin;
    return { atUs, connection, kind, text: shownHead + shownTail, omitted, cut: shownHead.length };
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
