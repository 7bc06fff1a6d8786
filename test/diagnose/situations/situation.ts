import type { World } from '../world.js';

/** What is asked, as the command line would have it. */
export interface Ask {
  /** `user@example.org`, or a host, with its port where that is given; left out where the provider is named alone. */
  readonly about?: string;
  readonly port?: number;
  readonly otherPort?: number;
  readonly tls?: 'none' | 'stls' | 'implicit';
  readonly provider?: string;
  /** Default: the address, or `user` for a host. `null`: nobody. */
  readonly user?: string | null;
  /** Default: the right one. `null`: none. */
  readonly password?: string | null;
  readonly token?: string;
  readonly allowRetr?: true;
  readonly follow?: true;
  readonly insecure?: true;
  readonly timeoutMs?: number;
  readonly budget?: number;
}

export interface Situation {
  readonly name: string;
  readonly world: World;
  readonly ask: Ask;
  /** Id of the cause that comes first; null: nothing is wrong. */
  readonly first: string | null;
  /** Other causes that the same symptom may have: they are ranked below. */
  readonly among?: readonly string[];
  /** What the first cause says would tell it from its neighbours. */
  readonly separates?: RegExp;
  /** Advice that is given besides. */
  readonly advice?: readonly string[];
}

export const ME = 'user@example.org';
export const right: Ask = { about: ME };
export const WRONG_PASSWORD = 'not-the-pass-word';
export const WRONG_TOKEN = 'stale-token';
export const wrong: Ask = { about: ME, password: WRONG_PASSWORD };
