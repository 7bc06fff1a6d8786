import type { CaseResult, CheckResult } from '../check/result.js';
import type { Finding, TraceEvent } from '../dialogue/outcome.js';
import { evidenceOf, lastSent } from './check-view.js';
import { verdictOrder } from './verdicts.js';

/** Cases with one verdict that say the same of the server: one thing to mend, and its witnesses. */
export interface RootCause {
  readonly verdict: CaseResult['verdict'];
  /** The one that tells it best first, the others in the order of the run. */
  readonly cases: readonly CaseResult[];
  /** The command that the server took nowhere in the run, where that is what the cases have in common. */
  readonly refused?: string;
}

/** Octets of evidence that are compared. */
const COMPARED = 160;
/** Sentences of the engine for what the suite has no words for: they say nothing of their own. */
const WORDLESS =
  /^(The answer is not what is expected|A condition does not hold|No complete answer came|The server closed the connection instead|The connection ended before)|does not hold\.$/;

/**
 * Puts the cases together that have one cause, the worst verdict first, in it what has most witnesses. Two cases are one
 * finding only where their evidence is the same, numbers apart:
 *
 * - one line of one table found the same, with the same kind of answer;
 * - a command was refused in the same words, and was accepted nowhere in the run;
 * - the same exchange failed the same expectation, and the cases share a clause;
 * - the same octets came unasked behind the same exchange.
 *
 * Whatever is less alike stays apart: two bugs that look like one would cost more than one that looks like two.
 */
export function rootCauses(cases: readonly CaseResult[], doc: CheckResult): RootCause[] {
  const accepted = acceptedCommands(doc);
  const refused = new Map<string, string>();
  const sets = new DisjointSets(cases.length);
  const firstWith = new Map<string, number>();
  cases.forEach((result, index) => {
    const { keys, command } = evidenceKeys(result, doc, accepted);
    for (const key of keys) {
      const first = firstWith.get(key);
      if (first === undefined) firstWith.set(key, index);
      else sets.join(first, index);
    }
    if (command !== undefined) refused.set(result.id, command);
  });
  const groups = new Map<number, CaseResult[]>();
  cases.forEach((result, index) => {
    const members = groups.get(sets.of(index)) ?? [];
    members.push(result);
    groups.set(sets.of(index), members);
  });
  return [...groups.values()].map((members) => causeOf(members, refused)).sort((a, b) => byUrgency(a, b));
}

/** The worst verdict first, in it what the baseline does not know, in that what has most witnesses. */
function byUrgency(a: RootCause, b: RootCause): number {
  const known = ({ cases: [lead] }: RootCause) => (lead?.known === undefined ? 0 : 1);
  return (
    verdictOrder(a.verdict) - verdictOrder(b.verdict) ||
    known(a) - known(b) ||
    b.cases.length - a.cases.length
  );
}

/** Sets of numbers that grow together (union-find). */
class DisjointSets {
  private readonly parents: number[];

  constructor(size: number) {
    this.parents = Array.from({ length: size }, (_, index) => index);
  }

  /** The number that stands for the set of this one. */
  of(index: number): number {
    let at = index;
    for (let up = this.parents[at] ?? at; up !== at; up = this.parents[at] ?? at) {
      this.parents[at] = this.parents[up] ?? up;
      at = up;
    }
    return at;
  }

  join(one: number, other: number): void {
    this.parents[this.of(other)] = this.of(one);
  }
}

function causeOf(members: readonly CaseResult[], refused: ReadonlyMap<string, string>): RootCause {
  const commands = new Set(members.map(({ id }) => refused.get(id)));
  const [command] = commands;
  const common = commands.size === 1 && command !== undefined && members.length > 1 ? command : undefined;
  // The suite file that has the command's name knows most about it.
  const own = members.find(({ id }) => id.split('/').at(-2) === common?.toLowerCase());
  const [first] = members;
  return {
    verdict: first?.verdict ?? 'fail',
    cases: own === undefined ? members : [own, ...members.filter((result) => result !== own)],
    ...(common === undefined ? {} : { refused: common }),
  };
}

/** The finding that gives a case its verdict. */
export function leadingFinding(result: CaseResult): Finding | undefined {
  return result.findings.find(({ verdict }) => verdict === result.verdict) ?? result.findings[0];
}

/** What was found in words, where the suite has words for it: what came is no name for a finding. */
export function ownWords({ reason, actual }: Finding): string | undefined {
  const repeats =
    actual !== '' && reason.slice(0, COMPARED).toLowerCase().startsWith(actual.slice(0, 20).toLowerCase());
  return repeats || WORDLESS.test(reason) ? undefined : reason;
}

interface Evidence {
  /** Any of them in common makes one finding of two cases. */
  readonly keys: readonly string[];
  readonly command?: string;
}

function evidenceKeys(result: CaseResult, doc: CheckResult, accepted: ReadonlySet<string>): Evidence {
  const finding = leadingFinding(result);
  if (finding === undefined) return { keys: [] };
  const { verdict, cause, event, actual } = finding;
  const { transcript } = evidenceOf(finding, result, doc);
  const words = shape(finding.reason);
  const key = (...parts: readonly string[]) =>
    [result.verdict, result.known === undefined, verdict, cause, ...parts].join('\n');
  const table = result.id.split('/').slice(0, 3).join('/');
  const answer = cause === 'reply' ? (actual.split(' ')[0] ?? '') : '';
  const keys = [key('line', table, finding.place, words, answer)];
  const sent = lastSent(transcript, event);
  if (sent === undefined || event === undefined) return { keys };
  const exchange = `${sent.slice(0, COMPARED).toUpperCase()}\n${answersTo(transcript, event).join('\n')}`;
  if (cause === 'unsolicited') keys.push(key('unasked', exchange));
  const expectation = finding.source.replace(/\s+=>.*/, '').trim();
  for (const clause of result.clauses) keys.push(key('exchange', clause, exchange, expectation, words));
  const command = commandOf(sent);
  const wanted = finding.expected.length > 0 && finding.expected.every((line) => /\bS: \+/.test(line));
  if (cause !== 'reply' || command === undefined || accepted.has(command)) return { keys };
  if (!wanted || !actual.startsWith('-ERR')) return { keys };
  return { keys: [...keys, key('refused', command, shape(actual))], command };
}

/** What came on the connection of the judged event since something was last sent there. */
function answersTo(transcript: readonly TraceEvent[], event: number): string[] {
  const connection = transcript[event]?.connection;
  const before = transcript.slice(0, event + 1).filter((one) => one.connection === connection);
  const from = before.findLastIndex(({ kind }) => kind === 'send') + 1;
  return before.slice(from).map(({ kind, text }) => `${kind} ${shape(text)}`);
}

/** Text without what differs from one mailbox, session or row of a table to the next. */
function shape(text: string): string {
  return text
    .slice(0, COMPARED)
    .replace(/\d+/g, '#')
    .replace(/"[^"]*"/g, '""');
}

/** `NOOP`: of one whole line that was sent. */
function commandOf(sent: string): string | undefined {
  return /^([A-Za-z]+)(?: [^\r\n]*)?\r\n$/.exec(sent)?.[1]?.toUpperCase();
}

/**
 * The commands that were answered with +OK anywhere in the run. Only where one line waits for one answer is it sure
 * which command an answer belongs to.
 */
function acceptedCommands(doc: CheckResult): Set<string> {
  const accepted = new Set<string>();
  for (const { transcript } of doc.cases) {
    const waiting = new Map<string, string | undefined>();
    for (const { kind, connection, text } of transcript) {
      if (kind === 'send') {
        waiting.set(connection, waiting.has(connection) ? undefined : commandOf(text));
      } else if (kind === 'receive') {
        const command = waiting.get(connection);
        if (command !== undefined && text.startsWith('+')) accepted.add(command);
        waiting.delete(connection);
      }
    }
  }
  return accepted;
}
