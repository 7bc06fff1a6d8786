import type { Cause, DiagnoseResult, ProbeResult } from '../diagnose/result.js';
import { percent } from './format.js';
import type { Stamp } from './verdicts.js';

/** A diagnosis as its reports tell it. */
export interface DiagnoseView {
  readonly stamp: Stamp;
  readonly sentence: string;
  /** How many probes came out how. */
  readonly counts: Readonly<Record<ProbeResult['outcome'], number>>;
}

const STAMPS: Readonly<Record<DiagnoseResult['conclusion']['kind'], Stamp>> = {
  healthy: { word: 'HEALTHY', tone: 'good' },
  cause: { word: 'FOUND', tone: 'bad' },
  unreachable: { word: 'NO CONTACT', tone: 'bad' },
  unclear: { word: 'UNCLEAR', tone: 'unsure' },
  interrupted: { word: 'INTERRUPTED', tone: 'unsure' },
};

export function viewDiagnosis(doc: DiagnoseResult): DiagnoseView {
  const counts = { ok: 0, warn: 0, bad: 0, skipped: 0 };
  for (const { outcome } of doc.probes) counts[outcome]++;
  return { stamp: STAMPS[doc.conclusion.kind], sentence: doc.conclusion.says, counts };
}

/** How strongly the facts speak for it, and how probable that makes it among its neighbours. */
export function likelihood(cause: Cause): string {
  const { weight } = cause;
  const word = weight >= 90 ? 'clear' : weight >= 60 ? 'likely' : weight >= 25 ? 'possible' : 'less likely';
  const share = shareOf(cause);
  return share === '' ? word : `${word}, ${share} among its neighbours`;
}

/** Its probability among its neighbours; '' where it has none. */
export function shareOf({ share }: Cause): string {
  return share < 1 ? percent(Math.round(share * 100), 100) : '';
}

/** Sign, word and colour class of an outcome, as those of verdicts. */
export const OUTCOMES: Readonly<
  Record<
    ProbeResult['outcome'],
    { sign: string; word: string; verdict: 'pass' | 'warn' | 'fail' | 'blocked' }
  >
> = {
  ok: { sign: '✓', word: 'ok', verdict: 'pass' },
  warn: { sign: '!', word: 'notable', verdict: 'warn' },
  bad: { sign: '✗', word: 'wrong', verdict: 'fail' },
  skipped: { sign: '–', word: 'not looked at', verdict: 'blocked' },
};

export const STAGE_NAMES: Readonly<Record<Cause['stage'], string>> = {
  find: 'finding the server',
  reach: 'reaching it',
  protocol: 'what speaks there',
  tls: 'TLS',
  login: 'login',
  mailbox: 'mailbox',
};
