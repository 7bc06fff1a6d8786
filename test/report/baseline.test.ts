import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/report/document.js';
import { renderGithub } from '../../src/report/github.js';
import { renderHtml } from '../../src/report/html/page.js';
import { renderJson } from '../../src/report/json.js';
import { renderJunit } from '../../src/report/junit.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { renderText } from '../../src/report/terminal.js';
import { sampleWithBaseline } from './samples.js';

const FIXED = 'popspec.baseline.yaml:9: rfc1939/stat/passing-0 no longer fails: delete lines 9 to 13';
const EXPIRED = 'popspec.baseline.yaml:14: rfc1939/dele/gone-after-quit was put up with until 2026-03-01';
const doc = sampleWithBaseline();

describe('a check with a baseline', () => {
  it('comes back from its JSON as it was', () => {
    expect(parseDocument(renderJson(doc), 'run.json')).toEqual(doc);
  });

  it('in a terminal: tells what is new in full, what is known in a line, and what the file asks for', () => {
    const text = renderText(doc);
    const inALine = text.replace(/\s+/g, ' ');
    expect(text).not.toContain('FAIL  rfc1939/retr/byte-stuffing');
    expect(inALine).toContain(
      'known rfc1939/retr/byte-stuffing until 2026-06-30: ticket 4711 (popspec.baseline.yaml:4)',
    );
    expect(inALine).toContain(`fixed ${FIXED}`);
    expect(inALine).toContain(`expired ${EXPIRED}`);
    expect(inALine).toContain('not run 1 entry');
    expect(text).toContain('FAILED  2 of 67 cases failed');
  });

  it('in JUnit: what is known is skipped with its reason, what the file asks for fails', () => {
    const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '@' });
    const { testsuites } = parser.parse(renderJunit(doc));
    expect([testsuites['@tests'], testsuites['@failures']]).toEqual(['71', '4']);
    const retr = testsuites.testsuite.find((suite: { '@name': string }) => suite['@name'] === 'rfc1939/retr');
    const known = retr.testcase.find((test: { '@name': string }) => test['@name'] === 'byte-stuffing');
    expect(retr['@skipped']).toBe('1');
    expect(known.failure).toBeUndefined();
    expect(known.skipped['@message']).toBe('known until 2026-06-30: ticket 4711 (popspec.baseline.yaml:4)');
    const asked = testsuites.testsuite.find((suite: { '@name': string }) => suite['@name'] === 'baseline');
    expect(asked['@failures']).toBe('2');
    expect(asked.testcase[0].failure['@message']).toBe(FIXED);
    expect(asked.testcase[1].failure['@message']).toContain(EXPIRED);
  });

  it('on GitHub: what is known is no annotation, what the file asks for stands at its line', () => {
    const text = renderGithub(doc);
    expect(text).not.toContain('byte-stuffing');
    expect(text).toContain('::error file=popspec.baseline.yaml,line=9,');
    expect(text).toContain('no longer fails: delete lines 9 to 13');
  });

  it('in Markdown: what is known stands apart', () => {
    const [before = '', after = ''] = renderMarkdown(doc).split('| baseline |');
    expect(before).not.toContain('byte-stuffing');
    expect(after).toMatch(/✗ fixed \| <code>rfc1939\/stat\/passing-0<\/code> \| .*delete lines 9 to 13/);
    expect(after).toMatch(/known \| <code>rfc1939\/retr\/byte-stuffing<\/code> \| until 2026-06-30/);
  });

  it('in HTML: a badge, the reason, and what the file asks for', () => {
    const html = renderHtml(doc);
    expect(html.match(/class="known"/g)).toHaveLength(2);
    expect(html).toContain('Known by the baseline until 2026-06-30: ticket 4711');
    expect(html).toContain(FIXED);
  });
});
