import { type Attempt, endingOf } from '../dialogue/attempt.js';
import type { WireEvent } from '../wire/trace.js';

/** How long a dialogue waited for its answers, in milliseconds. */
export interface Waits {
  /** Each wait that ended without an answer. */
  readonly inVainMs: readonly number[];
  /** The slowest answer that came, those to logins apart: they are slow for reasons of their own. */
  readonly slowestMs: number;
}

const LOGIN = /^(PASS|APOP|AUTH|\*\*\*)/i;
const OURS: ReadonlySet<string> = new Set(['connect', 'connected', 'tls', 'send']);

export function waitsOf(result: Attempt): Waits {
  const asked = new Map<string, WireEvent>();
  const answered = new Set<WireEvent>();
  const inVainMs: number[] = [];
  let slowestMs = 0;
  for (const event of result.transcript) {
    const question = asked.get(event.connection);
    const ms = question === undefined ? 0 : (event.atUs - question.atUs) / 1000;
    if (OURS.has(event.kind)) asked.set(event.connection, event);
    else if (event.kind === 'timeout') inVainMs.push(ms);
    else if (event.kind === 'receive' && question?.kind === 'send' && !answered.has(question)) {
      answered.add(question);
      if (!LOGIN.test(question.text)) slowestMs = Math.max(slowestMs, ms);
    }
  }
  const ending = endingOf(result);
  // A connection or a handshake that did not come about, and a dialogue that was ended from outside.
  if (inVainMs.length === 0 && ending?.cause === 'timeout') inVainMs.push(ending.waitedMs ?? 0);
  if (!result.finished && ending === undefined) inVainMs.push(result.durationMs);
  return { inVainMs, slowestMs };
}
