import type { TranscriptBounds } from '../transcript.js';

/** How much of each case a page shows; the first one that fits into the page is taken. */
export interface Detail {
  /** Cases with findings that are told in full. */
  readonly findings: number;
  readonly findingTranscript: TranscriptBounds;
  /** Null: passing cases come without transcript. */
  readonly passTranscript: TranscriptBounds | null;
  /** Whether each case has a row of its own. */
  readonly rows: boolean;
}

export const DETAILS: readonly Detail[] = [
  {
    findings: 1_000,
    findingTranscript: { lines: 90, lineOctets: 500 },
    passTranscript: { lines: 30, lineOctets: 160 },
    rows: true,
  },
  {
    findings: 400,
    findingTranscript: { lines: 45, lineOctets: 240 },
    passTranscript: { lines: 9, lineOctets: 100 },
    rows: true,
  },
  { findings: 150, findingTranscript: { lines: 24, lineOctets: 160 }, passTranscript: null, rows: true },
  { findings: 50, findingTranscript: { lines: 12, lineOctets: 120 }, passTranscript: null, rows: false },
];
