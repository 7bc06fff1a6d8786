import { describe, expect, it } from 'vitest';
import { FORMATS, findFormat } from '../../src/report/formats.js';
import { renderMarkdown, renderMatrixMarkdown } from '../../src/report/markdown.js';
import { firstRows } from '../../src/report/markdown-text.js';
import { render, reporters } from '../../src/report/reporters.js';
import { sampleCheckComparison } from './comparisons.js';
import { sampleDiagnosis } from './diagnose-samples.js';
import {
  ciCommands,
  HOSTILE,
  hostileCheck,
  hostileLoad,
  sampleCase,
  sampleCheck,
  sampleLoad,
} from './samples.js';

const SAMPLES = {
  check: sampleCheck,
  load: () => sampleLoad(2),
  diagnose: sampleDiagnosis,
  comparison: sampleCheckComparison,
};

describe('the table of reporters', () => {
  it('has every format, and each renders what it applies to', () => {
    expect(Object.keys(reporters)).toEqual(FORMATS.map(({ format }) => format));
    for (const reporter of Object.values(reporters)) {
      for (const kind of reporter.appliesTo) {
        const doc = SAMPLES[kind]();
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
  it('has the first rows of a table and says how many more there are', () => {
    const rows = Array.from({ length: 50 }, (_, index) => [String(index)]);
    expect(firstRows(['n'], rows, 'case', 40)).toMatch(/\| 39 \|\n\nand 10 more cases$/);
    expect(firstRows(['n'], rows, 'case', 60)).toMatch(/\| 49 \|$/);
    expect(firstRows(['n'], [], 'case', 60)).toBe('');
  });

  it('has counts, findings with clause, and the verdict', () => {
    const text = renderMarkdown(sampleCheck());
    expect(text).toMatch(/^## FAILED: popspec check /);
    expect(text).toContain('| ✗ fail | <code>rfc1939/retr/byte-stuffing</code> | RFC 1939 §3, RFC 1939 §5 |');
    expect(text).toContain('| 3 | 1 | 1 | 1 | 1 | 1 | 1 | 60 |');
  });

  it('tells the first failures with the lines that prove them', () => {
    const text = renderMarkdown(sampleCheck());
    expect(text).toMatch(/<summary><code>✗ rfc1939.*byte-stuffing.*<\/code><\/summary>\n<pre>\nline: /);
    expect(text).toMatch(/^&#62; +3\.4 ms {2}S: \+OK 412 octets$/m);
  });

  it('has servers, levels and the cases that were not passed by all of a matrix', () => {
    const good = sampleCheck({ cases: sampleCheck().cases.map((one) => ({ ...one, verdict: 'pass' })) });
    const text = renderMatrixMarkdown([
      { name: 'old', doc: sampleCheck() },
      { name: 'new', doc: good },
    ]);
    expect(text).toMatch(/^\| <code>old<\/code> \| .* \| ✗ 3 fail, /m);
    expect(text).toContain('| <code>rfc1939/retr/byte-stuffing</code> | ✗ fail | ✓ pass |');
    expect(text).not.toContain('passing');
  });

  it('has thresholds and latencies of a load run', () => {
    const text = renderMarkdown(sampleLoad(3));
    expect(text).toContain('| ✗ missed | <code>session.p99 &#60; 200ms</code> | 241 ms |');
    expect(text).toMatch(/\| session from plan \| ok \| 588 \|/);
  });

  it('makes nothing of hostile text but text, in tables of constant width', () => {
    const columns = ['one', 'two'].map((name) => ({ name, doc: hostileCheck() }));
    for (const markdown of [
      ...[hostileCheck(), hostileLoad()].map(renderMarkdown),
      renderMatrixMarkdown(columns),
    ]) {
      expect(markdown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
      expect(ciCommands(markdown)).toEqual([]);
      // Of HTML there are these blocks, which have no blank line and nothing but text in them.
      const blocks = markdown.split('\n\n');
      const [html, text] = [true, false].map((is) => blocks.filter((block) => block.startsWith('<') === is));
      for (const block of html ?? []) {
        expect(block).toMatch(
          /^<details><summary><code>[^<>]+<\/code><\/summary>\n<pre>\n[^<>]+\n<\/pre>\n<\/details>\n?$/,
        );
      }
      for (const block of text ?? []) {
        expect(block.replace(/<\/?code>|^## |! warn|_More than.*_/g, '').replaceAll('@', '')).not.toMatch(
          /[<>[\]()`*_#!~@\\](?!\d+;)/,
        );
        // A mention is looked for in the text as rendered, but not in code.
        expect(block.replace(/<code>.*?<\/code>/g, '')).not.toContain('@');
        if (!block.startsWith('|')) continue;
        const widths = new Set(
          block
            .trimEnd()
            .split('\n')
            .map((line) => line.split('|').length),
        );
        expect(widths.size).toBe(1);
      }
      expect(markdown.length).toBeLessThan(65_536);
    }
  });

  it('stays small for a server that breaks everything', () => {
    const cases = Array.from({ length: 5_000 }, (_, index) =>
      sampleCase({ id: `a/b/${index}`, verdict: 'fail', note: HOSTILE }),
    );
    const text = renderMarkdown(sampleCheck({ cases }));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain('and 4,960 more cases');
  });
});
