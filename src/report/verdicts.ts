import type { Cause, Verdict } from '../dialogue/outcome.js';

/** How a verdict is shown everywhere: sign, word and meaning; never by colour alone. */
export interface VerdictInfo {
  readonly verdict: Verdict;
  readonly sign: string;
  readonly meaning: string;
}

/** In the order of reports: what needs action first, what was not tested last. */
export const VERDICT_INFO: readonly VerdictInfo[] = [
  {
    verdict: 'fail',
    sign: '✗',
    meaning: 'A MUST, or a rule that the RFC states as fact, is broken, or data is damaged.',
  },
  {
    verdict: 'error',
    sign: '⚠',
    meaning: 'popspec itself went wrong in this case; it says nothing about the server.',
  },
  {
    verdict: 'warn',
    sign: '!',
    meaning: 'A SHOULD is broken, or the server took a way that is allowed and costs clients something.',
  },
  {
    verdict: 'inconclusive',
    sign: '?',
    meaning:
      'A time-out, a reset or throttling, tried again on a fresh connection, whose cause the rule cannot tell.',
  },
  { verdict: 'info', sign: 'i', meaning: 'An observation about something that the RFC leaves open.' },
  {
    verdict: 'blocked',
    sign: '–',
    meaning: 'Not run: what the case needs could not be had (a message, a permission, a login).',
  },
  { verdict: 'unsupported', sign: '○', meaning: 'Not run: an optional part that the server does not offer.' },
  { verdict: 'pass', sign: '✓', meaning: 'The server did what the clause says.' },
];

const BY_VERDICT = new Map(VERDICT_INFO.map((info, order) => [info.verdict, { ...info, order }]));

/** The sign of a verdict: a shape beside the colour. */
export function verdictSign(verdict: Verdict): string {
  return BY_VERDICT.get(verdict)?.sign ?? '';
}

/** Place of a verdict in the order of reports. */
export function verdictOrder(verdict: Verdict): number {
  return BY_VERDICT.get(verdict)?.order ?? BY_VERDICT.size;
}

const CAUSE_WORDS: Readonly<Record<Cause, string>> = {
  reply: 'a reply came',
  close: 'the server closed the connection',
  reset: 'the server reset the connection',
  silence: 'nothing came',
  timeout: 'no answer came within the time limit',
  limit: 'more came than popspec reads',
  refused: 'the connection was refused',
  unreachable: 'the server could not be reached',
  tls: 'the TLS handshake failed',
  unsolicited: 'the server spoke without being asked',
  delivery: 'the message could not be delivered',
  check: 'an expression did not hold',
  statement: 'the dialogue says so at this line',
  guard: 'popspec stopped it, so that no mail is lost',
};

/** Why waiting ended, in words. */
export function causeWords(cause: Cause): string {
  return CAUSE_WORDS[cause];
}

/** What the exit code of a run says, as one word for the top of a report. */
export type Tone = 'good' | 'bad' | 'unsure';
export interface Stamp {
  readonly word: string;
  readonly tone: Tone;
}

/** The exit codes of popspec as a stamp. */
export function stampOf(exitCode: number): Stamp {
  if (exitCode === 0) return { word: 'PASSED', tone: 'good' };
  if (exitCode === 1) return { word: 'FAILED', tone: 'bad' };
  if (exitCode === 2) return { word: 'NOT RUN', tone: 'unsure' };
  if (exitCode === 3) return { word: 'NO CONTACT', tone: 'bad' };
  if (exitCode === 4) return { word: 'TOOL ERROR', tone: 'unsure' };
  if (exitCode === 130) return { word: 'INTERRUPTED', tone: 'unsure' };
  return { word: 'INVALID', tone: 'unsure' };
}
