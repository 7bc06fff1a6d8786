import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { availableServers } from './available.js';
import { START } from './start.js';
import { ACCOUNTS, check, PLAIN } from './suite.js';
import type { RealServer } from './types.js';

/** As many as the cores of a small machine: the suite, the server and these share them. */
const BURNERS = 2;
const missing = availableServers().find(({ name }) => name === 'dovecot')?.missing ?? null;

/** A machine without time to spare makes a server slow, and slowness is no breach of a rule. */
describe.skipIf(missing !== null)(missing === null ? 'dovecot' : `dovecot (skipped: ${missing})`, () => {
  let server: RealServer;
  let burners: readonly ChildProcess[] = [];
  beforeAll(async () => {
    server = await START.dovecot({ users: ACCOUNTS });
    burners = Array.from({ length: BURNERS }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
  });
  afterAll(async () => {
    for (const burner of burners) burner.kill('SIGKILL');
    await server?.stop();
  });

  test('beside processes that keep every core busy, only what is known fails', {
    timeout: 600_000,
  }, async () => {
    const { cases, problem } = await check(server, PLAIN);
    const known = verdictsOf('dovecot.json');
    const judged = cases.filter(({ verdict }) => verdict !== 'inconclusive');
    const failed = judged.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    const expected = judged.filter(({ id }) => known[id] === 'fail').map(({ id }) => id);
    expect(problem).toBeUndefined();
    expect(failed).toEqual(expected);
  });
});

function verdictsOf(file: string): Record<string, string> {
  return JSON.parse(readFileSync(new URL(`verdicts/${file}`, import.meta.url), 'utf8'));
}
