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

/** Kept of one piece of data; the middle of anything longer is left out. */
const HEAD_OCTETS = 4096;
const TAIL_OCTETS = 1024;
/** Kept of one dialogue: the first EVENTS_HEAD events, those judged, and the last ones up to EVENTS_MAX in all. */
const EVENTS_HEAD = 200;
const EVENTS_MAX = 600;
/** Left out at a time. */
const EVENTS_LEFT_OUT = 100;
/** So many judged events are kept wherever they stand. */
const JUDGED_MAX = 100;

interface Entry {
  number: number;
  judged: boolean;
  atUs: number;
  connection: string;
  kind: WireEventKind;
  head: Buffer | string;
  tail?: Buffer;
  /** Length of the whole, where `tail` is only its end. */
  octets?: number;
  secrets?: readonly SecretSpan[];
}

/**
 * Everything that happened on the connections of one dialogue, in order and bounded. Secrets are masked before an
 * event leaves this class; no reader of a trace ever sees them.
 */
export class Trace {
  private readonly entries: Entry[] = [];
  private judged = 0;
  private originMs = performance.now();

  constructor(private readonly redactor: Redactor) {}

  /** Number of the next event. Numbers stay as they are when events are left out. */
  next = 0;

  /** Number of the newest event, which a finding is about: it stays in the transcript. */
  judge(): number {
    const newest = this.entries[this.entries.length - 1];
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
    for (const entry of this.entries) {
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
    this.push({ atUs: this.now(), connection, kind, head: text });
  }

  sent(connection: string, bytes: Buffer, secrets: readonly SecretSpan[]): void {
    const entry = this.excerpt(connection, 'send', bytes);
    if (secrets.length > 0) entry.secrets = secrets;
    this.push(entry);
  }

  /** `bytes` may change afterwards. */
  received(connection: string, bytes: Buffer): void {
    if (this.isShort(bytes)) this.event(connection, 'receive', bytes.toString('latin1'));
    else this.push(this.excerpt(connection, 'receive', bytes));
  }

  /** The events with every secret masked; a note stands for those left out. */
  events(): WireEvent[] {
    const events: WireEvent[] = [];
    let expected = 0;
    for (const entry of this.entries) {
      if (entry.number > expected) {
        const { atUs, connection } = entry;
        events.push({ atUs, connection, kind: 'note', text: `${entry.number - expected} events left out` });
      }
      events.push(this.finish(entry));
      expected = entry.number + 1;
    }
    return events;
  }

  /** Forgets everything, for a new session. */
  reset(): void {
    this.entries.length = 0;
    this.judged = 0;
    this.next = 0;
    this.originMs = performance.now();
  }

  private push(event: Omit<Entry, 'number' | 'judged'>): void {
    this.entries.push({ number: this.next++, judged: false, ...event });
    if (this.entries.length <= EVENTS_MAX) return;
    const kept = this.entries.splice(EVENTS_HEAD);
    let surplus = EVENTS_LEFT_OUT;
    this.entries.push(...kept.filter(({ judged }) => judged || surplus-- <= 0));
  }

  /** Whether it is kept whole. */
  private isShort(bytes: Buffer): boolean {
    return bytes.length <= HEAD_OCTETS + TAIL_OCTETS + 2 * this.redactor.longest;
  }

  private excerpt(connection: string, kind: WireEventKind, bytes: Buffer): Omit<Entry, 'number' | 'judged'> {
    const atUs = this.now();
    if (this.isShort(bytes)) return { atUs, connection, kind, head: bytes };
    const margin = this.redactor.longest;
    return {
      atUs,
      connection,
      kind,
      head: Buffer.from(bytes.subarray(0, HEAD_OCTETS + margin)),
      tail: Buffer.from(bytes.subarray(bytes.length - TAIL_OCTETS - margin)),
      octets: bytes.length,
    };
  }

  private finish(entry: Entry): WireEvent {
    const { atUs, connection, kind } = entry;
    if (typeof entry.head === 'string')
      return { atUs, connection, kind, text: this.redactor.mask(entry.head) };
    const { secrets = [], octets = 0 } = entry;
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

  private now(): number {
    return Math.round((performance.now() - this.originMs) * 1000);
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
