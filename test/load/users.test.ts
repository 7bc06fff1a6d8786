import { expect, test } from 'vitest';
import { LoadError } from '../../src/load/problem.js';
import { expandUserPattern, parseUsersCsv } from '../../src/load/users.js';

test('a users file with head line, comments, blank lines, quotes, a BOM and any line end', () => {
  const text = [
    '\uFEFFUser,Password\r\n',
    '# staff\n',
    '\n',
    ' ann , plain pass \r\n',
    '"bob, jr.@example.org","say ""hi"", please"\n',
    'carl," kept "\r',
    'dora,#no comment',
  ].join('');
  expect(parseUsersCsv(text, 'u.csv')).toEqual([
    { name: 'ann', password: 'plain pass' },
    { name: 'bob, jr.@example.org', password: 'say "hi", please' },
    { name: 'carl', password: ' kept ' },
    { name: 'dora', password: '#no comment' },
  ]);
});

test('a head line with token lets a token stand behind the password', () => {
  expect(parseUsersCsv('user,password,token\nann,x,y\nbob,z\ncarl,z,\n', 'u.csv')).toEqual([
    { name: 'ann', password: 'x', token: 'y' },
    { name: 'bob', password: 'z' },
    { name: 'carl', password: 'z' },
  ]);
});

test('without a head line the first row is a user', () => {
  expect(parseUsersCsv('user,secret\n', 'u.csv')).toEqual([{ name: 'user', password: 'secret' }]);
  expect(parseUsersCsv('ann,password', 'u.csv')).toEqual([{ name: 'ann', password: 'password' }]);
});

test.each([
  ['ann,x\nbob', 'u.csv:2: the password is missing'],
  ['ann,x\n\nbob,a,b', 'u.csv:3: 3 fields in place of two'],
  [',x', 'u.csv:1: the user name is empty'],
  ['ann,', 'u.csv:1: the password of "ann" is empty'],
  ['ann,"x', 'u.csv:1: a quote is not closed'],
  ['ann,x"y', 'u.csv:1: a quote within a field that is not quoted'],
  ['"ann"x,y', 'u.csv:1: text behind a closing quote'],
  ['ann,a\x07b', 'u.csv:1: a control character in a name or password'],
  ['user,password,token\nann,x,y,z', 'u.csv:2: 4 fields in place of three'],
  ['user,password\nann,x\nbob,y\n"ann",z', 'u.csv:4: user "ann" stands in line 2 already'],
  ['# nobody\nuser,password\n', 'u.csv: there are no users in it'],
])('%j is refused: %s', (text, message) => {
  const error = thrownBy(() => parseUsersCsv(text, 'u.csv'));
  expect(error.message).toBe(message);
  expect(error.hint).not.toBe('');
  expect(error.code).toBe('LOAD_USERS');
});

test('no message about a users file tells a password', () => {
  for (const text of ['ann,sekrit,more', 'ann,"sekrit', 'ann,sek"rit', 'a,b\nann,sekrit\nann,sekrit']) {
    const error = thrownBy(() => parseUsersCsv(text, 'u.csv'));
    expect(`${error.message} ${error.hint}`).not.toMatch(/sek|rit/);
  }
});

test('a pattern becomes numbered users of equal width', () => {
  const users = expandUserPattern('user{0098..0101}@example.org', 'pw');
  expect(users.map(({ name }) => name)).toEqual([
    'user0098@example.org',
    'user0099@example.org',
    'user0100@example.org',
    'user0101@example.org',
  ]);
  expect(users.every(({ password }) => password === 'pw')).toBe(true);
  expect(expandUserPattern('u{9..11}', 'pw').map(({ name }) => name)).toEqual(['u9', 'u10', 'u11']);
  expect(expandUserPattern('ann', 'pw')).toEqual([{ name: 'ann', password: 'pw' }]);
});

test.each([
  ['u{1..}', 'one range'],
  ['u{1-5}', 'one range'],
  ['u{1..2}{1..2}', 'one range'],
  ['u{5..1}', 'ends before it begins'],
  ['u{1..9999999}', '9999999 users are more than 1000000'],
  ['  ', 'cannot be a user name'],
])('the pattern %j is refused', (pattern, words) => {
  expect(thrownBy(() => expandUserPattern(pattern, 'pw')).message).toContain(words);
});

function thrownBy(act: () => unknown): LoadError {
  try {
    act();
  } catch (error) {
    if (error instanceof LoadError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
