import { describe, expect, it } from 'vitest';
import type { CaseResult } from '../../src/check/result.js';
import type { Finding } from '../../src/dialogue/outcome.js';
import { rootCauses } from '../../src/report/root-causes.js';
import { finding, sampleCase, sampleCheck, trace } from './samples.js';

/** A failed case whose dialogue ends with this exchange, the last line of which was judged. */
function failed(
  id: string,
  lines: readonly string[],
  more: Partial<Finding> = {},
  clause = '1939-5-STAT-1',
): CaseResult {
  const transcript = trace(['S: +OK ready', ...lines]);
  return sampleCase({
    id,
    clauses: [clause],
    verdict: 'fail',
    findings: [
      finding('fail', {
        reason: 'The answer is not what is expected here.',
        cause: 'reply',
        place: `suites/${id}.yaml:9`,
        source: 'S: +OK',
        expected: ['S: +OK'],
        actual: lines.at(-1)?.slice(3) ?? '',
        event: transcript.length - 1,
        ...more,
      }),
    ],
    transcript,
  });
}

/** The ids of the cases of each finding. */
function grouped(...cases: CaseResult[]): string[][] {
  return rootCauses(cases, sampleCheck({ cases })).map((cause) => cause.cases.map(({ id }) => id));
}

describe('cases are one finding', () => {
  it('where a command is refused in the same words and accepted nowhere; the case of that command tells it', () => {
    const cases = [
      failed('rfc1939/list/empty', ['C: NOOP', 'S: -ERR unknown command']),
      failed('rfc1939/noop/does-nothing', ['C: noop', 'S: -ERR unknown command'], {}, '1939-5-NOOP-1'),
      failed('rfc1939/uidl/empty', ['C: NOOP', 'S: -ERR unknown command'], {}, '1939-7-UIDL-1'),
    ];
    const [cause, ...others] = rootCauses(cases, sampleCheck({ cases }));
    expect(others).toEqual([]);
    expect(cause?.refused).toBe('NOOP');
    expect(cause?.cases.map(({ id }) => id)).toEqual([
      'rfc1939/noop/does-nothing',
      'rfc1939/list/empty',
      'rfc1939/uidl/empty',
    ]);
  });

  it('where the same exchange fails the same expectation under one clause, numbers apart', () => {
    expect(
      grouped(
        failed('a/b/one', ['C: STAT', 'S: +OK 2 320 octets'], { expected: ['S: +OK {n:int} {o:octets}'] }),
        failed('a/c/two', ['C: STAT', 'S: +OK 7 12 octets'], { expected: ['S: +OK {n:int} {o:octets}'] }),
      ),
    ).toEqual([['a/b/one', 'a/c/two']]);
  });

  it('where rows of one table fail at one line in the same words', () => {
    const row = { place: 'suites/a/numbers.yaml:97', reason: 'it was taken for message 1' };
    expect(
      grouped(
        failed('a/numbers/junk/retr', ['C: RETR 1x', 'S: +OK 120'], row),
        failed('a/numbers/junk/list', ['C: LIST 1x', 'S: +OK 1 120'], row),
      ),
    ).toEqual([['a/numbers/junk/retr', 'a/numbers/junk/list']]);
  });

  it('where the same octets come unasked behind the same exchange', () => {
    const unasked = { cause: 'unsolicited', reason: '.\\r\\n came though nothing was asked' } as const;
    expect(
      grouped(
        failed('a/b/one', ['C: LIST 1', 'S: -ERR no', 'S: .'], unasked, '1939-5-LIST-1'),
        failed('a/c/two', ['C: LIST 1', 'S: -ERR no', 'S: .'], unasked),
      ),
    ).toHaveLength(1);
  });
});

describe('cases stay apart', () => {
  it('where a command that is refused was accepted elsewhere: there are reasons for either', () => {
    expect(
      grouped(
        failed('a/b/one', ['C: RETR 1', 'S: -ERR no such message']),
        failed('a/c/two', ['C: RETR 2', 'S: -ERR no such message'], {}, '1939-5-RETR-1'),
        sampleCase({ transcript: trace(['C: RETR 3', 'S: +OK']) }),
      ),
    ).toContainEqual(['a/b/one']);
  });

  it('where the words of the refusal differ, or the answer before it', () => {
    const unasked = { cause: 'unsolicited', reason: '.\\r\\n came though nothing was asked' } as const;
    expect(
      grouped(
        failed('a/b/one', ['C: NOOP', 'S: -ERR unknown command']),
        failed('a/c/two', ['C: NOOP', 'S: -ERR mailbox is gone'], {}, '1939-5-NOOP-1'),
        failed('a/d/three', ['C: LIST 1', 'S: -ERR no', 'S: .'], unasked),
        failed('a/e/four', ['C: LIST 1', 'S: +OK 1 120', 'S: .'], unasked),
      ),
    ).toHaveLength(4);
  });

  it('where rows of one table get answers of another kind, or another verdict', () => {
    const row = { place: 'suites/a/numbers.yaml:97', reason: 'it was not refused' };
    const warned = failed('a/numbers/junk/list', ['C: LIST 1x', 'S: +OK 1 120'], row);
    expect(
      grouped(
        failed('a/numbers/junk/retr', ['C: RETR 1x', 'S: +OK 120'], row),
        failed('a/numbers/junk/top', ['C: TOP 1x 1', 'S: 120'], row),
        { ...warned, verdict: 'warn', findings: [finding('warn', row)] },
      ),
    ).toHaveLength(3);
  });

  it('where the baseline knows one and not the other', () => {
    const known = { reason: 'ticket 7', expires: '2027-01-01', place: 'baseline.yaml:3' };
    const one = failed('a/b/one', ['C: NOOP', 'S: -ERR unknown command']);
    const two = failed('a/c/two', ['C: NOOP', 'S: -ERR unknown command']);
    expect(grouped({ ...one, known }, two)).toEqual([['a/c/two'], ['a/b/one']]);
  });
});

it('a hundred thousand cases are put together in reasonable time and space', () => {
  const cases = Array.from({ length: 100_000 }, (_, index) =>
    sampleCase({ id: `a/b/${index}`, verdict: 'fail', findings: [finding('fail', { event: 5 })] }),
  );
  expect(rootCauses(cases, sampleCheck({ cases }))).toHaveLength(1);
});
