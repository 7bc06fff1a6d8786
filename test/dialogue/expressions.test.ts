import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { expectPass, fixture, onlyFinding, PASSWORD, says, type Talk, talk } from './support.js';

const SCRIPT = says(
  {
    LIST: '+OK 3 messages\r\n1 120\r\n2 200\r\n3 200\r\n.\r\n',
    RETR: '+OK\r\nA: 1\r\nB: 2\r\n\r\none\r\n..\r\n.\r\n',
    EMPTY: '+OK\r\n.\r\n',
    NOHEAD: '+OK\r\n\r\nbody\r\n.\r\n',
    HEADONLY: '+OK\r\nA: 1\r\n.\r\n',
    LOCK: '-ERR [in-use] no\n',
  },
  { greeting: '+OK ready <1896.697170952@dbc.mtview.ca.us> x\r\n' },
);

const LISTING = 'C: LIST\nS: +OK\nS> {number:int} {size:int}';
const MESSAGE = 'C: RETR 1\nS: +OK\nS> {message}';

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

it.each([
  // Contents
  [MESSAGE, 'octets(message) == 22 && octets(bytes(message)) == 22 && octets(raw(message)) == 23'],
  [MESSAGE, 'text(bytes(message)) == "A: 1\\r\\nB: 2\\r\\n\\r\\none\\r\\n.\\r\\n"'],
  [MESSAGE, 'text(raw(message)).endsWith("..\\r\\n") && stuffed(message) == 1'],
  [MESSAGE, 'rows(message) == ["A: 1", "B: 2", "", "one", "."]'],
  [MESSAGE, 'text(header(bytes(message))) == "A: 1\\r\\nB: 2\\r\\n\\r\\n"'],
  [MESSAGE, 'text(content(bytes(message))) == "one\\r\\n.\\r\\n"'],
  [MESSAGE, 'top(bytes(message), 0) == header(bytes(message))'],
  [MESSAGE, 'text(top(bytes(message), 1)).endsWith("\\r\\none\\r\\n")'],
  [MESSAGE, 'top(bytes(message), 2) == bytes(message) && top(bytes(message), 99999999) == bytes(message)'],
  [MESSAGE, 'top(bytes(message), -1) == header(bytes(message))'],
  [MESSAGE, 'message.terminator == "CRLF.CRLF" && message.bare_lf == 0 && message.verb == "RETR"'],
  [
    'C: EMPTY\nS: +OK\nS> {none}',
    'octets(none) == 0 && rows(none) == [] && octets(header(bytes(none))) == 0',
  ],
  [
    'C: NOHEAD\nS: +OK\nS> {b}',
    'text(header(bytes(b))) == "\\r\\n" && text(content(bytes(b))) == "body\\r\\n"',
  ],
  ['C: HEADONLY\nS: +OK\nS> {b}', 'header(bytes(b)) == bytes(b) && octets(content(bytes(b))) == 0'],
  ['', 'octets(file("plain.eml")) > 100 && octets(header(file("plain.eml"))) > 20'],
  ['', 'text(file("eight-bit.eml")) != ""'],
  // Lists
  [LISTING, 'count(number) == 3 && sum(size) == 520 && sum([]) == 0'],
  [LISTING, 'unique(number) && !unique(size) && unique([])'],
  [LISTING, 'ascending(number) && !ascending(size) && ascending([]) && ascending([5])'],
  [LISTING, 'min(number[0], number[2]) == 1 && max(sum(size), 1) == 520 && size[1] == size[2]'],
  [
    LISTING,
    'number.all(n, n > 0) && size.exists(s, s == 120) && 200 in size && size.map(s, s / 2) == [60, 100, 100]',
  ],
  // Digests and encodings
  ['', `md5("<1896.697170952@dbc.mtview.ca.us>tanstaaf") == "c4c9334bac560ecc979e58001b3e22fb"`],
  ['', `sha256("j\u00f6e") == "${sha('j\u00f6e')}" && md5(b"") == "d41d8cd98f00b204e9800998ecf8427e"`],
  ['', `sha256(file("plain.eml")) == "${createHash('sha256').update(fixture('plain.eml')).digest('hex')}"`],
  ['', 'base64("a\u00f6") == "YcO2" && base64(b"\\xff") == "/w==" && base64("") == ""'],
  ['', `plain(user, password) == "${Buffer.from(`\0joe\0${PASSWORD}`).toString('base64')}"`],
  ['', 'secret("x") == "x"'],
  ['', 'apop_timestamp(greeting) == "<1896.697170952@dbc.mtview.ca.us>"'],
  ['', 'apop_timestamp("no <> at <a b@c> all") == "" && apop_timestamp("x <1@y>z <2@y>") == "<1@y>"'],
  // Variables
  ['', 'user == "joe" && user2 == "ann" && password != password2 && auth == "user"'],
  ['', 'host == "localhost" && port > 0 && tls_mode == "none" && capabilities == ["TOP", "UIDL"]'],
  [
    '',
    'greeting == "ready <1896.697170952@dbc.mtview.ca.us> x" && reply.text == greeting && reply.verb == ""',
  ],
  ['pause 30ms', 'elapsed >= 0.03 && elapsed < 60.0'],
  ['', '!tls.active && tls.protocol == "" && certificate.subject == "" && !certificate.verified'],
  [
    'C: LOCK\nS: -ERR',
    'reply.status == "-ERR" && reply.strict && reply.text == "[in-use] no" && reply.code == "IN-USE" && reply.line == "-ERR [in-use] no" && reply.octets == 17 && !reply.crlf && reply.verb == "LOCK" && reply.seconds >= 0.0',
  ],
  [LISTING, 'reply.text == "3 messages" && body.octets == 21 && rows(body)[0] == "1 120"'],
])('%s %s', async (text, expression) => {
  expectPass(await talk(`${text}\ncheck ${expression}`, SCRIPT));
  const finding = onlyFinding(await talk(`${text}\ncheck !(${expression})`, SCRIPT));
  expect(finding).toMatchObject({ verdict: 'fail', cause: 'check' });
});

describe('check, should and note', () => {
  it.each([
    ['check', 'fail', false],
    ['should', 'warn', true],
    ['note', 'info', true],
  ])('%s that does not hold is %s', async (word, verdict, goesOn) => {
    const one = await talk(
      `let size = 5\n${word} size == 2 + 1 => "it is {size}, {user}"\nC: LIST\nS: +OK`,
      SCRIPT,
    );
    expect(onlyFinding(one)).toMatchObject({
      verdict,
      cause: 'check',
      reason: 'it is 5, joe',
      actual: 'it does not hold',
      place: 'd.yaml:2',
      source: `${word} size == 2 + 1 => "it is {size}, {user}"`,
      values: [
        { expression: 'size', value: '5' },
        { expression: '2 + 1', value: '3' },
      ],
    });
    expect(one.heard.includes('LIST')).toBe(goesOn);
  });

  it('without a reason the expression is the reason', async () => {
    expect(onlyFinding(await talk('check user == "ann"', SCRIPT))).toMatchObject({
      reason: 'user == "ann" does not hold.',
      values: [{ expression: 'user', value: 'joe' }],
    });
    expect(onlyFinding(await talk('check false', SCRIPT)).values).toBeUndefined();
  });

  it('show values short, on one line, without control octets', async () => {
    const text = [
      LISTING,
      'note number == [1]',
      'note bytes(body) == b""',
      `note "${'x'.repeat(500)}" + user == ""`,
      'note "a\\x1b[31m\\n" + user == ""',
      'note [[1, 2], ["a"]] + [] == []',
    ].join('\n');
    const one = await talk(text, SCRIPT);
    expect(one.findings.map(({ values }) => values?.[0]?.value)).toEqual([
      '[1, 2, 3]',
      '21 octets',
      `${'x'.repeat(200)}\\u{2026}`,
      'a\\x1b[31m\\njoe',
      '[[1, 2], [a]]',
    ]);
  });

  it.each([
    ['(1 + 2) * 3 == 10', ['(1 + 2) * 3'], ['9']],
    ['10 == 3 * (1 + 2)', ['3 * (1 + 2)'], ['9']],
    ['(1 + 2) * (3 + 4) == ((5) + (6))', ['(1 + 2) * (3 + 4)', '(5) + (6)'], ['21', '11']],
    ['((1 + 2) == (4 + 0))', ['1 + 2', '4 + 0'], ['3', '4']],
    ['(user + ")") == "(" + user', ['user + ")"', '"(" + user'], ['joe)', '(joe']],
    ["(user + ')(') + '((' == user", ["(user + ')(') + '(('", 'user'], ['joe)(((', 'joe']],
    ['(user == "joe" ? 1 : 2) == 3', ['user == "joe" ? 1 : 2'], ['1']],
    ['-(1 + 2) > (1)', ['-(1 + 2)'], ['-3']],
    ['(size(user)) in [1]', ['size(user)'], ['3']],
  ])('show both sides of %s', async (expression, expressions, values) => {
    const shown = onlyFinding(await talk(`note ${expression}`, SCRIPT)).values ?? [];
    expect(shown.map((one) => one.expression)).toEqual(expressions);
    expect(shown.map((one) => one.value)).toEqual(values);
  });

  it('show long lists by their beginning', async () => {
    const one = await talk(`note [${Array.from({ length: 30 }, (_, n) => n).join(',')}] + [] == [1]`, SCRIPT);
    expect(onlyFinding(one).values?.[0]?.value).toBe(
      `[${Array.from({ length: 12 }, (_, n) => n).join(', ')}, \\u{2026} 30 in all]`,
    );
  });

  it('never show secrets', async () => {
    const one = await talk('note password == "x" => "{password} {md5(password)}"', SCRIPT);
    expect(onlyFinding(one)).toMatchObject({
      reason: '*** ***',
      values: [{ expression: 'password', value: '***' }],
    });
  });
});

describe('an expression that cannot be evaluated', () => {
  const error = (one: Talk): void => {
    const finding = onlyFinding(one);
    expect(finding).toMatchObject({ verdict: 'error', cause: 'statement' });
    expect(finding.actual).toMatch(/^cannot be evaluated: /);
    expect(one.result.finished).toBe(false);
    expect(one.heard.at(-1)).toBe('QUIT');
  };

  it.each([
    ['check capabilities[99] == ""'],
    ['check 1 / (port - port) == 1'],
    ['let x = capabilities[99]'],
    ['let n = int(user)'],
    ['check octets(file("nope.eml")) == 1'],
    ['check octets(file("../secret.eml")) == 1'],
    ['C: {capabilities[99]}'],
    ['C= "{capabilities[99]}"'],
    ['if capabilities[99] == ""\n  stop'],
    ['for i in 1..int(user)\n  stop'],
    ['repeat int(user)\n  stop'],
    ['for i in rows(body)\n  stop'],
    ['check octets(body) == 0'],
    ['use hello with x = capabilities[99]'],
    ['deliver capabilities[99]'],
  ])('%j is an error of the dialogue', async (text) => {
    error(await talk(text, SCRIPT, { deliver: () => Promise.resolve() }));
  });

  it('of a pattern too, whenever the line comes', async () => {
    for (const pause of ['', 'pause 40ms\n']) {
      error(await talk(`C: LIST\n${pause}S: +OK {capabilities[99]}`, SCRIPT));
      error(await talk(`C: LIST\n${pause}S= "{capabilities[99]}"`, SCRIPT));
      const rows = await talk(`C: LIST\n${pause}S: +OK\nS> {n:int} {capabilities[99]}`, SCRIPT);
      error(rows);
    }
  });

  it('a name of an alternative that was not taken has no value', async () => {
    error(await talk('C: LOCK\nS: +OK {n:int}\n| S: -ERR\ncheck n == 1', SCRIPT));
  });

  it('in a reason leaves the finding as it is', async () => {
    for (const text of [
      'check false => "{capabilities[99]}"',
      'fail "{capabilities[99]}"',
      'C: LOCK\nS: -ERR => fail "{capabilities[99]}"',
      'C: LOCK\nS: +OK\n| S: -ERR => fail "{capabilities[99]}"',
      'use bad => fail "{capabilities[99]}"',
    ]) {
      const finding = onlyFinding(await talk(text, SCRIPT, { fragments: { bad: 'C: LOCK\nS: +OK' } }));
      expect(finding.verdict).toBe('fail');
      expect(finding.reason).not.toBe('');
    }
  });

  it('in the value of a side is told as that', async () => {
    const one = await talk('note 1 == 2 || capabilities[99] == ""\nnote user == ("a" + "b")', SCRIPT);
    expect(one.findings.map(({ verdict }) => verdict)).toEqual(['error']);
  });
});
