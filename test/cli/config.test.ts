import { mkdirSync, writeFileSync } from 'node:fs';
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
      'did you mean only?',
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
