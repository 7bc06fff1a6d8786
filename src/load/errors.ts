import type { TraceEvent } from '../dialogue/outcome.js';
import type { Failure } from './failure.js';
import type { LoadError as ErrorOfResult } from './result.js';

/** Kinds of error that are told apart; a server that puts ever new words into its answers must not fill memory. */
export const KINDS_MAX = 100;
export const OTHER_TEXT = 'other kinds of error';

/** Kept of the transcript of a kind's first session. */
export const EVENTS_HEAD = 20;
export const EVENTS_TAIL = 40;
const EVENT_HEAD = 768;
const EVENT_TAIL = 256;

/** Errors by text: how many, since when, and the transcript of the first session that met each. */
export class ErrorTable {
  private readonly kinds = new Map<string, ErrorOfResult>();

  /** `transcript` is asked for only when the kind is new. */
  add(failure: Failure, atMs: number, transcript: () => readonly TraceEvent[]): void {
    const known = this.kinds.get(keyOf(failure));
    if (known !== undefined) {
      known.count++;
      return;
    }
    const { cause, integrity, refusal } = failure;
    if (this.kinds.size >= KINDS_MAX && failure.text !== OTHER_TEXT) {
      this.add({ text: OTHER_TEXT, cause, integrity }, atMs, transcript);
      return;
    }
    const first = {
      text: failure.text,
      cause,
      integrity,
      count: 1,
      firstAtMs: Math.round(atMs),
      ...(refusal === undefined ? {} : { refusal }),
    };
    this.kinds.set(keyOf(failure), { ...first, transcript: excerpt(transcript()) });
  }

  /** The most frequent first; damage before all else. */
  list(): ErrorOfResult[] {
    return sortErrors([...this.kinds.values()]);
  }
}

/** The most frequent first; damage before all else. */
export function sortErrors(errors: readonly ErrorOfResult[]): ErrorOfResult[] {
  return [...errors].sort(
    (a, b) => Number(b.integrity) - Number(a.integrity) || b.count - a.count || a.firstAtMs - b.firstAtMs,
  );
}

function keyOf({ text, integrity }: Failure): string {
  return integrity ? `integrity ${text}` : text;
}

function excerpt(events: readonly TraceEvent[]): TraceEvent[] {
  const left = events.length - EVENTS_HEAD - EVENTS_TAIL;
  if (left <= 1) return events.map(shortened);
  const { atUs = 0, connection = 'A' } = events[EVENTS_HEAD] ?? {};
  return [
    ...events.slice(0, EVENTS_HEAD).map(shortened),
    { atUs, connection, kind: 'note', text: `${left} events left out` },
    ...events.slice(-EVENTS_TAIL).map(shortened),
  ];
}

function shortened(event: TraceEvent): TraceEvent {
  const surplus = event.text.length - EVENT_HEAD - EVENT_TAIL;
  if (surplus <= 0) return event;
  const text = event.text.slice(0, EVENT_HEAD) + event.text.slice(-EVENT_TAIL);
  return { ...event, text, cut: EVENT_HEAD, omitted: (event.omitted ?? 0) + surplus };
}
