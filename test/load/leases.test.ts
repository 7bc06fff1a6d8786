import { expect, test } from 'vitest';
import { LeasePool } from '../../src/load/leases.js';

const users = ['a', 'b', 'c'].map((name) => ({ name, password: `of ${name}` }));

test('users take turns, and none is lent twice at a time', () => {
  const pool = new LeasePool(users, 'user', {});
  const [first, second, third] = [pool.take(0), pool.take(0), pool.take(0)];
  expect([first?.name, second?.name, third?.name]).toEqual(['a', 'b', 'c']);
  expect(pool.take(0)).toBeUndefined();
  if (second !== undefined) pool.giveBack(second, 0);
  if (first !== undefined) pool.giveBack(first, 0);
  expect(pool.free).toBe(2);
  expect([pool.take(0)?.name, pool.take(0)?.name, pool.take(0)]).toEqual(['b', 'a', undefined]);
});

test('a lease carries what its session needs', () => {
  const lease = new LeasePool(users, 'apop', {}).take(0);
  expect(lease?.variables).toMatchObject({ auth: 'apop', user: 'a', password: 'of a', token: '' });
  expect(lease?.secrets).toEqual(['of a']);
});

test('the password stands for a token that is not known where the run logs in by token', () => {
  const [first, second] = [...users.slice(0, 1), { name: 'd', password: 'x', token: 'y' }].map((user) =>
    new LeasePool([user], 'xoauth2', {}).take(0),
  );
  expect(first?.variables.token).toBe('of a');
  expect(second?.variables).toMatchObject({ password: 'x', token: 'y' });
  expect(second?.secrets).toEqual(['x', 'y']);
});

test('whatever is taken and given back, a lease is out once at most', () => {
  const pool = new LeasePool(users, 'user', {});
  const out = new Map<string, ReturnType<LeasePool['take']>>();
  for (let step = 0; step < 1000; step++) {
    if ((step * 7919) % 5 < 3) {
      const lease = pool.take(0);
      expect(lease === undefined).toBe(out.size === users.length);
      if (lease === undefined) continue;
      expect(out.has(lease.name)).toBe(false);
      out.set(lease.name, lease);
    } else {
      const [lease] = out.values();
      if (lease === undefined) continue;
      out.delete(lease.name);
      pool.giveBack(lease, 0);
    }
    expect(pool.free + out.size).toBe(users.length);
  }
});

test('with a login delay a user rests, and the pool knows for how long', () => {
  const pool = new LeasePool(users, 'user', {}, 1000);
  // The last user was used for the look beforehand.
  const [first, second] = [pool.take(0), pool.take(0)];
  expect([first?.name, second?.name, pool.take(0), pool.waitMs(400)]).toEqual(['a', 'b', undefined, 600]);
  if (first !== undefined) pool.giveBack(first, 700);
  expect(pool.take(1000)?.name).toBe('c');
  expect([pool.take(1699), pool.waitMs(1699)]).toEqual([undefined, 1]);
  expect(pool.take(1700)?.name).toBe('a');
  expect(pool.waitMs(1700)).toBeUndefined();
});
