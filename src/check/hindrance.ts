import { type Attempt, endingOf } from '../dialogue/attempt.js';
import type { Finding } from '../dialogue/outcome.js';
import type { WireEvent } from '../wire/trace.js';

/** What came in the way of a dialogue and says nothing about the rule that it is about. */
export interface Hindrance {
  /** `turned away`: a connection was not served. `not now`: the server asked for patience by a response code. */
  readonly kind: 'turned away' | 'not now';
  /** One sentence for the report. */
  readonly reason: string;
  /** How long the server kept silent, in milliseconds. */
  readonly silentMs?: number | undefined;
}

/**
 * Response codes with which a login is refused for the moment (RFC 2449 §8.1.1 and §8.1.2), or any command for a problem of
 * the server (RFC 3206 §4).
 */
const NOT_NOW = /^-ERR \[(LOGIN-DELAY|SYS(?:\/[A-Z]+)?|IN-USE)\]/i;

/** What hindered `result`; undefined when it came to its end, or for reasons of its own. */
export function hindranceOf(result: Attempt): Hindrance | undefined {
  const ending = endingOf(result);
  if (ending === undefined) return undefined;
  if (result.transcript.some(({ connection }) => turnedAway(result.transcript, connection, ending)))
    return {
      kind: 'turned away',
      reason: `The server did not serve a connection (${ending.actual}); it may limit how many there are.`,
      silentMs: ending.waitedMs,
    };
  const code = NOT_NOW.exec(ending.actual)?.[1]?.toUpperCase();
  if (ending.cause !== 'reply' || code === undefined || !ending.expected.some(isPositive)) return undefined;
  // That a maildrop is free is what some cases are about; only where it is not is it in their way.
  if (code === 'IN-USE' && ending.verdict !== 'blocked') return undefined;
  const what = code.startsWith('SYS') ? 'has a problem of its own' : 'refused a login for the moment';
  return { kind: 'not now', reason: `The server ${what}: ${ending.actual}` };
}

/** The same for a dialogue of the tool itself, which is about nothing. */
export function hindranceOfOurs(result: Attempt): Hindrance | undefined {
  return hindranceOf({ ...result, findings: hindered(result.findings, '') });
}

const isPositive = (expected: string): boolean => /^([A-Z] )?S: \+OK/.test(expected);

const ENDED: ReadonlySet<string> = new Set(['close', 'reset', 'error', 'timeout']);

/** Whether the server ended the last connection of this label before a greeting, gave none, or greeted with -ERR. */
function turnedAway(transcript: readonly WireEvent[], label: string, ending: Finding): boolean {
  const heard = lastConnection(transcript, label);
  const greeting = heard.find(({ kind }) => kind === 'receive');
  if (greeting !== undefined) return /^-ERR/i.test(greeting.text) && greeting.text.startsWith(ending.actual);
  const last = heard.at(-1);
  // A handshake may fail for reasons of its own.
  if (ending.cause === 'tls' && !/closed|ECONNRESET/.test(ending.actual)) return false;
  if (last?.kind === 'error' && /ERR_SSL/.test(last.text)) return false;
  return (
    heard.some(({ kind }) => ENDED.has(kind)) || (last?.kind === 'connect' && ending.cause === 'timeout')
  );
}

/** How a connection ended in the middle of a dialogue. */
export interface CutOff {
  /** Negative replies on it before. */
  readonly refusals: number;
  /** The last of them was to a login, after which a server may close (RFC 1939 §4). */
  readonly login: boolean;
}

/** The state of affairs when the server ended a connection behind a negative reply; undefined when it did not. */
export function cutOffOf(result: Attempt): CutOff | undefined {
  const ending = endingOf(result);
  if (ending?.cause !== 'close' && ending?.cause !== 'reset') return undefined;
  const end = result.transcript.findLast(({ kind }) => kind === 'close' || kind === 'reset');
  if (end === undefined) return undefined;
  const [, ...heard] = lastConnection(result.transcript, end.connection);
  const replies = heard.filter(({ kind }) => kind === 'receive').slice(1);
  const last = replies.at(-1);
  const refusals = replies.filter(isNegative).length;
  if (last === undefined || refusals === 0) return undefined;
  const asked = heard.slice(0, heard.indexOf(last)).findLast(({ kind }) => kind === 'send');
  return { refusals, login: isNegative(last) && /^(PASS|APOP|AUTH|\*\*\*)/i.test(asked?.text ?? '') };
}

const isNegative = ({ text }: WireEvent): boolean => /^-ERR/i.test(text);

/** The events of the last connection of this label. */
function lastConnection(transcript: readonly WireEvent[], label: string): readonly WireEvent[] {
  const mine = transcript.filter(({ connection }) => connection === label);
  return mine.slice(
    Math.max(
      0,
      mine.findLastIndex(({ kind }) => kind === 'connect'),
    ),
  );
}

/** `result` as it is reported when a hindrance stays: nobody is accused. */
export function hindered(findings: readonly Finding[], reason: string): readonly Finding[] {
  return findings.map((finding, index) =>
    index === findings.length - 1 ? { ...finding, verdict: 'blocked', reason } : finding,
  );
}
