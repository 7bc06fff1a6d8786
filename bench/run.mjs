/**
 * popspec against Python's poplib, side by side: the same dialogue and the same checks, 50 sessions at a time, against
 * the same embedded server process. Measures the processor time that the client needs for a session, as counted by
 * the server, in a steady window, in rounds run in turn. Asserts nothing about time.
 *
 *   npm run bench -- [--seconds 5] [--rounds 3]
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cpuUs, killedAtExit, onCore, startClient } from './processes.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SERVER_CORE = 0;
const CLIENT_CORE = 1;
const SESSIONS = 50;
/** Sessions after which a client counts as settled (its code is compiled by then), and how long that may take. */
const SETTLED_SESSIONS = 2000;
const SETTLE_MS_MAX = 20_000;
const PATTERN = 'user{00001}';
const PASSWORD = 'bench';
/** Exit code of popspec for a run that was ended by Ctrl-C. */
const INTERRUPTED = 130;

const WORKLOADS = [
  { id: 'W1', title: 'one message of 2 KiB', messages: 1, octets: 2 * 1024 },
  { id: 'W2', title: 'ten messages of 20 KiB', messages: 10, octets: 20 * 1024 },
];

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '5' }, rounds: { type: 'string', default: '3' } },
});
const seconds = positive('seconds');
const rounds = positive('rounds');
const folder = mkdtempSync(join(tmpdir(), 'popspec-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const users = join(folder, 'users.csv');

/** They make load until SIGINT. */
const CLIENTS = [
  {
    name: 'popspec load',
    command: (port) => [
      process.execPath,
      join(ROOT, 'bin/popspec.js'),
      ...['load', `pop3://127.0.0.1:${port}`, '--users', users],
      ...['--scenario', join(ROOT, 'bench/read-all.yaml'), '--sessions', String(SESSIONS)],
      ...['--duration', '1h', '--report', 'json=-'],
    ],
    isGood: ({ code, output }) => code === INTERRUPTED && JSON.parse(output).errors.length === 0,
  },
  {
    name: 'python3 poplib, 50 threads',
    command: (port) => ['python3', join(ROOT, 'bench/poplib-load.py'), '127.0.0.1', String(port), users],
    isGood: ({ code, output }) => code === 0 && Number(output) > 0,
  },
];

needs(process.platform === 'linux', 'processor times are read from /proc, which only Linux has');
needs(existsSync(join(ROOT, 'dist/cli/main.js')), 'popspec is not built: npm run build');
const python = version('python3');
needs(python !== undefined, 'python3 is not installed');

writeFileSync(users, ['user,password', ...userNames().map((name) => `${name},${PASSWORD}`)].join('\n'));
const results = [];
for (const workload of WORKLOADS) {
  const server = await startServer(workload);
  const samples = new Map(CLIENTS.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    // Whoever is first in one round is last in the next.
    for (const client of round % 2 === 1 ? CLIENTS : [...CLIENTS].reverse()) {
      const sample = await measure(client, server);
      samples.get(client.name).push(sample);
      console.log(
        `${workload.id} round ${round}: ${client.name.padEnd(26)} ${sample.cpuUs.toFixed(0)} µs CPU a session, ${sample.rate.toFixed(0)} sessions/s, server core ${sample.serverShare.toFixed(0)} % busy`,
      );
    }
  }
  await server.stop();
  results.push({ workload, rows: [...samples].map(([name, of]) => ({ name, ...medians(of) })) });
}
const text = report();
writeFileSync(join(ROOT, 'bench/RESULTS.md'), text);
console.log(`\n${text}\nwritten to bench/RESULTS.md`);

async function measure(client, server) {
  const running = startClient(onCore(CLIENT_CORE, client.command(server.port)));
  const beganMs = performance.now();
  for (const { sessions } = await server.counters(); ; await sleep(100)) {
    if ((await server.counters()).sessions - sessions >= SETTLED_SESSIONS) break;
    if (running.ended() || performance.now() - beganMs > SETTLE_MS_MAX) break;
  }
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  const ended = await running.stop();
  needs(client.isGood(ended), `${client.name} failed (exit code ${ended.code}):\n${ended.complaint}`);
  const sessions = after.sessions - before.sessions;
  needs(sessions > 0, `${client.name} ended no session in ${seconds} s`);
  const elapsedUs = (after.atMs - before.atMs) * 1000;
  return {
    cpuUs: (after.clientUs - before.clientUs) / sessions,
    rate: (sessions * 1e6) / elapsedUs,
    serverShare: ((after.serverUs - before.serverUs) / elapsedUs) * 100,
  };

  async function look() {
    const { sessions: counted } = await server.counters();
    const times = { clientUs: cpuUs(running.pid), serverUs: cpuUs(server.pid) };
    return { sessions: counted, atMs: performance.now(), ...times };
  }
}

/** The embedded server, bound to a core, with the messages of the workload in each maildrop. */
async function startServer({ messages, octets }) {
  writeFileSync(join(folder, 'message.eml'), message(octets));
  const command = onCore(SERVER_CORE, [process.execPath, join(ROOT, 'dist/cli/embedded-child.js')]);
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const release = killedAtExit(child);
  const ask = async (request) => {
    const answer = once(child, 'message');
    child.send(request);
    return (await answer)[0];
  };
  const files = Array(messages).fill('message.eml');
  const made = { accounts: SESSIONS, pattern: PATTERN, password: PASSWORD, mail: folder, files };
  const { port } = await ask(made);
  return {
    port,
    pid: child.pid,
    counters: async () => (await ask('counters')).counters,
    stop: async () => {
      const ended = once(child, 'exit');
      child.send('stop');
      await ended;
      release();
    },
  };
}

/** Lines of 76 characters with now and then a dot at the beginning. */
function message(octets) {
  const head = 'From: bench@example.org\r\nSubject: bench\r\n\r\n';
  let body = '';
  for (let line = 0; head.length + body.length < octets; line++)
    body += `${line % 20 === 7 ? '.' : 'x'}${'abcdefghijklmnopqrstuvwxy'.repeat(3)}\r\n`;
  return `${(head + body).slice(0, octets - 2)}\r\n`;
}

function userNames() {
  return Array.from({ length: SESSIONS }, (_, index) => `user${String(index + 1).padStart(5, '0')}`);
}

function medians(samples) {
  const of = (key) => {
    const sorted = samples.map((sample) => sample[key]).sort((a, b) => a - b);
    return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
  };
  return { cpuUs: of('cpuUs'), rate: of('rate'), serverShare: of('serverShare') };
}

function report() {
  const lines = [
    '# popspec load beside poplib',
    '',
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}, ${python}.`,
    '',
    `${SESSIONS} sessions at a time against the embedded server in a process of its own${onCore(SERVER_CORE, []).length > 0 ? `, bound to core ${SERVER_CORE}; the client is bound to core ${CLIENT_CORE}` : ''}. Both clients`,
    'play the same dialogue (USER, PASS, STAT, LIST, RETR of all, QUIT) and check the same: every status, the number of',
    'messages, the octets of each message against LIST. popspec also times every command. CPU is user and system time of the',
    `client and all its processes in a window of ${seconds} s after ${SETTLED_SESSIONS} sessions to settle, per session as the server counted them. Medians of`,
    `${rounds} rounds, the clients in turn. Times differ from machine to machine and from day to day: the ratio counts.`,
    '',
    '| workload | client | µs CPU a session | ratio | sessions/s | server core busy |',
    '|---|---|---:|---:|---:|---:|',
  ];
  for (const { workload, rows } of results) {
    const base = rows[0].cpuUs;
    for (const { name, cpuUs: us, rate, serverShare } of rows) {
      const cells = [us.toFixed(0), (us / base).toFixed(2), rate.toFixed(0), `${serverShare.toFixed(0)} %`];
      lines.push(`| ${workload.id}: ${workload.title} | ${name} | ${cells.join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function version(program) {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function positive(name) {
  const number = Number(values[name]);
  needs(Number.isInteger(number) && number > 0, `--${name} ${values[name]} is no whole number above 0`);
  return number;
}

function needs(condition, complaint) {
  if (condition) return;
  console.error(`bench: ${complaint}`);
  process.exit(2);
}
