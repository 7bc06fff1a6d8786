import type { TranscriptBounds } from '../transcript.js';

/** How much of each case a page shows; the first one that fits into the page is taken. */
export interface Detail {
  /** Cases with findings that are told in full. */
  readonly findings: number;
  readonly findingTranscript: TranscriptBounds;
  /** Octets of the judged event that are shown by their numbers. */
  readonly octets: number;
  /** Null: passing cases come without transcript. */
  readonly passTranscript: TranscriptBounds | null;
  /** Whether each case has a row: with what was asked and done, with its title alone, or none. */
  readonly rows: 'full' | 'brief' | 'none';
  /** Whether the cells of a matrix whose case is not told in it lead to the server's own report. */
  readonly links: boolean;
}

export const DETAILS: readonly Detail[] = [
  {
    findings: 1_000,
    findingTranscript: { lines: 90, lineOctets: 500 },
    octets: 512,
    passTranscript: { lines: 30, lineOctets: 160 },
    rows: 'full',
    links: true,
  },
  {
    findings: 600,
    findingTranscript: { lines: 45, lineOctets: 240 },
    octets: 256,
    passTranscript: { lines: 9, lineOctets: 90 },
    rows: 'full',
    links: true,
  },
  {
    findings: 400,
    findingTranscript: { lines: 30, lineOctets: 200 },
    octets: 128,
    passTranscript: null,
    rows: 'full',
    links: false,
  },
  {
    findings: 300,
    findingTranscript: { lines: 18, lineOctets: 140 },
    octets: 96,
    passTranscript: null,
    rows: 'brief',
    links: false,
  },
  {
    findings: 100,
    findingTranscript: { lines: 14, lineOctets: 120 },
    octets: 64,
    passTranscript: null,
    rows: 'brief',
    links: false,
  },
  {
    findings: 50,
    findingTranscript: { lines: 12, lineOctets: 120 },
    octets: 64,
    passTranscript: null,
    rows: 'none',
    links: false,
  },
];

/**
 * The richest page that has no more octets than it may: with each detail of the list in turn, from `first` on, and when the
 * scarcest is still too much with ever fewer findings.
 */
export function renderWithin(max: number, render: (detail: Detail) => string, first = 0): string {
  let html = '';
  for (const detail of DETAILS.slice(first)) {
    html = render(detail);
    if (Buffer.byteLength(html) <= max) return html;
  }
  const scarce = DETAILS[DETAILS.length - 1];
  for (let findings = scarce?.findings ?? 0; scarce !== undefined && findings > 0; ) {
    findings = Math.floor(findings / 4);
    html = render({ ...scarce, findings });
    if (Buffer.byteLength(html) <= max) return html;
  }
  return html;
}
