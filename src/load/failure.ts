import { formatDuration } from '../dialogue/duration.js';
import type { Cause, Finding } from '../dialogue/outcome.js';
import { type Refusal, refusalOf } from './refusals.js';

/** What went wrong in a session, in words that are the same for the same cause. */
export interface Failure {
  readonly text: string;
  readonly cause: Cause;
  /** The mail or the protocol was damaged, rather than something refused or a connection lost. */
  readonly integrity: boolean;
  /** What the server refused, where it is one of the refusals that have a name. */
  readonly refusal?: Refusal | undefined;
}

export interface FailureContext {
  /** The command that the line at `file:line` of the dialogue answers to. */
  readonly answersTo: ReadonlyMap<string, string>;
  /** The command that was sent last before an event of the transcript, for lines that answer to different ones. */
  readonly lastSent: (event: number | undefined) => string | undefined;
  readonly timeoutMs: number;
  readonly user: string;
}

const TEXT_MAX = 200;

/** The finding that ended a session, or a warning on its way, as a failure. */
export function failureOf(finding: Finding, context: FailureContext): Failure {
  const verb = context.answersTo.get(finding.place) ?? context.lastSent(finding.event);
  const text = wordsFor(finding, verb, context);
  const warning = finding.verdict === 'warn';
  return {
    text: warning ? `warning: ${text}` : text,
    cause: finding.cause,
    integrity: !warning && damages(finding),
    refusal: warning ? undefined : refusalOf(finding.cause, finding.actual, verb === undefined),
  };
}

function wordsFor(finding: Finding, verb: string | undefined, { timeoutMs, user }: FailureContext): string {
  const { cause, source, unfinished = false } = finding;
  const answer = verb === undefined ? 'greeting' : `answer to ${verb}`;
  const actual = withoutIds(finding.actual, user);
  if (unfinished) return `${answer} without an end: ${HOW_IT_STOPPED[cause] ?? cause}`;
  switch (cause) {
    case 'reply':
      return `${verb ?? 'greeting'}: ${actual}`;
    case 'close':
      return `connection closed in place of the ${answer}`;
    case 'reset':
      return `connection reset before the ${answer}`;
    case 'refused':
      return 'connection refused';
    case 'unreachable':
      return `no connection: ${actual}`;
    case 'tls':
      return `TLS: ${actual}`;
    case 'timeout':
      if (/^(?:no connection|the TLS)/.test(finding.actual)) return finding.actual;
      if (/^\d+ octets without an end/.test(finding.actual)) return `${answer} without an end`;
      return `no ${answer} within ${formatDuration(timeoutMs)}`;
    case 'check':
      return source.includes('=>') ? withoutIds(finding.reason, user) : `${source} does not hold`;
    case 'unsolicited':
      return `sent without being asked: ${actual}`;
    case 'limit':
      return `${answer}: ${actual}`;
    case 'statement':
      return STATED.test(source) ? withoutIds(finding.reason, user) : actual;
    default:
      return actual;
  }
}

/** How a multi-line reply broke off, by cause. */
const HOW_IT_STOPPED: Partial<Record<Cause, string>> = {
  timeout: 'it stopped',
  close: 'the connection was closed',
  reset: 'the connection was reset',
  limit: 'it was too long to be read',
};

/** Lines of a dialogue that give a verdict in their own words. */
const STATED = /^(?:fail|warn|info|unsupported|blocked|inconclusive)\b/;

/**
 * Damage is: a `check` that does not hold, a line that is not POP3 or holds other values than its command calls for,
 * a reply beyond all limits, data that nobody asked for, a multi-line reply that breaks off. A refusal (-ERR), a
 * connection lost between replies and a time-out are none.
 */
function damages({ cause, actual, source, expected, unfinished = false }: Finding): boolean {
  if (unfinished) return true;
  switch (cause) {
    case 'check':
    case 'unsolicited':
      return true;
    case 'limit':
      return /^(?:[A-Z] )?S/.test(source);
    case 'statement':
      return source.startsWith('fail');
    case 'reply': {
      const status = /^(?:\+OK|-ERR|\+)/i.exec(actual)?.[0].toUpperCase();
      if (status === '-ERR') return false;
      // A positive answer is damaged where one was due and its values do not fit, not where a refusal was due.
      const refusalDue = (line: string) => line.includes('S: ') && !line.includes(`S: ${status}`);
      return status === undefined || !expected.every(refusalDue);
    }
    default:
      return false;
  }
}

const MESSAGE_ID = /<[^<>\s]+>/g;
const WORD = /[\w.@-]+/g;
/** Names that hold digits and are the same in every session. */
const NAME = /^(?:POP3|TLSv?1(?:\.\d)?|SHA\d+|ERR_\w+)$/i;

/** Words of a server without what differs from session to session: the user's name, numbers, sizes, ids. */
function withoutIds(text: string, user: string): string {
  const unnamed = (user === '' ? text : text.replaceAll(user, '(user)')).replace(MESSAGE_ID, '<…>');
  const plain = unnamed.replace(WORD, (word) => (/\d/.test(word) && !NAME.test(word) ? '#' : word));
  return plain.length > TEXT_MAX ? `${plain.slice(0, TEXT_MAX)}…` : plain;
}
