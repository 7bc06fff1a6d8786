// Checks the five real servers of the tests side by side and leaves the matrix in reports/samples.
//
//   npm run build && node scripts/matrix-sample.mjs
//
// Needs what scripts/install-debian.sh installs, and root.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { stringify } from 'yaml';

const root = new URL('..', import.meta.url).pathname;
const { module } = await runnerImport(join(root, 'test/servers/start.ts'));
const work = mkdtempSync(join(tmpdir(), 'popspec-matrix-'));
const servers = [];
try {
  for (const start of Object.values(module.START)) servers.push(await start({ users: 12 }));
  const targets = servers.map((server) => {
    const { name, host, port, tlsPort, ca, users, deliver } = server;
    const csv = users.map(({ name, password, token = '' }) => `${name},${password},${token}\n`);
    writeFileSync(join(work, `${name}.csv`), `user,password,token\n${csv.join('')}`);
    if (ca !== null) writeFileSync(join(work, `${name}.pem`), ca);
    const tls = ca === null ? {} : { ca: `${name}.pem`, 'other-port': tlsPort };
    const target = `pop3://${host}:${port}`;
    return [name, { target, users: `${name}.csv`, deliver, 'allow-delete': true, auth: 'user', ...tls }];
  });
  writeFileSync(join(work, 'targets.yaml'), stringify(Object.fromEntries(targets)));
  const args = ['check', '--targets', 'targets.yaml', '--report', 'html'];
  const { status } = spawnSync('node', [join(root, 'bin/popspec.js'), ...args], {
    cwd: work,
    stdio: 'inherit',
  });
  // The servers do break rules: that is exit code 1.
  if (status !== 1) throw new Error(`popspec check ended with ${status}`);
  mkdirSync(join(root, 'reports/samples'), { recursive: true });
  copyFileSync(join(work, 'reports/matrix.html'), join(root, 'reports/samples/five-servers.html'));
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(work, { recursive: true, force: true });
}
