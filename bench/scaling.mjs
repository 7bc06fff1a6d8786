/**
 * How what `popspec load` costs grows with sessions, messages and threads, and how late it starts sessions of the open model; against
 * the target in C, which is bound to core 0. Processor time is that of popspec from start to end without what a run of one session
 * takes. Asserts nothing about time.
 *
 *   npm run bench:scaling -- [--rounds 3] [--out bench/SCALING.md]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { onCore } from './processes.mjs';
import { compiled, startTarget } from './target.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const STEPS = [1, 4, 16];
const SESSIONS = 2000;
const OCTETS = 2048;
const CONNECTIONS = 50;
const LAG = { rate: 500, seconds: 20 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    out: { type: 'string', default: join(HERE, 'SCALING.md') },
  },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'popspec-scaling-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const { program } = compiled('target', folder);
const users = join(folder, 'users.csv');
writeFileSync(users, Array.from({ length: 200 }, (_, n) => `user${n},bench\n`).join(''));

/** Runs popspec and gives its processor time in microseconds and its result. `core`: where it is bound to, if it is. */
function load(port, args, core) {
  const command = [process.execPath, join(HERE, '../bin/popspec.js'), 'load', `127.0.0.1:${port}`];
  const common = [
    '--users',
    users,
    '--suite',
    join(HERE, 'workloads.yaml'),
    '--report',
    `json=${join(folder, 'result.json')}`,
  ];
  const all = [...command, '--scenario', 'workloads/read-messages', ...common, ...args];
  const bound = core === undefined ? all : onCore(core, all);
  // The exit code is not looked at: a run of one session has no time to say much. The shell knows what its children took.
  const told = execFileSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>&1; } 2>&1; true', 'bash', ...bound],
    {
      encoding: 'utf8',
    },
  );
  const [user, system] = told.trim().split(/\s+/).map(Number);
  const result = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
  if (result.totals.failed > 0 || result.integrity.errors > 0)
    throw new Error(`the run failed: ${result.exit.reason}`);
  return { cpuUs: (user + system) * 1e6, result };
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const repeated = (run) => median(Array.from({ length: rounds }, run));
const closed = (count, ...more) => [
  '--sessions',
  String(CONNECTIONS),
  '--count',
  String(count),
  '--duration',
  '10m',
  ...more,
];
/** What each session more costs, from a run of so many sessions to a longer one: what starting and compiling takes is in both. */
const perSession = (port, from, to, core, ...more) => {
  const costOf = (count) => repeated(() => load(port, closed(count, ...more), core).cpuUs);
  return (costOf(to) - costOf(from)) / (to - from);
};

const rows = [];
function tell(what, figure, ratio) {
  rows.push(`| ${what} | ${figure} | ${ratio} |`);
  process.stdout.write(`${what}: ${figure}, ${ratio}\n`);
}

const one = await startTarget(program, 0, { messages: 1, octets: OCTETS });
const costs = STEPS.slice(1).map((step, at) =>
  perSession(one.port, SESSIONS * (STEPS[at] ?? 1), SESSIONS * step, 1, '--workers', '1'),
);
for (const [at, cost] of costs.entries())
  tell(
    `from ${SESSIONS * STEPS[at]} to ${SESSIONS * STEPS[at + 1]} sessions of one message of 2 KiB`,
    `${cost.toFixed(0)} µs CPU a session`,
    (cost / costs[0]).toFixed(2),
  );

const threads = [1, 2].map((workers) =>
  perSession(one.port, SESSIONS * 4, SESSIONS * 16, undefined, '--workers', String(workers)),
);
for (const [at, cost] of threads.entries())
  tell(
    `in ${at + 1} thread${at === 0 ? '' : 's'}, on all cores with the target`,
    `${cost.toFixed(0)} µs CPU a session`,
    (cost / threads[0]).toFixed(2),
  );

const lags = Array.from({ length: rounds }, () => {
  const { result } = load(
    one.port,
    ['--rate', String(LAG.rate), '--duration', `${LAG.seconds}s`, '--workers', '1'],
    1,
  );
  return result.scheduleLag;
});
tell(
  `${LAG.rate} arrivals a second for ${LAG.seconds} s: behind the plan`,
  `p50 ${(median(lags.map((lag) => lag.p50Us)) / 1000).toFixed(2)} ms`,
  `p99 ${(median(lags.map((lag) => lag.p99Us)) / 1000).toFixed(2)} ms`,
);
await one.stop();

const messages = [];
for (const step of STEPS) {
  const target = await startTarget(program, 0, { messages: step, octets: OCTETS });
  messages.push(perSession(target.port, SESSIONS, SESSIONS * 4, 1, '--workers', '1'));
  await target.stop();
}
for (const [at, cost] of messages.entries()) {
  const extra =
    at === 0
      ? 'reference'
      : `${((cost - messages[0]) / (STEPS[at] - 1)).toFixed(1)} µs for each message more`;
  tell(
    `a session of ${STEPS[at]} message${at === 0 ? '' : 's'} of 2 KiB`,
    `${cost.toFixed(0)} µs CPU a session`,
    extra,
  );
}

writeFileSync(
  values.out,
  `# How the cost of a load grows

Written by \`npm run bench:scaling\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}. Medians of ${rounds} runs, against the
target in C on core 0; popspec on core 1 where nothing else is said. Processor time is what a longer run takes more than a shorter one, for each session.

| what | figure | against the first |
|---|---:|---:|
${rows.join('\n')}
`,
);
