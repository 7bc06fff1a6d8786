import { beforeAll, describe, expect, test } from 'vitest';
import { faultById, faults } from '../../src/serve/faults/index.js';
import { startServer } from '../../src/serve/server.js';
import { observe, probes, USERS } from './probes.js';

const names = Object.keys(probes);
const clean: Record<string, string> = {};

async function observeAll(): Promise<Record<string, string>> {
  const server = await startServer({ users: USERS });
  try {
    const seen: Record<string, string> = {};
    for (const name of names) seen[name] = await observe(server, name);
    return seen;
  } finally {
    await server.close();
  }
}

describe('the catalogue', () => {
  test('ids are unique slugs and each entry is told', () => {
    expect(new Set(faults.map(({ id }) => id)).size).toBe(faults.length);
    for (const { id, title, clause } of faults) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title).toMatch(/^[A-Z0-9].{15,}[^.]$/);
      expect(clause).toMatch(/^\d{4}-[\d.]+-[A-Z][A-Z0-9]*-\d+[a-z]?$/);
      expect(faultById(id)?.id).toBe(id);
    }
    expect(faultById('no-such-fault')).toBeUndefined();
  });
});

describe('each fault can be seen', () => {
  beforeAll(async () => {
    Object.assign(clean, await observeAll());
  });

  test('the clean server answers every probe the same twice', async () => {
    expect(await observeAll()).toEqual(clean);
  });

  // Those of SASL take a client that computes: the cases of suites/rfc5034 see them (test/selfproof.test.ts).
  test.each(faults.filter(({ area }) => area !== 'sasl').map(({ id }) => id))('%s', async (id) => {
    const server = await startServer({ users: USERS, faults: [id] });
    try {
      let differs = false;
      for (const name of names) {
        const seen = await observe(server, name).catch((error: Error) => `no answer: ${error.message}`);
        differs = seen !== clean[name];
        if (differs) break;
      }
      expect(differs, 'some probe sees a difference from the clean server').toBe(true);
    } finally {
      await server.close();
    }
  });
});
