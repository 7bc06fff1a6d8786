import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectRaw } from './raw-client.js';
import { freePorts, HOST } from './scratch.js';

const START_TIMEOUT_MS = 20_000;
/** How often a start is tried again after another process took a port between its choice and its use. */
const START_ATTEMPTS = 5;
const TERM_TIMEOUT_MS = 1_000;
const KILL_TIMEOUT_MS = 5_000;
const POLL_MS = 25;

export interface LaunchPlan {
  directory: string;
  logFile: string;
  /** The certificate on the port for TLS; null for a server that knows no TLS. */
  ca: string | null;
  /** Writes the configuration for these ports and returns the command line. */
  prepare(port: number, tlsPort: number): Promise<readonly [program: string, ...args: string[]]>;
}

export interface Launched {
  port: number;
  tlsPort: number | null;
  processGroup: number;
  log(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a server in a process group of its own and returns when its ports greet.
 * @throws Error with the server's log when it does not come up; nothing is left behind then
 */
export async function launch(plan: LaunchPlan): Promise<Launched> {
  for (let attempt = 1; ; attempt += 1) {
    const [port, tlsPort] = await freePorts();
    const child = await spawnLogged(await plan.prepare(port, tlsPort), plan.logFile).catch(async (error) => {
      await rm(plan.directory, { recursive: true, force: true });
      throw error;
    });
    const processGroup = child.pid!;
    // When the test process ends early nothing else would end the server.
    const onExit = () => {
      signal(-processGroup, 'SIGKILL');
      rmSync(plan.directory, { recursive: true, force: true });
    };
    process.once('exit', onExit);
    const problem = await untilGreeting(child, port, tlsPort, plan);
    if (problem === null) {
      let stopped: Promise<void> | undefined;
      const stop = async () => {
        await endGroup(processGroup);
        await rm(plan.directory, { recursive: true, force: true });
        process.off('exit', onExit);
      };
      return {
        port,
        tlsPort: plan.ca === null ? null : tlsPort,
        processGroup,
        log: () => readFile(plan.logFile, 'utf8'),
        stop: () => (stopped ??= stop()),
      };
    }
    const log = await readFile(plan.logFile, 'utf8').catch(() => '');
    await endGroup(processGroup);
    process.off('exit', onExit);
    if (!portTaken(log) || attempt === START_ATTEMPTS) {
      await rm(plan.directory, { recursive: true, force: true });
      throw new Error(`${child.spawnfile} did not start: ${problem}\n${log}`);
    }
    await rm(plan.logFile, { force: true });
  }
}

/** Whether any process of the group runs; one that has ended and waits to be collected by init does not. */
export function groupAlive(processGroup: number): boolean {
  if (!signal(-processGroup, 0)) return false;
  return readdirSync('/proc').some((entry) => {
    try {
      // proc(5): "pid (name) state ppid pgrp …", and the name may hold blanks and brackets.
      const [state, , group] = readFileSync(`/proc/${entry}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(group) === processGroup && state !== 'Z';
    } catch {
      // Not a process, or gone since.
      return false;
    }
  });
}

async function spawnLogged(command: readonly [string, ...string[]], logFile: string): Promise<ChildProcess> {
  const log = openSync(logFile, 'a');
  try {
    const child = spawn(command[0], command.slice(1), { detached: true, stdio: ['ignore', log, log] });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return child;
  } finally {
    closeSync(log);
  }
}

async function untilGreeting(
  child: ChildProcess,
  port: number,
  tlsPort: number,
  plan: LaunchPlan,
): Promise<string | null> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  let problem = 'no greeting';
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) return 'it ended at once';
    try {
      // The second handshake is verified against the certificate made for this instance: it is no stranger's
      // port.
      const clients = [await connectRaw({ host: HOST, port })];
      if (plan.ca !== null) clients.push(await connectRaw({ host: HOST, port: tlsPort, ca: plan.ca }));
      for (const client of clients) {
        await client.command('QUIT');
        client.close();
      }
      // A server may go on with the one port that it got.
      return portTaken(await readFile(plan.logFile, 'utf8')) ? 'a port was taken' : null;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      await sleep(POLL_MS);
    }
  }
  return problem;
}

function portTaken(log: string): boolean {
  return log.includes('Address already in use');
}

async function endGroup(processGroup: number): Promise<void> {
  // All at once: Dovecot's master alone takes two seconds. Nothing in the directory is kept, so what does not
  // go by itself soon (a login that has just been dropped, say) is killed.
  signal(-processGroup, 'SIGTERM');
  if (await gone(processGroup, TERM_TIMEOUT_MS)) return;
  signal(-processGroup, 'SIGKILL');
  if (await gone(processGroup, KILL_TIMEOUT_MS)) return;
  throw new Error(`process group ${processGroup} is still there after SIGKILL`);
}

async function gone(processGroup: number, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (groupAlive(processGroup)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** Signals a process, or a group when `pid` is negative; false when there is none. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
