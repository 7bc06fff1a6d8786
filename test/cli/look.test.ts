import { describe, expect, test } from 'vitest';
import { expectMessage, popspec } from './popspec.js';

const rows = (stdout: string): string[][] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('popspec list', () => {
  test.concurrent('cases: id, level and title in columns, the count on stderr', async () => {
    const { code, stdout, stderr } = await popspec(['list']);
    expect(code).toBe(0);
    const listed = rows(stdout);
    expect(listed.length).toBeGreaterThan(80);
    expect(stderr).toBe(`${listed.length} in all\n`);
    for (const [id, level, title] of listed) {
      expect(id).toMatch(/^[a-z0-9-]+(?:\/[a-z0-9-]+)+$/);
      expect(level).toMatch(/^(?:MUST|SHOULD|MAY|SECURITY|QUIRK)$/);
      expect(title).toMatch(/\S/);
    }
  });

  test.concurrent('--json, narrowed by --only and --skip', async () => {
    const args = ['list', '--json', '--only', 'rfc1939/stat', '--skip', '*/empty'];
    const { code, stdout } = await popspec(args);
    expect(code).toBe(0);
    const cases: { id: string; clauses: string[]; level: string }[] = JSON.parse(stdout);
    expect(cases.map(({ id }) => id)).toContain('rfc1939/stat/drop-listing');
    expect(cases.map(({ id }) => id)).not.toContain('rfc1939/stat/empty');
    expect(cases.every(({ id }) => id.startsWith('rfc1939/stat/'))).toBe(true);
    expect(cases.every(({ clauses }) => clauses.length > 0)).toBe(true);
  });

  test.concurrent('--scenarios', async () => {
    const { code, stdout } = await popspec(['list', '--scenarios']);
    expect(code).toBe(0);
    const kinds = new Map(rows(stdout).map(([id, kind]) => [id, kind]));
    expect(kinds.get('load/check-and-go')).toBe('scenario');
    expect(kinds.get('load/download-and-keep')).toBe('scenario');
    expect(kinds.get('load/isp-morning/poll-empty')).toBe('scenario');
    expect(kinds.get('load/isp-morning')).toBe('profile');
  });

  test.concurrent('--hostile', async () => {
    const { code, stdout } = await popspec(['list', '--hostile']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^closes-at {2,}Closes the connection .*\(=NUMBER: octets/m);
  });

  test.concurrent('--faults', async () => {
    const { code, stdout } = await popspec(['list', '--faults', '--json']);
    expect(code).toBe(0);
    const faults: { id: string; clause: string }[] = JSON.parse(stdout);
    expect(faults.length).toBeGreaterThanOrEqual(25);
    expect(faults.map(({ id }) => id)).toContain('retr-unstuffed');
  });

  test.concurrent('--personalities', async () => {
    const { code, stdout } = await popspec(['list', '--personalities']);
    expect(code).toBe(0);
    const speaks = new Map(rows(stdout).map(([id, protocol]) => [id, protocol]));
    expect(speaks.get('gmail')).toBe('POP3');
    expect(speaks.get('captive-portal')).toBe('HTTP');
  });
});

describe('popspec explain', () => {
  const THINGS: readonly (readonly [id: string, ...parts: RegExp[]])[] = [
    ['rfc1939/retr/byte-stuffing', /^level {4}MUST$/m, /^catches {2}.*retr-unstuffed/m],
    ['rfc1939/stat/empty', /^ {2}C: STAT$/m, /^ {2}S: \+OK 0 0/m],
    // A table, and a row of one.
    ['rfc1939/state/refused-before-login', /\/stat\n/, /\/list\n/, /^dialogue$/m],
    ['rfc1939/state/refused-before-login/stat', /^rfc1939\/state\/refused-before-login\/stat\n/m],
    ['rfc1939/stat', /^rfc1939\/stat\/empty {2}\S/m],
    ['1939-3-ML-3', /RFC 1939 §3/, /^tested by$/m, /^ {2}rfc1939\/retr\/byte-stuffing$/m],
    ['rfc1939', /^RFC 1939 {2}Post Office Protocol/m, /^ {2}§5 .* tested/m],
    ['load/check-and-go', /^thresholds {2}integrity == 0/m, /^ {2}C: STAT$/m],
    ['courier', /^personality courier\n/m, /^speaks {2}POP3$/m, /^ {4}https:\/\//m],
    ['retr-unstuffed', /^fault retr-unstuffed\n/m, /^caught by\n {2}rfc1939\//m],
  ];
  test.concurrent('cases, tables, suites, clauses, RFCs, scenarios and faults', async () => {
    const { code, stdout, stderr } = await popspec(['explain', ...THINGS.map(([id]) => id)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const [, ...parts] of THINGS) for (const part of parts) expect(stdout).toMatch(part);
    expect(stdout).not.toMatch(/undefined|\[object/);
  });

  test.concurrent.each([
    ['rfc1939/stat/drop-listin', 'rfc1939/stat/drop-listing'],
    ['1939-5-STAT-99', '1939-5-STAT-'],
    ['retr-unstufed', 'retr-unstuffed'],
    ['xyzzyxyzzy', 'popspec list'],
    ['rfc9999', '1939'],
  ])('%s, which is nothing: 2 and what comes near', async (id, near) => {
    const outcome = await popspec(['explain', id]);
    expectMessage(outcome, 2, /"\S+" is no case|RFC 9999 is not/, near);
    expect(outcome.stdout).toBe('');
  });
});

test.concurrent.each([
  [['--help'], /check \[target[.]*\][\s\S]*Exit codes: 0 passed, 1 failed, 2 usage/],
  [['check', '--help'], /--only[\s\S]*--fail-on/],
  [['--version'], /^\d+\.\d+\.\d+\n$/],
])('popspec %s goes to stdout', async (args, expected) => {
  const { code, stdout, stderr } = await popspec(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(expected);
});
