import type { CapacityStep, Latency, LoadResult } from '../load/result.js';
import { safeText } from './escape.js';
import { count, every, microseconds, milliseconds, plural, significant } from './format.js';
import { type Stamp, stampOf } from './verdicts.js';

/** What reporters of a load run have in common: derived from the document, nothing new. */
export interface LoadView {
  readonly stamp: Stamp;
  /** The verdict in one sentence. */
  readonly sentence: string;
  /** `50 sessions at a time for 10 s`. */
  readonly model: string;
  readonly latencies: readonly LatencyGroup[];
}

/** Distributions of one name, those that went well first. */
export interface LatencyGroup {
  readonly kind: Latency['kind'];
  readonly name: string;
  readonly rows: readonly LatencyRow[];
}

export interface LatencyRow {
  readonly latency: Latency;
  /** `session`, `session from plan`, `RETR first octet`. */
  readonly label: string;
}

const KINDS: readonly Latency['kind'][] = ['session', 'phase', 'command'];
const MEASURES: Readonly<Record<Latency['measure'], string>> = {
  planned: ' from plan',
  sent: '',
  'first-octet': ' first octet',
};

/** What a step of a search for the capacity came to, with its mark. */
export const CAPACITY_VERDICTS: Readonly<Record<CapacityStep['verdict'], string>> = {
  held: '✓ held',
  missed: '✗ missed',
  generator: '! generator',
  ended: '! ended',
};

export function viewLoad(doc: LoadResult): LoadView {
  return {
    stamp: stampOf(doc.exit.code),
    sentence: sentenceOf(doc),
    model: modelWords(doc),
    latencies: groupLatencies(doc.latencies),
  };
}

function sentenceOf(doc: LoadResult): string {
  if (doc.problem !== undefined) return safeText(doc.problem.message, 400);
  const { code, reason } = doc.exit;
  if (code === 5 && doc.health.verdict === 'saturated')
    return 'The generator was the bottleneck, so the figures are not the server’s.';
  const missed = doc.thresholds.filter(({ passed }) => !passed);
  const session = sessionLatency(doc);
  const p99 = session === undefined ? '' : `, p99 ${microseconds(session.p99Us)}`;
  const figures = `${plural(doc.totals.completed, 'session')} at ${significant(doc.rates.completed)}/s${p99}`;
  if (code === 1 && missed.length > 0) {
    const first = missed[0];
    const actual =
      first === undefined ? '' : `: ${safeText(first.expression, 100)} is ${safeText(first.actual, 60)}`;
    return `${count(missed.length)} of ${plural(doc.thresholds.length, 'threshold')} missed${actual}; ${figures}.`;
  }
  if (code === 0 && doc.capacity !== undefined) return `${sentenceCase(safeText(reason, 300))}; ${figures}.`;
  if (code === 0) {
    const met =
      doc.thresholds.length === 0
        ? 'No threshold was set'
        : `${every(doc.thresholds.length, 'threshold')} met`;
    return `${met}; ${figures}, ${plural(doc.integrity.errors, 'integrity error')}.`;
  }
  return safeText(reason, 400);
}

function sentenceCase(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The latency of whole sessions that went well: from the plan where there was one. */
export function sessionLatency(doc: LoadResult): Latency | undefined {
  const sessions = doc.latencies.filter(({ kind, outcome }) => kind === 'session' && outcome === 'ok');
  const measure = (wanted: Latency['measure']) => sessions.find((latency) => latency.measure === wanted);
  return measure('planned') ?? measure('sent') ?? sessions[0];
}

function modelWords({ model }: LoadResult): string {
  const warmup = model.warmupMs > 0 ? ` after ${milliseconds(model.warmupMs)} of warm-up` : '';
  const until = model.count === undefined ? '' : `until ${plural(model.count, 'session')} are over, at most `;
  const time = `${until}for ${milliseconds(model.durationMs)}${warmup}`;
  if (model.kind === 'open')
    return `${rateWords(model.stages)} ${time}, at most ${count(model.maxSessions)} open`;
  const ramp = model.rampMs === undefined ? '' : `, ramped up in ${milliseconds(model.rampMs)}`;
  const pacing = model.pacingMs === undefined ? '' : `, each at most every ${milliseconds(model.pacingMs)}`;
  return `${plural(model.sessions, 'session')} at a time ${time}${ramp}${pacing}`;
}

function rateWords(stages: Extract<LoadResult['model'], { kind: 'open' }>['stages']): string {
  const parts = stages.map(({ fromPerSecond, toPerSecond, durationMs }) => {
    const from = fromPerSecond === toPerSecond ? '' : `${significant(fromPerSecond)} to `;
    const time = stages.length === 1 ? '' : ` (${milliseconds(durationMs)})`;
    return `${from}${significant(toPerSecond)}${time}`;
  });
  return `${parts.join(', ')} sessions/s`;
}

function groupLatencies(latencies: readonly Latency[]): LatencyGroup[] {
  const groups = new Map<string, LatencyGroup & { rows: LatencyRow[] }>();
  for (const latency of latencies) {
    const key = `${latency.kind} ${latency.name}`;
    const group = groups.get(key) ?? { kind: latency.kind, name: safeText(latency.name, 16), rows: [] };
    group.rows.push({ latency, label: `${group.name}${MEASURES[latency.measure]}` });
    groups.set(key, group);
  }
  return [...groups.values()]
    .map((group) => ({ ...group, rows: group.rows.sort(byOutcomeAndMeasure) }))
    .sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

function byOutcomeAndMeasure(a: LatencyRow, b: LatencyRow): number {
  if (a.latency.outcome !== b.latency.outcome) return a.latency.outcome === 'ok' ? -1 : 1;
  const order = Object.keys(MEASURES);
  return order.indexOf(a.latency.measure) - order.indexOf(b.latency.measure);
}
