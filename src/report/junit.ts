import { create } from 'xmlbuilder2';
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js';
import type { CaseResult, CheckResult } from '../check/result.js';
import type { Finding, Verdict } from '../dialogue/outcome.js';
import type { LoadResult } from '../load/result.js';
import { knownWords, viewBaseline } from './baseline-view.js';
import {
  alternativesOf,
  caseLabels,
  caseReason,
  clauseIndex,
  evidenceOf,
  type Suite,
  viewCheck,
} from './check-view.js';
import type { RunDocument } from './document.js';
import { printable, safeText } from './escape.js';
import { count, plural } from './format.js';
import { viewLoad } from './load-view.js';
import { transcriptText } from './transcript.js';
import { causeWords } from './verdicts.js';

/** Attribute values that CI servers show in lists; the whole story stands in the content. */
const ATTRIBUTE_MAX = 300;
/** Jenkins keeps every system-out in memory: a transcript is an excerpt around the line that was judged. */
const BOUNDS = { lines: 60, lineOctets: 400 } as const;
const PASS_BOUNDS = { lines: 24, lineOctets: 160 } as const;
const ERRORS: ReadonlySet<Verdict> = new Set<Verdict>(['error', 'inconclusive']);
const SKIPPED: ReadonlySet<Verdict> = new Set<Verdict>(['blocked', 'unsupported']);
/** Errors of a load run that are told with their transcript. */
const ERRORS_SHOWN = 20;
/** GitLab refuses a file of 30 MB: when the texts have taken so many characters, cases are told by their attributes alone. */
const TEXTS_MAX = 6_000_000;
const SHORT_MESSAGE = 24;

/** Characters that texts of the document may still take. */
interface Room {
  left: number;
}

/**
 * JUnit XML as Jenkins, GitLab and GitHub read it. fail is a `failure`; error and inconclusive are an `error`;
 * blocked and unsupported are `skipped`, and what the baseline knows with its reason; warn and info pass, with a line in
 * system-out. What the baseline asks for is a failure of the suite `baseline`.
 */
export function renderJunit(doc: RunDocument): string {
  const root = create({ version: '1.0', encoding: 'UTF-8' }).ele('testsuites');
  if (doc.kind === 'check') checkSuites(root, doc);
  else loadSuite(root, doc);
  return `${root.doc().end({ prettyPrint: true, indent: ' ' })}\n`;
}

function checkSuites(root: XMLBuilder, doc: CheckResult): void {
  const view = viewCheck(doc);
  const preflight = doc.problem === undefined ? 0 : 1;
  const demands = viewBaseline(doc)?.demands ?? [];
  setCounts(root.att('name', 'popspec check'), doc.cases, doc.durationMs, {
    errors: preflight,
    failures: demands.length,
  });
  const room: Room = { left: TEXTS_MAX };
  for (const suite of view.suites) checkSuite(root, suite, doc, room);
  if (demands.length > 0) {
    const suite = root.ele('testsuite', { name: named('baseline', doc) });
    setCounts(suite, [], 0, { failures: demands.length }).att('skipped', '0');
    for (const { entry, text } of demands)
      suite
        .ele('testcase', { name: attribute(entry.id), classname: named('baseline', doc), time: '0.000' })
        .ele('failure', { type: entry.state, message: attribute(text) });
  }
  if (doc.problem === undefined) return;
  // A run that could not go on must not look green to a CI server that counts only test cases.
  const suite = root.ele('testsuite', { name: named('popspec', doc) });
  setCounts(suite, [], 0, { errors: 1 }).att('skipped', '0');
  suite
    .ele('testcase', { name: 'run', classname: named('popspec', doc), time: '0.000' })
    .ele('error', { type: attribute(doc.problem.code), message: attribute(doc.problem.message) })
    .txt(content(printable(doc.problem.hint ?? doc.problem.message)));
}

/** Of several targets each has its own file, and CI servers throw away what has the name of another test. */
function named(name: string, { target }: CheckResult): string {
  return attribute(target.name === undefined ? name : `${target.name}.${name}`);
}

function checkSuite(root: XMLBuilder, suite: Suite, doc: CheckResult, room: Room): void {
  const clauses = clauseIndex(doc);
  const durationMs = suite.cases.reduce((sum, result) => sum + result.durationMs, 0);
  const node = root.ele('testsuite', { name: named(suite.name, doc), file: attribute(suite.file) });
  const skipped = suite.cases.filter(
    ({ verdict, known }) => known !== undefined || SKIPPED.has(verdict),
  ).length;
  setCounts(node, suite.cases, durationMs).att('skipped', String(skipped));
  node.att('timestamp', attribute(doc.startedAt)).att('hostname', attribute(doc.target.host));
  properties(node, [
    ['target', doc.target.url],
    ['tls', doc.target.tls],
    ['greeting', doc.target.greeting ?? ''],
    ['popspec.version', doc.tool.version],
    ['node', doc.environment.node],
  ]);
  for (const result of suite.cases) {
    const test = node.ele('testcase', {
      name: attribute(caseTail(result, suite)),
      classname: named(suite.name.replaceAll('/', '.'), doc),
      time: seconds(result.durationMs),
    });
    outcome(test, result, room);
    if (room.left > 0)
      test.ele('system-out').txt(content(caseText(result, doc, caseLabels(result, clauses)), room));
  }
}

function caseTail(result: CaseResult, suite: Suite): string {
  return result.id.startsWith(`${suite.name}/`) ? result.id.slice(suite.name.length + 1) : result.id;
}

function outcome(test: XMLBuilder, result: CaseResult, room: Room): void {
  const { verdict, level, findings } = result;
  if (SKIPPED.has(verdict)) test.ele('skipped', { message: attribute(`${verdict}: ${caseReason(result)}`) });
  const known = knownWords(result);
  if (known !== undefined) {
    test.ele('skipped', { message: attribute(`known ${known}`) });
    return;
  }
  const element = verdict === 'fail' ? 'failure' : ERRORS.has(verdict) ? 'error' : undefined;
  if (element === undefined) return;
  const node = test.ele(element, {
    type: attribute(`${level} ${verdict}`),
    message: attribute(caseReason(result), room.left > 0 ? ATTRIBUTE_MAX : SHORT_MESSAGE),
  });
  if (room.left > 0) node.txt(content(findings.map(findingText).join('\n\n'), room));
}

function findingText(finding: Finding): string {
  const waited = finding.waitedMs === undefined ? '' : ` after ${count(finding.waitedMs)} ms`;
  const values = (finding.values ?? []).map(
    ({ expression, value }) => `value:    ${printable(expression)} = ${printable(value)}`,
  );
  return [
    safeText(finding.reason),
    `at:       ${safeText(finding.place)}`,
    `line:     ${printable(finding.source.trim())}`,
    ...alternativesOf(finding).map((line) => `expected: ${printable(line)}`),
    `got:      ${printable(finding.actual)}`,
    `because:  ${causeWords(finding.cause)}${waited}`,
    ...values,
    ...(finding.witness === undefined ? [] : [`seen in:  ${safeText(finding.witness)}`]),
  ].join('\n');
}

function caseText(result: CaseResult, doc: CheckResult, labels: readonly string[]): string {
  const lines = [`${result.verdict}: ${safeText(result.title)}`, `${labels.join(', ')} (${result.level})`];
  if (result.verdict === 'warn' || result.verdict === 'info') {
    lines.push(...result.findings.map((finding) => `${finding.verdict}: ${safeText(finding.reason)}`));
  }
  const proof = result.findings.find((finding) => finding.event !== undefined) ?? result.findings[0];
  const { transcript, witness } =
    proof === undefined
      ? { transcript: result.transcript, witness: undefined }
      : evidenceOf(proof, result, doc);
  if (witness !== undefined) lines.push(`transcript of ${safeText(witness.id)}`);
  const bounds = result.verdict === 'pass' ? PASS_BOUNDS : BOUNDS;
  return [...lines, '', transcriptText(transcript, bounds, proof?.event)].join('\n');
}

function loadSuite(root: XMLBuilder, doc: LoadResult): void {
  const view = viewLoad(doc);
  const failures = doc.thresholds.filter(({ passed }) => !passed).length;
  // Without a threshold there is still one test: that the run itself is valid.
  const invalid = doc.exit.code !== 0 && doc.exit.code !== 1;
  const counts = {
    tests: doc.thresholds.length + 1,
    failures,
    errors: invalid ? 1 : 0,
    time: seconds(doc.durationMs),
  };
  const node = root
    .att('name', 'popspec load')
    .att(counts)
    .ele('testsuite', { name: attribute(doc.scenario.id), ...counts, skipped: 0 });
  node.att('timestamp', attribute(doc.startedAt)).att('hostname', attribute(doc.target.host));
  properties(node, [
    ['target', doc.target.url],
    ['tls', doc.target.tls],
    ['model', view.model],
    ['popspec.version', doc.tool.version],
    ['node', doc.environment.node],
  ]);
  const classname = attribute(doc.scenario.id.replaceAll('/', '.'));
  const run = node.ele('testcase', { name: 'run', classname, time: seconds(doc.durationMs) });
  if (invalid)
    run
      .ele('error', { type: 'run', message: attribute(view.sentence) })
      .txt(content(safeText(doc.exit.reason)));
  for (const { expression, actual, passed } of doc.thresholds) {
    const test = node.ele('testcase', { name: attribute(expression), classname, time: '0.000' });
    if (!passed) test.ele('failure', { type: 'threshold', message: attribute(`is ${actual}`) });
  }
  node.ele('system-out').txt(content(loadText(doc, view.sentence)));
}

function loadText(doc: LoadResult, sentence: string): string {
  const errors = [...doc.errors].sort((a, b) => b.count - a.count);
  const told = errors.slice(0, ERRORS_SHOWN).map((error) => {
    const damage = error.integrity ? ' (integrity)' : '';
    return `${count(error.count)} x ${printable(error.text)}${damage}\n${transcriptText(error.transcript, BOUNDS)}`;
  });
  const rest = errors.length - ERRORS_SHOWN;
  return [sentence, ...told, ...(rest > 0 ? [`and ${plural(rest, 'more kind')} of error`] : [])].join('\n\n');
}

/** `more` stand beside the cases. */
function setCounts(
  node: XMLBuilder,
  cases: readonly CaseResult[],
  durationMs: number,
  more: { readonly errors?: number; readonly failures?: number } = {},
): XMLBuilder {
  const { errors = 0, failures = 0 } = more;
  const judged = cases.filter(({ known }) => known === undefined);
  return node.att({
    tests: cases.length + errors + failures,
    failures: judged.filter(({ verdict }) => verdict === 'fail').length + failures,
    errors: judged.filter(({ verdict }) => ERRORS.has(verdict)).length + errors,
    time: seconds(durationMs),
  });
}

function properties(node: XMLBuilder, values: readonly (readonly [name: string, value: string])[]): void {
  const list = node.ele('properties');
  for (const [name, value] of values)
    if (value !== '') list.ele('property', { name, value: attribute(value) });
}

function attribute(text: string, max = ATTRIBUTE_MAX): string {
  return content(printable(text, max));
}

/**
 * Text for the document. Jenkins and GitLab take `[[ATTACHMENT|path]]` in it for a file to be shown, and GitHub a line
 * that begins with `::` for a command, where the file is written to the log: neither is the server's to give.
 */
function content(text: string, room?: Room): string {
  if (room !== undefined) room.left -= text.length;
  return text.replaceAll('[[', '[\\x5b').replace(/^(\s*)::/gm, '$1:\\x3a');
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
