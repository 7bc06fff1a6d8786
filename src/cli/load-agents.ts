import { measureWithAgents } from '../load/agents/controller.js';
import type { Measure } from '../load/run.js';
import { UsageError } from './exit-codes.js';
import { note } from './tell.js';
import { durationMs, single } from './values.js';

const AGENTS_MAX = 1000;
const READY_MS = 30_000;
/** What each agent has for itself, or cannot have. */
const NOT_WITH_AGENTS = ['shard', 'workers', 'source', 'refill', 'find-capacity'];

/** Reads `--agents N` or `--agents NAME,NAME` with what goes with it; undefined when it was not given. Throws UsageError. */
export function agentsOf(args: Readonly<Record<string, unknown>>, embedded: boolean): Measure | undefined {
  const text = single('agents', args.agents);
  const redis = single('redis', args.redis);
  if (text === undefined) {
    const stray = ['redis', 'ready-within'].find((name) => args[name] !== undefined);
    if (stray !== undefined) throw new UsageError(`--${stray} is for a run by agents`, 'add --agents N');
    return undefined;
  }
  if (redis === undefined)
    throw new UsageError('--agents is given, and no Redis', 'name it: --redis redis://host:6379');
  if (embedded)
    throw new UsageError('--agents is given, and the embedded server', 'name a server that all agents reach');
  const other = NOT_WITH_AGENTS.find((name) => (args[name] ?? false) !== false);
  if (other !== undefined)
    throw new UsageError(
      `--${other} and --agents are both given`,
      other === 'workers' || other === 'source' ? `give --${other} to the agents` : 'leave one of them out',
    );
  const names = /^\d+$/.test(text) ? undefined : text.split(',').map((name) => name.trim());
  const agents = names?.length ?? Number(text);
  const wrong = names !== undefined && (names.includes('') || new Set(names).size < names.length);
  if (wrong || agents < 1 || agents > AGENTS_MAX)
    throw new UsageError(
      `--agents ${text} are no agents`,
      'a number such as 4, or different names such as one,two',
    );
  const readyMs = durationMs('ready-within', args['ready-within'], READY_MS);
  return (shard, control, thresholds) => {
    if (agents > shard.users.length)
      throw new UsageError(
        `${agents} agents for ${shard.users.length} users`,
        'an agent needs a user of its own at least',
      );
    return measureWithAgents(shard, control, thresholds, { redis, agents, names, readyMs, note });
  };
}
