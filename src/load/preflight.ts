import { readdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { readOpenFilesLimit } from './health.js';
import { type LoadPlan, type LoadUser, type Shard, shareOf } from './plan.js';
import { LoadError } from './problem.js';

/** More starts per second than one thread can even count. */
const RATE_MAX = 1_000_000;
/** Descriptors beside those of sessions: the report, pipes, the listing of /proc. */
const FILES_SPARE = 16;

/** Throws LoadError for a plan that cannot be run, wherever that is. */
export function preflight(plan: LoadPlan, users: readonly LoadUser[]): void {
  const { model, scenarios, allowDelete, durationMs, warmupMs } = plan;
  const deletes = scenarios.find((scenario) => scenario.deletes);
  if (deletes !== undefined && !allowDelete) {
    const hint =
      'give --allow-delete when every mailbox of the users is a test mailbox, or choose another scenario';
    refuse('LOAD_DELETES', `the scenario ${deletes.id} removes mail, and that is not allowed`, hint);
  }
  if (!(durationMs > 0) || !(warmupMs >= 0)) {
    refuse('LOAD_MODEL', 'the duration must be longer than 0', 'write it like --duration 30s');
  }
  const names = new Set(users.map(({ name }) => name));
  if (names.size < users.length) {
    const hint = 'a mailbox is read by one session at a time: name each user once';
    refuse('LOAD_USERS', `${users.length - names.size} users are named twice`, hint);
  }
  if (users.length === 0) refuse('LOAD_USERS', 'there are no users', 'name them with --users or --user');
  const family = isIP(plan.target.address);
  const stranger = plan.sources?.find((source) => family !== 0 && isIP(source) !== family);
  if (stranger !== undefined) {
    refuse(
      'LOAD_PORTS',
      `no connection can come from ${stranger} to ${plan.target.address}`,
      `give addresses of IPv${family} with --source`,
    );
  }
  if (model.kind === 'open') {
    const { stages, maxSessions } = model;
    const rates = stages.flatMap(({ fromPerSecond, toPerSecond }) => [fromPerSecond, toPerSecond]);
    const wrong = rates.find((rate) => !(rate >= 0) || rate > RATE_MAX);
    if (wrong !== undefined || !rates.some((rate) => rate > 0)) {
      refuse(
        'LOAD_MODEL',
        `a rate of ${wrong ?? 0} sessions/s cannot be made`,
        `choose one up to ${RATE_MAX}/s`,
      );
    }
    if (!(maxSessions >= 1))
      refuse('LOAD_MODEL', 'no session may be open at all', 'allow at least one at a time');
    return;
  }
  const { sessions } = model;
  if (!(sessions >= 1))
    refuse('LOAD_MODEL', `${sessions} sessions at a time is no load`, 'ask for at least one');
  if (sessions > users.length) {
    refuse(
      'LOAD_USERS_TOO_FEW',
      `${sessions} sessions at a time need as many users, and there ${users.length === 1 ? 'is 1' : `are ${users.length}`}: a mailbox is locked by the session that reads it`,
      `give more users with --users, or at most --sessions ${users.length}`,
    );
  }
}

/**
 * Throws LoadError when this machine cannot hold the sessions that a part of the plan, or all of it, has at a time. The open
 * model has no number that must be held.
 */
export function mustFit(
  { model, sources = ['the system’s choice'] }: Pick<LoadPlan, 'model' | 'sources'>,
  part: Pick<Shard, 'index' | 'of'> = { index: 0, of: 1 },
): void {
  if (model.kind === 'open') return;
  const sessions = shareOf(model.sessions, part);
  const most = sessionsThatFit();
  if (sessions > most) {
    refuse(
      'LOAD_OPEN_FILES',
      `${sessions} sessions at a time need more open files than the ${readOpenFilesLimit()} that this process may have`,
      `raise the limit: ulimit -n ${sessions + 1024}; or share the load with --shard`,
    );
  }
  const ports = localPorts();
  if (ports !== undefined && sessions > ports * sources.length) {
    refuse(
      'LOAD_PORTS',
      `${sessions} sessions at a time need more local ports than the ${ports} that an address has for one target`,
      `come from ${Math.ceil(sessions / ports)} addresses with --source, or widen net.ipv4.ip_local_port_range`,
    );
  }
}

function refuse(code: LoadError['code'], message: string, hint: string): never {
  throw new LoadError(code, message, hint);
}

/** How many sessions this process has open files for. */
export function sessionsThatFit(): number {
  const limit = readOpenFilesLimit();
  return limit === null ? Number.POSITIVE_INFINITY : Math.max(0, limit - openFilesNow() - FILES_SPARE);
}

/** Local ports that the system gives out by itself; undefined where it does not tell. */
function localPorts(): number | undefined {
  try {
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1');
    const [first = 0, last = 0] = range.trim().split(/\s+/).map(Number);
    return last - first + 1;
  } catch {
    return undefined;
  }
}

function openFilesNow(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
