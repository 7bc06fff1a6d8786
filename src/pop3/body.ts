import { Buffer } from 'node:buffer';
import { BODY_BEGIN_MAX, BODY_END_MAX, BODY_KEEP_MAX, BODY_READ_MAX, LISTING_ROWS_MAX } from './limits.js';
import { unstuff } from './stuffing.js';

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const LINE_THEN_DOT = Buffer.from('\r\n.');
const NOTHING = Buffer.alloc(0);

/** How a multi-line reply ended on the wire. Only `CRLF.CRLF` is what RFC 1939 §3 asks for. */
export type Terminator = 'CRLF.CRLF' | 'LF.LF' | 'LF.CRLF' | 'CRLF.LF' | 'CRLF.' | 'CRLF.CR';

/** The lines of a multi-line reply between the status line and the terminating line. */
export interface Body {
  /** Octets of the content with the stuffed dots taken out and without the terminating line (RFC 1939 §11). */
  readonly octets: number;
  /** Lines that began with a dot and lost it. */
  readonly stuffedLines: number;
  /** Lines whose end was a bare LF; counted only where the content was kept. */
  readonly bareLineFeeds: number;
  readonly terminator: Terminator;
  /** The content as it stood on the wire, still stuffed; empty when it was only counted, else at least its beginning. */
  readonly raw: Buffer;
  /** Where `raw` is the beginning alone, how the content ends on the wire; else empty. */
  readonly end: Buffer;
  /** The content un-stuffed. */
  bytes(): Buffer;
  /** The un-stuffed lines without their ends, Latin-1; at most LISTING_ROWS_MAX of them. */
  rows(): string[];
}

/** How much of a reply is kept and read. */
export interface BodyLimits {
  /** No more octets than these are read and kept. */
  readonly most: number;
  /** Nobody asks for the octets: beginning and end are enough, to be shown. */
  readonly onlyShown?: boolean;
}

enum At {
  InLine,
  AfterCr,
  LineStart,
  AfterDot,
  AfterDotCr,
}

/**
 * Reads one multi-line reply from octets that arrive in pieces of any size: finds the terminating line
 * (RFC 1939 §3: CRLF "." CRLF), counts the un-stuffed octets on the way, and keeps the content if asked to.
 * The search runs in native code; single octets are looked at only around line starts with a dot.
 */
export class BodyReader {
  octetsRead = 0;
  overflow: 'kept' | 'read' | undefined;
  private at: At = At.LineStart;
  private stuffedLines = 0;
  private pieces: Buffer[] = [];
  private keptOctets = 0;
  private end = NOTHING;
  /** The last four octets, as one number. The status line before the content ended with CRLF. */
  private tail = 0x0d0a;

  /** `keep`: whether octets of the content are needed, or only their count. */
  constructor(
    private readonly keep: boolean,
    private readonly limits: BodyLimits = { most: BODY_KEEP_MAX },
  ) {}

  /**
   * Takes the octets of `chunk` from `start` on. Returns the index of the first octet behind the reply,
   * or -1 when the reply goes on. After a limit was passed (`overflow`) nothing more may be fed.
   */
  feed(chunk: Buffer, start: number): number {
    const stop = this.scan(chunk, start);
    const end = stop < 0 ? chunk.length : stop;
    this.octetsRead += end - start;
    if (this.octetsRead > BODY_READ_MAX) this.overflow = 'read';
    if (this.keep) this.keepPart(chunk.subarray(start, end));
    if (stop < 0) {
      for (let index = Math.max(start, end - 4); index < end; index++)
        this.tail = ((this.tail << 8) | (chunk[index] ?? 0)) >>> 0;
    }
    return stop;
  }

  /** The octets kept so far, still stuffed: all of them, or the beginning. */
  get kept(): Buffer {
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)];
    return this.pieces[0] ?? NOTHING;
  }

  /** Where `kept` is the beginning alone, the last octets so far. */
  get keptEnd(): Buffer {
    return this.end;
  }

  /** The finished reply, after `feed` has returned an index. */
  finish(): Body {
    return this.body('CRLF.CRLF', 3);
  }

  /**
   * When a server falls silent: the way in which the octets so far could have been meant as the end of the
   * reply though they are not CRLF "." CRLF, or undefined when nothing looks like an end.
   */
  looseEnd(): Terminator | undefined {
    const { tail } = this;
    if (tail === 0x0d_0a_2e_0a) return 'CRLF.LF';
    if ((tail & 0xff_ff_ff) === 0x0a_2e_0a) return 'LF.LF';
    if (tail === 0x0a_2e_0d_0a) return 'LF.CRLF';
    if ((tail & 0xff_ff_ff) === 0x0d_0a_2e) return 'CRLF.';
    if (tail === 0x0d_0a_2e_0d) return 'CRLF.CR';
    return undefined;
  }

  /** The reply as far as it came, taken as ended in the way that `looseEnd` told. */
  finishLoosely(terminator: Terminator): Body {
    const length = { 'CRLF.CRLF': 3, 'LF.LF': 2, 'LF.CRLF': 3, 'CRLF.LF': 2, 'CRLF.': 1, 'CRLF.CR': 2 }[
      terminator
    ];
    return this.body(terminator, length);
  }

  private keepPart(part: Buffer): void {
    const { most, onlyShown = false } = this.limits;
    if (this.octetsRead > most) {
      this.overflow = 'kept';
      // From here on it is only shown.
      this.pieces = [Buffer.from(this.kept.subarray(0, BODY_BEGIN_MAX))];
      this.keptOctets = BODY_BEGIN_MAX;
    }
    const room = (onlyShown || this.overflow !== undefined ? BODY_BEGIN_MAX : most) - this.keptOctets;
    if (part.length <= room) {
      this.pieces.push(Buffer.from(part));
      this.keptOctets += part.length;
      return;
    }
    if (this.end.length === 0 && room > 0) {
      this.pieces.push(Buffer.from(part.subarray(0, room)));
      this.keptOctets += room;
    }
    const last = part.subarray(Math.max(0, part.length - BODY_END_MAX));
    this.end = Buffer.concat([
      this.end.subarray(Math.max(0, this.end.length + last.length - BODY_END_MAX)),
      last,
    ]);
  }

  private scan(chunk: Buffer, start: number): number {
    let index = start;
    while (index < chunk.length) {
      const octet = chunk[index];
      switch (this.at) {
        case At.InLine: {
          const hit = chunk.indexOf(LINE_THEN_DOT, index);
          if (hit < 0) {
            if (chunk[chunk.length - 1] === CR) this.at = At.AfterCr;
            else if (
              chunk[chunk.length - 1] === LF &&
              chunk.length - 2 >= index &&
              chunk[chunk.length - 2] === CR
            )
              this.at = At.LineStart;
            return -1;
          }
          index = hit + 3;
          this.at = At.AfterDot;
          break;
        }
        case At.AfterCr:
          this.at = octet === LF ? At.LineStart : octet === CR ? At.AfterCr : At.InLine;
          index++;
          break;
        case At.LineStart:
          this.at = octet === DOT ? At.AfterDot : At.InLine;
          if (octet === DOT) index++;
          break;
        case At.AfterDot:
          if (octet === CR) {
            this.at = At.AfterDotCr;
            index++;
          } else {
            this.stuffedLines++;
            this.at = At.InLine;
          }
          break;
        case At.AfterDotCr:
          if (octet === LF) return index + 1;
          this.stuffedLines++;
          this.at = At.AfterCr;
          break;
      }
    }
    return -1;
  }

  private body(terminator: Terminator, terminatorOctets: number): Body {
    const wireOctets = this.octetsRead - terminatorOctets;
    const raw = this.keep ? this.kept.subarray(0, wireOctets) : NOTHING;
    const end = this.end.subarray(0, Math.max(0, this.end.length - terminatorOctets));
    // Until the server fell silent, ".LF" could have been the beginning of a stuffed line and was counted as one.
    const stuffedLines = terminator === 'CRLF.LF' ? this.stuffedLines - 1 : this.stuffedLines;
    return new ReadBody(raw, end, wireOctets - stuffedLines, stuffedLines, terminator);
  }
}

class ReadBody implements Body {
  private unstuffed: Buffer | undefined;

  constructor(
    readonly raw: Buffer,
    readonly end: Buffer,
    readonly octets: number,
    readonly stuffedLines: number,
    readonly terminator: Terminator,
  ) {}

  get bareLineFeeds(): number {
    let count = 0;
    for (let at = this.raw.indexOf(LF); at >= 0; at = this.raw.indexOf(LF, at + 1)) {
      if (at === 0 || this.raw[at - 1] !== CR) count++;
    }
    return count;
  }

  bytes(): Buffer {
    this.unstuffed ??= unstuff(this.raw);
    return this.unstuffed;
  }

  rows(): string[] {
    const text = this.bytes().toString('latin1');
    if (text === '') return [];
    const rows = text.split('\n', LISTING_ROWS_MAX + 1);
    if (rows.length > LISTING_ROWS_MAX || rows[rows.length - 1] === '') rows.pop();
    return rows.map((row) => (row.endsWith('\r') ? row.slice(0, -1) : row));
  }
}
