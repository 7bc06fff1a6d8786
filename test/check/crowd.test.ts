import { describe, expect, it } from 'vitest';
import { Crowd } from '../../src/check/crowd.js';
import type { Hindrance } from '../../src/check/hindrance.js';

const AWAY: Hindrance = { kind: 'turned away', reason: '' };

describe('the crowd', () => {
  it('shrinks by each connection that is turned away at the same time', async () => {
    const crowd = new Crowd();
    await Promise.all(['a', 'b', 'c'].map((id) => crowd.again(id, AWAY, 1, 8)));
    expect(crowd.most).toBe(5);
    expect(crowd.breathMs).toBe(0);
  });

  it('learns from a case that is alone no more than that it opens too many', async () => {
    const crowd = new Crowd();
    for (let tries = 0; tries < 3; tries++) await crowd.again('a', AWAY, 4, 4);
    expect(crowd.most).toBe(3);
    expect(crowd.breathMs).toBe(0);
  });

  it('takes breath where there was no other connection, longer each time', async () => {
    const crowd = new Crowd();
    const breaths = [];
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await crowd.again(id, AWAY, 1, 1);
      breaths.push(crowd.breathMs);
    }
    expect(breaths).toEqual([5, 10, 20, 40, 50, 50]);
    expect(crowd.most).toBe(1);
  });

  it('tries what waited long only twice again', async () => {
    const crowd = new Crowd();
    const again = (): Promise<boolean> => crowd.again('a', { ...AWAY, silentMs: 20_000 }, 1, 1);
    expect([await again(), await again(), await again()]).toEqual([true, true, false]);
  });
});
