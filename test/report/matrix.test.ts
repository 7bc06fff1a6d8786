import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { HTML_MAX_OCTETS, renderMatrix } from '../../src/report/html/page.js';
import { viewMatrix, worstExit } from '../../src/report/matrix-view.js';
import { matrixSummary } from '../../src/report/terminal-matrix.js';
import { finding, HOSTILE, hostileCheck, passingCases, sampleCase, sampleCheck } from './samples.js';

const good = sampleCheck({ cases: passingCases(3), exit: { code: 0, reason: '' } });
const columns = [
  { name: 'good', doc: good },
  { name: 'sample', doc: sampleCheck() },
];

describe('the matrix', () => {
  it('has a row for each case of any run, and no result where a run had it not', () => {
    const { folders, servers } = viewMatrix(columns);
    const rows = folders.flatMap(({ suites }) => suites.flatMap((suite) => suite.rows));
    const ids = new Set(columns.flatMap(({ doc }) => doc.cases.map(({ id }) => id)));
    expect(new Set(rows.map(({ id }) => id))).toEqual(ids);
    const stuffing = rows.find(({ id }) => id === 'rfc1939/retr/byte-stuffing');
    expect(stuffing?.results.map((result) => result?.verdict)).toEqual([undefined, 'fail']);
    expect(servers.map(({ counts }) => counts.get('pass'))[0]).toBe(3);
  });

  it('ends as its worst run', () => {
    expect(worstExit([0, 5, 1])).toBe(1);
    expect(worstExit([1, 3])).toBe(3);
    expect(worstExit([0, 0])).toBe(0);
    expect(worstExit([])).toBe(0);
  });

  it('names each suite with what did not pass, in the width of a terminal', () => {
    const text = matrixSummary(columns, new Chalk({ level: 0 }));
    expect(text).toMatch(/^ {2}rfc1939\/retr +\S+ +\d✗/m);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each([80, 60, 40])('fits %i columns with twenty servers, each of them named', (width) => {
    const twenty = Array.from({ length: 20 }, (_, index) => ({
      name: `server-${index}`,
      doc: sampleCheck(),
    }));
    const text = matrixSummary(twenty, new Chalk({ level: 0 }), width);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    for (const { name } of twenty) expect(text).toMatch(new RegExp(`\\b${name}\\b`));
    expect(text).not.toContain('…');
  });

  it('shows nothing that a server said as markup or control', () => {
    const html = renderMatrix([...columns, { name: 'hostile', doc: hostileCheck() }]);
    expect(html).not.toContain(HOSTILE);
    expect(html.match(/<script/gi)).toHaveLength(1);
    expect(html).toContain('href="#sample/rfc1939/retr/byte-stuffing"');
    expect(html).toContain('id="sample/rfc1939/retr/byte-stuffing"');
  });

  it('has a row for each level, and columns for two servers and for twenty', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => ({ name: `server-${index}`, doc: good }));
    for (const [servers, kind] of [
      [columns, 'few'],
      [twenty, 'many'],
    ] as const) {
      const html = renderMatrix(servers);
      expect(html).toContain(`class="mx ${kind}"`);
      const must = /<tr><th scope="row">MUST<\/th>(.*?)<\/tr>/.exec(
        html.slice(html.indexOf('class="mx')),
      )?.[1];
      expect(must?.match(/<td/g)).toHaveLength(servers.length);
      expect(must).toContain('2/2');
    }
  });

  it('leads to the report of a server only where there is one', () => {
    expect(renderMatrix(columns)).not.toMatch(/href="[^#d]/);
    const [first, second] = columns;
    const html = renderMatrix([{ ...first!, page: 'a b&c.html' }, second!]);
    expect(html).toContain('href="a%20b&amp;c.html#rfc1939/stat/passing-0"');
  });

  it('stays below a megabyte', () => {
    const cases = Array.from({ length: 1_000 }, (_, index) =>
      sampleCase({ id: `a/b/${index}`, verdict: 'fail', findings: [finding('fail', { event: 5 })] }),
    );
    const bad = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, doc: sampleCheck({ cases }) }));
    expect(Buffer.byteLength(renderMatrix(bad))).toBeLessThan(HTML_MAX_OCTETS);
    const twenty = Array.from({ length: 20 }, (_, index) => ({
      name: `s${index}`,
      doc: sampleCheck({ cases }),
    }));
    expect(Buffer.byteLength(renderMatrix(twenty))).toBeLessThan(HTML_MAX_OCTETS);
  });
});
