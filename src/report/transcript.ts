import type { TraceEvent } from '../dialogue/outcome.js';
import { octetText, printable, safeText } from './escape.js';
import { count } from './format.js';

/** One line of a transcript as it is shown. Everything in it is escaped for terminals and XML, not for HTML. */
export interface TranscriptLine {
  /** Microseconds since the dialogue began; null for a line that only says what was left out. */
  readonly atUs: number | null;
  readonly connection: string;
  /** `C` and `S` speak, `*` is what happened to the connection. */
  readonly side: 'C' | 'S' | '*';
  readonly text: string;
  /** The same with every octet beyond ASCII as `\xHH`; undefined where that is no difference. */
  readonly octets?: string;
  /** The line ended with CRLF, which is then not part of the text. */
  readonly crlf: boolean;
  /** The event that was judged. */
  readonly marked: boolean;
}

export interface TranscriptBounds {
  /** Lines that are shown at most. */
  readonly lines: number;
  /** Octets of one line that are shown at most. */
  readonly lineOctets: number;
  /** Of a longer transcript the end is kept: a dialogue that went well says at its end what it is about. */
  readonly end?: boolean;
}

const HAPPENED: Readonly<Record<Exclude<TraceEvent['kind'], 'send' | 'receive'>, string>> = {
  connect: 'connecting to',
  connected: 'connected',
  tls: 'TLS',
  close: 'the server closed the connection',
  reset: 'the server reset the connection',
  error: 'error:',
  timeout: 'time-out:',
  silence: 'silence:',
  'we-close': 'we closed the connection',
  'we-half-close': 'we closed our direction',
  'we-abort': 'we reset the connection',
  note: 'note:',
};

/**
 * A trace as lines, one for each line of the protocol, bounded: of a longer one the begin, the end and the
 * surroundings of the marked event stay.
 */
export function transcriptLines(
  events: readonly TraceEvent[],
  bounds: TranscriptBounds,
  marked?: number,
): TranscriptLine[] {
  const lines: TranscriptLine[] = [];
  events.forEach((event, index) => {
    const isMarked = index === marked;
    if (event.kind === 'send' || event.kind === 'receive') lines.push(...spoken(event, isMarked, bounds));
    else lines.push(happened(event, isMarked, bounds.lineOctets));
  });
  return excerpt(lines, bounds.lines, bounds.end);
}

function happened(event: TraceEvent, marked: boolean, max: number): TranscriptLine {
  const words = HAPPENED[event.kind as keyof typeof HAPPENED];
  const bare = words.replace(/:$/, '');
  // The trace may say it in the same words already.
  const text = event.text === '' || event.text === bare ? bare : `${words} ${printable(event.text, max)}`;
  return { atUs: event.atUs, connection: event.connection, side: '*', text, crlf: false, marked };
}

function spoken(event: TraceEvent, marked: boolean, bounds: TranscriptBounds): TranscriptLine[] {
  const lines: TranscriptLine[] = [];
  const max = bounds.lineOctets;
  const side = event.kind === 'send' ? 'C' : 'S';
  const { atUs, connection } = event;
  let offset = 0;
  let gap = event.omitted === undefined ? undefined : (event.cut ?? event.text.length);
  for (const raw of event.text.split(/(?<=\n)/)) {
    const crlf = raw.endsWith('\r\n');
    const line = crlf ? raw.slice(0, -2) : raw;
    let shown = (as: typeof printable) => as(line, max);
    if (gap !== undefined && gap <= offset + raw.length) {
      const left = `[… ${count(event.omitted ?? 0)} octets not recorded …]`;
      const pieces = [line.slice(0, gap - offset), line.slice(gap - offset)];
      shown = (as) => pieces.map((piece) => as(piece, max)).join(left);
      gap = undefined;
    }
    const text = shown(printable);
    const octets = /[\x80-\xff]/.test(line) ? shown(octetText) : text;
    lines.push({ atUs, connection, side, text, ...(octets === text ? {} : { octets }), crlf, marked });
    offset += raw.length;
  }
  return excerpt(lines, bounds.lines);
}

function excerpt(lines: TranscriptLine[], max: number, end = false): TranscriptLine[] {
  if (lines.length <= max) return lines;
  if (end) return [leftOut(lines.length - max), ...lines.slice(-max)];
  const mark = lines.findIndex((line) => line.marked);
  const head = Math.ceil(max / 3);
  const spans: [from: number, to: number][] = [[0, head]];
  if (mark >= 0) {
    // A long reply is marked on every line of it: its first lines say what it is.
    const from = Math.max(head, Math.min(mark - Math.floor(max / 9), lines.length - head));
    spans.push([from, Math.min(from + head, lines.length)]);
  }
  spans.push([Math.max(spans.at(-1)?.[1] ?? head, lines.length - head), lines.length]);
  const kept: TranscriptLine[] = [];
  let at = 0;
  for (const [from, to] of spans) {
    if (from > at) kept.push(leftOut(from - at));
    kept.push(...lines.slice(from, to));
    at = Math.max(at, to);
  }
  return kept;
}

function leftOut(lines: number): TranscriptLine {
  const text = `… ${count(lines)} lines left out …`;
  return { atUs: null, connection: '', side: '*', text, crlf: false, marked: false };
}

/** Whether more than one connection speaks, so that their labels must be shown. */
export function needsLabels(events: readonly TraceEvent[]): boolean {
  return events.some((event) => event.connection !== events[0]?.connection);
}

/** A transcript as plain text, a line each: `   0.412 ms  S: +OK ready`, `>` before the lines that were judged. */
export function transcriptText(
  events: readonly TraceEvent[],
  bounds: TranscriptBounds,
  marked?: number,
): string {
  const labels = needsLabels(events);
  return transcriptLines(events, bounds, marked)
    .map((line) => {
      const time = line.atUs === null ? '' : `${(line.atUs / 1_000).toFixed(1)} ms`;
      const label = labels && line.connection !== '' ? `${safeText(line.connection, 8)} ` : '';
      return `${line.marked ? '>' : ' '}${time.padStart(12)}  ${label}${speaker(line)}${line.text}`;
    })
    .join('\n');
}

function speaker(line: TranscriptLine): string {
  return line.side === '*' ? '-- ' : `${line.side}: `;
}
