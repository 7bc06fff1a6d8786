import { expect, test } from 'vitest';
import type { Cause, Finding } from '../../src/dialogue/outcome.js';
import { ErrorTable, KINDS_MAX } from '../../src/load/errors.js';
import { failureOf } from '../../src/load/failure.js';
import { loadErrorSchema } from '../../src/load/result.js';

const context = {
  answersTo: new Map([['f.yaml:3', 'RETR']]),
  lastSent: () => undefined,
  timeoutMs: 20_000,
  user: 'ann@example.org',
};

function finding(cause: Cause, actual: string, more: Partial<Finding> = {}): Finding {
  return {
    verdict: 'fail',
    reason: 'The answer is not what is expected here.',
    cause,
    place: 'f.yaml:3',
    source: 'S: +OK',
    expected: ['S: +OK'],
    actual,
    ...more,
  };
}

test.each<[Cause, string, Partial<Finding>, string, boolean]>([
  [
    'reply',
    '-ERR [IN-USE] ann@example.org is locked by 4711',
    {},
    'RETR: -ERR [IN-USE] (user) is locked by #',
    false,
  ],
  ['reply', '+OK many 320', {}, 'RETR: +OK many #', true],
  ['reply', '+OK', { expected: ['S: -ERR'] }, 'RETR: +OK', false],
  ['reply', '* OK IMAP4rev1', { place: 'f.yaml:1' }, 'greeting: * OK #', true],
  ['reply', 'row 3: 4 none', { source: 'S> {n:int} {size:octets}' }, 'RETR: row #: # none', true],
  ['reply', '+OK more', { expected: ['S close'] }, 'RETR: +OK more', true],
  [
    'close',
    'the server closed the connection',
    {},
    'connection closed in place of the answer to RETR',
    false,
  ],
  ['reset', 'read ECONNRESET', {}, 'connection reset before the answer to RETR', false],
  ['refused', 'connect ECONNREFUSED 127.0.0.1:110', {}, 'connection refused', false],
  ['unreachable', 'connect EHOSTUNREACH 192.0.2.1:110', {}, 'no connection: connect EHOSTUNREACH #:#', false],
  ['timeout', 'then nothing for 20 s', {}, 'no answer to RETR within 20 s', false],
  ['timeout', '512 octets without an end, then nothing for 20 s', {}, 'answer to RETR without an end', false],
  [
    'timeout',
    '512 octets without an end, then nothing for 20 s',
    { unfinished: true },
    'answer to RETR without an end: it stopped',
    true,
  ],
  [
    'close',
    '512 octets (unfinished), then the server closed the connection',
    { unfinished: true },
    'answer to RETR without an end: the connection was closed',
    true,
  ],
  [
    'reset',
    'read ECONNRESET',
    { unfinished: true, verdict: 'inconclusive' },
    'answer to RETR without an end: the connection was reset',
    true,
  ],
  ['timeout', 'no connection within 20 s', {}, 'no connection within 20 s', false],
  [
    'tls',
    'self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
    {},
    'TLS: self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)',
    false,
  ],
  ['unsolicited', '+OK again', {}, 'sent without being asked: +OK again', true],
  ['limit', 'a line of more than 9000 octets', {}, 'answer to RETR: a line of more than # octets', true],
  ['check', 'it does not hold', { source: 'check a == b', reason: 'x' }, 'check a == b does not hold', true],
  [
    'check',
    'it does not hold',
    { source: 'check a == b => "LIST lied"', reason: 'LIST lied' },
    'LIST lied',
    true,
  ],
  [
    'check',
    'it does not hold',
    { verdict: 'warn', source: 'should a', reason: 'x' },
    'warning: should a does not hold',
    false,
  ],
  [
    'statement',
    'the dialogue came to this line',
    { source: 'unsupported "no TOP"', reason: 'no TOP' },
    'no TOP',
    false,
  ],
])('%s %j %j is %j', (cause, actual, more, text, integrity) => {
  expect(failureOf(finding(cause, actual, more), context)).toMatchObject({ text, cause, integrity });
});

test('ids and numbers of whatever form make one kind of error', () => {
  const texts = ['-ERR a1b2-77 busy, id <x.1@h>, try 3 POP3', '-ERR ffe0-12 busy, id <q@z>, try 12 POP3'];
  const kinds = new Set(texts.map((actual) => failureOf(finding('reply', actual), context).text));
  expect([...kinds]).toEqual(['RETR: -ERR # busy, id <…>, try # POP3']);
});

test('errors are counted by text, the first transcript is kept, damage comes first', () => {
  const table = new ErrorTable();
  const refused = { text: 'PASS: -ERR no', cause: 'reply', integrity: false } as const;
  const damage = { text: 'LIST lied', cause: 'check', integrity: true } as const;
  const transcript = (text: string) => () => [{ atUs: 1, connection: 'A', kind: 'receive', text } as const];
  table.add(refused, 10.4, transcript('first'));
  table.add(refused, 20, () => {
    throw new Error('asked for again');
  });
  table.add(damage, 30, transcript('damaged'));
  expect(table.list()).toEqual([
    { ...damage, count: 1, firstAtMs: 30, transcript: transcript('damaged')() },
    { ...refused, count: 2, firstAtMs: 10, transcript: transcript('first')() },
  ]);
});

test('kinds and transcripts are bounded, and every error is counted', () => {
  const table = new ErrorTable();
  const event = (index: number) =>
    ({ atUs: index, connection: 'A', kind: 'receive', text: 'x'.repeat(5000) }) as const;
  const events = Array.from({ length: 600 }, (_, index) => event(index));
  for (let i = 0; i < 1000; i++) {
    table.add({ text: `kind ${i}`, cause: 'reply', integrity: i % 2 === 0 }, i, () => events);
  }
  const list = table.list().map((error) => loadErrorSchema.parse(error));
  expect(list.length).toBeLessThanOrEqual(KINDS_MAX + 2);
  expect(list.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  expect(list.filter(({ integrity }) => integrity).reduce((sum, { count }) => sum + count, 0)).toBe(500);
  const [first] = list.find(({ text }) => text === 'kind 0')?.transcript.slice(0) ?? [];
  expect(first).toMatchObject({ cut: 768, omitted: 5000 - 1024 });
  expect(list.every(({ transcript }) => transcript.length <= 61)).toBe(true);
});
