import { availableParallelism } from 'node:os';
import type { LoadPlan } from '../load/plan.js';
import { UsageError } from './exit-codes.js';
import { number } from './values.js';

const WORKERS_MAX = 64;
/** What one thread carries with ease; smaller loads stay in one. */
const SESSIONS_EACH = 100;
const STARTS_EACH = 250;

/**
 * How many threads make the load: `--workers`, or as many as the load calls for and the cores give, one of which is
 * left to the embedded server where it is the target. Throws UsageError.
 */
export function workersOf(
  args: Readonly<Record<string, unknown>>,
  plan: LoadPlan,
  embedded: boolean,
): number {
  const asked = number('workers', args.workers, { least: 1, most: WORKERS_MAX, integer: true });
  if (asked !== undefined) {
    const { model, users } = plan;
    const most = model.kind === 'closed' ? model.sessions : Math.min(users, model.maxSessions);
    if (asked > most)
      throw new UsageError(
        `--workers ${asked} is more than the ${most} sessions at a time`,
        `--workers ${most}`,
      );
    return asked;
  }
  return Math.max(1, Math.min(calledFor(plan), availableParallelism() - (embedded ? 1 : 0)));
}

function calledFor({ model, users }: LoadPlan): number {
  if (model.kind === 'closed') return Math.ceil(model.sessions / SESSIONS_EACH);
  const highest = Math.max(
    ...model.stages.flatMap(({ fromPerSecond, toPerSecond }) => [fromPerSecond, toPerSecond]),
  );
  return Math.min(users, model.maxSessions, Math.ceil(highest / STARTS_EACH));
}
