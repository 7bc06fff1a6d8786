import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BARE_ENVIRONMENT, BIN, expectMessage, outcomeOf, popspec, scratchFolder } from './popspec.js';
import { startTalker } from './strangers.js';

const dir = scratchFolder();
/** Long enough for something to happen in the middle: RETR does not end. */
const LONG = [
  ...['check', '--timeout', '3s', '--fault', 'retr-stalls'],
  ...['--only', 'rfc1939/stat', '--only', 'rfc1939/retr/b*', '--only', 'rfc1939/retr/t*'],
];

/** A folder of its own for the reports of a run. */
function folder(name: string): string {
  const path = dir.file(name);
  mkdirSync(path);
  return path;
}

/** Acts as soon as there is a file. */
function whenThere(file: string, act: () => void): (child: ChildProcess) => void {
  return (child) => {
    const timer = setInterval(() => {
      if (!existsSync(file)) return;
      clearInterval(timer);
      act();
    }, 50);
    child.once('close', () => clearInterval(timer));
  };
}

test.concurrent('a check that is killed leaves what it had, and popspec report renders it', async () => {
  const cwd = folder('killed');
  const partial = `${cwd}/out.partial.json`;
  const args = [...LONG, '--report', 'html=out.html', '--report', 'junit=out.xml'];
  const { code } = await popspec(args, {
    cwd,
    started: (child) => whenThere(partial, () => child.kill('SIGKILL'))(child),
  });
  expect(code).toBeNull();
  const { cases, complete, exit } = JSON.parse(readFileSync(partial, 'utf8'));
  expect({ complete, exit: exit.code }).toEqual({ complete: false, exit: 5 });
  expect(cases.length).toBeGreaterThan(3);
  const { code: rendered, stdout } = await popspec(['report', partial], { cwd });
  expect(rendered).toBe(0);
  expect(stdout).toMatch(/did not come to its end|what was done until then/);
});

test.concurrent('a check that comes to its end leaves its reports alone', async () => {
  const cwd = folder('ended');
  const { code } = await popspec([...LONG, '--report', 'json=out.json'], { cwd });
  expect(code).toBe(1);
  expect(existsSync(`${cwd}/out.json`)).toBe(true);
  expect(existsSync(`${cwd}/out.partial.json`)).toBe(false);
});

test.concurrent('a folder of reports that is removed in the middle: 4, and the run is told on standard output', async () => {
  const cwd = folder('removed');
  const reports = `${cwd}/reports`;
  const { code, stdout, stderr } = await popspec([...LONG, '--report', 'html'], {
    cwd,
    started: whenThere(`${reports}/check.partial.json`, () => rmSync(reports, { recursive: true })),
  });
  expect(code).toBe(4);
  expect(stderr).toMatch(/the report reports\/check\.html could not be written: .*ENOENT/);
  expect(stderr).not.toMatch(/defect of popspec|\n\s+at /);
  expect(stdout).toMatch(/FAILED/);
});

test.concurrent('the end of the terminal ends a check as Ctrl-C does', async () => {
  const cwd = folder('hangup');
  const { code } = await popspec([...LONG, '--report', 'json=out.json'], {
    cwd,
    started: (child) => whenThere(`${cwd}/out.partial.json`, () => child.kill('SIGHUP'))(child),
  });
  expect(code).toBe(130);
  expect(JSON.parse(readFileSync(`${cwd}/out.json`, 'utf8')).complete).toBe(false);
});

test.concurrent('a disk that is full: 4, one message, and the result on standard output', async () => {
  const outcome = await popspec(['check', '--only', 'rfc1939/noop', '--report', 'json=/dev/full']);
  expectMessage(outcome, 4, 'the report /dev/full could not be written: ENOSPC', 'make room');
  expect(outcome.stdout).toMatch(/PASSED/);
});

test.concurrent.each([
  ['that is full', '>/dev/full', 4],
  ['that nobody reads', '| true', 0],
])('standard output %s costs no report', async (name, redirection, expected) => {
  const file = dir.file(`stdout ${name}.json`);
  const command = `"$0" "$1" check --only rfc1939/noop --report "json=$2" ${redirection}`;
  const script = `set -o pipefail; ${command}`;
  const child = spawn('bash', ['-c', script, process.execPath, BIN, file], {
    env: BARE_ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code } = await outcomeOf(child);
  expect(code).toBe(expected);
  expect(JSON.parse(readFileSync(file, 'utf8')).complete).toBe(true);
});

test.concurrent('a machine that sleeps in the middle of a load makes the run invalid: 5', async () => {
  const { code, stdout } = await popspec(['load', '--rate', '50', '--duration', '4s'], {
    when: {
      pattern: /^measuring/m,
      act(child) {
        child.kill('SIGSTOP');
        setTimeout(() => child.kill('SIGCONT'), 2000);
      },
    },
  });
  expect(code).toBe(5);
  expect(stdout).toMatch(/^INVALID {2}The generator was the bottleneck/m);
});

test.concurrent.each(['1', '2'])(
  'a load by %s threads that is killed leaves what it had',
  async (workers) => {
    const cwd = folder(`load killed ${workers}`);
    const partial = `${cwd}/out.partial.json`;
    const args = [
      'load',
      '--rate',
      '50',
      '--duration',
      '40s',
      '--workers',
      workers,
      '--report',
      'html=out.html',
    ];
    const { code } = await popspec(args, {
      cwd,
      started: (child) => whenThere(partial, () => child.kill('SIGKILL'))(child),
    });
    expect(code).toBeNull();
    const { totals, exit } = JSON.parse(readFileSync(partial, 'utf8'));
    expect(totals.started).toBeGreaterThan(0);
    expect(exit.code).toBe(5);
    const { code: rendered, stdout } = await popspec(['report', partial], { cwd });
    expect(rendered).toBe(0);
    expect(stdout).toMatch(/did not come to its end/);
  },
);

test.concurrent.each([
  ['check', 'SIGINT'],
  ['check', 'SIGTERM'],
  ['load', 'SIGINT'],
  ['load', 'SIGTERM'],
  ['diagnose', 'SIGINT'],
  ['serve', 'SIGTERM'],
] as const)('%s ends without a trace at any moment of %s', async (command, signal) => {
  const silent = await startTalker({});
  const target = { check: 'embedded', load: 'embedded', diagnose: silent.at, serve: '' }[command];
  const args = [command, target, ...(command === 'load' ? ['--rate', '20', '--duration', '1m'] : [])];
  const afterMs = 200 + Math.random() * 4_000;
  const { code, stderr } = await popspec(args.filter(Boolean), {
    started: (child) => setTimeout(() => child.kill(signal), afterMs).unref(),
  });
  const where = `${signal} after ${afterMs} ms: ${stderr}`;
  // Before popspec has read its files the signal itself ends it.
  expect([null, 0, 130], where).toContain(code);
  expect(stderr, where).not.toMatch(/defect of popspec|\n\s+at |Unhandled/);
});
