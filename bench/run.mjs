/**
 * popspec load beside other clients against the same target in C, side by side: the processor time that a client
 * needs for a session or a command, as counted by the target, in a steady window, in rounds run in turn. Asserts
 * nothing about time.
 *
 *   npm run bench -- [--seconds 4] [--rounds 3] [--only W1,W3] [--clients C,popspec] [--out bench/RESULTS.md]
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clients } from './clients.mjs';
import { cpuUs, onCore, rssBytes, startClient } from './processes.mjs';
import { report } from './report.mjs';
import { compiled, startTarget } from './target.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET_CORE = 0;
const CLIENT_CORE = 1;
/** What a client does before it counts as settled (its code is compiled by then), and how long that may take. */
const SETTLED_SESSIONS = 3000;
const SETTLED_COMMANDS = 30_000;
const SETTLE_MS_MAX = 15_000;

const reading = { scenario: 'read-messages', connections: 50, per: 'session' };
const WORKLOADS = [
  { id: 'W1', title: 'one message of 2 KiB', messages: 1, octets: 2048, ...reading },
  { id: 'W2', title: 'ten messages of 20 KiB', messages: 10, octets: 20_480, ...reading },
  {
    id: 'W3',
    title: 'NOOP and STAT in 100 long sessions',
    messages: 0,
    octets: 2048,
    scenario: 'round-trips',
    connections: 100,
    per: 'command',
  },
  { id: 'W4', title: 'W1 over TLS, a full handshake each', messages: 1, octets: 2048, ...reading, tls: true },
];

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: WORKLOADS.map(({ id }) => id).join(',') },
    clients: { type: 'string', default: '' },
    out: { type: 'string', default: join(ROOT, 'bench/RESULTS.md') },
  },
});
const seconds = positive('seconds');
const rounds = positive('rounds');
const workloads = WORKLOADS.filter(({ id }) => values.only.split(',').includes(id));

needs(process.platform === 'linux', 'processor times are read from /proc, which only Linux has');
needs(existsSync(join(ROOT, 'dist/cli/main.js')), 'popspec is not built: npm run build');
needs(workloads.length > 0, `--only ${values.only} names no workload`);

const folder = mkdtempSync(join(tmpdir(), 'popspec-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const limit = compiled('client', folder);
const target = compiled('target', folder);
const certificate = limit.tls && target.tls ? makeCertificate() : undefined;
const compared = clients(folder, limit)
  .filter(({ version }) => version !== undefined)
  .filter(
    ({ name }) => values.clients === '' || values.clients.split(',').some((part) => name.includes(part)),
  );

const results = [];
/** Clients that do not run here, and why. */
const left = new Map();
for (const workload of workloads) {
  if (workload.tls && certificate === undefined) continue;
  const about = { ...workload, messages: Math.max(1, workload.messages) };
  const server = await startTarget(target.program, TARGET_CORE, about, certificate);
  const at = { ...workload, port: server.port };
  if (workload.tls) Object.assign(at, { port: server.tlsPort, ca: certificate.cert });
  const able = compared.filter((client) => client.command(at) !== undefined);
  const samples = new Map(able.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    // Whoever is first in one round is last in the next.
    for (const client of round % 2 === 1 ? able : [...able].reverse()) {
      if (left.has(client.name)) continue;
      const sample = await measure(client, at, server);
      if (typeof sample === 'string') {
        // A peer that does not run here says nothing about popspec.
        needs(client.mayFail, `${client.name}: ${sample}`);
        left.set(client.name, sample.split('\n', 1)[0]);
        console.log(`${workload.id} round ${round}: ${client.name} is left out: ${sample}`);
        continue;
      }
      samples.get(client.name).push(sample);
      const us = `${sample.cpuUs.toFixed(1)} µs CPU a ${workload.per}`;
      console.log(
        `${workload.id} round ${round}: ${client.name.padEnd(28)} ${us}, ${sample.rate.toFixed(0)}/s, target ${sample.targetShare.toFixed(0)} % busy`,
      );
    }
  }
  await server.stop();
  const rows = [...samples].filter(([, of]) => of.length > 0).map(([name, of]) => ({ name, samples: of }));
  results.push({ workload, rows });
}
const versions = compared
  .filter(({ name }) => !left.has(name))
  .map(({ name, version }) => `${name} (${version})`);
const cores = onCore(CLIENT_CORE, []).length > 0 ? { target: TARGET_CORE, client: CLIENT_CORE } : undefined;
const text = report(results, { seconds, rounds, versions, cores });
writeFileSync(values.out, text);
console.log(`\n${text}\nwritten to ${values.out}`);

async function measure(client, at, server) {
  const running = startClient(onCore(CLIENT_CORE, client.command(at)), folder);
  const begin = await server.counters();
  const beganMs = performance.now();
  for (;;) {
    await sleep(200);
    const { sessions, commands } = await server.counters();
    const settled =
      at.per === 'session'
        ? sessions - begin.sessions >= SETTLED_SESSIONS
        : commands - begin.commands >= SETTLED_COMMANDS;
    if (settled || running.ended() || performance.now() - beganMs > SETTLE_MS_MAX) break;
  }
  const before = await look();
  await sleep(seconds * 1000);
  const after = await look();
  const memory = rssBytes(running.pid);
  const ended = await running.stop();
  const said = ended.complaint.trim() || ended.output.trim().slice(-400);
  const units = after.units - before.units;
  if (units === 0) return `no ${at.per} in ${seconds} s: ${said}`;
  if (!client.isGood(ended)) return `exit code ${ended.code}: ${said}`;
  const elapsedUs = (after.atMs - before.atMs) * 1000;
  return {
    cpuUs: (after.clientUs - before.clientUs) / units,
    rate: (units * 1e6) / elapsedUs,
    targetShare: ((after.targetUs - before.targetUs) / elapsedUs) * 100,
    memoryMb: memory / 1024 / 1024,
  };

  async function look() {
    const { sessions, commands } = await server.counters();
    const times = { clientUs: cpuUs(running.pid), targetUs: cpuUs(server.pid) };
    return { units: at.per === 'session' ? sessions : commands, atMs: performance.now(), ...times };
  }
}

/** A self-signed certificate for localhost, as files. */
function makeCertificate() {
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', files.key];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', files.cert, ...name], { stdio: 'ignore' });
  return files;
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
