import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { demandOf, overlay, readBaseline } from '../../src/check/baseline.js';
import { updateBaseline } from '../../src/check/baseline-update.js';
import { exitOf } from '../../src/check/exit.js';
import type { CaseResult } from '../../src/check/result.js';
import type { Verdict } from '../../src/dialogue/outcome.js';
import { finding, sampleCase, sampleCheck } from '../report/samples.js';

const folder = mkdtempSync(join(tmpdir(), 'popspec-baseline-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ONE = 'rfc1939/stat/one';
const TWO = 'rfc1939/stat/two';
const THREE = 'rfc1939/list/three';
const CASES = [
  { id: ONE, clauses: ['1939-5-STAT-1'] },
  { id: TWO, clauses: ['1939-5-STAT-1', '1939-5-STAT-3'] },
  { id: THREE, clauses: ['1939-5-LIST-1'] },
];
const TODAY = '2026-03-14';

/** Results of some cases by their verdicts. */
function results(verdicts: Readonly<Record<string, Verdict>>): CaseResult[] {
  return CASES.filter(({ id }) => id in verdicts).map(({ id, clauses }) => {
    const verdict = verdicts[id] ?? 'pass';
    return sampleCase({ id, clauses, verdict, findings: verdict === 'pass' ? [] : [finding(verdict)] });
  });
}

function baseline(text: string) {
  const file = join(folder, 'known.yaml');
  writeFileSync(file, text);
  return readBaseline(file, CASES);
}

function entry(id: string, { verdict = 'fail', expires = '2026-04-01' } = {}): string {
  return `${id}:\n  verdict: ${verdict}\n  reason: as it is\n  date: 2026-01-01\n  expires: ${expires}\n`;
}

function states(text: string, verdicts: Readonly<Record<string, Verdict>>) {
  const laid = overlay(baseline(text), results(verdicts), CASES, TODAY);
  const circumstances = {
    problem: undefined,
    interrupted: false,
    failOn: 'must',
    maxInconclusive: 0,
  } as const;
  return {
    states: laid.baseline.entries.map(({ state }) => state),
    known: laid.results.filter(({ known }) => known !== undefined).map(({ id }) => id),
    code: exitOf(laid, circumstances).code,
  };
}

describe('a baseline over the verdicts', () => {
  it.each([
    ['fails as expected', entry(ONE), { [ONE]: 'fail' }, ['known'], [ONE], 0],
    ['counts on its last day', entry(ONE, { expires: TODAY }), { [ONE]: 'fail' }, ['known'], [ONE], 0],
    ['for good', entry(ONE, { expires: 'never' }), { [ONE]: 'fail' }, ['known'], [ONE], 0],
    ['passes now', entry(ONE), { [ONE]: 'pass' }, ['fixed'], [], 1],
    ['warns where it failed', entry(ONE), { [ONE]: 'warn' }, ['fixed'], [], 1],
    ['has expired', entry(ONE, { expires: '2026-03-13' }), { [ONE]: 'fail' }, ['expired'], [], 1],
    [
      'has expired and was not run',
      entry(ONE, { expires: '2026-03-13' }),
      { [TWO]: 'pass' },
      ['expired'],
      [],
      1,
    ],
    ['has expired and passes', entry(ONE, { expires: '2026-03-13' }), { [ONE]: 'pass' }, ['fixed'], [], 1],
    ['fails where it warned', entry(ONE, { verdict: 'warn' }), { [ONE]: 'fail' }, ['worse'], [], 1],
    ['warns as expected', entry(ONE, { verdict: 'warn' }), { [ONE]: 'warn' }, ['known'], [ONE], 0],
    ['is blocked', entry(ONE), { [ONE]: 'blocked', [TWO]: 'pass' }, ['not run'], [], 0],
    ['is unsupported', entry(ONE), { [ONE]: 'unsupported', [TWO]: 'pass' }, ['not run'], [], 0],
    ['is not selected', entry(ONE), { [TWO]: 'pass' }, ['not run'], [], 0],
    ['another case fails', entry(ONE), { [ONE]: 'fail', [TWO]: 'fail' }, ['known'], [ONE], 1],
  ] as const)('%s', (_, text, verdicts, expected, known, code) => {
    expect(states(text, verdicts)).toEqual({ states: expected, known, code });
  });

  const clause = entry('1939-5-STAT-1');
  it.each([
    ['all cases that cite it', { [ONE]: 'fail', [TWO]: 'fail' }, 'known', [ONE, TWO]],
    ['one of them', { [ONE]: 'pass', [TWO]: 'fail' }, 'known', [TWO]],
    ['none of them', { [ONE]: 'pass', [TWO]: 'pass' }, 'fixed', []],
    ['none of those that were run', { [ONE]: 'pass', [THREE]: 'pass' }, 'not run', []],
  ] as const)('a clause stands for %s', (_, verdicts, state, known) => {
    expect(states(clause, verdicts)).toMatchObject({ states: [state], known });
  });

  it('says which lines to delete', () => {
    const text = `# head\n\n${entry(TWO)}${entry(ONE)}`;
    const laid = overlay(baseline(text), results({ [ONE]: 'pass', [TWO]: 'fail' }), CASES, TODAY);
    expect(laid.baseline.entries.map(demandOf)).toEqual([
      undefined,
      `${folder}/known.yaml:8: ${ONE} no longer fails: delete lines 8 to 12`,
    ]);
  });
});

describe('a baseline file that is wrong', () => {
  it.each([
    [
      'an unknown case',
      entry('rfc1939/stat/on'),
      /known\.yaml:1:1: "rfc1939\/stat\/on" is neither .*did you mean rfc1939\/stat\/one/,
    ],
    ['an unknown clause', entry('1939-5-STAT-2'), /1:1: .*did you mean 1939-5-STAT-1/],
    [
      'no reason',
      `${ONE}:\n  verdict: fail\n  date: 2026-01-01\n  expires: never\n`,
      /2:3: .*reason: say why/,
    ],
    ['another verdict', entry(ONE, { verdict: 'pass' }), /2:3: .*verdict/],
    [
      'a day that is none',
      entry(ONE, { expires: '2026-02-30' }),
      /5:3: .*expected a day like 2026-03-31, or never/,
    ],
    ['a key that is not known', `${entry(ONE)}  owner: me\n`, /6:3: .*owner/],
    ['a case twice', entry(ONE) + entry(ONE), /6:1: Map keys must be unique/],
    ['no YAML', '{', /known\.yaml:\d:\d/],
    ['a list', '- a\n', /1:1: file: /],
  ])('%s', (_, text, message) => {
    expect(() => baseline(text)).toThrow(message);
  });

  it('may be empty', () => {
    expect(baseline('').entries).toEqual([]);
    expect(baseline('# nothing is known\n').entries).toEqual([]);
  });
});

describe('popspec baseline update', () => {
  const cases = CASES as never;
  const update = (text: string, verdicts: Readonly<Record<string, Verdict>>, reason?: string) =>
    updateBaseline(text, baseline(text), sampleCheck({ cases: results(verdicts) }), cases, {
      reason,
      expires: '2026-06-12',
    });

  it('writes what fails, with reason, date and expiry, under a head that says what it is', () => {
    const { text, added } = update('', { [ONE]: 'fail', [TWO]: 'warn', [THREE]: 'pass' }, 'ticket 7: "soon"');
    expect(added).toEqual([ONE]);
    expect(text).toMatch(/^# Findings of popspec check that are known/);
    expect(text.split('\n\n')[1]).toBe(
      `${ONE}:\n  verdict: fail\n  reason: 'ticket 7: "soon"'\n  date: 2026-03-14\n  expires: 2026-06-12\n`,
    );
    expect(states(text, { [ONE]: 'fail' })).toMatchObject({ states: ['known'], code: 0 });
  });

  it('says what was found where no reason is given', () => {
    expect(update('', { [ONE]: 'fail' }).text).toContain(
      'reason: "no reason given yet; found: LIST announced another size than RETR sent"',
    );
  });

  it('leaves what stays as it stands, with its comments', () => {
    const before = `# ours\n\n# upstream knows\n${entry(ONE)}\n${entry(TWO)}`;
    const { text, removed, added, kept } = update(before, { [ONE]: 'fail', [TWO]: 'pass', [THREE]: 'fail' });
    expect({ removed, added, kept }).toEqual({ removed: [TWO], added: [THREE], kept: [ONE] });
    expect(text).toContain(`# ours\n\n# upstream knows\n${entry(ONE)}`);
    expect(text).not.toContain(TWO);
    expect(update(text, { [ONE]: 'fail', [THREE]: 'fail' }).text).toBe(text);
  });

  it('turns a warning that fails into a failure, and keeps what was not run and what has expired', () => {
    const before = entry(ONE, { verdict: 'warn' }) + entry(TWO) + entry(THREE, { expires: '2026-01-02' });
    const { text, changed, added, expired } = update(before, { [ONE]: 'fail', [THREE]: 'fail' });
    expect({ changed, added, expired }).toEqual({ changed: [ONE], added: [], expired: [THREE] });
    expect(text).toBe(entry(ONE) + entry(TWO) + entry(THREE, { expires: '2026-01-02' }));
  });

  it('can come to nothing, and begin again', () => {
    const { text } = update(`# ours\n\n${entry(ONE)}`, { [ONE]: 'pass' });
    expect(baseline(text).entries).toEqual([]);
    expect(update(text, { [TWO]: 'fail' }).text).toMatch(/^# ours\n/);
    expect(baseline(update(text, { [TWO]: 'fail' }).text).entries).toHaveLength(1);
  });
});
