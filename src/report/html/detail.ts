import type { TranscriptBounds } from '../transcript.js';

/** How much of each case a page shows; the first one that fits into the page is taken. */
export interface Detail {
  /** Results of cases, on all servers together, from which on it cannot fit and is not tried. */
  readonly most: number;
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
    most: 4_000,
    findings: 1_000,
    findingTranscript: { lines: 90, lineOctets: 500 },
    octets: 512,
    passTranscript: { lines: 30, lineOctets: 160, end: true },
    rows: 'full',
    links: true,
  },
  {
    most: 4_000,
    findings: 600,
    findingTranscript: { lines: 45, lineOctets: 240 },
    octets: 256,
    passTranscript: { lines: 7, lineOctets: 80, end: true },
    rows: 'full',
    links: true,
  },
  {
    most: 4_000,
    findings: 400,
    findingTranscript: { lines: 30, lineOctets: 200 },
    octets: 128,
    passTranscript: null,
    rows: 'full',
    links: false,
  },
  {
    most: 25_000,
    findings: 300,
    findingTranscript: { lines: 18, lineOctets: 140 },
    octets: 96,
    passTranscript: null,
    rows: 'brief',
    links: false,
  },
  {
    most: 25_000,
    findings: 100,
    findingTranscript: { lines: 14, lineOctets: 120 },
    octets: 64,
    passTranscript: null,
    rows: 'brief',
    links: false,
  },
  {
    most: Number.POSITIVE_INFINITY,
    findings: 50,
    findingTranscript: { lines: 12, lineOctets: 120 },
    octets: 64,
    passTranscript: null,
    rows: 'none',
    links: false,
  },
];

/**
 * The richest page of so many results that has no more octets than it may: with each detail of the list in turn, and when the
 * scarcest is still too much with ever fewer findings.
 */
export function renderWithin(max: number, results: number, render: (detail: Detail) => string): string {
  let html = '';
  for (const detail of DETAILS.filter(({ most }) => results <= most)) {
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
