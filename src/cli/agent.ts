import { hostname } from 'node:os';
import { join } from 'node:path';
import { type AgentEnd, serveAgent } from '../load/agents/agent.js';
import { EXIT, UsageError } from './exit-codes.js';
import { interruptible } from './interrupt.js';
import { sourcesOf } from './load-sources.js';
import { usersOf } from './load-subject.js';
import { SUITES_DIR, version } from './paths.js';
import { targetOf } from './target.js';
import { note } from './tell.js';
import { number, single } from './values.js';

const WORKERS_MAX = 64;
/** Stands for a target that was not given, where options are read that need one. */
const ANY_TARGET = 'localhost';

/** `popspec agent`: waits for load runs and carries out a shard of each. */
export async function agentCommand(args: Readonly<Record<string, unknown>>): Promise<number> {
  const redis = single('redis', args.redis);
  if (redis === undefined)
    throw new UsageError('--redis is missing', 'name the Redis of the run: --redis redis://host:6379');
  const target = single('target', args.target);
  const spec = targetOf({ ...args, target: target ?? ANY_TARGET });
  if (spec.embedded)
    throw new UsageError('an agent cannot serve the embedded server', 'name a server that all agents reach');
  const users = await usersOf(args, spec);
  if (users.length === 0)
    throw new UsageError(
      'an agent needs the users of the run, with their passwords',
      'name them with --users, or --user-pattern and --password-env',
    );
  const { sources } = await sourcesOf(args);
  const { signal, release } = interruptible();
  try {
    const end = await serveAgent({
      redis,
      name: nameOf(single('name', args.name)),
      version: version(),
      users,
      ...(target === undefined ? {} : { target: { host: spec.host, port: spec.port } }),
      tlsOptions: spec.tlsOptions,
      sources,
      mail: join(SUITES_DIR, 'mail'),
      workers: number('workers', args.workers, { least: 1, most: WORKERS_MAX, integer: true }) ?? 1,
      once: args.once === true,
      signal,
      note,
    });
    return signal.aborted || end === undefined ? EXIT.interrupted : EXIT_OF[end];
  } finally {
    release();
  }
}

const EXIT_OF: Readonly<Record<AgentEnd, number>> = {
  done: EXIT.passed,
  lost: EXIT.invalid,
  refused: EXIT.usage,
  stopped: EXIT.interrupted,
};

function nameOf(given: string | undefined): string {
  if (given === undefined) return `${hostname()}-${process.pid}`;
  if (/^[\w.-]{1,64}$/.test(given) && !/^\d+$/.test(given)) return given;
  throw new UsageError(
    `--name ${given} is no name of an agent`,
    'letters, digits, dots, dashes and underscores, not digits alone',
  );
}
