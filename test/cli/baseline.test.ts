import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderJson } from '../../src/report/json.js';
import { sampleLoad } from '../report/samples.js';
import { expectMessage, popspec, scratchFolder } from './popspec.js';

const dir = scratchFolder();

test('a server that is not yet perfect: red once, then green until something changes', async () => {
  const file = dir.file('known.yaml');
  const check = (...more: string[]) =>
    popspec(['check', 'embedded', '--only', 'rfc1939/stat', '--report', 'json=run.json', ...more], {
      cwd: dir.path,
    });
  expect((await check('--fault', 'stat-ignores-marks')).code).toBe(1);
  const update = () => popspec(['baseline', 'update', 'run.json', '--baseline', file], { cwd: dir.path });
  const written = await update();
  expect(written).toMatchObject({ code: 0, stderr: '' });
  expect(written.stdout).toMatch(/known\.yaml: \d entr(y|ies)\n {2}\d added: rfc1939\/stat\//);
  const green = await check('--fault', 'stat-ignores-marks', '--baseline', file);
  expect(green.code, green.stdout).toBe(0);
  expect(green.stderr).toMatch(/ fail \(known\) rfc1939\/stat\//);
  expect(green.stdout).toMatch(/^PASSED {2}No rule is broken but what the baseline knows/m);

  const fixed = await check('--baseline', file);
  expect(fixed.code).toBe(1);
  expect(fixed.stdout.replace(/\s+/g, ' ')).toMatch(
    /known\.yaml:4: rfc1939\/stat\/\S+ no longer fails: delete lines 4 to 8/,
  );
  expect((await update()).stdout).toMatch(/removed, since they are fixed/);
  expect(readFileSync(file, 'utf8')).not.toContain('rfc1939/stat');
  expect((await check('--baseline', file)).code).toBe(0);
}, 120_000);

test.concurrent.each([
  [['check', '--baseline', 'none.yaml'], 'none.yaml:1:1: cannot be read'],
  [['check', '--baseline', 'unknown.yaml'], 'unknown.yaml:2:1: "rfc1939/stat/drop-listin"'],
  [['baseline', 'renew', 'load.json'], 'popspec baseline has no "renew"'],
  [['baseline', 'update'], 'popspec baseline <update> <result>: the argument is missing'],
  [['baseline', 'update', 'none.json'], 'none.json cannot be read'],
  [['baseline', 'update', 'load.json'], 'load.json is a result of the kind "load"'],
  [['baseline', 'update', 'half.json'], 'half.json:1:20: the file ends in the middle'],
])('popspec %j: exit code 2 and a message', async (args, message) => {
  dir.file('load.json', renderJson(sampleLoad(1)));
  writeFileSync(dir.file('half.json'), '{ "kind": "check", ');
  dir.file(
    'unknown.yaml',
    '# known\nrfc1939/stat/drop-listin:\n  verdict: fail\n  reason: x\n  date: 2026-01-01\n  expires: never\n',
  );
  expectMessage(await popspec(args, { cwd: dir.path }), 2, message);
});
