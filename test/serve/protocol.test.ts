import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apopDigest, isTimestamp, timestampOf } from '../../src/pop3/apop.js';
import { decodeBase64 } from '../../src/pop3/base64.js';
import { decodePlain, encodePlain } from '../../src/pop3/sasl-plain.js';
import { endsALine, fromWire, stuff, toWire, unstuff } from '../../src/pop3/stuffing.js';
import { makeUsers } from '../../src/serve/users.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');

describe('stuffing', () => {
  test.each([
    ['', '.\r\n'],
    ['a', 'a\r\n.\r\n'],
    ['a\r\n', 'a\r\n.\r\n'],
    ['.', '..\r\n.\r\n'],
    ['.\r\n.\r\n..\r\n', '..\r\n..\r\n...\r\n.\r\n'],
    ['\r\n.a\r\n .b.\r\n', '\r\n..a\r\n .b.\r\n.\r\n'],
    ['a\n.b\r.c\r\n', 'a\n.b\r.c\r\n.\r\n'],
    ['a\r', 'a\r\r\n.\r\n'],
    ['\n', '\n\r\n.\r\n'],
  ])('%j goes out as %j', (content, wire) => {
    expect(toWire(bytes(content)).toString('latin1')).toBe(wire);
    expect(fromWire(bytes(wire))?.toString('latin1')).toBe(
      endsALine(bytes(content)) ? content : `${content}\r\n`,
    );
  });

  test('content without dot lines is not copied', () => {
    const content = bytes('a.b\r\n c\r\n');
    expect(stuff(content)).toBe(content);
    expect(unstuff(content)).toBe(content);
  });

  test('agrees with a line by line reading, and comes back', () => {
    const pieces = fc.array(fc.constantFrom('.', '\r\n', '\r', '\n', 'x', '\r\n.', '..'), { maxLength: 40 });
    fc.assert(
      fc.property(pieces, (parts) => {
        const content = parts.join('');
        const slow = content
          .split('\r\n')
          .map((line) => (line.startsWith('.') ? `.${line}` : line))
          .join('\r\n');
        expect(stuff(bytes(content)).toString('latin1')).toBe(slow);
        expect(unstuff(bytes(slow)).toString('latin1')).toBe(content);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['', 'a', 'a.\r\n', 'a\r\n.', 'a\n.\r\n'])('%j is no complete body', (wire) => {
    expect(fromWire(bytes(wire))).toBeNull();
  });
});

describe('APOP', () => {
  test('the digest of the example in RFC 1939 §7', () => {
    expect(apopDigest('<1896.697170952@dbc.mtview.ca.us>', 'tanstaaf')).toBe(
      'c4c9334bac560ecc979e58001b3e22fb',
    );
  });

  test.each([
    ['<1896.697170952@dbc.mtview.ca.us>', true],
    ['<"a b".c@[127.0.0.1]>', true],
    ['<a@b>', true],
    ['<a.b>', false],
    ['<a@>', false],
    ['<@b>', false],
    ['<a@b@c>', false],
    ['<a b@c>', false],
    ['<a..b@c>', false],
    ['a@b', false],
    ['<a@b> ', false],
    ['<\xe9@b>', false],
  ])('%j as a timestamp: %s', (text, legal) => {
    expect(isTimestamp(text)).toBe(legal);
  });

  test('finds the timestamp of a greeting', () => {
    expect(timestampOf('+OK ready <a@b>\r\n')).toBe('<a@b>');
    expect(timestampOf('+OK ready\r\n')).toBeNull();
  });
});

describe('SASL PLAIN', () => {
  test('the example of RFC 4616 §4 comes back', () => {
    const message = { authzid: '', authcid: 'tim', password: 'tanstaaftanstaaf' };
    expect(encodePlain(message)).toBe('AHRpbQB0YW5zdGFhZnRhbnN0YWFm');
    expect(decodePlain(decodeBase64(encodePlain(message))!)).toEqual(message);
  });

  test.each([
    '',
    'a',
    'a\0b',
    '\0\0p',
    '\0u\0',
    '\0u\0p\0',
    '\0u\0p\0x',
    `\0${'u'.repeat(256)}\0p`,
    '\0\xff\0p',
  ])('%j is no message', (text) => {
    expect(decodePlain(bytes(text))).toBeNull();
  });

  test.each(['A', 'AA', 'AAA', 'AA=A', '=AAA', 'AAA=AAAA', 'AB==', 'AA-_', 'AA A', 'AAAA\n', 'AAA=='])(
    '%j is no strict base64',
    (text) => {
      expect(decodeBase64(text)).toBeNull();
    },
  );
});

describe('makeUsers', () => {
  test('numbers the names', () => {
    const messages = [bytes('x')];
    const users = makeUsers(10_000, { messages });
    expect(users[0]).toEqual({ name: 'user0001', password: 'let-me-in', messages });
    expect(users[9999]?.name).toBe('user10000');
    expect(makeUsers(2, { pattern: 'a{09}@b', password: 'p' }).map(({ name }) => name)).toEqual([
      'a09@b',
      'a10@b',
    ]);
    expect(() => makeUsers(1, { pattern: 'user' })).toThrow('no number in braces');
  });
});
