import type { Facts } from './facts.js';
import type { Provider } from './provider.js';

/** Where on the way from an address to its mail a cause lies. Causes of one stage are neighbours: the same symptom may be any of them. */
export const STAGES = ['find', 'reach', 'protocol', 'tls', 'login', 'mailbox'] as const;
export type Stage = (typeof STAGES)[number];

/** What a rule makes of the facts. */
export interface Match {
  /**
   * How strongly the facts speak for the cause: 90 and more, they settle it; from 60 on it is likely, from 25 on possible; below that it
   * is named only beside others.
   */
  readonly weight: number;
  /** The facts that speak for it, a sentence each, with the server's own words. */
  readonly reasons: readonly string[];
}

/** What rules read. */
export interface Evidence {
  readonly facts: Facts;
  /** Entry of the provider table, where the provider is known. */
  readonly provider: Provider | undefined;
}

/** A known cause, as data. */
export interface Rule {
  /** Slug; never changes and is never used for something else. */
  readonly id: string;
  readonly stage: Stage;
  /** `advice`: nothing is wrong, but something would serve better. */
  readonly kind?: 'cause' | 'advice';
  /** The cause in one sentence that a person without POP3 can follow. */
  readonly cause: string;
  /** Undefined where the symptom is not there. */
  readonly when: (evidence: Evidence) => Match | undefined;
  /** What tells this cause from its neighbours: a probe, or something that a person can try. */
  readonly separates: string;
  /** What to do, in steps. */
  readonly remedy: (evidence: Evidence) => readonly string[];
  /** Page that says more. */
  readonly link?: (evidence: Evidence) => string | undefined;
}
