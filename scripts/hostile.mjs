// The long form of test/hostile: check with every case, load, diagnose and seed against every behaviour of the hostile
// catalogue, each in a process of its own, with its time and the most memory that it had. `npm run hostile [PATTERN]`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadLibrary } from '../dist/dialogue/library.js';
import { hostiles } from '../dist/serve/hostile/index.js';
import { startHostileServer } from '../dist/serve/hostile/server.js';
import { startServer } from '../dist/serve/server.js';
import { makeUsers } from '../dist/serve/users.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const ABOVE_NORMAL = 200e6;
const TIMEOUT_MS = 1000;
const DURATION_MS = 5000;

const library = loadLibrary(join(ROOT, 'suites'), [], 'scenarios');
const mail = ['plain.eml', 'leading-dots.eml', 'numbered.eml'].map((name) => library.fixture(name));
const users = makeUsers(4, { messages: mail });

/** Carries out one run and gives what it told, and the peak of its memory. An empty id is an honest server. */
async function carryOut(id, what, tls) {
  const server = await (id === '' ? startServer({ users }) : startHostileServer(id, { users }));
  const folder = mkdtempSync(join(tmpdir(), 'popspec-hostile-'));
  const [port, otherPort] =
    tls === 'implicit' ? [server.tlsPort, server.port] : [server.port, server.tlsPort];
  const order = {
    runs: [{ id, what, tls, port, otherPort, ca: server.certificate }],
    users: users.map(({ name, password }) => ({ name, password })),
    ...{ atATime: 1, cases: [], timeoutMs: TIMEOUT_MS, durationMs: DURATION_MS, out: join(folder, 'told') },
  };
  writeFileSync(join(folder, 'order'), JSON.stringify(order));
  const child = spawn(process.execPath, [join(ROOT, 'test/hostile/batch.mjs'), join(folder, 'order')], {
    stdio: 'ignore',
  });
  const exitCode = await new Promise((done) => child.once('exit', done));
  const [told, { peak, complaints } = {}] = readFileSync(order.out, 'utf8')
    .trimEnd()
    .split('\n')
    .map(JSON.parse);
  await server.close();
  rmSync(folder, { recursive: true, force: true });
  return { ...told, peak, flaws: [...(told.found ?? []), ...(complaints ?? ['it broke off'])], exitCode };
}

const pattern = new RegExp(process.argv[2] ?? '.');
const commands = ['check', 'load', 'diagnose', 'seed'];
const normal = {};
for (const what of commands) normal[what] = (await carryOut('', what, 'none')).peak;
let bad = 0;
for (const { id } of hostiles.filter((one) => pattern.test(one.id))) {
  for (const what of commands) {
    for (const tls of id.includes('tls') ? ['stls', 'implicit'] : ['none']) {
      const { code, durationMs, peak, reason = '', flaws, threw, exitCode } = await carryOut(id, what, tls);
      const above = peak - normal[what];
      const wrong = threw !== undefined || exitCode !== 0 || flaws.length > 0 || above > ABOVE_NORMAL;
      if (wrong) bad++;
      const columns = [id.padEnd(28), what.padEnd(8), tls.padEnd(8), `exit ${code}`];
      const figures = [
        `${(durationMs / 1000).toFixed(1)} s`.padStart(8),
        `${(above / 1e6).toFixed(0)} MB`.padStart(7),
      ];
      const told = threw ?? [reason, ...flaws].join('; ');
      process.stdout.write(
        `${wrong ? '✗' : '✓'} ${[...columns, ...figures].join('  ')}  ${told.slice(0, 200)}\n`,
      );
    }
  }
}
process.stdout.write(`${bad} of them broke a promise\n`);
process.exitCode = bad > 0 ? 1 : 0;
