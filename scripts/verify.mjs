// Everything that must hold before a change lands: packages of the tests, types, lint, build, all tests.
// Ends with the line "N passed, N failed"; its exit code is 0 only when nothing failed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const scratch = mkdtempSync(join(tmpdir(), 'popspec-verify-'));
const results = join(scratch, 'vitest.json');

function step(name, command, args) {
  const startedMs = performance.now();
  process.stdout.write(`\n== ${name}\n`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (error !== undefined) process.stdout.write(`${error.message}\n`);
  process.stdout.write(
    `== ${name}: ${status === 0 ? 'ok' : 'FAILED'}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`,
  );
  return status === 0;
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
const before = [
  step('packages of the tests', 'sh', [join(root, 'scripts', 'install-debian.sh')]),
  step('type check', bin('tsc'), ['-p', 'tsconfig.test.json']),
  step('lint', bin('biome'), ['check', '.']),
  step('build', bin('tsc'), ['-p', 'tsconfig.json']),
];
const tested = step('tests', bin('vitest'), [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${results}`,
]);

let totals;
try {
  totals = JSON.parse(readFileSync(results, 'utf8'));
} catch {
  process.stdout.write('vitest left no results\n');
}
rmSync(scratch, { recursive: true, force: true });
const { numPassedTests: passed = 0, numFailedTests: failed = 0, numPendingTests: skipped = 0 } = totals ?? {};
const ok = before.every(Boolean) && tested && totals !== undefined && passed > 0;
if (!ok && failed === 0) process.stdout.write('\nnot every step passed: see above\n');
if (skipped > 0)
  process.stdout.write(`\n${skipped} tests were skipped: their titles say what is missing on this machine\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = ok ? 0 : 1;
