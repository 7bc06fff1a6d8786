import { describe, expect, it } from 'vitest';
import { compareChecks } from '../../src/check/comparison.js';
import type { CheckResult } from '../../src/check/result.js';
import type { Verdict } from '../../src/dialogue/outcome.js';
import { finding, sampleCase, sampleCheck } from '../report/samples.js';

const SETTINGS = { failOnWorse: true, version: '0.1.0' };

/** A check with cases of these verdicts, by the last part of their id. */
function check(verdicts: Readonly<Record<string, Verdict>>, more: Partial<CheckResult> = {}): CheckResult {
  const cases = Object.entries(verdicts).map(([name, verdict]) =>
    sampleCase({
      id: `rfc1939/stat/${name}`,
      clauses: name.startsWith('s') ? ['1939-5-STAT-1'] : ['1939-3-ML-4'],
      verdict,
      findings: verdict === 'pass' ? [] : [finding(verdict)],
    }),
  );
  return sampleCheck({ cases, ...more });
}

function compare(
  base: Readonly<Record<string, Verdict>>,
  next: Readonly<Record<string, Verdict>>,
  more: Partial<CheckResult> = {},
) {
  return compareChecks(
    { file: 'a.json', doc: check(base) },
    { file: 'b.json', doc: check(next, more) },
    SETTINGS,
  );
}

describe('a comparison of two checks', () => {
  it('tells what is new, gone and changed, by case and by clause', () => {
    const { cases, clauses, answer, exit } = compare(
      { s1: 'pass', s2: 'pass', m1: 'fail', m2: 'pass', x: 'pass', y: 'fail' },
      { s1: 'fail', s2: 'pass', m1: 'pass', m2: 'pass', x: 'blocked', y: 'unsupported' },
    );
    expect(cases.map(({ id, change }) => `${change} ${id.slice(13)}`)).toEqual([
      'new s1',
      'gone m1',
      'changed x',
      // It was not run: nobody saw that the failure is gone.
      'changed y',
    ]);
    expect(cases[0]).toMatchObject({
      base: 'pass',
      new: 'fail',
      reason: 'LIST announced another size than RETR sent',
    });
    expect(clauses).toMatchObject([
      { id: '1939-5-STAT-1', rfc: 1939, section: '5', base: 'kept', new: 'broken', change: 'new' },
      { id: '1939-3-ML-4', base: 'broken', new: 'kept', change: 'gone' },
    ]);
    expect({ answer, code: exit.code }).toEqual({ answer: 'worse', code: 1 });
  });

  it.each<[string, Verdict, Verdict, string]>([
    ['a failure that is new', 'pass', 'fail', 'worse'],
    ['a failure where there was a warning', 'warn', 'fail', 'worse'],
    ['a failure where it was blocked', 'blocked', 'fail', 'worse'],
    ['a warning where there was a failure', 'fail', 'warn', 'better'],
    ['a failure that is gone', 'fail', 'pass', 'better'],
    ['an observation in place of a pass', 'pass', 'info', 'same'],
    ['nothing else', 'fail', 'fail', 'same'],
    ['what came to no verdict this time', 'pass', 'inconclusive', 'cannot tell'],
    ['a failure that was not looked for', 'fail', 'blocked', 'cannot tell'],
    ['what came to a verdict this time', 'blocked', 'pass', 'same'],
  ])('%s: %s to %s is %s', (_, base, now, answer) => {
    expect(compare({ s1: base, s2: 'pass' }, { s1: now, s2: 'pass' }).answer).toBe(answer);
  });

  it('says what was not the same: cases, target, options', () => {
    const doc = check({ s1: 'pass' });
    const { notes, onlyIn } = compare(
      { s1: 'pass', s2: 'fail' },
      { s1: 'pass', s3: 'fail' },
      { target: { ...doc.target, url: 'pop3://other:110' }, options: { ...doc.options, slow: true } },
    );
    expect(onlyIn).toEqual({
      base: [{ id: 'rfc1939/stat/s2', verdict: 'fail' }],
      new: [{ id: 'rfc1939/stat/s3', verdict: 'fail' }],
    });
    expect(notes).toEqual([
      'target: pop3://mail.example:1110 in base, pop3://other:110 in new',
      'slow cases: left out in base, run in new',
      '1 case is in base alone',
      '1 case is in new alone',
    ]);
  });

  it('cannot tell from a run that ended early, or from runs without a case in common', () => {
    expect(compare({ s1: 'pass' }, { s1: 'pass' }, { complete: false })).toMatchObject({
      answer: 'cannot tell',
    });
    expect(compare({ s1: 'pass' }, { s2: 'pass' }).answer).toBe('cannot tell');
    expect(compare({ s1: 'pass' }, { s1: 'fail' }, { complete: false }).answer).toBe('worse');
  });
});
