import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectMessage, popspec, scratchFolder } from './popspec.js';

const dir = scratchFolder();
const check = dir.file('check.json');
const load = dir.file('load.json');
const BOTH = ['html', 'junit', 'markdown', 'text', 'json'] as const;
const EXTENSIONS: Record<string, string> = {
  html: 'html',
  junit: 'xml',
  markdown: 'md',
  text: 'txt',
  json: 'json',
};

beforeAll(async () => {
  const reports = (file: string) =>
    BOTH.flatMap((format) => ['--report', `${format}=${file.replace('json', EXTENSIONS[format]!)}`]);
  const only = ['--only', 'rfc1939/retr', '--only', 'rfc1939/stat'];
  const [checked, loaded] = await Promise.all([
    popspec(['check', '--fault', 'retr-unstuffed', ...only, ...reports(check)], { cwd: dir.path }),
    popspec(['load', '--rate', '20', '--duration', '500ms', ...reports(load)], { cwd: dir.path }),
  ]);
  expect(checked.code).toBe(1);
  expect(loaded.stderr).toContain('report: ');
});

describe('an old result is rendered as it was the first time', () => {
  test.concurrent.each(['check', 'load'])('a %s, in every format', async (kind) => {
    const before = (format: string): string => dir.file(`${kind}.${EXTENSIONS[format]}`);
    const again = (format: string): string => dir.file(`${kind}-again.${EXTENSIONS[format]}`);
    const reports = BOTH.flatMap((format) => ['--report', `${format}=${again(format)}`]);
    const { code, stdout } = await popspec(['report', before('json'), ...reports]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    for (const format of BOTH) {
      const [old, rendered] = [before(format), again(format)].map((file) => readFileSync(file, 'utf8'));
      if (format === 'json') expect(JSON.parse(rendered!)).toEqual(JSON.parse(old!));
      else expect(rendered).toBe(old);
      expect(rendered!.length).toBeGreaterThan(200);
    }
  });

  test.concurrent('on stdout', async () => {
    const { code, stdout, stderr } = await popspec(['report', check, '--report', 'junit=-']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(dir.file('check.xml'), 'utf8'));
  });

  test.concurrent('without --report it is the summary on stdout, without colours', async () => {
    const { code, stdout, stderr } = await popspec(['report', check]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(readFileSync(dir.file('check.txt'), 'utf8'));
    expect(stdout).toMatch(/^FAILED /m);
  });

  test.concurrent('autocannon, of a load alone', async () => {
    const { code, stdout } = await popspec(['report', load, '--report', 'autocannon=-']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ requests: { total: expect.any(Number) }, errors: 0 });
    expectMessage(
      await popspec(['report', check, '--report', 'autocannon']),
      2,
      'autocannon cannot show a check',
    );
  });
});

describe('--report github', () => {
  test.concurrent('gives annotations on stdout and adds to the summary of the step', async () => {
    const summary = dir.file('summary.md', 'before\n');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const { code, stdout, stderr } = await popspec(['report', check, '--report', 'github'], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^(::(?:error|warning) file=[^,]+,line=\d+,title=[^:]+::.+\n)+$/);
    expect(readFileSync(summary, 'utf8')).toBe(`before\n${readFileSync(dir.file('check.md'), 'utf8')}\n`);
  });

  test.concurrent('of several checks adds the matrix', async () => {
    const other = dir.file('other.json', readFileSync(check, 'utf8'));
    const summary = dir.file('several.md');
    const { code, stdout } = await popspec(['report', check, other, '--report', 'github'], {
      env: { GITHUB_STEP_SUMMARY: summary },
    });
    expect(code).toBe(0);
    expect(stdout.match(/^::error /gm)?.length).toBeGreaterThan(1);
    expect(readFileSync(summary, 'utf8')).toContain('## FAILED: popspec check of several servers');
  });

  test.concurrent.each([
    ['full', () => dir.file('full.md', 'x'.repeat(1024 * 1024)), 'the summary of the step is full'],
    ['no file', () => dir.path, 'the summary of the step cannot be written: '],
  ])('says so when the summary is %s, and no more', async (_, file, message) => {
    const env = { GITHUB_STEP_SUMMARY: file() };
    const { code, stdout, stderr } = await popspec(['report', load, '--report', 'github'], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.not.stringContaining('summary') });
    expect(stderr).toMatch(message);
  });
});

test.concurrent('several checks in Markdown have the matrix beside them', async () => {
  const cwd = dir.file('matrix');
  mkdirSync(cwd);
  const other = dir.file('second.json', readFileSync(check, 'utf8'));
  const { stderr } = await popspec(['report', check, other, '--report', 'markdown'], { cwd });
  expect(stderr.match(/reports\/\w+\.md/g)).toEqual(
    ['check', 'second', 'matrix'].map((name) => `reports/${name}.md`),
  );
  expect(readFileSync(`${cwd}/reports/matrix.md`, 'utf8')).toContain('<code>rfc1939/retr/');
});

describe('--base', () => {
  test.concurrent('shows a load beside an earlier one', async () => {
    const page = dir.file('beside.html');
    const { code } = await popspec(['report', load, '--base', load, '--report', `html=${page}`]);
    expect(code).toBe(0);
    expect(readFileSync(page, 'utf8')).toContain('Beside the base run');
  });

  test.concurrent.each([
    ['a check', () => [load, '--base', check, '--report', 'html'], /check\.json is a check/],
    ['no page', () => [load, '--base', load, '--report', 'markdown'], /in the HTML report only/],
    [
      'no file',
      () => [load, '--base', dir.file('gone.json'), '--report', 'html'],
      /gone\.json cannot be read/,
    ],
    [
      'another scenario',
      () => {
        const doc = JSON.parse(readFileSync(load, 'utf8'));
        const other = { ...doc, scenario: { ...doc.scenario, id: 'load/other' } };
        return [load, '--base', dir.file('other.json', JSON.stringify(other)), '--report', 'html'];
      },
      'the base played the scenario load/other',
    ],
  ] as const)('with %s is refused', async (_, args, message) => {
    expectMessage(await popspec(['report', ...args()]), 2, message);
  });
});

test.concurrent('several results go to reports/, each under its name', async () => {
  const cwd = dir.file('several');
  mkdirSync(cwd);
  const { code, stderr } = await popspec(
    ['report', check, load, '--report', 'markdown', '--report', 'junit'],
    { cwd },
  );
  const files = ['check.md', 'check.xml', 'load.md', 'load.xml'].map((name) => `reports/${name}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: files.map((file) => `report: ${file}\n`).join('') });
  for (const file of files) expect(existsSync(`${cwd}/${file}`)).toBe(true);
});

describe('what is no result is one message', () => {
  const whole = (): object => JSON.parse(readFileSync(check, 'utf8'));
  const WRONG: readonly (readonly [name: string, text: () => string, parts: readonly (string | RegExp)[]])[] =
    [
      [
        'cut short',
        () => readFileSync(check, 'utf8').slice(0, 5000),
        [/:\d+:\d+/, /cut|trunc|incomplete|ends/],
      ],
      ['empty', () => '', [/empty|ends|cut/]],
      ['no JSON', () => '<html></html>', [/:1:1/, 'JSON']],
      ['another JSON', () => '{"name": "popspec", "version": "0.1.0"}', [/result/]],
      ['a list', () => '[1, 2]', [/result/]],
      ['of a newer popspec', () => JSON.stringify({ ...whole(), schemaVersion: 99 }), ['99', /newer|update/]],
      ['with a wrong field', () => JSON.stringify({ ...whole(), cases: [{ id: 7 }] }), ['cases']],
    ];
  test.concurrent.each(WRONG)('%s', async (name, text, parts) => {
    const file = dir.file(`${name}.json`, text());
    const outcome = await popspec(['report', file]);
    expectMessage(outcome, 2, file, ...parts);
    expect(outcome.stdout).toBe('');
  });

  test.concurrent('one of several: nothing is written', async () => {
    const cwd = dir.file('none');
    mkdirSync(cwd);
    const bad = dir.file('bad.json', '{');
    expectMessage(await popspec(['report', check, bad, '--report', 'html'], { cwd }), 2, bad);
    expect(existsSync(`${cwd}/reports`)).toBe(false);
  });

  test.concurrent.each([
    ['one file', () => [check, load, '--report', 'html=one.html'], 'several results cannot go to one file'],
    ['one name', () => [check, check, '--report', 'html'], 'two results would go to reports/check.html'],
  ] as const)('several results for %s', async (_, args, message) => {
    expectMessage(await popspec(['report', ...args()]), 2, message);
  });
});
