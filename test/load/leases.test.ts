import { expect, test } from 'vitest';
import { LeasePool } from '../../src/load/leases.js';

const users = ['a', 'b', 'c'].map((name) => ({ name, password: `of ${name}` }));

test('users take turns, and none is lent twice at a time', () => {
  const pool = new LeasePool(users, 'user', {});
  const [first, second, third] = [pool.take(), pool.take(), pool.take()];
  expect([first?.name, second?.name, third?.name]).toEqual(['a', 'b', 'c']);
  expect(pool.take()).toBeUndefined();
  if (second !== undefined) pool.giveBack(second);
  if (first !== undefined) pool.giveBack(first);
  expect(pool.free).toBe(2);
  expect([pool.take()?.name, pool.take()?.name, pool.take()]).toEqual(['b', 'a', undefined]);
});

test('a lease carries what its session needs', () => {
  const lease = new LeasePool(users, 'apop', {}).take();
  expect(lease?.variables).toEqual({ auth: 'apop', user: 'a', password: 'of a', token: '' });
  expect(lease?.secrets).toEqual(['of a']);
});

test('the password stands for a token that is not known where the run logs in by token', () => {
  const [first, second] = [...users.slice(0, 1), { name: 'd', password: 'x', token: 'y' }].map((user) =>
    new LeasePool([user], 'xoauth2', {}).take(),
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
      const lease = pool.take();
      expect(lease === undefined).toBe(out.size === users.length);
      if (lease === undefined) continue;
      expect(out.has(lease.name)).toBe(false);
      out.set(lease.name, lease);
    } else {
      const [lease] = out.values();
      if (lease === undefined) continue;
      out.delete(lease.name);
      pool.giveBack(lease);
    }
    expect(pool.free + out.size).toBe(users.length);
  }
});
