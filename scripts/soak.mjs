// A long load run whose memory must stay as it is: `npm run soak [SECONDS [RATE]]`, an hour at 200 sessions a second when
// nothing is said. Ends with exit code 1 when the resident memory of the last quarter lies more than 5 % above that of the
// second one, or when a session failed.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedProcess } from '../dist/cli/embedded-process.js';
import { loadLibrary } from '../dist/dialogue/library.js';
import { runLoad } from '../dist/load/run.js';
import { makeUsers } from '../dist/serve/users.js';

const ABOVE_SECOND_QUARTER = 0.05;
const SAMPLE_MS = 1000;
const USERS = 400;

/** Resident memory of this process in octets (proc(5)). */
const resident = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;

/** Runs a load of `seconds` and gives the memory of each second and the result. */
export async function soak(seconds, rate) {
  const suites = join(dirname(fileURLToPath(import.meta.url)), '..', 'suites');
  const made = { pattern: 'user{0001}', password: 'let-me-in' };
  const server = await startEmbeddedProcess({
    ...made,
    accounts: USERS,
    mail: join(suites, 'mail'),
    files: ['plain.eml', 'leading-dots.eml'],
  });
  const users = makeUsers(USERS, made).map(({ name, password }) => ({ name, password }));
  const { id, title, deletes, source } = loadLibrary(suites, [], 'scenarios').scenarios.find(
    (scenario) => scenario.id === 'load/download-and-keep',
  );
  const samples = [];
  const timer = setInterval(() => samples.push(resident()), SAMPLE_MS);
  const durationMs = seconds * 1000;
  const result = await runLoad(
    {
      target: { host: server.host, address: server.host, port: server.port, tls: 'none', tlsOptions: {} },
      auth: 'user',
      capabilities: ['TOP', 'UIDL'],
      timeoutMs: 20_000,
      allowDelete: false,
      version: '0.0.0',
      name: { id, title },
      scenarios: [{ id, title, deletes, source, weight: 1 }],
      model: {
        kind: 'open',
        stages: [{ fromPerSecond: rate, toPerSecond: rate, durationMs }],
        maxSessions: USERS,
        arrivals: 'uniform',
      },
      durationMs,
      warmupMs: 0,
      thresholds: [],
      seed: 1,
      users: USERS,
      usersId: '',
    },
    users,
  );
  clearInterval(timer);
  await server.stop();
  return { samples, result };
}

/** The middle of a quarter's samples: one collection of garbage more or less must not decide. */
export function quarter(samples, number) {
  const length = Math.floor(samples.length / 4);
  const part = samples.slice((number - 1) * length, number * length).sort((a, b) => a - b);
  return part[Math.floor(part.length / 2)] ?? 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seconds = 3600, rate = 200] = process.argv.slice(2).map(Number);
  const { samples, result } = await soak(seconds, rate);
  const [second, last] = [quarter(samples, 2), quarter(samples, 4)];
  const above = last / second - 1;
  const { completed, failed, dropped } = result.totals;
  const megabytes = (octets) => `${(octets / 1e6).toFixed(1)} MB`;
  process.stdout.write(
    `${completed} sessions completed, ${failed} failed, ${dropped} not started, in ${seconds} s\n`,
  );
  process.stdout.write(
    `memory: second quarter ${megabytes(second)}, last quarter ${megabytes(last)} (${(above * 100).toFixed(1)} %)\n`,
  );
  process.exitCode = above > ABOVE_SECOND_QUARTER || failed > 0 ? 1 : 0;
}
