import { describe, expect, it } from 'vitest';
import { expectPass, onlyFinding, says, type Talk, talk } from './support.js';

/** What `S: pattern` makes of one reply to XYZZY. */
function reply(text: string, ...lines: string[]): Promise<Talk> {
  return talk(['C: XYZZY', ...lines].join('\n'), says({ XYZZY: text }), {
    variables: { n: 'int', s: 'string' },
    values: { n: 2n, s: 'a.b' },
  });
}

describe('S:', () => {
  it.each([
    ['S: +OK', '+OK\r\n'],
    ['S: +OK', '+OK anything [IN-USE]\r\n'],
    ['S: +OK', '+ok\r\n'],
    ['S: +OK', '+OK\n'],
    ['S: +OK ', '+OK x\r\n'],
    ['S: +OK ...', '+OK\r\n'],
    ['S: -ERR', '-ERR no\r\n'],
    ['S: -ERR', '-Err\r\n'],
    ['S: +', '+ \r\n'],
    ['S: +', '+ PDE=\r\n'],
    ['S: + {c:b64}', '+ PDE=\r\n'],
    ['S: +OK 2 {m:int}', '+OK 2 5\r\n'],
    ['S: +OK {a:int} {b:octets}', '+OK 2 320\r\n'],
    ['S: +OK {a:int} ...', '+OK 2\r\n'],
    ['S: +OK {a:int} ...', '+OK 2 messages\r\n'],
    ['S: +OK {a:int}...', '+OK 2messages\r\n'],
    ['S: +OK {a:int}...', '+OK 2\r\n'],
    ['S: +OK {n} {s}', '+OK 2 a.b\r\n'],
    ['S: +OK {n + 1}/{s + "c"}', '+OK 3/a.bc\r\n'],
    ['S: +OK a*(b)', '+OK a*(b)\r\n'],
    ['S: +OK {a:text}', '+OK\r\n'],
    ['S: +OK {a:word}:{b:text}', '+OK x:y:z \r\n'],
    ['S: +OK # {a:int} # no comment', '+OK # 1 # no comment\r\n'],
    ['S: -ERR [IN-USE]', '-ERR [IN-USE]\r\n'],
    ['S: -ERR [IN-USE]', '-ERR [in-use] locked\r\n'],
    ['S: -ERR [SYS]', '-ERR [SYS/TEMP] later\r\n'],
    ['S: -ERR [sys/temp]', '-ERR [SYS/TEMP]\r\n'],
    ['S= "+OK\\r\\n"', '+OK\r\n'],
    ['S= "+ok \\0\\xff\\n"', '+ok \0\xff\n'],
    ['S= "+OK {n} {s}\\r\\n"', '+OK 2 a.b\r\n'],
  ])('%s takes %j', async (line, text) => {
    expectPass(await reply(text, line));
  });

  it.each([
    ['S: +OK', '-ERR\r\n'],
    ['S: +OK', '+ OK\r\n'],
    ['S: +OK', 'OK\r\n'],
    ['S: +OK', '\r\n'],
    ['S: +', '+OK\r\n'],
    ['S: -ERR', '+OK\r\n'],
    ['S: +OK {a:int}', '+OK\r\n'],
    ['S: +OK {a:int}', '+OK 2 \r\n'],
    ['S: +OK {a:int}', '+OK  2\r\n'],
    ['S: +OK {a:int}', '+OK -2\r\n'],
    ['S: +OK {a:int}', '+OK 1234567890123456789\r\n'],
    ['S: +OK {a:int} ...', '+OK 2messages\r\n'],
    ['S: +OK {a:int} ...', '+OK \r\n'],
    ['S: +OK {a:int} {b:int}', '+OK 2  3\r\n'],
    ['S: +OK {s}', '+OK aXb\r\n'],
    ['S: +OK {n}', '+OK 22\r\n'],
    ['S: -ERR [SYS]', '-ERR [SYSTEM]\r\n'],
    ['S: -ERR [SYS/TEMP]', '-ERR [SYS]\r\n'],
    ['S: -ERR [IN-USE]', '+OK [IN-USE]\r\n'],
    ['S: -ERR [IN-USE]', '-ERR in use [IN-USE]\r\n'],
    ['S= "+OK\\r\\n"', '+OK\n'],
    ['S= "+OK\\r\\n"', '+ok\r\n'],
    ['S= "+OK\\r\\n"', '+OK \r\n'],
  ])('%s does not take %j', async (line, text) => {
    const finding = onlyFinding(await reply(text, line));
    expect(finding).toMatchObject({
      verdict: 'fail',
      cause: 'reply',
      expected: [line.trimEnd()],
      place: 'd.yaml:2',
      source: line.trimEnd(),
      reason: 'The answer is not what is expected here.',
    });
    expect(finding.actual).toBe(text.replace(/\r?\n$/, ''));
  });

  it.each([
    ['int', '18 digits at most', '999999999999999999', '999999999999999999'],
    ['octets', 'like int', '007', '7'],
    ['uidl', '70 octets', '~'.repeat(70), '~'.repeat(70)],
    [
      'uidl',
      'any but blanks and control octets',
      '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
      '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
    ],
    ['msgid', 'in brackets', '<1896.697@dbc.mtview.ca.us>', '<1896.697@dbc.mtview.ca.us>'],
    ['b64', 'padded', 'PDEyMzQ=', 'PDEyMzQ='],
    ['b64', 'empty', '', ''],
    ['word', 'no blank', 'a\tb\xff', 'a\tb\xff'],
    ['text', 'with blanks', ' a  b ', ' a  b '],
    ['text', 'empty', '', ''],
  ])('{x:%s}: %s', async (type, _, text, value) => {
    const one = await reply(`+OK ${text}\r\n`, `S: +OK {x:${type}}`);
    expectPass(one);
    expect(String(one.result.values.x)).toBe(value);
    expect(typeof one.result.values.x).toBe(type === 'int' || type === 'octets' ? 'bigint' : 'string');
  });

  it.each([
    ['uidl', '~'.repeat(71)],
    ['uidl', 'a b'],
    ['uidl', 'a\x7f'],
    ['uidl', ''],
    ['msgid', '1@x'],
    ['msgid', '<1 2@x>'],
    ['msgid', '<x>'],
    ['b64', 'PDEyMzQ'],
    ['b64', 'P==='],
    ['b64', 'PDE yMzQ='],
    ['word', ''],
    ['word', 'a b'],
    ['octets', '1.5'],
    ['octets', '0x10'],
  ])('{x:%s} does not take %j', async (type, text) => {
    const finding = onlyFinding(await reply(`+OK ${text}\r\n`, `S: +OK {x:${type}}`));
    expect(finding).toMatchObject({ verdict: 'fail', cause: 'reply' });
  });

  it('is quick with a long line that nearly fits', async () => {
    const one = await reply(
      `+OK ${'a '.repeat(25_000)}\r\n`,
      'S: +OK {a:text} {b:word}x',
      '| S: +OK {b:b64}=',
      '| S: +OK',
    );
    expectPass(one);
  });
});

describe('S>', () => {
  const listing = '+OK\r\n1 120\r\n2 200\r\n.\r\n';

  it('captures the content, un-stuffed, with its variable', async () => {
    const one = await reply(
      '+OK 7 octets\r\n..x\r\n\r\n.\r\n',
      'S: +OK',
      'S> {mine}',
      'check octets(mine) == 6 && mine.octets == 6 && stuffed(mine) == 1 && mine.stuffed == 1',
      'check text(bytes(mine)) == ".x\\r\\n\\r\\n" && text(raw(mine)) == "..x\\r\\n\\r\\n"',
      'check rows(mine) == [".x", ""]',
      'check body.octets == 6 && body.terminator == "CRLF.CRLF" && body.bare_lf == 0',
      'check text(bytes(body)) == text(bytes(mine))',
    );
    expectPass(one);
  });

  it('captures columns', async () => {
    const one = await reply(
      listing,
      'S: +OK',
      'S> {number:int} {size:octets}',
      'check number == [1, 2] && size == [120, 200] && sum(size) == 320 && count(number) == 2',
      'check ascending(number) && unique(number) && size[1] == 200',
      'check rows(body) == ["1 120", "2 200"]',
    );
    expectPass(one);
  });

  it('takes no rows at all', async () => {
    const one = await reply(
      '+OK\r\n.\r\n',
      'S: +OK',
      'S> {number:int} {size:octets}',
      'check count(number) == 0 && sum(size) == 0',
    );
    expectPass(one);
  });

  it('knows the values of expressions, and rows that may go on', async () => {
    expectPass(await reply(listing, 'S: +OK', 'S> {k:int} {j:int}', 'C: XYZZY', 'S: +OK', 'S> {q:int} ...'));
    expectPass(await reply('+OK\r\n2 a.b\r\n.\r\n', 'S: +OK', 'S> {n} {s}'));
  });

  it('tells the first row that does not fit', async () => {
    const one = await reply(
      '+OK\r\n1 120\r\n2 x\xff\r\n3 y\r\n.\r\n',
      'S: +OK',
      'S> {number:int} {size:octets}',
    );
    expect(onlyFinding(one)).toMatchObject({
      verdict: 'fail',
      cause: 'reply',
      actual: 'row 2: 2 x\\xff',
      expected: ['S> {number:int} {size:octets}'],
      place: 'd.yaml:3',
    });
    expect(one.result.values.number).toBeUndefined();
  });

  it('tries the alternatives, the last of which any content fits', async () => {
    const lines = [
      'S: +OK',
      'S> {number:int} {size:octets}',
      '| S> {number:int} {size:octets} ...  => warn "more"',
      '| S> {rest}  => info "{count(rows(rest))} rows"',
    ];
    expectPass(await reply(listing, ...lines));
    expect(onlyFinding(await reply('+OK\r\n1 1 x\r\n.\r\n', ...lines))).toMatchObject({
      verdict: 'warn',
      reason: 'more',
    });
    expect(onlyFinding(await reply('+OK\r\nx\r\n.\r\n', ...lines))).toMatchObject({
      verdict: 'info',
      reason: '1 rows',
    });
  });

  it('stands behind an -ERR that is expected too', async () => {
    const lines = ['S: +OK', '| S: -ERR', '    stop', 'S> {rest}'];
    expectPass(await reply('-ERR\r\n', ...lines));
    expectPass(await reply('+OK\r\n.\r\n', ...lines));
  });

  it('is a label of its own connection', async () => {
    const one = await talk(
      'B C connect\nB S: +OK\nB C: LIST\nB S: +OK\nB S> {number:int} {size:int}\ncheck size == [5]',
      says({ LIST: '+OK\r\n1 5\r\n.\r\n' }),
    );
    expectPass(one);
    expect(one.server.lines.map((lines) => lines.join())).toEqual(['QUIT', 'LIST,QUIT']);
  });
});

describe('alternatives', () => {
  const lines = [
    'S: +OK {count:int} {total:octets}',
    '| S: +OK {count:int} {total:octets} ...  => warn "text after the size is discouraged"',
    '| S: -ERR [SYS]                          => inconclusive "the server has a problem of its own"',
    '| S: -ERR                                => unsupported',
    '| S close                                => fail "the connection was closed in place of an answer"',
  ];

  it.each([
    ['+OK 2 320\r\n', undefined, undefined],
    ['+OK 2 320 octets\r\n', 'warn', 'text after the size is discouraged'],
    ['-ERR [SYS/PERM] broken\r\n', 'inconclusive', 'the server has a problem of its own'],
    ['-ERR what\r\n', 'unsupported', 'The answer is not what is expected here.'],
    ['FIN', 'fail', 'the connection was closed in place of an answer'],
    ['+OK\r\n', 'fail', 'The answer is not what is expected here.'],
  ])('%j: %s', async (text, verdict, reason) => {
    const one = await reply(text, ...lines);
    if (verdict === undefined) expectPass(one);
    else expect(onlyFinding(one)).toMatchObject({ verdict, reason, place: 'd.yaml:2' });
    expect(one.result.finished).toBe(verdict === undefined || verdict === 'warn');
    if (verdict === 'fail') expect(onlyFinding(one).expected).toEqual(['S: +OK {count:int} {total:octets}']);
  });

  it('the first that fits is taken', async () => {
    const one = await reply(
      '+OK 5\r\n',
      'S: +OK {a:int} {b:int}',
      '| S: +OK {a:int} => info "second"',
      '| S: +OK => info "third"',
    );
    expect(one.findings.map(({ reason }) => reason)).toEqual(['second']);
  });

  it('may all be right: then all are told when none fits', async () => {
    const finding = onlyFinding(await reply('+ x\r\n', 'S: +OK', '| S: -ERR', '| S close => warn'));
    expect(finding.expected).toEqual(['S: +OK', 'S: -ERR']);
    expect(finding.actual).toBe('+ x');
  });

  it('have blocks of their own, which run only when they were taken', async () => {
    const text = [
      'S: +OK',
      '  info "first"',
      '| S: -ERR',
      '  info "second"',
      '  if true',
      '    info "deeper"',
      'info "behind"',
    ];
    expect((await reply('+OK\r\n', ...text)).findings.map(({ reason }) => reason)).toEqual([
      'first',
      'behind',
    ]);
    expect((await reply('-ERR\r\n', ...text)).findings.map(({ reason }) => reason)).toEqual([
      'second',
      'deeper',
      'behind',
    ]);
  });

  it('can go on with the conversation in their block', async () => {
    const one = await reply(
      '+OK\r\na\r\nb\r\n.\r\n',
      'S: -ERR',
      '| S: +OK',
      '    S> {mechanism:word}',
      'C: XYZZY',
      'S: +OK',
      'S> {again:word}',
      'check again == mechanism',
    );
    expectPass(one);
  });

  it('may come in any order of lines, strings and events', async () => {
    const text = ['S close', '| S= "-ERR exactly\\r\\n"', '| S: +OK', '| S reset', '| S timeout'];
    for (const answer of ['FIN', '-ERR exactly\r\n', '+OK\r\n', 'RST'] as const) {
      expect((await reply(answer, ...text)).verdicts).toEqual([]);
    }
  });
});

describe('verdicts', () => {
  it.each([
    ['pass', true, 0],
    ['warn', true, 1],
    ['info', true, 1],
    ['fail', false, 1],
    ['unsupported', false, 1],
    ['blocked', false, 1],
    ['inconclusive', false, 1],
  ])('%s: goes on %s, findings %i', async (verdict, goesOn, findings) => {
    const inAlternative = await reply(
      '+OK\r\n',
      `S: +OK => ${verdict} "because of {s}"`,
      'C: NEXT',
      'S: -ERR',
    );
    const asLine = await reply('+OK\r\n', 'S: +OK', `${verdict} "because of {s}"`, 'C: NEXT', 'S: -ERR');
    for (const one of [inAlternative, asLine]) {
      expect(one.result.finished).toBe(goesOn);
      expect(one.heard.includes('NEXT')).toBe(goesOn);
    }
    expect(inAlternative.findings).toHaveLength(findings);
    for (const one of findings === 0 ? [] : [inAlternative, asLine]) {
      expect(onlyFinding(one)).toMatchObject({ verdict, reason: 'because of a.b' });
    }
  });

  it('stop ends the dialogue with what it has', async () => {
    const one = await reply('+OK\r\n', 'S: +OK', 'info "so far"', 'stop', 'C: NEXT');
    expect(one.verdicts).toEqual(['info']);
    expect(one.result.finished).toBe(true);
    expect(one.heard).toEqual(['XYZZY', 'QUIT']);
  });
});

describe('what comes unasked', () => {
  it('is found before the next command', async () => {
    const one = await talk(
      'pause 30ms\nC: NOOP\nS: +OK',
      says({ NOOP: '+OK\r\n' }, { greeting: '+OK\r\n* more\x1b\r\n' }),
    );
    expect(onlyFinding(one)).toMatchObject({
      verdict: 'fail',
      cause: 'unsolicited',
      place: 'd.yaml:2',
      actual: '* more\\x1b\\r\\n came though nothing was asked',
    });
    expect(one.heard).not.toContain('NOOP');
  });

  it('is passed over where the session is tolerant', async () => {
    const script = says({ NOOP: '+OK\r\n' }, { greeting: '+OK\r\n* more\r\n' });
    expectPass(await talk('pause 30ms\nC: NOOP\nS: +OK', script, { tolerant: true }));
  });

  it('is the last word of a server that hung up', async () => {
    const one = await talk('pause 30ms\nC: NOOP\nS: +OK', {
      greeting: ['+OK\r\n', '-ERR going down\r\n', 'FIN'],
    });
    expect(onlyFinding(one)).toMatchObject({ verdict: 'inconclusive', cause: 'reset' });
    expect(onlyFinding(one).actual).toContain('going down');
  });

  it('is no answer to what is sent later', async () => {
    const one = await talk(
      'C: NOOP\nS: +OK\npause 30ms\nC: STAT\nS: +OK {n:int}',
      says({ NOOP: '+OK\r\n+OK 5\r\n', STAT: '+OK 1\r\n' }),
    );
    expect(onlyFinding(one)).toMatchObject({ cause: 'unsolicited', place: 'd.yaml:4' });
  });
});
