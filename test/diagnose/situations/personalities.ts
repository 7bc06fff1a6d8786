import { personalities } from '../../../src/serve/personalities/index.js';
import { like } from '../hosts.js';
import { ME, type Situation } from './situation.js';

/** Every personality, asked about as its host with the right password, and what it says of itself comes first. */
export const PERSONALITIES: readonly Situation[] = personalities.map(
  ({ id, only, speaks, provider, firstCause }) => ({
    name: `the personality ${id}`,
    world: { hosts: { localhost: like(id) } },
    ask: {
      about: 'localhost',
      user: ME,
      ...(provider === undefined ? {} : { provider }),
      ...(only === 'plain' ? ({ port: 110 } as const) : {}),
      ...(speaks === 'HTTP' ? { timeoutMs: 4000 } : {}),
    },
    first: firstCause,
  }),
);
