import { describe, expect, it } from 'vitest';
import { announces } from '../../src/check/run-case.js';
import { capped, mayBeLate, needsConfirmation, restsOnTime, verdictOf } from '../../src/check/verdict.js';
import type { Attempt } from '../../src/dialogue/attempt.js';
import { type Finding, worstVerdict } from '../../src/dialogue/outcome.js';

const finding = (verdict: Finding['verdict'], cause: Finding['cause'] = 'reply'): Finding => ({
  verdict,
  reason: 'because',
  cause,
  place: 'suites/x.yaml:1',
  source: 'S: +OK',
  expected: ['S: +OK'],
  actual: '-ERR',
});
const attempt = (finished: boolean, ...findings: Finding[]): Attempt => ({
  finished,
  findings,
  countAfterReset: undefined,
  values: {},
  transcript: [],
  durationMs: 1,
});

describe('verdicts', () => {
  it('are no worse than the level of the case allows', () => {
    expect(capped(finding('fail'), 'MUST').verdict).toBe('fail');
    expect(capped(finding('fail'), 'SECURITY').verdict).toBe('fail');
    expect(capped(finding('fail'), 'SHOULD').verdict).toBe('warn');
    expect(capped(finding('fail'), 'MAY').verdict).toBe('info');
    expect(capped(finding('warn'), 'SHOULD').verdict).toBe('warn');
    expect(capped(finding('warn'), 'QUIRK').verdict).toBe('info');
    expect(capped(finding('inconclusive'), 'MAY').verdict).toBe('inconclusive');
    expect(capped(finding('blocked'), 'SHOULD').verdict).toBe('blocked');
  });

  it('of a case are its worst one', () => {
    expect(verdictOf([])).toBe('pass');
    expect(verdictOf([finding('info'), finding('warn')])).toBe('warn');
    expect(worstVerdict(['warn', 'fail', 'inconclusive'])).toBe('fail');
    expect(worstVerdict(['blocked', 'inconclusive'])).toBe('inconclusive');
  });

  it('are confirmed when they rest on waiting, on an end or on a state', () => {
    expect(needsConfirmation(attempt(true, finding('warn')))).toBe(false);
    expect(needsConfirmation(attempt(false, finding('fail', 'reply')))).toBe(false);
    expect(needsConfirmation(attempt(false, finding('fail', 'check')))).toBe(false);
    expect(needsConfirmation(attempt(false, finding('fail', 'check')), true)).toBe(true);
    for (const cause of ['close', 'reset', 'timeout', 'silence'] as const) {
      expect(needsConfirmation(attempt(false, finding('fail', cause)))).toBe(true);
    }
    expect(needsConfirmation(attempt(false, finding('inconclusive', 'reset')))).toBe(true);
    expect(needsConfirmation(attempt(false, finding('blocked', 'reply')))).toBe(true);
    expect(needsConfirmation(attempt(false, finding('unsupported', 'statement')))).toBe(false);
    expect(needsConfirmation(attempt(false))).toBe(true);
  });

  it('behind a wait in vain rest on it, and an answer that fits nothing may be the late one', () => {
    const waited = (ending: Finding): Attempt => ({
      ...attempt(false, ending),
      transcript: [{ atUs: 0, connection: 'A', kind: 'timeout', text: '' }],
    });
    const late = finding('fail');
    const meant = { ...late, source: 'S: -ERR => fail "out of step"' };
    expect([late, meant].map((one) => restsOnTime(waited(one)))).toEqual([true, true]);
    expect([late, meant].map((one) => needsConfirmation(waited(one)))).toEqual([true, true]);
    expect([late, meant].map((one) => mayBeLate(waited(one)))).toEqual([true, false]);
    expect(mayBeLate(attempt(false, late))).toBe(false);
    expect(restsOnTime(waited(finding('warn')))).toBe(false);
  });

  it('that rest on silence are told apart', () => {
    expect(restsOnTime(attempt(false, finding('fail', 'timeout')))).toBe(true);
    expect(restsOnTime(attempt(false, finding('fail', 'reply')))).toBe(false);
    expect(restsOnTime(attempt(false, finding('inconclusive', 'timeout')))).toBe(false);
  });
});

describe('announces', () => {
  it('looks for a tag and its arguments in any case', () => {
    const capabilities = ['TOP', 'SASL PLAIN LOGIN', 'EXPIRE 0 USER'];
    expect(announces(capabilities, 'TOP')).toBe(true);
    expect(announces(capabilities, 'sasl plain')).toBe(true);
    expect(announces(capabilities, 'SASL CRAM-MD5')).toBe(false);
    expect(announces(capabilities, 'USER')).toBe(false);
    expect(announces([], 'TOP')).toBe(false);
  });
});
