import { createRequire } from 'node:module';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { LoadResult } from '../../src/load/result.js';
import { printAutocannon, renderAutocannon, toAutocannon } from '../../src/report/autocannon.js';
import { hostileLoad, sampleLoad } from './samples.js';

/** The real package, which has no types. */
const compare = createRequire(import.meta.url)('autocannon-compare');

describe("autocannon's result shape", () => {
  it('takes a session for a request, and keeps refusals, errors and damage apart', () => {
    const result = toAutocannon(sampleLoad());
    expect(result).toMatchObject({
      url: 'pop3s://mail.example:995',
      duration: 60,
      samples: 60,
      sampleInt: 1_000,
      errors: 3,
      timeouts: 3,
      mismatches: 2,
      non2xx: 12,
      '2xx': 11_760,
      connections: 84,
      finish: '2026-03-14T09:27:53.589Z',
    });
    expect(result.requests).toMatchObject({ total: 11_760, sent: 11_994 });
    expect(result.throughput.total).toBe(11_760 * 41_000);
    // Milliseconds, as the percentiles of the document say in microseconds.
    expect(result.latency.p50).toBeCloseTo((sampleLoad().latencies[0]?.p50Us ?? 0) / 1_000, 1);
    expect(result.latency.p97_5).toBeGreaterThan(result.latency.p90 ?? 0);
    expect(Object.values(result.latency).every(Number.isFinite)).toBe(true);
  });

  it("is printed by autocannon's own printResult", async () => {
    const printed = stripVTControlCharacters(await printAutocannon(sampleLoad()));
    const [head, ...rest] = printed.split('\n');
    expect(head).toBe('request = POP3 session (load/download-and-keep)');
    const text = rest.join('\n');
    expect(text).toMatch(/│ Latency │ [\d.]+ ms │ 16\.\d+ ms │/);
    expect(text).toMatch(/│ Req\/Sec +│/);
    expect(text).toContain('# of samples: 60');
    expect(text).toContain('11760 2xx responses, 12 non 2xx responses');
    expect(text).toContain('12k requests in 60s, 482 MB read');
    expect(text).toContain('3 errors (3 timeouts)');
    expect(text).toContain('2 requests with mismatched body');
  });

  it('is read by autocannon-compare: the same run is equal, one with half the sessions is worse', () => {
    const read = (doc: LoadResult) => JSON.parse(renderAutocannon(doc));
    const [run, again] = [read(sampleLoad()), read(sampleLoad())];
    expect(compare(run, again)).toMatchObject({
      equal: true,
      requests: { difference: '0%', significant: '' },
      latency: { difference: '0%' },
    });
    const half = sampleLoad(60, {
      series: sampleLoad().series.map((one) => ({
        ...one,
        completed: Math.round(one.completed / 2),
        octets: one.octets / 2,
      })),
    });
    const seen = compare(run, read(half));
    expect(seen).toMatchObject({ aWins: true, equal: false, throughput: { significant: '***' } });
    expect(Number.parseFloat(seen.throughput.difference)).toBeCloseTo(100, 0);
  });

  it('holds when nothing was measured', async () => {
    const doc = sampleLoad(1, { latencies: [], series: [], errors: [] });
    expect(JSON.parse(renderAutocannon(doc))).toMatchObject({ samples: 0, latency: { p50: 0 } });
    await expect(printAutocannon(doc)).resolves.toContain('# of samples: 0');
  });

  it('holds no server text', () => {
    expect(renderAutocannon(hostileLoad())).not.toContain('hacked');
  });
});
