import type { ChalkInstance } from 'chalk';
import type { Cause, DiagnoseResult, ProbeResult } from '../diagnose/result.js';
import { likelihood, OUTCOMES, STAGE_NAMES, shareOf, viewDiagnosis } from './diagnose-view.js';
import { safeText } from './escape.js';
import { milliseconds, plural } from './format.js';
import { hang } from './table.js';
import { paintVerdict, verdictBlock, WIDTH } from './terminal-style.js';

/** Causes told in full; those behind them are told in a line. */
const TOLD = 3;
const LINE_MAX = 400;
/** A probe that took longer is told with its time. */
const SLOW_MS = 1000;

/** A diagnosis for a terminal: the verdict, the causes with the likeliest first, then all that was looked at. */
export function diagnoseSummary(doc: DiagnoseResult, chalk: ChalkInstance): string {
  const lines = [
    ...causeLines(doc, chalk),
    ...adviceLines(doc, chalk),
    ...checkedLines(doc, chalk),
    ...verdictLines(doc, chalk),
  ];
  return `${lines.join('\n')}\n`;
}

function causeLines({ causes }: DiagnoseResult, chalk: ChalkInstance): string[] {
  if (causes.length === 0) return [];
  const lines = ['', chalk.bold(causes.length === 1 ? 'THE CAUSE' : 'CAUSES, THE LIKELIEST FIRST')];
  for (const [index, cause] of causes.slice(0, TOLD).entries()) lines.push(...oneCause(cause, index, chalk));
  const rest = causes.slice(TOLD);
  if (rest.length > 0) lines.push('', chalk.dim('  and behind them'));
  for (const one of rest) {
    const share = shareOf(one);
    const named = share === '' ? safeText(one.id, 60) : `${safeText(one.id, 60)}, ${share}`;
    lines.push(...hang('  · ', `${safeText(one.cause, LINE_MAX)} (${named})`, WIDTH));
  }
  return lines;
}

function oneCause(cause: Cause, index: number, chalk: ChalkInstance): string[] {
  const [first = '', ...more] = hang(`  ${index + 1}. `, safeText(cause.cause, LINE_MAX), WIDTH);
  const fact = (name: string, text: string): string[] =>
    hang(`     ${name.padEnd(9)}`, text, WIDTH).map((line, at) =>
      at === 0 ? `${chalk.dim(line.slice(0, 14))}${line.slice(14)}` : line,
    );
  return [
    '',
    chalk.bold(first),
    ...more.map((line) => chalk.bold(line)),
    `     ${chalk.dim(`${STAGE_NAMES[cause.stage]} · ${likelihood(cause)} · ${safeText(cause.id, 60)}`)}`,
    ...cause.reasons.flatMap((reason, at) => fact(at === 0 ? 'because' : '', safeText(reason, LINE_MAX))),
    ...cause.remedy.flatMap((step, at) =>
      fact(
        at === 0 ? 'do' : '',
        `${cause.remedy.length > 1 ? `${at + 1}. ` : ''}${safeText(step, LINE_MAX)}`,
      ),
    ),
    ...fact('tell it', safeText(cause.separates, LINE_MAX)),
    ...(cause.link === undefined ? [] : fact('more', safeText(cause.link, LINE_MAX))),
  ];
}

function adviceLines({ advice }: DiagnoseResult, chalk: ChalkInstance): string[] {
  if (advice.length === 0) return [];
  return [
    '',
    chalk.bold('ADVICE'),
    ...advice.flatMap(({ cause, reasons, remedy }) => [
      ...hang(
        '  · ',
        `${safeText(cause, LINE_MAX)} ${reasons.map((reason) => `(${safeText(reason, LINE_MAX)})`).join(' ')}`,
        WIDTH,
      ),
      ...remedy.flatMap((step) => hang('    → ', safeText(step, LINE_MAX), WIDTH)),
    ]),
  ];
}

function checkedLines({ probes }: DiagnoseResult, chalk: ChalkInstance): string[] {
  return ['', chalk.bold('WHAT WAS LOOKED AT'), ...probes.flatMap((probe) => oneProbe(probe, chalk))];
}

function oneProbe({ title, outcome, evidence, tookMs }: ProbeResult, chalk: ChalkInstance): string[] {
  const { sign, verdict } = OUTCOMES[outcome];
  const paint = paintVerdict(verdict, chalk);
  const took = tookMs >= SLOW_MS ? ` (${milliseconds(tookMs)})` : '';
  const [head = '', ...rest] = hang(`  ${sign} `, `${safeText(title, LINE_MAX)}${took}`, WIDTH);
  return [
    `  ${paint(sign)}${head.slice(3)}`,
    ...rest,
    ...evidence.flatMap((line) => hang('      ', safeText(line, LINE_MAX), WIDTH, chalk.dim)),
  ];
}

function verdictLines(doc: DiagnoseResult, chalk: ChalkInstance): string[] {
  const { stamp, sentence, counts } = viewDiagnosis(doc);
  const provider =
    doc.provider === undefined || doc.provider === doc.subject ? '' : `, ${safeText(doc.provider, 60)}`;
  return verdictBlock(
    {
      stamp,
      sentence: safeText(sentence, LINE_MAX),
      hint: doc.causes[0]?.remedy[0],
      facts: [
        { text: `${counts.ok} ok`, paint: chalk.green },
        ...(counts.bad > 0 ? [{ text: `${counts.bad} wrong`, paint: chalk.red }] : []),
        ...(counts.warn > 0 ? [{ text: `${counts.warn} notable`, paint: chalk.yellow }] : []),
        ...(counts.skipped > 0 ? [{ text: `${counts.skipped} not looked at`, paint: chalk.dim }] : []),
      ],
      foot: `${safeText(doc.subject, 200)}${provider}, ${plural(doc.facts.logins.length, 'login')} tried, ${milliseconds(doc.durationMs)}`,
      complete: !doc.facts.cutShort && doc.conclusion.kind !== 'interrupted',
    },
    { chalk, width: WIDTH },
  );
}
