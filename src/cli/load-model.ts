import type { LoadModel, LoadPlan } from '../load/plan.js';
import { sessionsThatFit } from '../load/preflight.js';
import { hasOwnTimes, parseStages } from '../load/stages.js';
import { UsageError } from './exit-codes.js';
import { durationMs, number, single } from './values.js';

const DEFAULT_SESSIONS = 10;
const DEFAULT_DURATION_MS = 10_000;
/** A run that is to end after a count of sessions ends after this time at the latest. */
const COUNTED_DURATION_MS = 24 * 3_600_000;
const SESSIONS_MAX = 1_000_000;
/** Open model: so many accounts of the embedded server for each session that starts within a second. */
const EMBEDDED_USERS_PER_RATE = 2;

/** What the options say about how sessions are started. */
export interface ModelWish {
  readonly times: Pick<LoadPlan, 'durationMs' | 'warmupMs' | 'count'>;
  /** Accounts that a target made for this run should have. */
  readonly accounts: number;
  /** `users`: how many there are, the limit of the open model where no other is given. */
  model(users: number): LoadModel;
}

/** Reads the options of the model. Throws UsageError or LoadError. */
export function modelOf(args: Readonly<Record<string, unknown>>): ModelWish {
  const rate = single('rate', args.rate);
  const limits = { least: 1, most: SESSIONS_MAX, integer: true };
  const sessions = number('sessions', args.sessions, limits);
  if (rate !== undefined && sessions !== undefined) {
    throw new UsageError(
      '--rate and --sessions are both given',
      '--rate is the open model, --sessions the closed one',
    );
  }
  const [other, needs] = rate === undefined ? [OPEN_ONLY, 'rate'] : [CLOSED_ONLY, 'sessions'];
  const stray = other.find((name) => (args[name] ?? false) !== false);
  if (stray !== undefined) {
    const model = rate === undefined ? 'open' : 'closed';
    throw new UsageError(`--${stray} is for the ${model} model`, `add --${needs}, or leave it out`);
  }
  const count = number('count', args.count, limits);
  const given = args.duration === undefined ? undefined : durationMs('duration', args.duration, 0);
  const otherwise = count === undefined ? DEFAULT_DURATION_MS : COUNTED_DURATION_MS;
  const times = {
    warmupMs: args.warmup === '0' ? 0 : durationMs('warmup', args.warmup, 0),
    ...(count === undefined ? {} : { count }),
  };
  if (rate === undefined) {
    const slots = sessions ?? DEFAULT_SESSIONS;
    const rampMs = args.ramp === undefined ? undefined : durationMs('ramp', args.ramp, 0);
    const pacingMs = args.pacing === undefined ? undefined : durationMs('pacing', args.pacing, 0);
    return {
      times: { ...times, durationMs: given ?? otherwise },
      accounts: slots,
      model: () => ({
        kind: 'closed',
        sessions: slots,
        ...(rampMs === undefined ? {} : { rampMs }),
        ...(pacingMs === undefined ? {} : { pacingMs }),
      }),
    };
  }
  // Machines that share a run have one plan, whatever each of them can hold.
  const fitting = (args.shard ?? args.agents) === undefined ? sessionsThatFit() : Number.POSITIVE_INFINITY;
  const most = number('max-sessions', args['max-sessions'], limits);
  const stages = parseStages(rate, hasOwnTimes(rate) ? given : (given ?? otherwise));
  const highest = Math.max(
    ...stages.flatMap(({ fromPerSecond, toPerSecond }) => [fromPerSecond, toPerSecond]),
  );
  return {
    times: { ...times, durationMs: stages.reduce((sum, stage) => sum + stage.durationMs, 0) },
    accounts: most ?? Math.max(1, Number(args.accounts ?? 0), Math.ceil(highest * EMBEDDED_USERS_PER_RATE)),
    model: (users) => ({
      kind: 'open',
      stages,
      maxSessions: most ?? Math.max(1, Math.min(users, fitting)),
      arrivals: args.poisson === true ? 'poisson' : 'uniform',
    }),
  };
}

const OPEN_ONLY = ['max-sessions', 'poisson'];
const CLOSED_ONLY = ['ramp', 'pacing'];
