import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderHgrm, renderHlog } from '../../src/report/hdr.js';
import { hostileLoad, sampleLoad, sampleSeries } from './samples.js';

const { HistogramLogReader } = createRequire(import.meta.url)(
  'hdr-histogram-js',
) as typeof import('hdr-histogram-js');

/** HdrHistogram itself, from Debian's libhdrhistogram-java. */
const JAR = '/usr/share/java/hdrhistogram.jar';
const lacking = !existsSync(JAR)
  ? JAR
  : spawnSync('java', ['-version']).error === undefined
    ? undefined
    : 'java';

const LINE = /^Tag=([\w.-]+),(\d+\.\d{3}),(\d+\.\d{3}),(\d+\.\d{3}),HISTF[\w+/=]+$/;

function linesOf(log: string): { tag: string; fromSec: number; lastsSec: number }[] {
  return log
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('"'))
    .map((line) => {
      const [, tag = '', from, lasts] = LINE.exec(line) ?? [];
      return { tag, fromSec: Number(from), lastsSec: Number(lasts) };
    });
}

/** Intervals with histograms, as a run has them; the samples of other tests do without. */
function run(seconds: number) {
  const [session] = sampleLoad(1).latencies;
  const series = sampleSeries(seconds).map((interval) => ({ ...interval, histogram: session?.histogram }));
  return sampleLoad(seconds, { series } as Parameters<typeof sampleLoad>[1]);
}

describe('.hlog', () => {
  it('has when each interval began and how long it lasted, then the whole run by name', () => {
    const doc = run(3);
    const startSec = Date.parse(doc.startedAt) / 1000;
    const lines = linesOf(renderHlog(doc));
    const session = lines.filter(({ tag }) => tag === 'session');
    expect(session.map(({ fromSec }) => Math.round(fromSec - startSec))).toEqual([0, 1, 2]);
    expect(session.map(({ lastsSec }) => lastsSec)).toEqual([1, 1, 1]);
    const whole = lines.filter(({ tag }) => tag.startsWith('run.'));
    expect(whole.map(({ lastsSec }) => lastsSec)).toEqual(doc.latencies.map(() => doc.durationMs / 1000));
    expect(whole.map(({ tag }) => tag)).toContain('run.RETR.first-octet');
  });

  it('is read by the reader of hdr-histogram-js, with the percentiles of the document', () => {
    const doc = run(3);
    const reader = new HistogramLogReader(renderHlog(doc), 64);
    const p99 = new Map<string, number>();
    for (let one = reader.nextIntervalHistogram(); one !== null; one = reader.nextIntervalHistogram())
      p99.set(one.tag, one.getValueAtPercentile(99));
    const planned = doc.latencies.find(({ measure }) => measure === 'planned');
    expect(p99.get('run.session.planned')).toBe(planned?.p99Us);
    expect(p99.size).toBe(doc.latencies.length + 1);
  });

  it('has no line of its own from a hostile name', () => {
    const doc = { ...hostileLoad(), scenario: { id: 'a\n#[StartTime: 1', title: '', dialogue: '' } };
    const text = renderHlog(doc);
    expect(text.match(/^#\[StartTime/gm)).toHaveLength(1);
    for (const { tag } of linesOf(text)) expect(tag).not.toBe('');
  });

  const title = lacking === undefined ? '' : ` (skipped: ${lacking} is missing)`;
  it.skipIf(lacking !== undefined)(`is read by HdrHistogram's own log processor${title}`, () => {
    const dir = mkdtempSync(join(tmpdir(), 'popspec-hdr-'));
    try {
      const doc = run(3);
      const file = join(dir, 'run.hlog');
      writeFileSync(file, renderHlog(doc));
      const processed = spawnSync(
        'java',
        [
          ...['-cp', JAR, 'org.HdrHistogram.HistogramLogProcessor', '-i', file],
          ...['-tag', 'run.session.planned', '-outputValueUnitRatio', '1000'],
        ],
        { encoding: 'utf8' },
      );
      expect(processed.stderr).toBe('');
      // The percentiles that it works out are, line for line, the .hgrm of the same run.
      const table = (text: string) => text.slice(text.indexOf('       Value')).trimEnd().split('\n');
      expect(table(processed.stdout)).toEqual(table(renderHgrm(doc)));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('.hgrm', () => {
  it('holds comments only where no session went well', () => {
    expect(renderHgrm(sampleLoad(1, { latencies: [] }))).toBe('#[no session went well]\n');
  });
});
