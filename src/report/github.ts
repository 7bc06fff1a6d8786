import type { CaseResult, CheckResult } from '../check/result.js';
import type { LoadResult } from '../load/result.js';
import { viewBaseline } from './baseline-view.js';
import { alternativesOf, caseLabels, caseReason, clauseIndex, viewCheck } from './check-view.js';
import type { RunDocument } from './document.js';
import { printable, safeText } from './escape.js';
import { count, plural } from './format.js';
import { viewLoad } from './load-view.js';

/** GitHub shows ten errors and ten warnings of a step and drops what is beyond without a word. */
const SHOWN = 10;
const LINE_OCTETS = 200;

type Level = 'error' | 'warning';

/** Something to be shown beside the code or on the page of a run. */
export interface Annotation {
  readonly level: Level;
  readonly title: string;
  /** Lines of the message, escaped for people already; made only where it is shown. */
  readonly message: () => readonly string[];
  /** `suites/rfc1939/stat.yaml:17`. */
  readonly place?: string;
}

/**
 * Workflow commands with which GitHub Actions shows what was found: at most ten errors and ten warnings, the last of which
 * counts those left out. A run that went wrong has at least one. Empty when there is nothing to show.
 */
export function renderGithub(doc: RunDocument): string {
  const about = doc.kind === 'check' ? nameOf(doc) : doc.scenario.id;
  const found = doc.kind === 'check' ? ofCheck(doc) : ofLoad(doc);
  if (doc.problem !== undefined) found.unshift(problem(about, doc.problem));
  if (doc.exit.code !== 0 && !found.some(({ level }) => level === 'error')) {
    const message = () => [safeText(doc.exit.reason, 400)];
    found.unshift({ level: 'error', title: `popspec ${doc.kind} ${about}`, message });
  }
  return workflowCommands(about, found);
}

/** As many of the annotations as GitHub shows, a line each; `about` is the title of what tells how many are left out. */
export function workflowCommands(about: string, annotations: readonly Annotation[]): string {
  return (['error', 'warning'] as const)
    .flatMap((level) => bounded(level, about, annotations))
    .map((annotation) => `${command(annotation)}\n`)
    .join('');
}

function nameOf({ target }: CheckResult): string {
  return target.name ?? target.url;
}

function problem(
  about: string,
  { message, hint }: { message: string; hint?: string | undefined },
): Annotation {
  const lines = [message, ...(hint === undefined ? [] : [hint])];
  return { level: 'error', title: about, message: () => lines.map((line) => safeText(line, 400)) };
}

function ofCheck(doc: CheckResult): Annotation[] {
  const clauses = clauseIndex(doc);
  const demands = (viewBaseline(doc)?.demands ?? []).map(({ entry, text }): Annotation => {
    return { level: 'error', title: `baseline: ${entry.state}`, message: () => [text], place: entry.place };
  });
  const found = viewCheck(doc)
    .findings.filter(({ verdict, known }) => verdict !== 'info' && known === undefined)
    .map(
      (result): Annotation => ({
        level: result.verdict === 'fail' || result.verdict === 'error' ? 'error' : 'warning',
        title: `${result.verdict}: ${result.id}${doc.target.name === undefined ? '' : ` (${doc.target.name})`}`,
        message: () => {
          const labels = [...caseLabels(result, clauses), result.level].join(', ');
          return [safeText(result.title, 200), caseReason(result), labels, ...factsOf(result)];
        },
        place: result.findings[0]?.place ?? result.place,
      }),
    );
  return [...demands, ...found];
}

/** What would have been right and what came; of an expression its values, which say more than that it does not hold. */
function factsOf({ findings: [finding] }: CaseResult): string[] {
  if (finding === undefined) return [];
  const expected = alternativesOf(finding).map((line) => printable(line, LINE_OCTETS));
  const values = (finding.values ?? []).map(
    ({ expression, value }) => `${printable(expression, LINE_OCTETS)} = ${printable(value, LINE_OCTETS)}`,
  );
  return [
    ...(expected.length === 0 ? [] : [`expected: ${expected.slice(0, 4).join('  or  ')}`]),
    ...(values.length === 0 ? [`got: ${printable(finding.actual, LINE_OCTETS)}`] : values.slice(0, 4)),
  ];
}

function ofLoad(doc: LoadResult): Annotation[] {
  const title = doc.scenario.id;
  const missed = doc.thresholds
    .filter(({ passed }) => !passed)
    .map(({ expression, actual }): Annotation => {
      const message = () => [`${safeText(expression, 200)} is missed: it is ${safeText(actual, 200)}`];
      return { level: 'error', title, message };
    });
  const invalid: Annotation[] =
    doc.health.verdict === 'ok' || doc.problem !== undefined
      ? []
      : [{ level: 'error', title, message: () => [viewLoad(doc).sentence] }];
  const errors = [...doc.errors]
    .sort((a, b) => Number(b.integrity) - Number(a.integrity) || b.count - a.count)
    .map(
      (error): Annotation => ({
        level: error.integrity ? 'error' : 'warning',
        title: error.integrity ? `${title}: damage` : title,
        message: () => [`${count(error.count)} x ${printable(error.text, LINE_OCTETS)}`],
      }),
    );
  return [...invalid, ...missed, ...errors];
}

function bounded(level: Level, about: string, annotations: readonly Annotation[]): readonly Annotation[] {
  const own = annotations.filter((annotation) => annotation.level === level);
  if (own.length <= SHOWN) return own;
  const rest = own.length - SHOWN + 1;
  const message = () => [`and ${plural(rest, `more ${level}`)}: the summary and the other reports have them`];
  return [...own.slice(0, SHOWN - 1), { level, title: about, message }];
}

function command({ level, title, message, place }: Annotation): string {
  const [, file, line] = /^(.+?):(\d+)(?::\d+)?$/.exec(place ?? '') ?? [];
  const at = file === undefined || line === undefined ? '' : `file=${property(file)},line=${line},`;
  return `::${level} ${at}title=${property(title)}::${data(message().join('\n'))}`;
}

/** Of a workflow command the message ends with the line, and `%` begins an escape. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A property ends at a comma or a colon as well. */
function property(text: string): string {
  return data(safeText(text, LINE_OCTETS)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
