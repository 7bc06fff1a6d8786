import { describe, expect, it } from 'vitest';
import { HTML_MAX_OCTETS, renderHtml } from '../../src/report/html/page.js';
import {
  finding,
  hostileCheck,
  hostileLoad,
  passingCases,
  sampleCase,
  sampleCheck,
  sampleLoad,
  trace,
} from './samples.js';

describe('the HTML report', () => {
  it('names nothing that would be fetched', () => {
    for (const doc of [sampleCheck(), sampleLoad(), hostileCheck(), hostileLoad()]) {
      const html = renderHtml(doc);
      const tags = html.match(/<[a-z][^>]*>/gi) ?? [];
      for (const tag of tags) {
        expect(tag).not.toMatch(/\s(?:src|srcset|action|poster|background|xlink:href|on\w+|style)\s*=/i);
        if (/\shref=/.test(tag)) expect(tag).toMatch(/\shref="(?:#|data:,)/);
      }
      expect(html.match(/<script/gi)).toHaveLength(1);
      expect(html.match(/<style/gi)).toHaveLength(1);
      expect(html).toContain("default-src 'none'");
      expect(html).not.toContain("'unsafe-inline'");
    }
  });

  it('tells each finding with its proof', () => {
    const html = renderHtml(sampleCheck());
    expect(html).toContain('3 of 67 cases failed (RFC\u00a01939 §3, §5, §6), 1 warning.');
    expect(html).toContain('id="rfc1939/retr/byte-stuffing"');
    expect(html).toContain('gets another one in front');
    expect(html).toContain('<mark>check octets(body) == size</mark>');
    expect(html).toContain('<code>octets(body) = 118</code>');
    expect(html).toContain('0000  2b 4f 4b 20 34 31 32 20');
    expect(html).toContain('Transcript of rfc2449/capa/before-login');
    expect(html).toContain('<p class="m"><i>3.4</i>S: +OK 412 octets</p>');
    expect(html).toContain('<p class="m n"><i>3.4</i>S: \\tlast line\\n</p>');
    expect(html).toContain('popspec check pop3://mail.example:1110 --only rfc1939/retr/byte-stuffing');
  });

  it('holds a full run in less than a megabyte, and the scarcer the more there is', () => {
    const run = (cases: number) =>
      renderHtml(sampleCheck({ cases: passingCases(cases), exit: { code: 0, reason: '' } }));
    expect(Buffer.byteLength(run(300))).toBeLessThan(HTML_MAX_OCTETS);
    expect(run(300)).toContain('S: +OK 2 320</p>');
    expect(Buffer.byteLength(run(1_200))).toBeLessThan(HTML_MAX_OCTETS);
    const many = run(100_000);
    expect(Buffer.byteLength(many)).toBeLessThan(HTML_MAX_OCTETS);
    expect(many).toContain('All 100,000 cases passed');
  });

  it('stays below a megabyte for a server that breaks everything', () => {
    const cases = Array.from({ length: 3_000 }, (_, index) =>
      sampleCase({ id: `a/b/${index}`, verdict: 'fail', findings: [finding('fail', { event: 5 })] }),
    );
    const html = renderHtml(sampleCheck({ cases }));
    expect(Buffer.byteLength(html)).toBeLessThan(HTML_MAX_OCTETS);
    expect(html).toContain('Findings (1)');
    expect(html).toContain('3,000 cases bear witness');
  });

  it('stays below a megabyte for a hundred thousand findings, each of its own and in a suite of its own', () => {
    const cases = Array.from({ length: 100_000 }, (_, index) =>
      sampleCase({
        id: `a/suite-${index}/case`,
        verdict: 'fail',
        findings: [
          finding('fail', {
            reason: `found ${'x'.repeat(index % 97)} ${(index % 89).toString(2)}`,
            event: 5,
          }),
        ],
      }),
    );
    const html = renderHtml(sampleCheck({ cases }));
    expect(Buffer.byteLength(html)).toBeLessThan(HTML_MAX_OCTETS);
    expect(html).toMatch(/[\d,]+ more findings: they are in the JSON result/);
  });

  it('names a few hundred witnesses of one finding, and counts the others', () => {
    const cases = Array.from({ length: 20_000 }, (_, index) =>
      sampleCase({ id: `a/b/case-${index}`, verdict: 'fail', findings: [finding('fail', { event: 5 })] }),
    );
    const html = renderHtml(sampleCheck({ cases }));
    expect(Buffer.byteLength(html)).toBeLessThan(HTML_MAX_OCTETS);
    expect(html).toContain('Seen in 19,999 more cases');
    expect(html).toContain('and 19,699 more cases');
  });

  it('groups what has one cause, and links each witness', () => {
    const refused = (id: string) =>
      sampleCase({
        id,
        verdict: 'fail',
        findings: [
          finding('fail', {
            reason: 'The answer is not what is expected here.',
            cause: 'reply',
            expected: ['S: +OK'],
            actual: '-ERR what?',
            event: 3,
          }),
        ],
        transcript: trace(['C: NOOP', 'S: -ERR what?']),
      });
    const html = renderHtml(sampleCheck({ cases: ['a/list/x', 'a/noop/y', 'b/z/z'].map(refused) }));
    expect(html.match(/<article/g)).toHaveLength(1);
    expect(html).toContain('NOOP is refused wherever it was sent');
    expect(html).toContain('Seen in 2 more cases');
    for (const id of ['a/list/x', 'a/noop/y', 'b/z/z']) expect(html).toContain(`id="${id}"`);
  });

  it('marks the line of the dialogue that found it, not every line like it', () => {
    const dialogue = 'C: STAT\nS: +OK\nC: NOOP\nS: +OK\n';
    const found = finding('fail', { place: 'suites/a/b.yaml:13', source: 'S: +OK' });
    const result = sampleCase({ verdict: 'fail', dialogue, findings: [found] });
    const marks = (more: object) =>
      renderHtml(sampleCheck({ cases: [{ ...result, ...more }] })).match(/<mark>/g)?.length;
    expect(marks({ dialogueLine: 10 })).toBe(1);
    expect(marks({})).toBe(2);
  });

  it('keeps of a long dialogue that went well the end, where it says what it is about', () => {
    const lines = Array.from({ length: 40 }, (_, index) => `S: +OK line ${index}`);
    const html = renderHtml(sampleCheck({ cases: [sampleCase({ transcript: trace(lines) })] }));
    expect(html).toContain('… 12 lines left out …');
    expect(html).toContain('S: +OK line 39</p>');
    expect(html).not.toContain('S: +OK line 9</p>');
  });

  it('is bounded for megabyte lines', () => {
    expect(Buffer.byteLength(renderHtml(hostileCheck()))).toBeLessThan(HTML_MAX_OCTETS);
    expect(Buffer.byteLength(renderHtml(hostileLoad()))).toBeLessThan(HTML_MAX_OCTETS);
  });

  it('shows a run that could not begin', () => {
    const problem = {
      code: 'REFUSED',
      message: 'connection to mail.example:110 refused',
      hint: 'is it running?',
    };
    const html = renderHtml(sampleCheck({ cases: [], problem, exit: { code: 3, reason: 'refused' } }));
    expect(html).toContain('Verdict: NO CONTACT');
    expect(html).toContain('is it running?');
  });
});
