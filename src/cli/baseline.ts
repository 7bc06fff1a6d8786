import { existsSync, readFileSync } from 'node:fs';
import { type Baseline, dayOf, isDay, readBaseline } from '../check/baseline.js';
import { type BaselineUpdate, updateBaseline } from '../check/baseline-update.js';
import { plural } from '../report/format.js';
import { EXIT, UsageError } from './exit-codes.js';
import { readResult } from './report.js';
import { mustBeWritable, writeFile } from './reports.js';
import { loadSuites } from './suites.js';
import { single } from './values.js';

const DEFAULT_FILE = 'popspec.baseline.yaml';
const DEFAULT_DAYS = 90;
const DAY_MS = 86_400_000;
/** Ids that one line names. */
const NAMED_MAX = 5;

/** `popspec baseline update`: writes the findings of a check into the file of those that are known. */
export async function baselineCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  if (args.update !== 'update') {
    throw new UsageError(
      `popspec baseline has no "${String(args.update)}"`,
      'popspec baseline update RESULT.json',
    );
  }
  const source = String(args.result);
  const file = single('baseline', args.baseline) ?? DEFAULT_FILE;
  const doc = readResult(source);
  if (doc.kind !== 'check')
    throw new UsageError(`${source} is a result of the kind "${doc.kind}"`, 'a baseline is for checks');
  if (doc.cases.length === 0)
    throw new UsageError(`${source} holds no case: ${doc.exit.reason}`, 'run the check again');
  const expires = expiry(single('expires', args.expires), new Date(doc.startedAt));
  mustBeWritable(file);
  const { library } = loadSuites(args);
  const there = existsSync(file);
  const before: Baseline = there ? readBaseline(file, library.cases) : { file, entries: [] };
  const update = updateBaseline(there ? readFileSync(file, 'utf8') : '', before, doc, library.cases, {
    reason: single('reason', args.reason),
    expires,
  });
  writeFile(file, update.text);
  process.stdout.write(summary(file, update));
  return EXIT.passed;
}

function expiry(text: string | undefined, from: Date): string {
  if (text === 'never') return text;
  const days = text === undefined ? DEFAULT_DAYS : Number(/^(\d{1,5})d$/.exec(text)?.[1]);
  if (!Number.isNaN(days)) return dayOf(new Date(from.getTime() + days * DAY_MS));
  if (text === undefined || !isDay(text))
    throw new UsageError(`--expires ${text} is no day`, 'such as 2026-03-31, 30d or never');
  return text;
}

function summary(file: string, { added, removed, changed, kept, expired }: BaselineUpdate): string {
  const told: [string, readonly string[]][] = [
    ['added', added],
    ['removed, since they are fixed', removed],
    ['now fail', changed],
    ['have expired: mend them, or give them a new date', expired],
  ];
  const lines = told
    .filter(([, ids]) => ids.length > 0)
    .map(([words, ids]) => `  ${ids.length} ${words}: ${named(ids)}`);
  return [`${file}: ${plural(kept.length + added.length, 'entry', 'entries')}`, ...lines, ''].join('\n');
}

function named(ids: readonly string[]): string {
  const rest = ids.length - NAMED_MAX;
  return `${ids.slice(0, NAMED_MAX).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
