import { createHash } from 'node:crypto';
import type { AuthMode, Credentials } from '../dialogue/auth.js';
import type { ScenarioSource } from '../dialogue/scenario.js';
import type { Target } from '../wire/target.js';

/** A user of the target. */
export interface LoadUser extends Credentials {
  readonly name: string;
}

/** A scenario of a run. Of several, each session plays one, chosen by weight. */
export interface PlannedScenario {
  readonly id: string;
  readonly title: string;
  readonly weight: number;
  /** True when it removes mail: needs `allowDelete`. */
  readonly deletes: boolean;
  readonly source: ScenarioSource;
}

/** A stretch of time in which the rate goes in a straight line from one value to the other. */
export interface Stage {
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
  readonly durationMs: number;
}

/** Closed: so many sessions at a time, one after another. Open: so many starts per second, whatever the server does. */
export type LoadModel =
  | {
      readonly kind: 'closed';
      readonly sessions: number;
      /** The first sessions are spread over this time; 1 ms for each when left out. */
      readonly rampMs?: number;
      /** A slot starts a session at most so often. */
      readonly pacingMs?: number;
    }
  | {
      readonly kind: 'open';
      readonly stages: readonly Stage[];
      readonly maxSessions: number;
      readonly arrivals: 'uniform' | 'poisson';
    };

/**
 * All that a run is to do, as plain data without functions and without passwords: it can be written down, sent to
 * another thread or machine, and cut into shards.
 */
export interface LoadPlan {
  /** Of popspec. */
  readonly version: string;
  readonly target: Target;
  readonly auth: AuthMode;
  /** What CAPA announced, for scenarios that ask for it. */
  readonly capabilities: readonly string[];
  /** What the run is called: its only scenario, or a profile. */
  readonly name: { readonly id: string; readonly title: string };
  readonly scenarios: readonly PlannedScenario[];
  readonly model: LoadModel;
  readonly durationMs: number;
  /** Sessions that start in it are left out of the figures. In the open model it has the rate that the first stage begins with. */
  readonly warmupMs: number;
  /** The run ends when so many sessions were planned after the warm-up, if that is before its time is over. */
  readonly count?: number;
  /** Limit for each answer. */
  readonly timeoutMs: number;
  readonly allowDelete: boolean;
  /** All that count: those of scenarios, profile and command line. */
  readonly thresholds: readonly string[];
  /** Of arrivals and of every choice that a session makes. */
  readonly seed: number;
  /** How many there are, and the id of their names: whoever carries out a shard must know the same users. */
  readonly users: number;
  readonly usersId: string;
  /** Addresses of this machine that sessions come from, in turn; the system's choice when left out. */
  readonly sources?: readonly string[];
  /** A user rests so long between two sessions (RFC 2449 §6.5). */
  readonly loginDelayMs?: number;
  /** Messages delivered while the run goes on, to one user after the other. */
  readonly refill?: {
    readonly perSecond: number;
    /** How, without secrets. */
    readonly by: string;
    /** Message files, in turn. */
    readonly files: readonly string[];
  };
}

/**
 * The share of a plan that one thread or machine carries out: of everything that is numbered (users, arrivals, slots,
 * sessions of a count) those whose number leaves `index` when divided by `of`. So no mailbox is in two shards, and all
 * shards together do what the whole plan says, to the very arrival.
 */
export interface Shard {
  readonly plan: LoadPlan;
  /** From 0. */
  readonly index: number;
  readonly of: number;
  /** Those of this shard. */
  readonly users: readonly LoadUser[];
  /** How mail is delivered for a refill, as `--deliver` says it; there may be a password in it. */
  readonly deliver?: string | undefined;
  /** Names of latencies to tell of while it runs. */
  readonly watch?: readonly string[] | undefined;
}

/** The whole plan as one shard. */
export function wholePlan(plan: LoadPlan, users: readonly LoadUser[], deliver?: string): Shard {
  return { plan, index: 0, of: 1, users, deliver };
}

/** Cuts a shard into `parts`. Shards may be cut again: each part of a part is a shard of the whole plan. */
export function cut({ index, of, users, ...same }: Shard, parts: number): Shard[] {
  return Array.from({ length: parts }, (_, part) => ({
    ...same,
    index: index + of * part,
    of: of * parts,
    users: users.filter((_user, at) => at % parts === part),
  }));
}

/** How many of `total` numbered things a shard has. */
export function shareOf(total: number, { index, of }: Pick<Shard, 'index' | 'of'>): number {
  return Math.max(0, Math.ceil((total - index) / of));
}

/** The same for the same names in the same order. */
export function usersId(users: readonly LoadUser[]): string {
  const hash = createHash('sha256');
  for (const { name } of users) hash.update(`${name}\n`);
  return hash.digest('hex').slice(0, 16);
}

/** Two plans with the same id are the same plan. TLS files and source addresses do not count: each machine has its own. */
export function planId(plan: LoadPlan): string {
  const scenarios = plan.scenarios.map(({ source, ...rest }) => ({
    ...rest,
    dialogue: source.dialogue.text,
  }));
  const { tlsOptions: _, ...target } = plan.target;
  const { sources: _own, ...same } = plan;
  return createHash('sha256')
    .update(JSON.stringify({ ...same, target, scenarios }))
    .digest('hex')
    .slice(0, 16);
}
