import type { CaseResult, CheckResult, ClauseInfo } from '../check/result.js';
import type { Finding } from '../dialogue/outcome.js';
import {
  alternativesOf,
  type CheckView,
  caseLabels,
  clauseIndex,
  evidenceOf,
  lastSent,
} from './check-view.js';
import { printable, safeText } from './escape.js';
import { milliseconds, plural } from './format.js';
import { ownWords, type RootCause, rootCauses } from './root-causes.js';
import { hang, wrap } from './table.js';
import { type Paper, paintVerdict } from './terminal-style.js';
import { causeWords, verdictSign } from './verdicts.js';

/** Findings shown; a server that breaks everything is better read in the HTML report. */
const FINDINGS_SHOWN = 50;
/** Findings of one case that are shown; the first ones say what the later ones repeat. */
const FINDINGS_PER_CASE = 3;
/** Other cases that bear witness to a finding and are named. */
const WITNESSES_NAMED = 3;
const LABEL = 14;
/** What the engine says of a condition without values: nothing that the condition does not say. */
const FAILED_CHECK = 'it does not hold';
/** What a fact may take: the whole of it stands in the reports. */
const FACT_LINES = 2;

/** What is to be mended, a block for each cause: the clause, what was expected and what came, and where to read more. */
export function findingLines(doc: CheckResult, view: CheckView, paper: Paper): string[] {
  const shown = view.findings.filter(({ verdict, known }) => verdict !== 'info' && known === undefined);
  const causes = rootCauses(shown, doc);
  const clauses = clauseIndex(doc);
  const lines = causes.slice(0, FINDINGS_SHOWN).flatMap((cause) => block(cause, doc, clauses, paper));
  const rest = causes.length - FINDINGS_SHOWN;
  if (rest > 0) lines.push('', `  and ${plural(rest, 'more finding')}: see the HTML report`);
  return lines;
}

function block(
  { cases, refused }: RootCause,
  doc: CheckResult,
  clauses: ReadonlyMap<string, ClauseInfo>,
  paper: Paper,
): string[] {
  const { chalk, width } = paper;
  const [lead, ...others] = cases;
  if (lead === undefined) return [];
  const mark = `${verdictSign(lead.verdict)} ${lead.verdict.toUpperCase()}`;
  const [first = '', ...rest] = hang(`${mark}  `, safeText(lead.id, 200), width);
  const labels = [...caseLabels(lead, clauses), lead.level].join(' · ');
  const named = others.slice(0, WITNESSES_NAMED).map(({ id }) => safeText(id, 100));
  const more = lead.findings.length - FINDINGS_PER_CASE;
  return [
    '',
    `${paintVerdict(lead.verdict, chalk)(chalk.bold(mark))}${chalk.bold(first.slice(mark.length))}`,
    ...rest.map((line) => chalk.bold(line)),
    ...hang('    ', safeText(lead.title, 300), width),
    ...hang('    ', labels, width, chalk.dim),
    ...(refused === undefined ? [] : fact('why', `${refused} is refused wherever it was sent`, paper)),
    ...lead.findings.slice(0, FINDINGS_PER_CASE).flatMap((finding) => oneFinding(finding, lead, doc, paper)),
    ...(more > 0 ? fact('', `and ${plural(more, 'more finding')} in this case`, paper) : []),
    ...(others.length === 0
      ? []
      : fact(
          'also in',
          `${plural(others.length, 'case')}: ${named.join(', ')}${others.length > named.length ? ', …' : ''}`,
          paper,
        )),
    ...fact('more', `popspec explain ${safeText(lead.id, 200)}`, paper),
  ];
}

/** What was sent, what was to come, and what came: of a condition its values. */
function oneFinding(finding: Finding, result: CaseResult, doc: CheckResult, paper: Paper): string[] {
  const { transcript, witness } = evidenceOf(finding, result, doc);
  const octets = FACT_LINES * (paper.width - LABEL);
  const sent = lastSent(transcript, finding.event)?.replace(/\r\n$/, '') ?? '';
  const got = gotOf(finding, octets);
  const reason = safeText(ownWords(finding) ?? '', 400);
  const judged =
    finding.cause === 'check' ? [finding.source.replace(/\s+=>.*/, '')] : alternativesOf(finding);
  const expected = judged.slice(0, 4).map((line) => printable(line.trim(), octets));
  const waited = finding.waitedMs === undefined ? '' : ` after ${milliseconds(finding.waitedMs)}`;
  const ended = finding.cause === 'reply' || finding.cause === 'check' || finding.cause === 'statement';
  return [
    // Where the octets themselves are the reason, they stand below.
    ...fact('why', reason.slice(0, 30) === got.slice(0, 30) ? '' : reason, paper),
    ...fact('sent', printable(sent, octets), paper),
    ...fact('expected', expected.join('  or  '), paper),
    ...fact('got', got, paper),
    ...fact('because', ended ? '' : `${causeWords(finding.cause)}${waited}`, paper),
    ...fact('seen in', witness === undefined ? '' : safeText(witness.id, 200), paper),
  ];
}

function gotOf({ cause, actual, values }: Finding, octets: number): string {
  const told = (values ?? []).slice(0, 6);
  if (cause !== 'check' || told.length === 0) return actual === FAILED_CHECK ? '' : printable(actual, octets);
  return told
    .map(({ expression, value }) => `${printable(expression, 100)} = ${printable(value, octets)}`)
    .join(', ');
}

/** None where there is nothing to tell. */
function fact(name: string, value: string, { chalk, width }: Paper): string[] {
  if (value === '') return [];
  const label = (index: number) => chalk.dim((index === 0 ? name : '').padEnd(LABEL - 6));
  return wrap(value, width - LABEL).map((line, index) => `    ${label(index)}  ${line}`);
}
