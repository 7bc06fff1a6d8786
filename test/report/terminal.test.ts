import { describe, expect, it } from 'vitest';
import { createChalk } from '../../src/report/colors.js';
import { endSummary, renderText } from '../../src/report/terminal.js';
import { summaryWidth } from '../../src/report/terminal-style.js';
import {
  ciCommands,
  finding,
  hostileCheck,
  hostileLoad,
  passingCases,
  sampleCase,
  sampleCheck,
  sampleLoad,
} from './samples.js';

const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

describe('the end summary of a check', () => {
  it('shows each finding with clause, line, what came and where to read more, the verdict last', () => {
    const text = renderText(sampleCheck());
    expect(text).toContain('✗ FAIL  rfc1939/retr/byte-stuffing');
    expect(text).toContain('RFC 1939 §3 · RFC 1939 §5 · MUST');
    expect(text).toContain('sent      RETR 2');
    expect(text).toContain('expected  check octets(body) == size');
    expect(text).toContain('got       octets(body) = 118, size = 412');
    expect(text).toContain('seen in   rfc2449/capa/before-login');
    expect(text).toContain('because   no answer came within the time limit after 20 s');
    expect(text).toContain('popspec explain rfc1939/dele/gone-after-quit');
    expect(text).toContain('the case deletes: give --allow-delete');
    expect(text).toMatch(/RFC 1939 +53\/56 +7\/8/);
    expect(text.trimEnd().split('\n').slice(-4)[0]).toBe(
      'FAILED  3 of 67 cases failed (RFC 1939 §3, §5, §6), 1 warning.',
    );
  });

  it('tells one cause once, and the cases that bear witness to it', () => {
    const cases = ['a', 'b', 'c', 'd', 'e'].map((id) =>
      sampleCase({
        id: `rfc1939/noop/row/${id}`,
        verdict: 'fail',
        findings: [finding('fail', { place: 'suites/rfc1939/noop.yaml:7' })],
      }),
    );
    const text = renderText(sampleCheck({ cases }));
    expect(text.match(/✗ FAIL/g)).toHaveLength(1);
    expect(text).toMatch(
      /also in {3}4 cases: rfc1939\/noop\/row\/b,\s+rfc1939\/noop\/row\/c,\s+rfc1939\/noop\/row\/d, …/,
    );
  });

  it('is short when all is well', () => {
    const doc = sampleCheck({ cases: passingCases(24), exit: { code: 0, reason: 'passed' } });
    expect(renderText(doc)).toContain('PASSED  All 24 cases passed: no rule that was tested is broken.');
    expect(renderText(doc).split('\n').length).toBeLessThan(12);
  });

  it('says what went wrong when nothing could be run', () => {
    const problem = {
      code: 'UNREACHABLE',
      message: 'connection to mail.example:110 refused',
      hint: 'is it running?',
    };
    const text = renderText(
      sampleCheck({ cases: [], complete: false, problem, exit: { code: 3, reason: 'x' } }),
    );
    expect(text).toContain('NO CONTACT  connection to mail.example:110 refused');
    expect(text).toContain('→ is it running?');
    expect(text).toContain('The run ended early');
  });
});

describe('the end summary of a load run', () => {
  it('begins with the thresholds, the actual value beside the limit', () => {
    const lines = renderText(sampleLoad()).trimStart().split('\n');
    expect(lines[0]).toBe('THRESHOLDS');
    expect(lines[1]).toMatch(/^ {2}✗ missed {2}session\.p99 < 200ms {2}is 241 ms$/);
  });

  it('keeps failed latencies apart and shows offered against achieved, integrity and health', () => {
    const text = renderText(sampleLoad());
    expect(text).toMatch(/✗ session, failed +17/);
    expect(text).toContain('offered 200/s, 98.1 % of it completed');
    expect(text).toContain('✗ 2 errors  58,800 checks');
    expect(text).toContain('DAMAGE RETR sent other octets');
    expect(text).toContain('✓ ok  event loop p99 2.1 ms');
  });

  it('calls a run whose generator was the bottleneck invalid', () => {
    const health = { ...sampleLoad(1).health, verdict: 'saturated' as const, reasons: ['CPU at 100 %'] };
    const text = renderText(sampleLoad(1, { health, exit: { code: 5, reason: 'saturated' } }));
    expect(text).toContain('✗ saturated');
    expect(text).toContain('INVALID  The generator was the bottleneck');
  });

  it('says so when nothing was measured', () => {
    const doc = sampleLoad(1, { latencies: [], series: [], errors: [], thresholds: [], scheduleLag: null });
    expect(renderText(doc)).not.toContain('LATENCY');
  });
});

describe('every end summary', () => {
  it.each([80, 60, 40])('fits %i columns', (width) => {
    for (const doc of [sampleCheck(), sampleLoad(), sampleLoad(2), hostileCheck(), hostileLoad()]) {
      const text = endSummary(doc, createChalk({}, {}), width);
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
    }
  });

  it('has the columns of a terminal that is narrow, and 80 anywhere else', () => {
    const columns = [
      { isTTY: true, columns: 60 },
      { isTTY: true, columns: 200 },
      { isTTY: true, columns: 9 },
      { columns: 60 },
    ];
    expect(columns.map(summaryWidth)).toEqual([60, 80, 40, 80]);
  });

  it('of a load that could not begin says why, and nothing that was not measured', () => {
    const problem = { code: 'AUTH', message: 'the login of ann was refused' };
    const { totals } = sampleLoad(1);
    const none = Object.fromEntries(Object.keys(totals).map((key) => [key, 0])) as typeof totals;
    const doc = sampleLoad(1, {
      problem,
      totals: none,
      durationMs: 0,
      latencies: [],
      series: [],
      exit: { code: 3, reason: 'x' },
    });
    expect(renderText(doc)).toContain('NO CONTACT  the login of ann was refused');
    expect(renderText(doc)).not.toMatch(/intact|GENERATOR|THRESHOLDS/);
  });

  it.each([
    ['check', hostileCheck()],
    ['load', hostileLoad()],
  ])('of a hostile %s holds no raw control octet and stays bounded', (_, doc) => {
    const text = renderText(doc);
    expect(text).not.toMatch(CONTROL);
    expect(ciCommands(text)).toEqual([]);
    expect(text.length).toBeLessThan(120_000);
    expect(text).toContain('\\x1b[31m');
    const painted = endSummary(doc, createChalk({}, {}, { color: true }));
    expect(painted.replace(/\x1b\[\d+m/g, '')).toBe(text);
  });
});

describe('createChalk', () => {
  const level = (isTTY: boolean, env: Record<string, string>, color?: boolean) =>
    createChalk({ isTTY }, env, { color }).level;

  it('follows flag, NO_COLOR, FORCE_COLOR, TERM and the stream, in this order', () => {
    expect(level(true, {})).toBe(1);
    expect(level(false, {})).toBe(0);
    expect(level(true, { TERM: 'dumb' })).toBe(0);
    expect(level(true, { NO_COLOR: '1' })).toBe(0);
    expect(level(true, { NO_COLOR: '' })).toBe(1);
    expect(level(true, { NO_COLOR: '1', FORCE_COLOR: '3' })).toBe(0);
    expect(level(false, { FORCE_COLOR: '1', TERM: 'dumb' })).toBe(1);
    expect(level(true, { FORCE_COLOR: '0' })).toBe(0);
    expect(level(false, { NO_COLOR: '1' }, true)).toBe(1);
    expect(level(true, { FORCE_COLOR: '1' }, false)).toBe(0);
  });
});
