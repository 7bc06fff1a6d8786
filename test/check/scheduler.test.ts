import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Job, runJobs } from '../../src/check/scheduler.js';

describe('runJobs', () => {
  it('gives each job its members alone and uses them all', async () => {
    const held = new Set<string>();
    const order: string[] = [];
    let most = 0;
    const job = (name: string, members: number): Job<string> => ({
      members,
      connections: 1,
      async run(mine) {
        expect(mine).toHaveLength(members);
        for (const member of mine) {
          expect(held.has(member)).toBe(false);
          held.add(member);
        }
        most = Math.max(most, held.size);
        await sleep(5);
        for (const member of mine) held.delete(member);
        order.push(name);
        return 'done';
      },
    });
    const jobs = Array.from({ length: 12 }, (_, index) => job(String(index), index % 3 === 0 ? 2 : 1));
    await runJobs(jobs, ['a', 'b', 'c'], { stopped: () => false });
    expect(order).toHaveLength(12);
    expect(most).toBe(3);
  });

  it('opens no more connections than it may, but runs whatever needs more alone', async () => {
    let open = 0;
    const seen: number[] = [];
    const job = (connections: number): Job<number> => ({
      members: 1,
      connections,
      async run(_, running) {
        open += connections;
        seen.push(running());
        expect(running()).toBe(open);
        await sleep(5);
        open -= connections;
        return 'done';
      },
    });
    await runJobs([job(1), job(3), job(1), job(1), job(2)], [1, 2, 3, 4], {
      stopped: () => false,
      most: () => 2,
    });
    expect(seen).toEqual([1, 3, 1, 2, 2]);
  });

  it('starts nothing more when it is stopped, and waits for what runs', async () => {
    let done = 0;
    let stop = false;
    const job: Job<number> = {
      members: 1,
      connections: 1,
      async run() {
        await sleep(5);
        done++;
        stop = true;
        return 'done';
      },
    };
    await runJobs([job, job, job], [1], { stopped: () => stop });
    expect(done).toBe(1);
  });

  it('ends at once without jobs', async () => {
    await runJobs([], [1], { stopped: () => false });
  });

  it('hands a rejection on', async () => {
    const broken: Job<number> = {
      members: 1,
      connections: 1,
      run: () => Promise.reject(new Error('broken')),
    };
    await expect(runJobs([broken], [1], { stopped: () => false })).rejects.toThrow('broken');
  });
});
