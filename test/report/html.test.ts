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
