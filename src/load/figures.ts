import type { Counts } from './counts.js';
import type { LoadPlan } from './plan.js';
import type { Latency, LoadResult } from './result.js';

/** What happened in so long, per second. */
export function perSecond(plan: LoadPlan, during: Counts, durationMs: number): LoadResult['rates'] {
  const rate = (howMany: number) => (durationMs > 0 ? Math.round((howMany / durationMs) * 1e6) / 1e3 : 0);
  return {
    offered: plan.model.kind === 'open' ? rate(during.planned) : null,
    started: rate(during.started),
    completed: rate(during.completed),
    commands: rate(during.commands),
    messages: rate(during.messages),
    octets: rate(during.octets),
  };
}

/** Latencies of what went well by the name that thresholds use: of sessions from the plan where there is one. */
export function latencyNamed<L extends Pick<Latency, 'name' | 'outcome' | 'measure'>>(
  latencies: readonly L[],
  name: string,
): L[] {
  const measures = name === 'session' || name === 'lag' ? ['planned', 'sent'] : ['sent'];
  for (const wanted of measures) {
    const found = latencies.filter(
      (latency) => latency.name === name && latency.outcome === 'ok' && latency.measure === wanted,
    );
    if (found.length > 0) return found;
  }
  return [];
}
