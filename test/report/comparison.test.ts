import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { compareChecks } from '../../src/check/comparison.js';
import type { CheckResult } from '../../src/check/result.js';
import { comparisonJsonSchema } from '../../src/report/comparison/document.js';
import { sentenceOf } from '../../src/report/comparison/view.js';
import { render } from '../../src/report/reporters.js';
import { hostileComparison, sampleCheckComparison, sampleLoadComparison } from './comparisons.js';
import { sampleCheck } from './samples.js';

const LOAD = sampleLoadComparison();
const CHECK = sampleCheckComparison();
const ALL = { load: LOAD, check: CHECK, hostile: hostileComparison() };
const FORMATS = ['text', 'markdown', 'html', 'json'] as const;

describe('a comparison of load runs', () => {
  it('in a terminal: each metric with both figures, difference, interval and answer; the whole answer last', () => {
    const text = render('text', LOAD);
    expect(text).toMatch(
      /session p50 +2\d(\.\d)? ms +2\d(\.\d)? ms +\+\d\d\.\d % +\+\d\d\.\d to \+\d\d\.\d % +✗ worse/,
    );
    expect(text).toMatch(/errors +0 % +0 % +0 points/);
    expect(text).toMatch(/BY COMMAND\n +RETR p50/);
    expect(text).toMatch(
      /SECOND OPINION {2}autocannon-compare\n(.*\n)+ +it says: base wins \(by throughput\)/,
    );
    expect(text).toMatch(/\nWORSE {2}Session p50 \d\d\.\d % higher/);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(84);
  });

  it('in Markdown: a table', () => {
    expect(render('markdown', LOAD)).toMatch(/^## WORSE: popspec compare load\n/);
    expect(render('markdown', LOAD)).toMatch(/\| session p99 \|/);
  });

  it('in HTML: the curves of both sides, and a table of the runs', () => {
    const html = render('html', LOAD);
    expect(html).toContain('Session latency by percentile');
    expect(html.match(/class="whisker/g)).toHaveLength(8);
    for (const file of ['base1.json', 'new3.json']) expect(html).toContain(file);
  });

  it('says what it takes where nothing can be told', () => {
    expect(render('text', sampleLoadComparison(1))).toMatch(
      /\nCANNOT TELL {2}The runs do not tell: session p/,
    );
  });
});

describe('a comparison of checks', () => {
  it('in a terminal: what is new first, then what is gone', () => {
    const text = render('text', CHECK);
    expect(text).toMatch(/NEW FINDINGS\n +✗ pass → fail/);
    expect(text).toMatch(/GONE\n +✓ fail → pass +rfc1939\/retr\/byte-stuffing/);
    expect(text).toMatch(/IN BASE ALONE\n/);
    expect(text).toMatch(/\nWORSE {2}1 new finding, 1 gone/);
  });
});

describe('two checks that leave nothing to compare', () => {
  const named = (file: string, more: Partial<CheckResult> = {}) => ({ file, doc: sampleCheck(more) });
  const settings = { failOnWorse: false, version: '0.1.0' };
  const [, ...rest] = sampleCheck().cases;

  it.each([
    [named('b.json', { cases: [] }), 'No case is in both results: there is nothing to compare.'],
    [named('b.json'), 'Every case has the verdict that it had.'],
    [
      named('b.json', { cases: rest, complete: false }),
      'Every case that was run has the verdict that it had, but the new run ended early.',
    ],
  ])('say so', (next, sentence) => {
    expect(sentenceOf(compareChecks(named('a.json'), next, settings))).toBe(sentence);
  });
});

describe('every comparison', () => {
  const validate = new Ajv2020({ strict: false }).compile(comparisonJsonSchema());

  it.each(Object.entries(ALL))('%s: the JSON fits its schema', (_, comparison) => {
    validate(JSON.parse(render('json', comparison)));
    expect(validate.errors).toBeNull();
  });

  it.each(FORMATS)(
    '%s: no control octet, no bidirectional control, no markup of a server, bounded',
    (format) => {
      const text = render(format, ALL.hostile);
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      expect(text.length).toBeLessThan(format === 'json' ? 40_000_000 : 1_000_000);
      if (format === 'html' || format === 'markdown')
        expect(text).not.toMatch(/<script>globalThis|<img|<svg onload/);
    },
  );

  it('is no JUnit, and says what there is', () => {
    expect(() => render('junit', LOAD)).toThrow('format junit cannot show a comparison');
  });
});
