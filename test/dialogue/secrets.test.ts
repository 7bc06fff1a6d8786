import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeCramMd5 } from '../../src/pop3/sasl-cram-md5.js';
import { encodeXoauth2 } from '../../src/pop3/sasl-oauth.js';
import type { Play } from '../wire/scripted-server.js';
import { onlyFinding, PASSWORD, says, type Talk, talk } from './support.js';

const MD5 = createHash('md5').update(`<1@x>${PASSWORD}`).digest('hex');
const MD5_OF_PASSWORD = createHash('md5').update(PASSWORD).digest('hex');
const PLAIN = Buffer.from(`\0joe\0${PASSWORD}`).toString('base64');

/** All that a dialogue leaves behind for people to read. */
function told({ trace, findings }: Talk): string {
  return JSON.stringify({ trace, findings });
}

/** Ways in which a server may give back what it was told. */
const ECHOES: readonly (readonly [name: string, echo: (line: string) => Play])[] = [
  ['as it is', (line) => `-ERR unknown: ${line}\r\n`],
  ['several times', (line) => `-ERR ${line}${line} ${line}\r\n`],
  ['in base64', (line) => `-ERR ${Buffer.from(line).toString('base64')}\r\n`],
  ['in base64, one octet later', (line) => `-ERR ${Buffer.from(`x${line}`).toString('base64')}\r\n`],
  ['in base64, two octets later', (line) => `-ERR ${Buffer.from(`xy${line}`).toString('base64')}\r\n`],
  ['in hexadecimal', (line) => `-ERR ${Buffer.from(line).toString('hex')}\r\n`],
  ['URL-encoded', (line) => `-ERR http://x/?q=${encodeURIComponent(line)}\r\n`],
  ['in a response code', (line) => `-ERR [${line.replaceAll(' ', '-')}]\r\n`],
  ['with control octets around it', (line) => `-ERR \x1b[31m${line}\x07\0\r\n`],
  ['behind a long text', (line) => `-ERR ${'x'.repeat(280)}${line}\r\n`],
  ['far out in a long line', (line) => `-ERR ${'x'.repeat(4070)}${line}${'y'.repeat(30_000)}${line}\r\n`],
  ['without an end', (line) => `-ERR ${line}`],
  ['before it hangs up', (line) => [`-ERR ${line}`, 'FIN']],
  ['unasked', (line) => `-ERR no\r\n${line}\r\n`],
];

/** Every form that must not be seen. */
function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    bytes.toString('latin1'),
    bytes.toString('hex'),
    encodeURIComponent(secret),
    JSON.stringify(bytes.toString('latin1')).slice(1, -1),
    // As findings escape octets.
    Array.from(bytes.toString('latin1'), (one) =>
      one === '\\' ? '\\\\' : one < ' ' || one > '~' ? `\\x${one.charCodeAt(0).toString(16)}` : one,
    ).join(''),
  ].flatMap((form) => [form, JSON.stringify(form).slice(1, -1)]);
}

describe('a password that the server gives back', () => {
  const passwords = [PASSWORD, 'p\u00e4ss\\w"rd', 'a+b/c=d', '.*[x]$', 'x'.repeat(80)];

  it.each(ECHOES)('%s', async (_, echo) => {
    for (const password of passwords) {
      const lines = [
        'C: PASS {password}',
        'S: +OK',
        '| S: -ERR {why:text} => info "{why}"',
        '| S: -ERR => info',
        '| S timeout => info',
        'C: NOOP',
        'S: +OK => warn',
      ];
      const one = await talk(
        lines.join('\n'),
        { answer: (line) => (line === 'QUIT' ? 'FIN' : echo(Buffer.from(line, 'latin1').toString())) },
        {
          values: { password },
          secrets: [password],
          timeoutMs: 40,
        },
      );
      const text = told(one);
      expect(text).toContain('***');
      for (const form of forms(password)) expect(text).not.toContain(form);
    }
  });

  it('in a content, a row that does not fit, and the values of a check', async () => {
    const script = says({
      LIST: `+OK\r\n1 ${PASSWORD}\r\n.\r\n`,
      STAT: `+OK ${'x'.repeat(190)}${PASSWORD}\r\n`,
    });
    for (const text of [
      'C: LIST\nS: +OK\nS> {content}\nshould rows(content) == ["x"]',
      'C: LIST\nS: +OK\nS> {n:int} {m:int}',
      'C: LIST\nS: +OK\nS> {n:int} {w:word}\nnote w == ["x"] => "{w} {w[0]} {rows(body)}"',
      'C: STAT\nS: +OK {w:word}\ncheck w == "x"',
      'C: STAT\nS: +OK {w:word}\nwarn "{w}"',
      'C: STAT\nS: +OK 5',
      `C: STAT\nS: +OK\nnote reply.line == password + "x"`,
      `let p = password + "x"\nnote p == "" => "{p} {password}"`,
    ]) {
      const one = await talk(text, script);
      expect(one.findings.length).toBeGreaterThan(0);
      expect(told(one)).not.toContain(PASSWORD);
      expect(told(one)).not.toContain(PASSWORD.slice(0, 8));
      expect(told(one)).toContain('***');
    }
  });

  it('in the values of a check where its octets are escaped', async () => {
    const password = 'p\u00e4ss\\word\u0001';
    const script = says({ X: `+OK ${Buffer.from(password).toString('latin1')}\r\n` });
    const one = await talk('C: X\nS: +OK {w:text}\nnote w == "" => "{w}"\ncheck reply.text == ""', script, {
      values: { password },
      secrets: [password],
    });
    expect(one.findings.map(({ values }) => values?.map(({ value }) => value))).toEqual([['***'], ['***']]);
    for (const form of forms(password)) expect(told(one)).not.toContain(form);
  });
});

describe('what is derived from a password', () => {
  const echo: Parameters<typeof says>[0] = { APOP: '-ERR ', AUTH: '+ \r\n' };

  it.each([
    ['C: APOP {user} {secret(md5("<1@x>" + password))}', MD5],
    ['C: APOP {user} {md5("<1@x>" + password)}', MD5],
    ['let d = md5("<1@x>" + password)\nC: APOP {user} {d}', MD5],
    ['use ask with d = md5("<1@x>" + password)', MD5],
    ['C: {secret(plain(user, password))}', PLAIN],
    ['C: AUTH PLAIN {plain(user, password)}', PLAIN],
    ['C: {cram_md5(user, password, "PDFAeD4=")}', encodeCramMd5('joe', PASSWORD, Buffer.from('<1@x>'))],
    ['C: {xoauth2(user, secret("a.token"))}', encodeXoauth2('joe', 'a.token')],
    [String.raw`C= "{secret('a string of the suite')}\r\n"`, 'a string of the suite'],
  ])('%s is masked, also when it comes back', async (text, secret) => {
    const one = await talk(
      `${text}\nS: +OK => pass\n| S: -ERR {why:text} => warn "{why}"`,
      { answer: (line) => (line === 'QUIT' ? 'FIN' : `-ERR ${line}\r\n`) },
      {
        fragments: { ask: 'C: APOP {user} {d}' },
      },
    );
    const [sent] = one.heard;
    expect(sent).toContain(secret);
    const read = told({ ...one, findings: one.findings.map((finding) => ({ ...finding, source: '' })) });
    expect(read).not.toContain(secret);
    expect(one.trace.find(({ kind }) => kind === 'send')?.text).toContain('***');
    expect(onlyFinding(one).reason).toContain('***');
  });

  it('is masked also where the server decodes it, and what it must answer is masked too', async () => {
    const response = encodeCramMd5('joe', PASSWORD, Buffer.from('<1@x>'));
    const decoded = Buffer.from(response, 'base64').toString();
    const digest = decoded.slice('joe '.length);
    const one = await talk(
      'let due = md5(password)\nC: {cram_md5(user, password, "PDFAeD4=")}\nS: +OK\n| S: -ERR {why:text} => warn "{why}"',
      { answer: (line) => (line === 'QUIT' ? 'FIN' : `-ERR ${decoded} ${MD5_OF_PASSWORD}\r\n`) },
    );
    expect(told(one)).toContain('***');
    expect(told(one)).not.toContain(digest);
    expect(told(one)).not.toContain(MD5_OF_PASSWORD);
  });

  it('the login of the fragments shows none', async () => {
    for (const auth of ['user', 'apop', 'plain'] as const) {
      const one = await talk(
        'use session',
        says(
          { ...echo, USER: '+OK\r\n', PASS: '+OK\r\n', APOP: '+OK\r\n', [PLAIN]: '+OK\r\n' },
          { greeting: '+OK <1@x>\r\n' },
        ),
        {
          greeted: false,
          values: { auth },
        },
      );
      expect(one.findings).toEqual([]);
      expect(told(one)).not.toContain(PASSWORD);
      expect(told(one)).not.toContain(MD5);
      expect(told(one)).not.toContain(PLAIN);
      expect(one.heard.join(' ')).toContain({ user: PASSWORD, apop: MD5, plain: PLAIN }[auth]);
    }
  });
});

describe('short secrets', () => {
  it('are masked where they are sent', async () => {
    const one = await talk('C: PASS {password}\nS: +OK', says({ PASS: '+OK\r\n' }), {
      values: { password: 'ab' },
      secrets: ['ab'],
    });
    expect(one.trace.find(({ kind }) => kind === 'send')?.text).toBe('PASS ***\r\n');
  });
});

describe('the second account', () => {
  it('is as secret as the first', async () => {
    const one = await talk('C: PASS {password2}\nS: +OK', {
      answer: (line) => (line === 'QUIT' ? 'FIN' : `-ERR ${line}\r\n`),
    });
    expect(told(one)).not.toContain('second-secret');
    expect(onlyFinding(one).actual).toBe('-ERR PASS ***');
  });
});
