import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second of the times in /proc; it is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE = 4096;

const pinned = new Map();

/** `command` bound to one core, or as it is where there is no taskset or no such core. */
export function onCore(core, command) {
  if (!pinned.has(core)) pinned.set(core, canPin(core));
  return pinned.get(core) ? ['taskset', '-c', String(core), ...command] : command;
}

function canPin(core) {
  try {
    execFileSync('taskset', ['-c', String(core), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** User and system time of a process and all below it since they began, in microseconds. */
export function cpuUs(root) {
  return (
    (sumOverTree(root, ([utime, stime, childUtime, childStime]) => utime + stime + childUtime + childStime) *
      1e6) /
    TICKS_PER_SECOND
  );
}

/** Resident memory of a process and all below it. */
export function rssBytes(root) {
  return sumOverTree(root, ([, , , , rssPages]) => rssPages) * PAGE;
}

/** Sums over a process and all below it; `of` gets utime, stime, cutime, cstime and the resident pages of proc(5). */
function sumOverTree(root, of) {
  const children = new Map();
  const figures = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      // proc(5): "pid (name) state ppid …", and the name may hold blanks and brackets.
      const fields = readFileSync(`/proc/${entry}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      const [parent, ...numbers] = [1, 11, 12, 13, 14, 21].map((index) => Number(fields[index]));
      figures.set(Number(entry), of(numbers));
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // Gone since.
    }
  }
  const below = (pid) =>
    (children.get(pid) ?? []).reduce((sum, child) => sum + below(child), figures.get(pid) ?? 0);
  return below(root);
}

/** How long a client may take to end after SIGINT before it is killed. */
const END_MS_MAX = 4000;

/** Starts a client, in a process group of its own, that makes load until SIGINT; `stop` gives its exit code and what it printed. */
export function startClient(command, cwd) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (complaint += chunk));
  const closed = once(child, 'close');
  closed.catch(() => {});
  const kill = (signal) => {
    try {
      process.kill(-child.pid, signal);
    } catch {
      // Gone already.
    }
  };
  const atExit = () => kill('SIGKILL');
  process.once('exit', atExit);
  return {
    pid: child.pid,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      kill('SIGINT');
      const patience = setTimeout(() => kill('SIGKILL'), END_MS_MAX);
      const [code] = await closed;
      clearTimeout(patience);
      process.off('exit', atExit);
      return { code, output, complaint };
    },
  };
}

/** Nothing is left behind when this process ends early; gives a function to call when the child has ended. */
export function killedAtExit(child) {
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return () => process.off('exit', kill);
}
