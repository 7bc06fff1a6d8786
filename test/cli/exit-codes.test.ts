import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { startServer } from '../../src/serve/server.js';
import { popspec, scratchFolder } from './popspec.js';
import { startTalker } from './strangers.js';

const dir = scratchFolder();

test.concurrent('0: the embedded server keeps every rule; results on stdout, nothing on stderr', async () => {
  const { code, stdout, stderr } = await popspec(['check', '--report', 'json=-'], { cwd: dir.path });
  const result = JSON.parse(stdout);
  expect({ code, exit: result.exit.code, complete: result.complete }).toEqual({
    code: 0,
    exit: 0,
    complete: true,
  });
  const verdicts: string[] = result.cases.map(({ verdict }: { verdict: string }) => verdict);
  // Unsupported is what it does not have unless told to, such as a login delay.
  expect(new Set(verdicts)).toEqual(new Set(['pass', 'unsupported']));
  expect(verdicts.filter((verdict) => verdict === 'pass').length).toBeGreaterThan(500);
  // With a report on stdout, the summary goes to stderr.
  expect(stderr).toMatch(/PASSED {2}All \d+ cases passed/);
});

test.concurrent('1: a broken MUST', async () => {
  const args = ['check', 'embedded', '--fault', 'retr-unstuffed', '--only', 'rfc1939/retr'];
  const { code, stdout, stderr } = await popspec(args);
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAIL {2}rfc1939\/retr\/byte-stuffing/);
  expect(stdout).toMatch(/^FAILED /m);
  expect(stderr).toMatch(/^(?:\[\d+\/\d+\] fail rfc1939\/retr\/\S+\n)+$/);
});

describe('--fail-on, with a server that breaks a SHOULD alone', () => {
  test.concurrent.each([
    ['must', 0],
    ['should', 1],
  ] as const)('%s: %i', async (level, exitCode) => {
    const args = ['check', '--fault', 'stat-extra', '--only', 'rfc1939/stat', '--fail-on', level];
    const { code, stdout } = await popspec(args);
    expect(stdout).toMatch(/WARN {2}rfc1939\/stat\/nothing-after-the-size/);
    expect(code).toBe(exitCode);
  });
});

describe('5: a run that decided nothing, or not enough, is never green', () => {
  test.concurrent('no account: every case is blocked', async () => {
    const server = await startServer();
    const { code, stdout } = await popspec(['check', `127.0.0.1:${server.port}`, '--only', 'rfc1939/retr']);
    await server.close();
    expect(code).toBe(5);
    expect(stdout).toMatch(/needs a login: give --user/);
    expect(stdout).toMatch(/^INVALID {2}no case came to a verdict/m);
  });

  const lastWords = (line: string, socket: Socket): void => {
    if (/^NOOP/.test(line)) socket.resetAndDestroy();
    else if (/^QUIT/.test(line)) socket.end('+OK\r\n');
    else socket.write(/^STAT/.test(line) ? '+OK 1 2\r\n' : '-ERR\r\n');
  };
  const suite = dir.file(
    'own.yaml',
    `title: Own
cases:
  - { id: reset, title: NOOP is answered, clauses: [1939-5-NOOP-1], level: MUST, state: none, dialogue: "C connect\\nS: +OK\\nC: NOOP\\nS: +OK" }
  - { id: answer, title: STAT is answered, clauses: [1939-5-STAT-1], level: MUST, state: none, dialogue: "C connect\\nS: +OK\\nC: STAT\\nS: +OK" }
`,
  );
  test.concurrent.each([
    ['0', 5, /^INVALID {2}1 case inconclusive/m],
    ['1', 0, /1 inconclusive/],
  ] as const)('a reset, with --max-inconclusive %s: %i', async (most, exitCode, words) => {
    const server = await startTalker({ greeting: '+OK\r\n', line: lastWords });
    const args = ['check', server.at, '--suite', suite, '--only', 'own', '--max-inconclusive', most];
    const { code, stdout } = await popspec([...args, '--timeout', '2s']);
    expect(stdout).toMatch(words);
    expect(code).toBe(exitCode);
  });
});

test.concurrent('4: a report that cannot be written at the end; the others are written all the same', async () => {
  const json = dir.file('kept.json');
  const args = ['check', '--only', 'rfc1939/noop', '--report', 'html=/dev/full', '--report', `json=${json}`];
  const { code, stdout, stderr } = await popspec(args);
  expect(code).toBe(4);
  expect(stdout).toMatch(/^PASSED /m);
  expect(stderr).toBe(
    `report: ${json}\npopspec: the report /dev/full could not be written: ENOSPC: no space left on device, write\n  make room, and run it again or render one that was written with popspec report\n`,
  );
  expect(JSON.parse(readFileSync(json, 'utf8')).exit.code).toBe(0);
});
