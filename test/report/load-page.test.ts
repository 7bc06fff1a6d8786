import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../src/report/html/page.js';
import { baseIntervals, joinIntervals, POINTS_MAX } from '../../src/report/intervals.js';
import { mustBeComparable, viewBase } from '../../src/report/load-base.js';
import { hostileLoad, latency, sampleLoad, sampleSeries } from './samples.js';

/** The values that the chart of this id tells, row by row, the head first. */
function tableOf(html: string, id: string): string[][] {
  const figure = html.slice(html.indexOf(`<p id="${id}-text">`));
  const rows = figure.slice(0, figure.indexOf('</figure>')).match(/<tr>.*?<\/tr>/g) ?? [];
  return rows.map((row) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, text = '']) => text));
}

describe('the page of a load run', () => {
  it('says first what one must know: verdict, thresholds, rates, p99, failures, damage, generator', () => {
    const html = renderHtml(sampleLoad());
    const text = html
      .slice(html.indexOf('<body'), html.indexOf('<section id="curves"'))
      .replace(/<[^>]+>/g, ' ');
    const told = [
      'FAILED',
      'session.p99 &lt; 200ms',
      '241 ms',
      '200 → 196',
      'session p99',
      '17',
      '0.14 % of 11,777',
      '✗',
      'in 58,800 checks',
      'event loop p99 2.1 ms',
    ];
    for (const words of told.filter((word) => word !== '✗')) expect(text).toContain(words);
    expect(html.indexOf('id="thresholds"')).toBeLessThan(html.indexOf('class="figures score"'));
  });

  it('draws each chart with title, description and its values as a table', () => {
    const html = renderHtml(sampleLoad());
    for (const what of [/<svg class="plot"/g, /<desc>/g, /Values as a table/g, /data-x="/g])
      expect(html.match(what)).toHaveLength(8);
    expect(html).toContain('✗ session, failed');
    for (const nonsense of ['NaN', 'Infinity']) expect(html).not.toContain(nonsense);
  });

  it('tells of each moment latency, both rates, open sessions, errors and lag', () => {
    const html = renderHtml(sampleLoad());
    const [second] = sampleSeries(60);
    expect(tableOf(html, 'time-latency').slice(0, 2)).toEqual([
      ['time', 'p99', 'p90', 'p50'],
      ['1 s', '61 ms', '24 ms', '14 ms'],
    ]);
    expect(tableOf(html, 'time-rate')[1]).toEqual(['1 s', String(second?.completed), '200']);
    expect(tableOf(html, 'time-open')[1]).toEqual(['1 s', '18']);
    expect(tableOf(html, 'time-errors').slice(0, 2)).toEqual([
      ['time', 'failed', 'damaged', 'never started'],
      ['1 s', '1', '0', '0'],
    ]);
    expect(tableOf(html, 'time-lag')[1]).toEqual(['1 s', '900 µs', '240 µs']);
  });

  it('gives the percentiles of a spectrum as the table of latencies does', () => {
    const session = latency('session', 16_400, 11_760, { measure: 'planned' });
    const rows = new Map(
      tableOf(renderHtml(sampleLoad()), 'spectrum-session').map(([name, value]) => [name, value]),
    );
    expect(rows.get('p99')).toBe(`${(session.p99Us / 1000).toFixed(1)} ms`);
    expect(rows.get('p50')).toBe(`${(session.p50Us / 1000).toFixed(1)} ms`);
    expect(rows.get('max')).toBe(`${session.maxUs / 1000} ms`.replace(/\.\d+/, ''));
  });

  it.each([0, 1, 2, 86_400])('is right for %i intervals', (seconds) => {
    const html = renderHtml(sampleLoad(Math.min(seconds, 60), { series: sampleSeries(seconds) }));
    for (const nonsense of ['NaN', 'Infinity']) expect(html).not.toContain(nonsense);
    expect(Buffer.byteLength(html)).toBeLessThan(250_000);
    if (seconds > 1_000) expect(html).toContain('Each point is the worst of 6 min.');
  });

  it('does without what was not measured', () => {
    const doc = sampleLoad(1, { latencies: [], series: [], errors: [], thresholds: [], scheduleLag: null });
    expect(renderHtml(doc)).toContain('No interval was measured');
    const broken = sampleLoad(1);
    const latencies = broken.latencies.map((one) => ({ ...one, histogram: 'AAAA' }));
    expect(renderHtml({ ...broken, latencies })).not.toContain('id="spectrum-session-text"');
  });

  it('says in words that nothing failed, instead of an empty chart', () => {
    const series = sampleSeries(60).map((interval) => ({ ...interval, failed: 0, dropped: 0 }));
    const html = renderHtml(sampleLoad(60, { series }));
    expect(html).toContain('No errors over time');
    expect(html).not.toContain('time-errors');
  });

  it('draws no latency over time where no session went well', () => {
    const series = sampleSeries(6).map((interval) => ({
      ...interval,
      p50Us: null,
      p90Us: null,
      p99Us: null,
    }));
    const html = renderHtml(sampleLoad(6, { series }));
    expect(html).not.toContain('time-latency');
    expect(html).toContain('time-rate');
  });

  it('names the stages where they meet', () => {
    const stage = { fromPerSecond: 10, toPerSecond: 20, durationMs: 20_000 };
    const model = {
      ...sampleLoad().model,
      kind: 'open' as const,
      arrivals: 'uniform' as const,
      maxSessions: 9,
      stages: [stage, stage, stage],
    };
    const html = renderHtml(sampleLoad(60, { model }));
    expect(html).toContain('>stage 3</text>');
  });
});

describe('beside a base run', () => {
  const base = sampleLoad(40, { startedAt: '2026-03-01T08:00:00.000Z', users: 300 });

  it('has both figures, the curve of the base, and what else was not the same', () => {
    const html = renderHtml(sampleLoad(), base);
    expect(html).toContain('Beside the base run');
    expect(html).toContain('2026-03-01 08:00:00 UTC');
    expect(html).toContain('<b>users: </b>300 in the base, 400 here');
    expect(tableOf(html, 'time-rate')[0]).toEqual(['time', 'completed', 'offered', 'base completed']);
    expect(tableOf(html, 'time-rate').at(-1)?.at(-1)).toBe('–');
    expect(html).toContain('<path class="line base"');
    expect(renderHtml(sampleLoad())).not.toContain('line base"');
  });

  it('tells changes, and none where there is nothing to compare with', () => {
    const rates = { ...base.rates, completed: 150 };
    const { rows } = viewBase(sampleLoad(60, { integrity: { checks: 9, errors: 0 } }), { ...base, rates });
    const row = (name: string) => rows.find((one) => one.name === name);
    expect(row('completed')).toEqual({ name: 'completed', base: '150/s', now: '196/s', change: '+30.8 %' });
    expect(row('offered')).toMatchObject({ change: '=' });
    expect(row('integrity errors')).toMatchObject({ base: '2', now: '0', change: '−100 %' });
    expect(
      viewBase({ ...base, latencies: [] }, base).rows.find(({ name }) => name === 'RETR p99'),
    ).toMatchObject({
      now: '–',
      change: '',
    });
  });

  it('says so where the base is no measure', () => {
    const health = { ...base.health, verdict: 'saturated' as const, reasons: ['CPU at 100 %'] };
    expect(renderHtml(sampleLoad(), { ...base, health })).toContain(
      'The base is no measure: the generator was the bottleneck: CPU at 100 %.',
    );
  });

  it('is refused where another scenario was played', () => {
    const other = { ...base, scenario: { ...base.scenario, id: 'load/\x1b[31m' } };
    expect(() => mustBeComparable(sampleLoad(), base)).not.toThrow();
    expect(() => mustBeComparable(sampleLoad(), other)).toThrow(
      'the base played the scenario load/\\x1b[31m',
    );
  });

  it('stands a hostile base', () => {
    const html = renderHtml(sampleLoad(3), hostileLoad());
    expect(html).not.toMatch(/<script>alert|\x1b/);
    expect(Buffer.byteLength(html)).toBeLessThan(250_000);
  });
});

describe('intervals', () => {
  it('are joined to no more than can be drawn, and nothing is lost', () => {
    const series = sampleSeries(601);
    const joined = joinIntervals(series);
    const sum = (of: typeof series) => of.reduce((total, { completed }) => total + completed, 0);
    expect(joined.length).toBeLessThanOrEqual(POINTS_MAX);
    expect(sum(joined)).toBe(sum(series));
    expect(Math.max(...joined.map(({ lagMaxUs }) => lagMaxUs ?? 0))).toBe(
      Math.max(...series.map(({ lagMaxUs }) => lagMaxUs ?? 0)),
    );
  });

  it('have no rate of a last piece: it belongs to the one before', () => {
    const series = sampleSeries(3);
    const piece = { ...series[2]!, atMs: 3_020, durationMs: 20, completed: 6, planned: 0, concurrent: 0 };
    const joined = joinIntervals([...series, piece]);
    expect(joined).toHaveLength(3);
    expect(joined[2]).toMatchObject({ durationMs: 1_020, completed: series[2]!.completed + 6 });
  });

  it('of a base are those at the same time since its warm-up', () => {
    const doc = sampleLoad(10);
    const later = sampleLoad(5, {
      model: { ...doc.model, warmupMs: doc.model.warmupMs + 3_000 },
      series: sampleSeries(5).map((interval) => ({ ...interval, atMs: interval.atMs + 3_000 })),
    });
    const found = baseIntervals(doc.series, doc, later);
    expect(found.map((interval) => interval?.atMs)).toEqual([
      4_000,
      5_000,
      6_000,
      7_000,
      8_000,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
