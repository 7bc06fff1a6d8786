import { describe, expect, it } from 'vitest';
import { compile, mistake } from './support.js';

/** The message about a dialogue in d.yaml, line 1, column 1. */
function about(text: string, fragments: Readonly<Record<string, string>> = {}): string {
  return mistake(() => compile(text, { fragments }));
}

const NO_LINE = 'is not a line of a dialogue (docs/dialogue.md lists them all)';
const NO_EVENT =
  'is nothing that can be expected (write S: +OK, S> {body}, S= "bytes", S close, S reset, S silence 2s, S timeout, S tls or S alert)';
const NO_STATUS = 'must begin with +OK, -ERR or + (lines of a multi-line reply are written S>)';
const NO_DURATION = 'is not a duration (such as 300ms, 2s or 1m)';
const TYPES = 'known are int, octets, uidl, msgid, b64, word, text';
const RETRY = 'retry is written "retry for 10s" or "retry for 10s every 500ms"';
const FOR = 'for is written "for name in list" or "for name in 1..n"';
const LET = 'let is written "let name = expression"';
const ESCAPES = String.raw`known are \r \n \t \0 \\ \" \{ \} \xHH`;
const PIECE = String.raw`a string in quotes or "pause 300ms" is needed here (C= "NOO" pause 300ms "P\r\n")`;
const BELOW_CHOOSE = 'below choose stand lines "weight NUMBER", each with a block';

describe('a line that is none', () => {
  it.each([
    ['HELO x', '1:1: "HELO x"'],
    ['C: NOOP\nS: +OK\n\n# text\nwait 3s', '5:1: "wait 3s"'],
    ['if true\n    Check true', '2:5: "Check true"'],
    ['C:NOOP', '1:1: "C:NOOP"'],
    ['c: NOOP', '1:1: "c: NOOP"'],
    ['AB C: NOOP', '1:1: "AB C: NOOP"'],
    ['b C: NOOP', '1:1: "b C: NOOP"'],
    ['B B C: NOOP', '1:1: "B B C: NOOP"'],
    ['C dance', '1:1: "C dance"'],
    ['C connect tls', '1:1: "C connect tls"'],
    ['S closed', '1:1: "S closed"'],
    ['stop now', '1:1: "stop now"'],
    ['fail no quotes', '1:1: "fail no quotes"'],
    ['fail "never closed', '1:1: "fail "never closed"'],
    ['error "not for suites"', '1:1: "error "not for suites""'],
  ])('%j', (text, message) => {
    expect(about(text)).toBe(`d.yaml:${message} ${NO_LINE}`);
  });

  it.each([
    ['S:+OK', '1:1: "S:+OK"'],
    ['S silence', '1:1: "S silence"'],
    ['S close => bogus', '1:1: "S close => bogus"'],
    ['S close now', '1:1: "S close now"'],
    ['S: +OK\n| B S: -ERR', '2:3: "B S: -ERR"'],
    ['S: +OK\n|', '2:2: ""'],
    ['S: +OK\n| check true', '2:3: "check true"'],
  ])('%j where something is expected', (text, message) => {
    expect(about(text)).toBe(`d.yaml:${message} ${NO_EVENT}`);
  });
});

describe('indentation', () => {
  it.each([
    ['  C: NOOP\nS: +OK', '2:1: this line is less indented than the first one'],
    ['C: NOOP\n  S: +OK', '2:3: this line is indented, but nothing above it begins a block'],
    ['if true\n    stop\n  stop', '3:3: this line is indented, but nothing above it begins a block'],
    ['C: NOOP\n\tS: +OK', '2:2: a tab indents this line (use spaces)'],
    ['if true\n  \tstop', '2:4: a tab indents this line (use spaces)'],
    ['', '1:1: the dialogue is empty'],
    ['\n  # nothing\n\n', '1:1: the dialogue is empty'],
  ])('%j', (text, message) => {
    expect(about(text)).toBe(`d.yaml:${message}`);
  });

  it.each([
    'if true',
    'for i in 1..3',
    'repeat 2',
    'retry for 1s',
    'phase login',
    'if true\n  stop\nelse',
    'choose\n  weight 1',
  ])('%j needs a block', (text) => {
    const head = text.split('\n').at(-1) ?? '';
    const [line, column] = [text.split('\n').length, head.length - head.trimStart().length + 1];
    expect(about(`${text}\nC: NOOP`)).toBe(
      `d.yaml:${line}:${column}: "${head.trim()}" needs a block (indent the lines that belong to it)`,
    );
  });
});

describe('alternatives', () => {
  it.each([
    ['| S: +OK', '1:1: an alternative without an expectation above it'],
    ['C: NOOP\n| S: -ERR', '2:1: an alternative without an expectation above it'],
    ['S: +OK\nC: NOOP\n| S: -ERR', '3:1: an alternative without an expectation above it'],
    ['S: +OK\n  | S: -ERR', '2:3: an alternative without an expectation above it'],
    [
      'S: +OK\n| S: -ERR\n| S> {body}',
      '1:1: a status line and a content cannot be alternatives to each other',
    ],
    [
      'C: NOOP\nS> {body}\n| S= "x\\r\\n"',
      '2:1: a status line and a content cannot be alternatives to each other',
    ],
  ])('%j', (text, message) => {
    expect(about(text)).toBe(`d.yaml:${message}`);
  });
});

describe('patterns', () => {
  it.each([
    ['S: OK', `1:4: "S: OK" ${NO_STATUS}`],
    ['S:', `1:4: "S: " ${NO_STATUS}`],
    ['S: +OK...', `1:4: "S: +OK..." ${NO_STATUS}`],
    ['B S: {reply:text}', `1:6: "S: {reply:text}" ${NO_STATUS}`],
    ['S: +OK\n| S: nothing', `2:6: "S: nothing" ${NO_STATUS}`],
    ['S>', '1:4: S> needs a name in braces or a pattern for its rows (S> {body})'],
    ['S: +OK {n:number}', `1:9: unknown type "number" (${TYPES})`],
    ['S> {n:int} {x:Int}', `1:13: unknown type "Int" (${TYPES})`],
    ['S: +OK {a:int} {a:word}', '1:17: "a" is captured twice in one line (use another name)'],
    ['S: +OK {n:int', '1:8: the closing brace is missing (a literal brace is written {"{"})'],
    ['S: +OK {reply:word}', '1:9: "reply" is taken by a variable that every dialogue has (use another name)'],
    ['S> {user}', '1:4: "user" is taken by a variable that every dialogue has (use another name)'],
    ['S: +OK {n:int}\nS: +OK {n:word}', '2:9: "n" is int here and cannot become string (use another name)'],
    ['S: +OK {n:int}\nS> {n:int}', '2:5: "n" is int here and cannot become list<int> (use another name)'],
    ['S: +OK {n}', '1:9: in the expression "n": Unknown variable: n'],
    ['S= "+OK', '1:4: the closing quote is missing'],
    ['S= +OK', '1:4: a string in double quotes is needed here'],
    ['S= "+OK\\r\\n" more', '1:4: text behind the closing quote'],
    ['S silence soon', `1:1: "soon" ${NO_DURATION}`],
  ])('%j', (text, message) => {
    expect(about(text)).toBe(`d.yaml:${message}`);
  });
});

describe('sending', () => {
  it.each([
    ['C: USER {user', '1:9: the closing brace is missing (a literal brace is written {"{"})'],
    ['C: {"}', '1:4: the closing brace is missing (a literal brace is written {"{"})'],
    ['C: RETR {}', '1:10: an expression is missing'],
    ['B C: RETR {m}', '1:12: in the expression "m": Unknown variable: m'],
    ['C= "a\\q"', `1:6: unknown escape "\\q" (${ESCAPES})`],
    ['C= "abc" "\\x1"', `1:11: unknown escape "\\x" (${ESCAPES})`],
    ['C= "abc', `1:4: ${PIECE}`],
    ['C= NOOP', `1:4: ${PIECE}`],
    ['C= "a" and "b"', `1:7: ${PIECE}`],
    ['C= pause 3ms', '1:4: C= sends nothing'],
    ['C=', '1:3: C= sends nothing'],
    ['C= "a" pause x', `1:7: "x" ${NO_DURATION}`],
    ['C= "x" * 99999999', '1:4: generated data is limited to 16777216 octets'],
    ['C= "{user}" * 99999999999', '1:4: generated data is limited to 16777216 octets'],
    ['C= "a" "{nope}\\r\\n"', '1:10: in the expression "nope": Unknown variable: nope'],
  ])('%j', (text, message) => {
    expect(about(text)).toBe(`d.yaml:${message}`);
  });
});

describe('actions', () => {
  it.each([
    ['C connect speed=fast', '"C connect" has no option "speed" (known: tls, port)'],
    ['C connect tls=maybe', 'tls=maybe is not known (tls=none or tls=implicit)'],
    ['C connect port=995', 'port=995 is not known (port=plain or port=tls)'],
    ['C tls name=a', '"C tls" has no option "name" (known: servername, min, max, alpn, ciphers, verify)'],
    ['C tls verify=no', 'verify=no is not known (on, off)'],
    ['C tls min=SSLv3', 'min=SSLv3 is not a TLS version (TLSv1, TLSv1.1, TLSv1.2, TLSv1.3)'],
    ['C tls min=TLSv1.2 max=1.3', 'max=1.3 is not a TLS version (TLSv1, TLSv1.1, TLSv1.2, TLSv1.3)'],
    ['C close now=1', '"C close" has no option "now" (it has none)'],
    ['C half-close a=b', '"C half-close" has no option "a" (it has none)'],
    ['C abort a=b', '"C abort" has no option "a" (it has none)'],
  ])('%s', (text, message) => {
    expect(about(`C: NOOP\n${text}`)).toBe(`d.yaml:2:1: ${message}`);
  });
});

describe('expressions', () => {
  it.each([
    ['check nope == 1', '1:7: in the expression "nope == 1": Unknown variable: nope'],
    ['check 1 == 1 && nope', '1:17: in the expression "1 == 1 && nope": Unknown variable: nope'],
    ['should  1', '1:9: "1" gives int, bool is needed here'],
    ['note "a" == 1', '1:6: in the expression ""a" == 1": no such overload: string == int'],
    ['check 1 == ', '1:11: in the expression "1 ==": Unexpected token: EOF'],
    ['check', '1:6: an expression is missing'],
    ['check reply.colour == ""', '1:13: in the expression "reply.colour == """: No such key: colour'],
    ['check octets("x") == 1', /^d\.yaml:1:\d+: in the expression .*octets/],
    ['check madeup(1)', /^d\.yaml:1:\d+: in the expression .*madeup/],
    ['check sum(capabilities) == 1', /^d\.yaml:1:\d+: in the expression .*sum/],
    ['check true => fail "x"', /^d\.yaml:1:12: in the expression "true => fail "x""/],
    ['check true => "{nope}"', '1:17: in the expression "nope": Unknown variable: nope'],
    ['S: +OK => fail "{nope}"', '1:18: in the expression "nope": Unknown variable: nope'],
    ['S: +OK => fail "a\\q"', `1:18: unknown escape "\\q" (${ESCAPES})`],
    ['warn "{nope}"', '1:8: in the expression "nope": Unknown variable: nope'],
    ['let x', `1:1: ${LET}`],
    ['let x = ', `1:1: ${LET}`],
    ['let x= 1', `1:1: ${LET}`],
    ['let X = 1', `1:1: ${LET}`],
    ['let x = nope', '1:9: in the expression "nope": Unknown variable: nope'],
    ['let user = "x"', '1:1: "user" is taken by a variable that every dialogue has (use another name)'],
    ['let a = 1\nlet a = "x"', '2:1: "a" is int here and cannot become string (use another name)'],
    ['check a == 1\nlet a = 1', '1:7: in the expression "a == 1": Unknown variable: a'],
  ])('%j', (text, message) => {
    if (typeof message === 'string') expect(about(text)).toBe(`d.yaml:${message}`);
    else expect(about(text)).toMatch(message);
  });
});

describe('blocks and statements', () => {
  it.each([
    ['if 1\n  stop', '1:4: "1" gives int, bool is needed here'],
    ['else\n  stop', '1:1: else without an if above it'],
    ['if true\n  stop\nstop\nelse\n  stop', '4:1: else without an if above it'],
    ['if true\n  stop\nelse if false\n  stop', '3:1: nothing stands behind else (an if goes below it)'],
    ['for x\n  stop', `1:1: ${FOR}`],
    ['for x in\n  stop', `1:1: ${FOR}`],
    ['for x in 5\n  stop', '1:10: "5" gives int, list is needed here'],
    ['for x in 1..\n  stop', '1:13: an expression is missing'],
    ['for x in ..3\n  stop', '1:10: an expression is missing'],
    ['for x in 1..nope\n  stop', '1:13: in the expression "nope": Unknown variable: nope'],
    ['for x in "a".."b"\n  stop', '1:10: ""a"" gives string, int is needed here'],
    [
      'for user in capabilities\n  stop',
      '1:1: "user" is taken by a variable that every dialogue has (use another name)',
    ],
    ['repeat\n  stop', '1:7: an expression is missing'],
    ['repeat "x"\n  stop', '1:8: ""x"" gives string, int is needed here'],
    ['retry\n  stop', `1:1: ${RETRY}`],
    ['retry for ever\n  stop', `1:1: ${RETRY}`],
    ['retry for 1s every\n  stop', `1:1: ${RETRY}`],
    ['retry for 1s every 2\n  stop', `1:1: ${RETRY}`],
    ['phase\n  stop', '1:1: phase is written "phase name"'],
    ['phase Log in\n  stop', '1:1: phase is written "phase name"'],
    ['weight 3\n  stop', '1:1: weight stands only below choose'],
    ['choose\n  stop', `2:3: ${BELOW_CHOOSE}`],
    ['choose\n  weight 1\n    stop\n  stop', `4:3: ${BELOW_CHOOSE}`],
    ['choose\n  weight 1\n    stop\n weight 1\n    stop', `4:2: ${BELOW_CHOOSE}`],
    ['choose\n  weight heavy\n    stop', `2:3: ${BELOW_CHOOSE}`],
    ['choose', '1:1: choose needs at least one weight above 0'],
    ['choose\n  weight 0\n    stop', '1:1: choose needs at least one weight above 0'],
    ['pause', `1:6: "" ${NO_DURATION}`],
    ['pause 3', `1:7: "3" ${NO_DURATION}`],
    ['pause -3s', `1:7: "-3s" ${NO_DURATION}`],
    ['timeout 3 s', `1:9: "3 s" ${NO_DURATION}`],
    ['think', `1:6: "" ${NO_DURATION}`],
    ['think ~', `1:7: "" ${NO_DURATION}`],
    ['think 1s..', `1:7: "" ${NO_DURATION}`],
    ['think 5s..1s', '1:7: the second duration is shorter than the first'],
    ['deliver', '1:1: deliver is written: deliver "plain.eml" [to user2]'],
    ['deliver plain.eml', '1:9: in the expression "plain.eml": Unknown variable: plain'],
    ['deliver 5', '1:9: "5" gives int, string is needed here'],
    ['deliver "plain.eml" to 7', '1:24: "7" gives int, string is needed here'],
  ])('%j', (text, message) => {
    expect(about(text)).toBe(`d.yaml:${message}`);
  });
});

describe('fragments', () => {
  it.each(['pass', 'warn "costs something"', 'info'])('a use that goes on after a failure: %s', (outcome) => {
    const [verdict] = outcome.split(' ');
    expect(about(`C connect\nuse hello => ${outcome}`, { hello: 'S: +OK' })).toBe(
      `d.yaml:2:1: "=> ${verdict}" cannot stand behind use: where a fragment fails, nothing can go on (write fail, unsupported, blocked or inconclusive; what may be otherwise is an alternative in the fragment)`,
    );
  });

  const USE = 'use is written "use name", "use name with a = 1, b = 2"';

  it.each([
    ['use login with', `1:1: ${USE}`],
    ['use login please', `1:1: ${USE}`],
    ['use login with user=1', '1:1: "user=1" is not "name = expression"'],
    ['use login with user = ', '1:1: "user =" is not "name = expression"'],
    ['use login with user = in', '1:23: in the expression "in": Unexpected token: IN'],
    ['B use login with user = user2, password = n', '1:43: in the expression "n": Unknown variable: n'],
    ['use login => blocked "{nope}"', '1:24: in the expression "nope": Unknown variable: nope'],
  ])('%j', (text, message) => {
    expect(about(text)).toBe(`d.yaml:${message}`);
  });

  it('that are not there are named, with those that are', () => {
    expect(about('C: NOOP\nuse logon')).toMatch(
      /^d\.yaml:2:1: there is no fragment "logon" \(known are open, clear, .*login, .*session, reconnect, quit, .*hello\)$/,
    );
  });

  it('that use themselves are found, also in a circle', () => {
    const problem = 'fragments are nested deeper than 8 (does one use itself?)';
    expect(about('use loop', { loop: 'C: NOOP\nuse loop' })).toBe(`loop.yaml:2:1: ${problem}`);
    expect(about('use one', { one: 'use two', two: 'C: NOOP\nif true\n  use one' })).toMatch(
      new RegExp(`^(one\\.yaml:1:1|two\\.yaml:3:3): ${problem.replace(/[()?]/g, '\\$&')}$`),
    );
  });

  it('with a mistake are named by their own place', () => {
    expect(about('use broken', { broken: 'C: NOOP\ncheck nope' })).toBe(
      'broken.yaml:2:7: in the expression "nope": Unknown variable: nope',
    );
  });

  it('may be nested eight deep', () => {
    const fragments = Object.fromEntries(
      Array.from({ length: 8 }, (_, depth) => [`f${depth}`, depth === 7 ? 'stop' : `use f${depth + 1}`]),
    );
    expect(compile('use f0', { fragments }).steps.map(({ op }) => op)).toEqual(['stop']);
    expect(about('use f', { ...fragments, f: 'use f0' })).toContain('nested deeper than 8');
  });
});
