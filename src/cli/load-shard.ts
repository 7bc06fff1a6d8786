import { cut, type LoadPlan, type LoadUser, planId, wholePlan } from '../load/plan.js';
import { type LoadControl, measure, planThresholds } from '../load/run.js';
import type { ShardResult } from '../load/shard-result.js';
import { EXIT, UsageError } from './exit-codes.js';
import { mustBeWritable, writeFile } from './reports.js';
import { shardFileOf } from './shard-file.js';
import { complainOf, note } from './tell.js';
import { single } from './values.js';

/** The part of a run that this machine carries out, from 1. */
export interface Part {
  readonly index: number;
  readonly of: number;
  readonly file: string;
  /** Milliseconds since 1970; undefined for at once. */
  readonly startAt: number | undefined;
}

const SHARDS_MAX = 1000;
/** A start further away than this is a slip of the pen. */
const START_WITHIN_MS = 24 * 3_600_000;

/** Reads `--shard I/N` with what goes with it; undefined when it was not given. Throws UsageError. */
export function shardOf(args: Readonly<Record<string, unknown>>): Part | undefined {
  const text = single('shard', args.shard);
  const file = single('shard-file', args['shard-file']);
  const start = single('start-at', args['start-at']);
  if (text === undefined) {
    const stray = file !== undefined ? 'shard-file' : start !== undefined ? 'start-at' : undefined;
    if (stray !== undefined) throw new UsageError(`--${stray} is for a part of a run`, 'add --shard I/N');
    return undefined;
  }
  const [, index, of] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []).map(Number);
  if (index === undefined || of === undefined || index < 1 || index > of || of > SHARDS_MAX)
    throw new UsageError(`--shard ${text} is no part of a run`, 'the first of four is --shard 1/4');
  if (args.report !== undefined)
    throw new UsageError(
      '--shard and --report are both given',
      'popspec merge makes the reports of all shards',
    );
  const part = { index, of, file: file ?? `reports/shard-${index}-of-${of}.json`, startAt: startOf(start) };
  mustBeWritable(part.file);
  return part;
}

/** A time of today where there is no date. */
function startOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const clock = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text)?.slice(1).map(Number);
  const [hours = 0, minutes = 0, seconds = 0] = clock ?? [];
  const at = /^\d{9,11}(?:\.\d+)?$/.test(text)
    ? Number(text) * 1000
    : clock === undefined
      ? Date.parse(text)
      : new Date().setHours(hours, minutes, seconds, 0);
  const hint = 'write it like 2026-03-14T09:30:00Z, 09:30:00, or seconds since 1970';
  if (Number.isNaN(at)) throw new UsageError(`--start-at ${text} is no time`, hint);
  const aheadMs = at - Date.now();
  if (aheadMs < 0) throw new UsageError(`--start-at ${text} is over`, 'choose a time that is still to come');
  if (aheadMs > START_WITHIN_MS) throw new UsageError(`--start-at ${text} is more than a day away`, hint);
  return at;
}

/** Carries out a part of a run, writes what it measured, and gives the exit code. */
export async function runPart(
  plan: LoadPlan,
  users: readonly LoadUser[],
  { index, of, file, startAt }: Part,
  control: LoadControl,
  measured: () => void,
): Promise<number> {
  const shard = cut(wholePlan(plan, users, control.deliver), of)[index - 1];
  if (shard === undefined || shard.users.length === 0)
    throw new UsageError(
      `shard ${index} of ${of} has no user`,
      `${users.length} users make that many shards at most`,
    );
  if (control.problem !== undefined) {
    complainOf(control.problem);
    return EXIT.unreachable;
  }
  if (startAt !== undefined) note(`waiting until ${new Date(startAt).toISOString()}`);
  const result = await measure(shard, control, planThresholds(plan));
  measured();
  writeFile(file, JSON.stringify(shardFileOf(plan, { index, of, result })));
  const { completed, failed, integrityErrors } = result.totals;
  process.stdout.write(
    `shard ${index} of ${of} (plan ${planId(plan)}): ${completed} sessions completed, ${failed} failed, ${integrityErrors} integrity errors; ${file}\n`,
  );
  for (const loss of result.losses) note(loss);
  return EXIT_OF[result.why];
}

const EXIT_OF: Readonly<Record<ShardResult['why'], number>> = {
  over: EXIT.passed,
  stopped: EXIT.failed,
  lost: EXIT.invalid,
  unreachable: EXIT.unreachable,
  aborted: EXIT.interrupted,
};
