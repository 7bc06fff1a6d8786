import { describe, expect, it } from 'vitest';
import { FORMATS, findFormat } from '../../src/report/formats.js';
import { renderMarkdown } from '../../src/report/markdown.js';
import { render, reporters } from '../../src/report/reporters.js';
import { HOSTILE, hostileCheck, hostileLoad, sampleCase, sampleCheck, sampleLoad } from './samples.js';

describe('the table of reporters', () => {
  it('has every format, and each renders what it applies to', () => {
    expect(Object.keys(reporters)).toEqual(FORMATS.map(({ format }) => format));
    for (const reporter of Object.values(reporters)) {
      for (const kind of reporter.appliesTo) {
        const doc = kind === 'check' ? sampleCheck() : sampleLoad(2);
        const before = JSON.stringify(doc);
        expect(reporter.render(doc)).not.toBe('');
        expect(reporter.render(doc)).toBe(render(reporter.format, doc));
        expect(JSON.stringify(doc)).toBe(before);
      }
    }
  });

  it.each([
    ['htm', 'check', /unknown report format "htm"; did you mean html\?/],
    ['JUNIT', 'load', /did you mean junit\?/],
    ['pdf\x1b[2J', 'check', /unknown report format "pdf\\x1b\[2J"$/],
    ['autocannon', 'check', /format autocannon cannot show a check/],
  ] as const)('refuses %j for a %s', (name, kind, message) => {
    expect(() => findFormat(name, kind)).toThrow(message);
    try {
      findFormat(name, kind);
    } catch (error) {
      expect((error as { hint: string }).hint).toContain('html, junit, json, markdown');
    }
  });
});

describe('Markdown', () => {
  it('has counts, findings with clause, and the verdict', () => {
    const text = renderMarkdown(sampleCheck());
    expect(text).toMatch(/^## FAILED: popspec check /);
    expect(text).toContain('| ✗ fail | <code>rfc1939/retr/byte-stuffing</code> | RFC 1939 §3, RFC 1939 §5 |');
    expect(text).toContain('| 3 | 1 | 1 | 1 | 1 | 1 | 1 | 60 |');
  });

  it('has thresholds and latencies of a load run', () => {
    const text = renderMarkdown(sampleLoad(3));
    expect(text).toContain('| ✗ missed | <code>session.p99 &#60; 200ms</code> | 241 ms |');
    expect(text).toMatch(/\| session from plan \| ok \| 588 \|/);
  });

  it('makes nothing of hostile text but text, in tables of constant width', () => {
    for (const doc of [hostileCheck(), hostileLoad()]) {
      const text = renderMarkdown(doc);
      expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
      expect(text.replace(/<\/?code>|^## |! warn/g, '').replaceAll('@', '')).not.toMatch(
        /[<>[\]()`*_#!~@\\](?!\d+;)/,
      );
      // A mention is looked for in the text as rendered, but not in code.
      expect(text.replace(/<code>.*?<\/code>/g, '')).not.toContain('@');
      expect(text.length).toBeLessThan(60_000);
      for (const block of text.split('\n\n').filter((lines) => lines.startsWith('|'))) {
        const widths = new Set(block.split('\n').map((line) => line.split('|').length));
        expect(widths.size).toBe(1);
      }
    }
  });

  it('stays small for a server that breaks everything', () => {
    const cases = Array.from({ length: 5_000 }, (_, index) =>
      sampleCase({ id: `a/b/${index}`, verdict: 'fail', note: HOSTILE }),
    );
    const text = renderMarkdown(sampleCheck({ cases }));
    expect(text.length).toBeLessThan(60_000);
    expect(text).toContain('and 4,960 more cases with findings');
  });
});
