// Makes the reports in reports/samples from real servers: a check of the five servers of the tests side by side, that of Dovecot by
// itself, and a load of Dovecot.
//
//   npm run build && node scripts/samples.mjs
//
// Needs what scripts/install-debian.sh installs, and root.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { stringify } from 'yaml';
import { renderMatrix } from '../dist/report/html/page.js';

const root = new URL('..', import.meta.url).pathname;
const samples = join(root, 'reports/samples');
const { module } = await runnerImport(join(root, 'test/servers/start.ts'));
const work = mkdtempSync(join(tmpdir(), 'popspec-samples-'));
const servers = [];

/** Runs popspec in the work folder; anything but `expected` ends the script. */
function popspec(expected, ...args) {
  const bin = join(root, 'bin/popspec.js');
  const { status } = spawnSync('node', [bin, ...args], { cwd: work, stdio: 'inherit' });
  if (!expected.includes(status)) throw new Error(`popspec ${args[0]} ended with ${status}`);
}

function keep(report, name) {
  copyFileSync(join(work, 'reports', report), join(samples, name));
}

/** What a target needs in the file of targets, and its accounts beside it. */
function targetOf({ name, host, port, tlsPort, ca, users, deliver }) {
  const csv = users.map(({ name, password, token = '' }) => `${name},${password},${token}\n`);
  writeFileSync(join(work, `${name}.csv`), `user,password,token\n${csv.join('')}`);
  if (ca !== null) writeFileSync(join(work, `${name}.pem`), ca);
  const tls = ca === null ? {} : { ca: `${name}.pem`, 'other-port': tlsPort };
  const target = `pop3://${host}:${port}`;
  return { target, users: `${name}.csv`, deliver, 'allow-delete': true, auth: 'user', ...tls };
}

try {
  mkdirSync(samples, { recursive: true });
  for (const start of Object.values(module.START)) servers.push(await start({ users: 12 }));
  const targets = Object.fromEntries(servers.map((server) => [server.name, targetOf(server)]));
  writeFileSync(join(work, 'targets.yaml'), stringify(targets));
  // Before the check, which leaves messages behind that Dovecot cannot send as they are.
  const { target, users, deliver } = targets.dovecot;
  const mail = ['plain', 'numbered', 'multipart', 'eight-bit', 'leading-dots'];
  popspec([0], 'seed', target, '--users', users, '--deliver', deliver, '--message', ...mail);
  popspec(
    [0],
    ...['load', target, '--users', users, '--scenario', 'load/download-and-keep'],
    ...['--rate', '20', '--warmup', '5s', '--duration', '60s', '--threshold', 'session.p99 < 500ms'],
    ...['--report', 'html'],
  );
  keep('load.html', 'dovecot-load.html');

  // The servers do break rules: that is exit code 1.
  popspec(
    [1],
    ...['check', '--targets', 'targets.yaml', '--report', 'html', '--report', 'markdown', '--report', 'json'],
  );
  // Of the reports that its cells lead to, one alone is kept.
  const columns = servers.map(({ name }) => ({
    name,
    doc: JSON.parse(readFileSync(join(work, `reports/${name}.json`), 'utf8')),
    ...(name === 'dovecot' ? { page: 'dovecot.html' } : {}),
  }));
  writeFileSync(join(samples, 'five-servers.html'), renderMatrix(columns));
  keep('matrix.md', 'five-servers.md');
  keep('dovecot.html', 'dovecot.html');
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(work, { recursive: true, force: true });
}
