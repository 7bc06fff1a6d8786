import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** The short form of `npm run soak`: a start takes memory, so that only what goes on growing is found here. */
const SECONDS = 20;
const RATE = 100;
const ABOVE_SECOND_QUARTER = 20;

it('memory stays as it is while a load goes on', async () => {
  const run = promisify(execFile)(process.execPath, ['scripts/soak.mjs', String(SECONDS), String(RATE)]);
  // Its exit code is that of the long form.
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  expect(Number(/^(\d+) sessions completed, 0 failed/.exec(stdout)?.[1]), stdout).toBeGreaterThan(100);
  expect(Number(/\((-?[\d.]+) %\)/.exec(stdout)?.[1]), stdout).toBeLessThan(ABOVE_SECOND_QUARTER);
}, 180_000);
