import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metricsAddress } from '../../src/cli/load-metrics.js';
import { expectMessage, popspec, scratchFolder, spawnPopspec } from './popspec.js';

const dir = scratchFolder();
let requests = 0;
const web = createServer((_, response) => {
  requests++;
  response.end('hello');
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(web.address() as { port: number }).port}/`;
});
afterAll(() => web.close());

test('a load by HTTP in the second half, with the sessions without and with it', async () => {
  const [json, html] = [dir.file('side.json'), dir.file('side.html')];
  const { stdout } = await popspec([
    ...['load', '--sessions', '2', '--pacing', '50ms', '--duration', '8s'],
    ...[
      '--http-side-load',
      url,
      '--http-connections',
      '3',
      '--report',
      `json=${json}`,
      '--report',
      `html=${html}`,
    ],
  ]);
  const { sideLoad, totals } = JSON.parse(readFileSync(json, 'utf8'));
  expect(sideLoad).toMatchObject({ url, connections: 3, errors: 0, non2xx: 0 });
  expect(sideLoad.requests).toBeGreaterThan(10);
  expect(requests).toBeGreaterThanOrEqual(sideLoad.requests);
  expect(sideLoad.fromMs).toBeGreaterThanOrEqual(4000);
  expect(sideLoad.without.count).toBeGreaterThan(0);
  expect(sideLoad.with.count).toBeGreaterThan(0);
  expect(sideLoad.without.count + sideLoad.with.count).toBeLessThanOrEqual(totals.completed);
  expect(stdout).toMatch(/HTTP BESIDE IT/);
  expect(readFileSync(html, 'utf8')).toContain('id="side-load"');
});

test('metrics are served while the run goes on, and no longer', async () => {
  const child = spawnPopspec([
    'load',
    '--sessions',
    '2',
    '--pacing',
    '20ms',
    '--duration',
    '4s',
    '--metrics',
    ':0',
  ]);
  let stderr = '';
  let text = '';
  const asked = new Promise<void>((resolve) => {
    child.stderr?.on('data', async (more: string) => {
      stderr += more;
      const at = /metrics: (http:\S+)/.exec(stderr)?.[1];
      if (at === undefined || text !== '') return;
      text = ' ';
      // Until the first figures are there.
      for (let tries = 0; tries < 30 && !/sessions_completed_total [1-9]/.test(text); tries++) {
        await new Promise((wait) => setTimeout(wait, 100));
        text = await fetch(at).then(
          async (answer) => answer.text(),
          () => text,
        );
      }
      resolve();
    });
  });
  await asked;
  await new Promise((resolve) => child.once('close', resolve));
  expect(text).toMatch(/^# TYPE popspec_sessions_completed_total counter$/m);
  expect(text).toMatch(/^popspec_sessions_completed_total [1-9]\d*$/m);
  expect(text).toMatch(/^popspec_sessions_open \d+$/m);
  expect(text).toMatch(/^popspec_octets_total 0$/m);
  const at = /metrics: (http:\S+)/.exec(stderr)?.[1] ?? '';
  await expect(fetch(at)).rejects.toThrow();
});

test('addresses for metrics', () => {
  expect(metricsAddress({ metrics: ':9464' })).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(metricsAddress({ metrics: '9464' })).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(metricsAddress({ metrics: '0.0.0.0:9464' })).toEqual({ host: '0.0.0.0', port: 9464 });
  expect(metricsAddress({ metrics: '[::1]:9464' })).toEqual({ host: '::1', port: 9464 });
  expect(metricsAddress({})).toBeUndefined();
});

test('HdrHistogram’s own forms: a log that its reader takes, and percentiles', async () => {
  const [hlog, hgrm] = [dir.file('run.hlog'), dir.file('run.hgrm')];
  const json = dir.file('run.json');
  await popspec([
    ...['load', '--sessions', '2', '--pacing', '20ms', '--duration', '2s'],
    ...['--report', `hlog=${hlog}`, '--report', `hgrm=${hgrm}`, '--report', `json=${json}`],
  ]);
  const { totals, latencies } = JSON.parse(readFileSync(json, 'utf8'));
  const { HistogramLogReader } = createRequire(import.meta.url)('hdr-histogram-js');
  const reader = new HistogramLogReader(readFileSync(hlog, 'utf8'), 64);
  const counts = new Map<string, number>();
  for (let one = reader.nextIntervalHistogram(); one; one = reader.nextIntervalHistogram())
    counts.set(one.tag, (counts.get(one.tag) ?? 0) + one.totalCount);
  expect(counts.get('session')).toBe(totals.completed);
  expect(counts.get('run.session')).toBe(totals.completed);
  expect(counts.get('run.STAT')).toBe(totals.completed);
  expect(counts.get('run.STAT.first-octet')).toBe(totals.completed);
  const text = readFileSync(hgrm, 'utf8');
  expect(text).toMatch(/Value +Percentile +TotalCount +1\/\(1-Percentile\)/);
  expect(Number(/Total count += +(\d+)/.exec(text)?.[1])).toBe(totals.completed);
  const { maxUs } = latencies.find(({ name }: { name: string }) => name === 'session');
  const max = Number(/#\[Max += +([\d.]+)/.exec(text)?.[1]);
  expect(Math.abs(max - maxUs / 1000)).toBeLessThan(maxUs / 1000 / 100);
});

test.concurrent.each([
  ['no URL of HTTP', ['--http-side-load', 'ftp://x/'], 'is no address of HTTP'],
  ['connections alone', ['--http-connections', '5'], 'no load by HTTP'],
  [
    'a run that is too short',
    ['--http-side-load', 'http://127.0.0.1/', '--duration', '2s'],
    'needs a longer run',
  ],
  ['a count', ['--http-side-load', 'http://127.0.0.1/', '--count', '2'], 'both given'],
  ['no address for metrics', ['--metrics', 'here'], 'is no address to listen on'],
])('%s: 2', async (_, args, words) => {
  expectMessage(await popspec(['load', 'embedded', ...args]), 2, words);
});
