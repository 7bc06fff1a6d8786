import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectMessage, type Outcome, popspec, scratchFolder } from './popspec.js';

const dir = scratchFolder();
const ONLY = ['--only', 'rfc1939/retr', '--only', 'rfc1939/stat'];
const TARGETS = `clean: { target: embedded }
faulty: { target: embedded, fault: [retr-unstuffed], tls: stls }
`;
let checked: Outcome;

beforeAll(async () => {
  dir.file('targets.yaml', TARGETS);
  const args = ['check', '--targets', 'targets.yaml', ...ONLY, '--report', 'json', '--report', 'html'];
  checked = await popspec(args, { cwd: dir.path });
});

const read = (file: string): string => readFileSync(dir.file(file), 'utf8');

describe('popspec check --targets', () => {
  test('leaves a result for each target and fails when one fails', () => {
    expect(checked.code).toBe(1);
    const [clean, faulty] = ['clean', 'faulty'].map((name) => JSON.parse(read(`reports/${name}.json`)));
    expect(clean).toMatchObject({ target: { name: 'clean', tls: 'none' }, exit: { code: 0 } });
    expect(faulty).toMatchObject({ target: { name: 'faulty', tls: 'stls' }, exit: { code: 1 } });
  });

  test('says the matrix on stdout', () => {
    expect(checked.stdout).toMatch(/^ +clean +faulty$/m);
    expect(checked.stdout).toMatch(/^ {2}rfc1939\/retr +✓ +\d+✗/m);
    expect(checked.stdout).not.toMatch(/^ {2}rfc1939\/stat/m);
    expect(checked.stdout).toMatch(/1 server of 2 break rules/);
  });

  test('writes one page, where a finding links to its proof on that server', () => {
    const html = read('reports/matrix.html');
    const [, anchor] = /href="#(faulty\/rfc1939\/retr\/[^"]+)"/.exec(html) ?? [];
    expect(anchor).toBeDefined();
    expect(html).toContain(`id="${anchor}"`);
    expect(html).not.toContain('href="#clean/rfc1939');
  });

  test('a cell whose case passed leads to it in the report of that server', () => {
    const [, anchor = ''] = /href="clean\.html#([^"]+)"/.exec(read('reports/matrix.html')) ?? [];
    expect(anchor).toMatch(/^rfc1939\//);
    expect(read('reports/clean.html')).toContain(`id="${anchor}"`);
  });

  test('each result holds what runs a case of it again', () => {
    const { options } = JSON.parse(read('reports/faulty.json'));
    expect(options.arguments).toEqual(['embedded', '--tls', 'stls', '--fault', 'retr-unstuffed']);
    expect(read('reports/faulty.html')).toContain(
      'popspec check embedded --tls stls --fault retr-unstuffed --only rfc1939/retr/byte-stuffing',
    );
  });

  test('popspec report gives the same from the stored results', async () => {
    const results = ['reports/clean.json', 'reports/faulty.json'];
    const summary = await popspec(['report', ...results], { cwd: dir.path });
    expect(summary).toMatchObject({ code: 0, stdout: checked.stdout });
    const before = read('reports/matrix.html');
    expect(await popspec(['report', ...results, '--report', 'html'], { cwd: dir.path })).toMatchObject({
      code: 0,
    });
    expect(read('reports/matrix.html')).toBe(before);
  });
});

describe('mistakes are told before anything is sent', () => {
  const mistakes: [string, string, readonly string[], RegExp][] = [
    ['no target', 'a: { tls: stls }', [], /targets\.yaml:1:4: a has no target/],
    ['an unknown option', 'a:\n  target: embedded\n  usr: me', [], /:3:8: there is no option "usr"/],
    ['one that all targets share', 'a: { target: embedded, only: [x] }', [], /there is no option "only"/],
    ['a name that is no file name', '../a: { target: embedded }', [], /"\.\.\/a" cannot name a file/],
    ['no targets at all', '{}', [], /names no target/],
    ['a target beside it', TARGETS, ['embedded'], /--targets is given, and a target too/],
    ['one file for several', TARGETS, ['--report', 'html=x.html'], /several targets cannot go to one file/],
  ];
  test.each(mistakes)('%s', async (_what, text, more, expected) => {
    const file = dir.file('targets.yaml', text);
    const outcome = await popspec(['check', '--targets', file, ...more], { cwd: dir.path });
    expectMessage(outcome, 2, expected);
  });

  test('the same target twice', async () => {
    const outcome = await popspec(['check', '127.0.0.1:1110', 'pop3://127.0.0.1:1110'], { cwd: dir.path });
    expectMessage(outcome, 2, /two targets are both 127\.0\.0\.1-1110/);
  });
});
