import type { LoadPlan } from '../plan.js';
import type { ShardTick } from '../shard.js';

/** All keys in Redis begin with this; the id of the run follows. */
export const PREFIX = 'popspec';
/** Stream on which runs are announced to agents that wait. */
export const RUNS = `${PREFIX}:runs`;
/** A shard is its agent's for so long after that was last confirmed; then the agent counts as lost. */
export const LEASE_MS = 4000;
export const RENEW_MS = 1000;
/** An agent that could not have it confirmed for so long has stopped sending before anybody takes it for lost. */
export const CERTAIN_MS = LEASE_MS - RENEW_MS;

/** Keys beside those that BullMQ makes of the same prefix and run. `open`: there while agents may still join. */
export function keysOf(run: string): Record<'open' | 'control' | 'ticks', string> {
  const of = (name: string) => `${PREFIX}:${run}:${name}`;
  return { open: of('open'), control: of('control'), ticks: of('ticks') };
}

/** Says on RUNS that a run waits for agents: for those of these names, or for any. */
export interface Announcement {
  readonly run: string;
  readonly names?: readonly string[] | undefined;
}

/** A shard as it goes through Redis: no password, no TLS file, no user's name. Every agent knows the users itself. */
export interface Assignment {
  readonly plan: LoadPlan;
  readonly planId: string;
  /** From 0. */
  readonly index: number;
  readonly of: number;
  /** Latencies to tell of while it runs. */
  readonly watch: readonly string[];
}

/** What an agent says of its shard before the start. */
export type Readiness =
  | { readonly kind: 'taken'; readonly agent: string }
  | {
      readonly kind: 'ready';
      readonly agent: string;
      readonly workers: number;
      /** How wrong its idea of Redis's clock may be. */
      readonly clockErrorMs: number;
    }
  | { readonly kind: 'refused'; readonly agent: string; readonly why: string };

/** What the controller says to all agents; `startAt` by Redis's clock, milliseconds since 1970. */
export type Control = { readonly kind: 'start'; readonly startAt: number } | { readonly kind: 'stop' };

/** How one thread of a shard stands. */
export interface AgentTick {
  readonly index: number;
  readonly part: number;
  readonly tick: ShardTick;
}
