import { compareChecks } from '../check/comparison.js';
import { incomparable, type Named } from '../load/comparison/comparable.js';
import { compareLoads } from '../load/comparison/compare.js';
import { FLOORS, type Floors } from '../load/comparison/metrics.js';
import { createChalk } from '../report/colors.js';
import type { Comparison } from '../report/comparison/document.js';
import type { ResultDocument } from '../report/document.js';
import { safeText } from '../report/escape.js';
import { secondOpinion } from '../report/second-opinion.js';
import { endSummary } from '../report/terminal.js';
import { UsageError } from './exit-codes.js';
import { version } from './paths.js';
import { readResult } from './report.js';
import { reportRequests, writeReports } from './reports.js';
import { choice, several } from './values.js';

/** What a message repeats of results that somebody may have edited. */
const MESSAGE_MAX = 600;

type Args = Readonly<Record<string, unknown>>;

/** A result of any kind, and its file. */
interface Read {
  readonly file: string;
  readonly doc: ResultDocument;
}

interface Settings {
  readonly floors: Floors;
  readonly failOnWorse: boolean;
  readonly version: string;
}

const HOW = 'popspec compare BASE.json NEW.json, or --base B1.json B2.json … --new N1.json N2.json …';

/** `popspec compare`: what changed between two checks, or between load runs. */
export async function compareCommand(args: Args): Promise<number> {
  const requests = reportRequests(several(args.report), 'comparison');
  const settings: Settings = {
    floors: floorsOf(several(args.floor)),
    failOnWorse: choice('fail-on', args['fail-on'], ['worse']) === 'worse',
    version: version(),
  };
  const { base, next } = sidesOf(args);
  const comparison = compared(base.map(read), next.map(read), settings);
  const out = requests.some(({ file }) => file === '-') ? process.stderr : process.stdout;
  out.write(
    endSummary(comparison, createChalk(out, process.env, { color: args.color as boolean | undefined })),
  );
  writeReports(requests, comparison);
  return comparison.exit.code;
}

function read(file: string): Read {
  return { file, doc: readResult(file) };
}

function sidesOf(args: Args): { base: string[]; next: string[] } {
  const given = several(args.result);
  const [base, next] = [several(args.base), several(args.new)];
  if (given.length > 0 && base.length + next.length > 0)
    throw new UsageError('results are given beside --base and --new', HOW);
  if (base.length > 0 && next.length > 0) return { base, next };
  if (base.length + next.length > 0)
    throw new UsageError(
      `--${base.length > 0 ? 'base' : 'new'} is given, --${base.length > 0 ? 'new' : 'base'} is not`,
      HOW,
    );
  const [first, second, third] = given;
  if (first === undefined || second === undefined || third !== undefined)
    throw new UsageError(`compare takes two results, not ${given.length}`, HOW);
  return { base: [first], next: [second] };
}

function compared(base: readonly Read[], next: readonly Read[], settings: Settings): Comparison {
  const all = [...base, ...next];
  const other = all.find(({ doc }) => doc.kind !== 'check' && doc.kind !== 'load');
  if (other !== undefined)
    throw new UsageError(
      `${other.file} is a result of the kind "${other.doc.kind}"`,
      'compare takes checks and load runs',
    );
  const loads = all.filter((one): one is Named => one.doc.kind === 'load');
  const odd = all.find(({ doc }) => doc.kind !== all[0]?.doc.kind);
  if (odd !== undefined)
    throw new UsageError(
      `${all[0]?.file} is a result of the kind "${all[0]?.doc.kind}", ${odd.file} of the kind "${odd.doc.kind}"`,
      'compare checks with checks, and load runs with load runs',
    );
  if (loads.length > 0) {
    const why = incomparable(loads);
    if (why !== undefined)
      throw new UsageError(
        safeText(why, MESSAGE_MAX),
        'runs are compared that differ in the server alone: run both sides with the same options',
      );
    const [before, after] = [loads.slice(0, base.length), loads.slice(base.length)];
    const opinion = secondOpinion(
      before.map(({ doc }) => doc),
      after.map(({ doc }) => doc),
    );
    return {
      ...compareLoads(before, after, settings),
      ...(opinion === undefined ? {} : { secondOpinion: opinion }),
    };
  }
  const [before, after] = all;
  if (all.length !== 2 || before?.doc.kind !== 'check' || after?.doc.kind !== 'check')
    throw new UsageError('checks are compared one with one', 'popspec compare BASE.json NEW.json');
  return compareChecks(
    { file: before.file, doc: before.doc },
    { file: after.file, doc: after.doc },
    settings,
  );
}

const UNITS_US: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 };

/** Reads the values of `--floor`: `5%` for everything that is compared in percent, `0.2ms` for latencies besides. */
function floorsOf(values: readonly string[]): Floors {
  let floors = FLOORS;
  for (const value of values) {
    const [, size, unit = ''] = /^(\d+(?:\.\d+)?)(%|us|µs|ms|s)$/.exec(value) ?? [];
    if (size === undefined)
      throw new UsageError(`--floor ${value} is neither a share nor a time`, 'such as 5% or 0.2ms');
    if (unit === '%') floors = { ...floors, percent: Number(size) };
    else floors = { ...floors, latencyUs: Number(size) * (UNITS_US[unit.replace('µ', 'u')] ?? 1) };
  }
  return floors;
}
