import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadLibrary } from '../../src/dialogue/library.js';
import { startHostileServer } from '../../src/serve/hostile/server.js';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';

export type Command = 'check' | 'load' | 'diagnose' | 'seed';
export type Tls = 'none' | 'stls' | 'implicit';

/** One run of a command against one server of its own. `id` is a name of the hostile catalogue, or empty for an honest server. */
export interface Run {
  readonly id: string;
  readonly what: Command;
  readonly tls: Tls;
}

/** What became of a run. */
export interface Told extends Run {
  readonly durationMs: number;
  readonly code: number;
  readonly reason: string | undefined;
  readonly problem: string | undefined;
  readonly verdicts: Readonly<Record<string, number>>;
  /** Cases whose verdict is `error`. */
  readonly errors: readonly string[];
  /** Why cases were blocked. */
  readonly blocked: readonly string[];
  readonly kinds: readonly string[] | undefined;
  readonly totals: Readonly<Record<string, number>> | undefined;
  /** What is wrong with its reports. */
  readonly found: readonly string[];
  /** Of the JSON report. */
  readonly octets: number;
  /** What it threw in place of a result. */
  readonly threw: string | undefined;
}

export interface Batch {
  readonly told: readonly Told[];
  /** Most memory that the process had, in octets. */
  readonly peak: number;
  /** Unhandled rejections, uncaught exceptions, warnings of Node. */
  readonly complaints: readonly string[];
  readonly exitCode: number | null;
}

export interface BatchOptions {
  readonly runs: readonly Run[];
  readonly atATime: number;
  /** All when empty. */
  readonly cases: readonly string[];
  readonly timeoutMs?: number;
  readonly durationMs?: number;
}

const CHILD = fileURLToPath(new URL('./batch.mjs', import.meta.url));
const MAIL = ['plain.eml', 'leading-dots.eml', 'numbered.eml'];

const library = loadLibrary('suites', [], 'scenarios');
const users = makeUsers(2, { messages: MAIL.map((name) => library.fixture(name)) });

/** Carries out runs in a process of their own, each against a server in this one, and waits until it has ended by itself. */
export async function runBatch({
  runs,
  atATime,
  cases,
  timeoutMs = 400,
  durationMs = 400,
}: BatchOptions): Promise<Batch> {
  const folder = mkdtempSync(join(tmpdir(), 'popspec-batch-'));
  const out = join(folder, 'told');
  const servers: RunningServer[] = [];
  try {
    const placed = [];
    for (const run of runs) {
      const server = await (run.id === '' ? startServer({ users }) : startHostileServer(run.id, { users }));
      servers.push(server);
      const [port, otherPort] =
        run.tls === 'implicit' ? [server.tlsPort, server.port] : [server.port, server.tlsPort];
      placed.push({ ...run, port, otherPort, ca: server.certificate });
    }
    const accounts = users.map(({ name, password }) => ({ name, password }));
    const order = join(folder, 'order');
    const given = { runs: placed, atATime, users: accounts, cases, timeoutMs, durationMs, out };
    writeFileSync(order, JSON.stringify(given));
    const child = spawn(process.execPath, [CHILD, order], { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr = `${stderr}${text}`.slice(-2000);
    });
    const exitCode = await new Promise<number | null>((done) => child.once('exit', done));
    if (!existsSync(out)) throw new Error(`it ended with code ${exitCode} before its first run: ${stderr}`);
    const lines = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const { peak = 0, complaints = ['it ended in the middle'] } = lines.pop();
    return { told: lines, peak, complaints, exitCode };
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    rmSync(folder, { recursive: true, force: true });
  }
}
