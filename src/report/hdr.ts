import { HistogramLogWriter } from 'hdr-histogram-js';
import type { Latency, LoadResult } from '../load/result.js';
import { safeText } from './escape.js';
import { decodeHistogram } from './histogram.js';
import { sessionLatency } from './load-view.js';

/** Steps for each halving of the distance to 100 %, as other tools have them. */
const TICKS_PER_HALF = 5;
const US_PER_MS = 1000;

/**
 * The percentiles of the sessions that went well, in milliseconds, in the form that HdrHistogram's plotters read
 * (.hgrm). Of a run without such sessions it holds comments only.
 */
export function renderHgrm(doc: LoadResult): string {
  const latency = sessionLatency(doc);
  const histogram = latency === undefined ? undefined : decodeHistogram(latency.histogram);
  if (histogram === undefined) return '#[no session went well]\n';
  return histogram.outputPercentileDistribution(TICKS_PER_HALF, US_PER_MS);
}

/**
 * The histograms of the run as an HdrHistogram log (.hlog): those of the intervals with the tag `session`, and those of
 * the whole run with a tag for each latency. Values are microseconds, the maxima of the lines milliseconds.
 */
export function renderHlog(doc: LoadResult): string {
  let text = '';
  const log = new HistogramLogWriter((line) => {
    text += line;
  });
  const startedMs = Date.parse(doc.startedAt);
  const startSec = (Number.isNaN(startedMs) ? 0 : startedMs) / 1000;
  log.outputLogFormatVersion();
  log.outputComment(`[popspec ${doc.tool.version}, ${safeText(doc.scenario.id)}; microseconds]`);
  log.outputStartTime(startSec * 1000);
  log.outputLegend();
  const write = (tag: string, histogramText: string, fromMs: number, durationMs: number): void => {
    const histogram = decodeHistogram(histogramText);
    if (histogram === undefined) return;
    histogram.tag = tag;
    const fromSec = startSec + fromMs / 1000;
    log.outputIntervalHistogram(histogram, fromSec, fromSec + durationMs / 1000, US_PER_MS);
  };
  for (const { atMs, durationMs, histogram } of doc.series)
    write('session', histogram ?? '', atMs - durationMs, durationMs);
  for (const latency of doc.latencies)
    write(tagOf(latency), latency.histogram, doc.model.warmupMs, doc.durationMs);
  return text;
}

/** `RETR`, `RETR.first-octet`, `session.planned`, `login.failed`: a tag holds no comma and no blank. */
function tagOf({ name, measure, outcome }: Latency): string {
  const parts = [`run.${name}`, measure === 'sent' ? '' : measure, outcome === 'ok' ? '' : outcome];
  return parts
    .filter((part) => part !== '')
    .join('.')
    .replace(/[^\w.-]/g, '_');
}
