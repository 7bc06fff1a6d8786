import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type LoadPlan, planId } from '../load/plan.js';
import { type ShardResult, shardResultSchema } from '../load/shard-result.js';
import { UsageError } from './exit-codes.js';

const KIND = 'load-shard';
const SCHEMA_VERSION = 1;
const RERUN = 'give the files that popspec load --shard wrote, all of one run';

const schema = z.object({
  kind: z.literal(KIND),
  schemaVersion: z.literal(SCHEMA_VERSION),
  plan: z.custom<LoadPlan>((value) => value !== null && typeof value === 'object'),
  planId: z.string(),
  /** From 1. */
  index: z.int().min(1),
  of: z.int().min(1),
  result: shardResultSchema,
});

/** What one machine has measured, and the plan that it was a part of. */
export type ShardFile = z.infer<typeof schema>;

/** What goes into the file; nothing of the user's own TLS files is in it. */
export function shardFileOf(
  plan: LoadPlan,
  { index, of, result }: { index: number; of: number; result: ShardResult },
): ShardFile {
  const bare: LoadPlan = { ...plan, target: { ...plan.target, tlsOptions: {} } };
  return { kind: KIND, schemaVersion: SCHEMA_VERSION, plan: bare, planId: planId(plan), index, of, result };
}

/** Reads the file of a shard. Throws UsageError with the file's name. */
export function readShardFile(file: string): ShardFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`, RERUN);
  }
  const { kind, schemaVersion } = (value ?? {}) as { kind?: unknown; schemaVersion?: unknown };
  if (kind !== KIND) throw new UsageError(`${file} is not the file of a shard`, RERUN);
  if (schemaVersion !== SCHEMA_VERSION)
    throw new UsageError(
      `${file} was written by another version of popspec`,
      'use the same version everywhere',
    );
  const { data, error } = schema.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (data === undefined)
    throw new UsageError(
      `${file}: ${issue?.path.join('.')}: ${issue?.message}`,
      'the file is damaged: run it again',
    );
  if (idOf(data.plan) !== data.planId)
    throw new UsageError(
      `${file}: its plan is not the one that was run`,
      'the file is damaged: run it again',
    );
  return data;
}

function idOf(plan: LoadPlan): string | undefined {
  try {
    return planId(plan);
  } catch {
    return undefined;
  }
}

/** In what two plans that should be one differ, in words; undefined when they are the same. */
export function differenceOf(one: ShardFile, other: ShardFile): string | undefined {
  if (one.of !== other.of) return `one is a shard of ${one.of}, the other of ${other.of}`;
  if (one.planId === other.planId) return undefined;
  const parts: readonly (readonly [string, (plan: LoadPlan) => unknown])[] = [
    ['versions of popspec', ({ version }) => version],
    ['targets', ({ target: { tlsOptions: _, ...target } }) => target],
    ['users', ({ usersId }) => usersId],
    ['scenarios', ({ scenarios }) => scenarios.map(({ source, ...rest }) => [rest, source.dialogue.text])],
    ['models', ({ model }) => model],
    ['durations', ({ durationMs, warmupMs, count }) => [durationMs, warmupMs, count]],
    ['seeds', ({ seed }) => seed],
    ['thresholds', ({ thresholds }) => thresholds],
  ];
  const differs = parts.filter(([, of]) => JSON.stringify(of(one.plan)) !== JSON.stringify(of(other.plan)));
  return `they have other ${differs.map(([name]) => name).join(', ') || 'settings'}`;
}
