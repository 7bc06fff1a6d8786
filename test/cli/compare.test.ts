import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { randomOf } from '../../src/load/random.js';
import { renderJson } from '../../src/report/json.js';
import { documentIn } from '../load/simulated.js';
import { sampleCheckComparison } from '../report/comparisons.js';
import { sampleCheck, sampleLoad } from '../report/samples.js';
import { expectMessage, popspec, scratchFolder } from './popspec.js';

const dir = scratchFolder();
const scratch = scratchFolder();
const run = (name: string, slower: number, minute: number, more = {}) =>
  dir.file(
    `${name}.json`,
    renderJson(
      documentIn(10, slower, randomOf(minute, 1), {
        startedAt: new Date(Date.UTC(2026, 2, 14, 9, minute)).toISOString(),
        ...more,
      }),
    ),
  );
const BASE = ['--base', run('b1', 1, 0), run('b2', 1, 2), run('b3', 1, 4)];
const NEW = ['--new', run('n1', 1.3, 1), run('n2', 1.3, 3), run('n3', 1.3, 5)];
const check = dir.file('check.json', renderJson(sampleCheck()));
const cases = sampleCheck().cases.map((result) => ({ ...result, verdict: 'pass' as const, findings: [] }));
const better = dir.file('better.json', renderJson(sampleCheck({ cases, startedAt: '2026-03-15T00:00:00Z' })));
const load = dir.file('load.json', renderJson(sampleLoad(3)));
const file = (name: string, text: string) => dir.file(name, text);

describe('popspec compare', () => {
  test.concurrent('several runs a side: the answer on stdout, reports, exit code 1 where worse was asked for', async () => {
    const args = ['compare', ...BASE, ...NEW, '--report', 'json', '--report', 'html'];
    const plain = await popspec(args, { cwd: dir.path });
    expect(plain.stdout).toMatch(/^WORSE {2}Session p50/m);
    expect(plain.stderr).toBe('report: reports/comparison.json\nreport: reports/comparison.html\n');
    expect(plain.code).toBe(0);
    expect((await popspec(['compare', ...BASE, ...NEW, '--fail-on', 'worse'])).code).toBe(1);
    const again = await popspec(['report', 'reports/comparison.json'], { cwd: dir.path });
    expect(again).toEqual({ code: 0, stdout: plain.stdout, stderr: '' });
  });

  test.concurrent('a floor that is higher than the difference', async () => {
    const { stdout, code } = await popspec([
      'compare',
      ...BASE,
      ...NEW,
      '--floor',
      '60%',
      '--fail-on',
      'worse',
    ]);
    expect(stdout).not.toMatch(/✗ worse/);
    expect(code).toBe(0);
  });

  test.concurrent('options of runs in the configuration file are none of it', async () => {
    const other = scratch.file('popspec.config.yaml', 'fail-on: should\nreport: [junit]\n');
    const { code, stdout } = await popspec(['compare', check, better], { cwd: dirname(other) });
    expect(stdout).toMatch(/^BETTER /m);
    expect(code).toBe(0);
  });

  test.concurrent('two checks', async () => {
    const back = await popspec(['compare', better, check, '--fail-on', 'worse']);
    expect(back.stdout).toMatch(/^WORSE /m);
    expect(back.code).toBe(1);
    const forth = await popspec(['compare', check, better, '--fail-on', 'worse', '--report', 'markdown=-']);
    expect(forth.stdout).toMatch(/^## BETTER: popspec compare check/);
    expect(forth.code).toBe(0);
  });

  test.concurrent.each<[string, readonly string[], ...(string | RegExp)[]]>([
    ['one result', [check], 'two results, not 1', '--base'],
    ['three results', [check, better, load], 'two results, not 3'],
    ['one side alone', BASE, '--base is given, --new is not'],
    ['both forms', [check, ...BASE, ...NEW], 'beside --base and --new'],
    [
      'a check and a load run',
      [check, load],
      'check.json is a result of the kind "check", ',
      'load.json of the kind "load"',
    ],
    ['several checks', ['--base', check, '--new', better, check], 'one with one'],
    ['the same run', [load, load], 'hold the same run'],
    [
      'other scenarios',
      [
        '--base',
        load,
        '--new',
        run('idle', 1, 9, { scenario: { id: 'load/idle', title: '', dialogue: '' } }),
      ],
      'other scenarios',
    ],
    [
      'a file cut short',
      [check, file('half.json', renderJson(sampleCheck()).slice(0, 900))],
      /half\.json:\d+:\d+: the file ends/,
    ],
    [
      'a newer version',
      [check, file('new.json', '{"kind":"check","schemaVersion":2}')],
      'made by a newer popspec',
    ],
    [
      'an older version',
      [check, file('old.json', '{"kind":"check","schemaVersion":0}')],
      'schemaVersion 0 is not known',
    ],
    [
      'a comparison',
      [check, file('comparison.json', renderJson(sampleCheckComparison()))],
      'of the kind "comparison"',
    ],
    [
      'another kind',
      [check, file('other.json', '{"kind":"load-shard","schemaVersion":1}')],
      'not a result of popspec',
    ],
    ['no file', [check, 'none.json'], 'none.json cannot be read'],
    ['a floor that is none', [check, better, '--floor', '5'], '--floor 5 is neither a share nor a time'],
    ['--fail-on', [check, better, '--fail-on', 'better'], '--fail-on better', 'worse'],
    ['a report', [check, better, '--report', 'junit'], 'junit cannot show a comparison'],
  ])('%s: exit code 2 and a message', async (_, args, ...parts) => {
    const outcome = await popspec(['compare', ...args], { cwd: dir.path });
    expectMessage(outcome, 2, ...parts);
    expect(outcome.stdout).toBe('');
  });
});
