import { expect, test } from 'vitest';
import type { Assignment, Readiness } from '../../src/load/agents/protocol.js';
import { complaintOf } from '../../src/load/agents/readiness.js';
import { ShardRecord } from '../../src/load/agents/record.js';
import { refusalOf } from '../../src/load/agents/refusal.js';
import { noCounts } from '../../src/load/counts.js';
import { planId, usersId } from '../../src/load/plan.js';
import type { ShardTick } from '../../src/load/shard.js';
import { nothingMeasured } from '../../src/load/shard-result.js';
import { optionsFor, planOf } from './support.js';

const ready = (agent: string): Readiness => ({ kind: 'ready', agent, workers: 2, clockErrorMs: 0.1 });

test('a complaint names who is missing, who is slow, or who refuses', () => {
  expect(complaintOf([ready('one'), undefined], ['one', 'two'])[0]).toBe(
    '1 of 2 agents are ready (one); missing: two',
  );
  expect(complaintOf([undefined, undefined, ready('b')], undefined)[0]).toBe(
    '1 of 3 agents are ready (b); missing: 2 that never came',
  );
  expect(complaintOf([{ kind: 'taken', agent: 'one' }], ['one'])[0]).toBe(
    '0 of 1 agents are ready; missing: one, which has its shard and is not ready',
  );
  expect(complaintOf([ready('one'), { kind: 'refused', agent: 'two', why: 'no' }], undefined)[0]).toBe(
    'agent two refuses: no',
  );
});

const run = optionsFor(110, 6);
const plan = { ...planOf(run), usersId: usersId(run.users) };
const assignment: Assignment = { plan, planId: planId(plan), index: 0, of: 2, watch: [] };
const means = { version: plan.version, users: run.users, workers: 1 };

test.each([
  ['what fits', {}, {}, undefined],
  ['another version', {}, { version: '9.9.9' }, /popspec 9\.9\.9, and the run of 0\.0\.0/],
  ['a plan that was changed', { planId: 'other' }, {}, /not the one that was made/],
  ['another target', {}, { target: { host: 'a', port: 1 } }, /it is for a:1, and the run for localhost:110/],
  ['fewer users', {}, { users: run.users.slice(1) }, /it knows 5 users, and the run has 6/],
  ['another order of users', {}, { users: [...run.users].reverse() }, /same names in the same order/],
  ['more threads than sessions', {}, { workers: 9 }, /9 workers, and its share is 3 sessions/],
] as const)('an agent refuses by what it has: %s', (_name, given, has, why) => {
  const found = refusalOf({ ...assignment, ...given }, { ...means, ...has });
  if (why === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(why);
});

test('an agent refuses a share for which it has too few files', () => {
  const model = { kind: 'closed', sessions: 400_000 } as const;
  const huge = { ...plan, model };
  const found = refusalOf({ ...assignment, plan: huge, planId: planId(huge) }, means);
  expect(found).toMatch(/200000 sessions at a time need more .* \(.*ulimit -n/);
});

function tick(elapsedMs: number, completed: number): ShardTick {
  const counts = { ...noCounts(), completed };
  const slot = {
    slot: elapsedMs / 1000,
    durationMs: 1000,
    counts,
    concurrent: 1,
    lagSumUs: 0,
    lagMaxUs: 0,
    latency: '',
  };
  const told = {
    elapsedMs,
    draining: false,
    open: 1,
    seen: counts,
    slot,
    watched: [],
    inTurn: undefined,
    errors: [],
  };
  return { ...told, totals: { ...noCounts(), completed }, connected: true, openFiles: 1, openFilesLimit: 9 };
}

test('a record keeps what an agent told until it was lost, each tick once', async () => {
  const record = new ShardRecord(plan, 1, 3);
  expect(record.take({ index: 1, part: 0, tick: tick(1000, 5) })).toBeUndefined();
  record.said = ready('two');
  expect(record.parts).toEqual([1, 4]);
  expect(record.take({ index: 1, part: 0, tick: tick(1000, 5) })).toBe(1);
  expect(record.take({ index: 1, part: 0, tick: tick(1000, 5) })).toBeUndefined();
  expect(record.take({ index: 1, part: 1, tick: tick(1000, 7) })).toBe(4);
  expect(record.take({ index: 1, part: 2, tick: tick(1000, 9) })).toBeUndefined();
  record.lost('gone');
  const { why, totals, during, losses } = await record.ended;
  expect([why, totals.completed, during.completed]).toEqual(['lost', 12, 12]);
  expect(losses).toEqual(['agent two (shard 2 of 3) was lost: gone']);
});

test.each([
  ['over', false, 'over'],
  ['aborted', true, 'aborted'],
  ['aborted', false, 'lost'],
] as const)(
  'a shard handed in as %s, the controller having asked for it: %s, is %s',
  async (why, asked, as) => {
    const record = new ShardRecord(plan, 0, 1);
    record.said = ready('one');
    record.handedIn({ ...nothingMeasured(plan), why }, asked);
    expect((await record.ended).why).toBe(as);
  },
);

test('what is no result is a loss', async () => {
  const record = new ShardRecord(plan, 0, 1);
  record.said = ready('one');
  record.handedIn({ totals: 7 }, false);
  expect(await record.ended).toMatchObject({ why: 'lost', losses: [expect.stringContaining('damaged')] });
});
