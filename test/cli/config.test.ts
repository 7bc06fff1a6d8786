import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectMessage, popspec, scratchFolder } from './popspec.js';

const dir = scratchFolder();

/** The options of a run as its result tells them, and its ids. */
async function chosen(args: readonly string[], cwd = dir.path) {
  const { code, stdout, stderr } = await popspec(['check', ...args, '--report', 'json=-'], { cwd });
  expect(code, stderr).toBe(0);
  const { options, cases } = JSON.parse(stdout);
  return { ...options, ids: cases.map(({ id }: { id: string }) => id) };
}

test.concurrent('options of the top level and of the section with the command’s name', async () => {
  const file = dir.file(
    'both.yaml',
    'timeout: 7s\nsessions: 3\ncheck:\n  only: [rfc1939/noop]\n  fail-on: warn\nload:\n  duration: 1s\n',
  );
  const { timeoutMs, failOn, ids } = await chosen(['--config', file]);
  expect({ timeoutMs, failOn }).toEqual({ timeoutMs: 7000, failOn: 'warn' });
  expect(ids.length).toBeGreaterThan(0);
  expect(ids.every((id: string) => id.startsWith('rfc1939/noop'))).toBe(true);
});

test.concurrent('the command line goes before the section, the section before the top level', async () => {
  const file = dir.file(
    'order.yaml',
    'timeout: 7s\nfail-on: should\ncheck: { timeout: 8s, only: rfc1939/noop }\n',
  );
  expect(await chosen(['--config', file])).toMatchObject({ timeoutMs: 8000, failOn: 'should' });
  expect(await chosen([`--config=${file}`, '--timeout', '9'])).toMatchObject({ timeoutMs: 9000 });
});

test.concurrent('popspec.config.yaml is read where it is', async () => {
  const other = scratch();
  expect((await chosen([], other)).ids).toEqual(['rfc1939/stat/empty']);
});

test.concurrent('report is an option and a command: a list of options is the command’s section', async () => {
  const folder = dir.file('reports');
  mkdirSync(folder);
  const config = `${folder}/popspec.config.yaml`;
  writeFileSync(config, 'only: rfc1939/noop\nreport: [json=result.json]\n');
  await popspec(['check'], { cwd: folder });
  expect(JSON.parse(readFileSync(`${folder}/result.json`, 'utf8')).kind).toBe('check');
  writeFileSync(config, 'report: { report: [markdown=out.md] }\n');
  expect((await popspec(['report', 'result.json'], { cwd: folder })).code).toBe(0);
  expect(readFileSync(`${folder}/out.md`, 'utf8')).toMatch(/popspec/);
});

/** A folder with a configuration file of the default name. */
function scratch(): string {
  const folder = dir.file('project');
  mkdirSync(folder);
  writeFileSync(`${folder}/popspec.config.yaml`, 'check:\n  only: [rfc1939/stat/empty]\n');
  return folder;
}

describe('a mistake is told with file and line', () => {
  test.concurrent.each([
    [
      'an unknown option',
      'timeout: 5s\nonyl: [x]\n',
      /:2:\d+: there is no option "onyl"/,
      'did you mean only',
    ],
    [
      'an unknown section',
      'chek:\n  only: x\n',
      /:\d+:\d+: there is no option "chek"/,
      'did you mean check?',
    ],
    ['a text for a switch', 'check:\n  slow: yes\n', /:2:\d+: slow is true or false/],
    ['no value', 'timeout:\n', /timeout needs a text or a number/],
    ['a bad value', 'timeout: soon\n', '--timeout soon is not a duration'],
    ['broken YAML', 'timeout: 5s\ncheck: [1\n', /:\d+:\d+: /, 'YAML'],
  ] as const)('%s', async (name, text, ...parts) => {
    const file = dir.file(`${name}.yaml`, text);
    const outcome = await popspec(['check', '--config', file]);
    expectMessage(outcome, 2, ...(name === 'a bad value' ? [] : [file]), ...parts);
  });
});

describe('what a file from a stranger must not do', () => {
  test.concurrent.each([
    [
      'read a file elsewhere',
      'users: /etc/passwd\n',
      /:1:\d+: users leads out of the folder .*: \/etc\/passwd/,
    ],
    ['read a file above', 'check: { password-file: ../secret }\n', /password-file leads out of the folder/],
    ['read a file through a link', 'users: outside/users.csv\n', /users leads out of the folder/],
    [
      'write a report elsewhere',
      'report: [html=/tmp/popspec-elsewhere.html]\n',
      /report leads out of the folder/,
    ],
    ['start a program', "check: { deliver: 'command:touch started' }\n", /deliver starts a program/],
    [
      'reach another host',
      "deliver: 'smtp://192.0.2.7:25'\n",
      /deliver leads to 192\.0\.2\.7, which is not the target/,
    ],
    ['deliver elsewhere', "deliver: 'maildir:/var/mail/{user}'\n", /deliver leads out of the folder/],
  ] as const)('%s', async (name, text, message) => {
    const folder = dir.file(`stranger ${name}`);
    mkdirSync(folder);
    symlinkSync('/', `${folder}/outside`);
    writeFileSync(`${folder}/popspec.config.yaml`, text);
    const outcome = await popspec(['check', 'pop3://127.0.0.1:1'], { cwd: folder });
    expectMessage(outcome, 2, message, 'on the command line: --');
  });

  test.concurrent('files of its own folder are read from wherever popspec is run', async () => {
    const folder = dir.file('own');
    mkdirSync(folder);
    writeFileSync(`${folder}/users.csv`, 'only-a-name\n');
    const file = `${folder}/popspec.config.yaml`;
    writeFileSync(file, "users: users.csv\ndeliver: 'smtp://127.0.0.1:2525'\n");
    const outcome = await popspec(['check', 'pop3://127.0.0.1:1', '--config', file]);
    expectMessage(outcome, 2, `${realpathSync(folder)}/users.csv`);
  });
});
