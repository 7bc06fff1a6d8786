import { describe, expect, it } from 'vitest';
import type { Play } from '../wire/scripted-server.js';
import { expectPass, onlyFinding, says, talk } from './support.js';

/** Answers everything, and CAPA with a listing. */
const OK = {
  answer: (line: string): Play =>
    line === 'QUIT'
      ? ['+OK\r\n', 'FIN']
      : line === 'CAPA'
        ? '+OK\r\na\r\nb\r\nc\r\n.\r\n'
        : `+OK ${line}\r\n`,
};

/** The commands that a dialogue sends when everything is answered with +OK, without the QUIT behind it. */
async function commands(text: string, options: Parameters<typeof talk>[2] = {}): Promise<string[]> {
  const one = await talk(text, OK, options);
  expectPass(one);
  expect(one.heard.at(-1)).toBe('QUIT');
  return one.heard.slice(0, -1);
}

const say = (text: string): string => `C: ${text}\nS: +OK`;
const inBlock = (head: string, ...lines: string[]): string =>
  [
    head,
    ...lines
      .join('\n')
      .split('\n')
      .map((line) => `  ${line}`),
  ].join('\n');

describe('for', () => {
  it.each([
    ['1..3', 'N1 N2 N3'],
    ['1..1', 'N1'],
    ['1..0', ''],
    ['5..3', ''],
    ['-1..1', 'N-1 N0 N1'],
    ['1..min(count, 2)', 'N1 N2'],
    ['count-1..count', 'N2 N3'],
    ['999999999999999999..999999999999999999', 'N999999999999999999'],
  ])('%s', async (range, sent) => {
    const text = `let count = 3\n${inBlock(`for i in ${range}`, say('N{i}'))}`;
    expect((await commands(text)).join(' ')).toBe(sent);
  });

  it('goes over a list: columns, rows, literals', async () => {
    const text = [
      'C: CAPA',
      'S: +OK',
      'S> {tag:word}',
      inBlock('for t in tag', say('T{t}')),
      inBlock('for r in rows(body)', say('R{r}')),
      inBlock('for n in [3, 1, 2]', say('N{n}')),
      inBlock('for none in rows(body).filter(x, x == "z")', say('Z')),
    ].join('\n');
    expect((await commands(text)).join(' ')).toBe('CAPA Ta Tb Tc Ra Rb Rc N3 N1 N2');
  });

  it('nests, and begins anew each time', async () => {
    const inner = inBlock('for j in 1..2', say('{i}{j}'));
    expect((await commands(inBlock('for i in 1..3', inner))).join(' ')).toBe('11 12 21 22 31 32');
    const same = inBlock('repeat 2', inBlock('for i in 1..2', say('{i}')));
    expect((await commands(same)).join(' ')).toBe('1 2 1 2');
  });

  it('takes its bounds once, and keeps the last value', async () => {
    const text = `let n = 2\n${inBlock('for i in 1..n', 'let n = 5', say('{i}'))}\n${say('L{i}')}`;
    expect((await commands(text)).join(' ')).toBe('1 2 L2');
  });

  it('hides what comes of secrets', async () => {
    const one = await talk(inBlock('for h in [md5(password), "x"]', say('{h}')), OK);
    expect(one.heard[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(one.trace)).not.toContain(one.heard[0]);
  });

  it('over a list too long, without waiting, is stopped', async () => {
    const finding = onlyFinding(await talk(inBlock('for i in 1..999999999999', 'let x = i'), OK));
    expect(finding).toMatchObject({
      cause: 'limit',
      actual: 'the dialogue loops without waiting for anything',
    });
  });
});

describe('repeat', () => {
  it.each([
    ['0', 0],
    ['-3', 0],
    ['1', 1],
    ['5', 5],
    ['size(capabilities)', 2],
  ])('%s', async (times, count) => {
    expect(await commands(inBlock(`repeat ${times}`, say('NOOP')))).toHaveLength(count);
  });
});

describe('if and else', () => {
  it.each([
    ['true', 'A C'],
    ['false', 'B C'],
    ['"TOP" in capabilities', 'A C'],
    ['!("TOP" in capabilities) || user == ""', 'B C'],
    ['tls_mode == "none" && host == "localhost" && port > 0 && !tls.active', 'A C'],
  ])('%s', async (condition, sent) => {
    const text = `${inBlock(`if ${condition}`, say('A'))}\n${inBlock('else', say('B'))}\n${say('C')}`;
    expect((await commands(text)).join(' ')).toBe(sent);
  });

  it('without else, and nested', async () => {
    const nested = inBlock('if true', inBlock('if false', say('A')), inBlock('else', say('B')), say('C'));
    expect((await commands(`${nested}\n${inBlock('if false', say('D'))}`)).join(' ')).toBe('B C');
  });

  it('takes blanks and comments between the lines', async () => {
    const text =
      'if true # why not\n\n  # a comment\n    \n  C: A\n\n  S: +OK\n# less deep\nelse # never\n  C: B\n';
    expect(await commands(text)).toEqual(['A']);
  });
});

describe('choose', () => {
  const text = [
    'choose',
    '  weight 70',
    '    C: A',
    '    S: +OK',
    '  weight 30',
    '    C: B',
    '    S: +OK',
    '  weight 0',
    '    C: Z',
    '    S: +OK',
  ].join('\n');

  it.each([
    [0, 'A'],
    [0.6999, 'A'],
    [0.7, 'B'],
    [0.99999999999, 'B'],
  ])('at %d takes %s', async (random, chosen) => {
    expect(await commands(text, { random: () => random })).toEqual([chosen]);
  });

  it('keeps to the weights', async () => {
    let state = 1;
    // A linear congruential generator: the same sequence in every run.
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    const sent = await commands(inBlock('repeat 1000', text), { random });
    const share = sent.filter((one) => one === 'A').length / 1000;
    expect(share).toBeGreaterThan(0.65);
    expect(share).toBeLessThan(0.75);
    expect(sent).not.toContain('Z');
  });

  it('takes weights that are not whole', async () => {
    const halves = text.replace('70', '0.5').replace('30', '0.5');
    expect(await commands(halves, { random: () => 0.49 })).toEqual(['A']);
    expect(await commands(halves, { random: () => 0.51 })).toEqual(['B']);
  });
});

describe('let', () => {
  it('binds, and binds again', async () => {
    const text = `let n = 1\nlet s = "x" + string(n)\n${say('{s}')}\nlet n = n + 1\nlet s = s + s\n${say('{n}{s}')}`;
    expect(await commands(text)).toEqual(['x1', '2x1x1']);
  });

  it('keeps a secret secret', async () => {
    const one = await talk(`let p = base64(password)\nlet q = p + "!"\n${say('X {q}')}`, OK);
    expect(one.heard[0]).toMatch(/^X [A-Za-z0-9+/=]+!$/);
    expect(one.trace.find(({ kind }) => kind === 'send')?.text).toBe('X ***\r\n');
  });
});

describe('use', () => {
  const fragments = {
    ask: say('{what} {user}'),
    twice: 'use ask with what = "one"\nuse ask with what = "two", user = user + "!"',
    deep: 'use ask with what = user\nuse ask with what = "again"',
  };

  it('runs the lines of a fragment', async () => {
    expect(await commands('use twice\nuse twice', { fragments })).toEqual([
      'one joe',
      'two joe!',
      'one joe',
      'two joe!',
    ]);
  });

  it('binds names for it alone', async () => {
    const text = `use deep with user = "ann"\n${say('{user}')}\nuse ask with what = user, user = "x"`;
    expect(await commands(text, { fragments })).toEqual(['ann ann', 'again ann', 'joe', 'joe x']);
  });

  it('evaluates all values before it binds any', async () => {
    const text = 'let what = "w"\nuse ask with what = user, user = what';
    expect(await commands(text, { fragments })).toEqual(['joe w']);
  });

  it('unbinds what a loop and a retry in it had bound', async () => {
    const text = `${inBlock('repeat 2', 'use ask with what = "x", user = "y"')}\n${say('{user}')}`;
    expect(await commands(text, { fragments })).toEqual(['x y', 'x y', 'joe']);
  });

  it('gives what goes wrong in it the verdict behind it', async () => {
    const two = { fragments: { two: 'C: ONE\nS: +OK\nC: TWO\nS: +OK' } };
    const script = says({ ONE: '+OK\r\n', TWO: '-ERR no\r\n' });
    expect(onlyFinding(await talk('use two => blocked "no two for {user}"', script, two))).toMatchObject({
      verdict: 'blocked',
      reason: 'no two for joe',
      cause: 'reply',
      actual: '-ERR no',
      place: 'two.yaml:4',
    });
    expect(onlyFinding(await talk('use two => unsupported', script, two)).verdict).toBe('unsupported');
    expect(onlyFinding(await talk('use two', script, two)).verdict).toBe('fail');
  });

  it('leaves a verdict that the fragment gives itself', async () => {
    const own = { fragments: { own: 'C: X\nS: +OK\n| S: -ERR => warn "own"' } };
    const one = await talk('use own => blocked "outer"\nC: Y\nS: +OK', says({ Y: '+OK\r\n' }), own);
    expect(one.findings.map(({ verdict, reason }) => [verdict, reason])).toEqual([['warn', 'own']]);
  });

  it('the nearest verdict counts, and none behind it', async () => {
    const nested = {
      fragments: { outer: 'use inner => unsupported "inner"\nC: OUT\nS: +OK', inner: 'C: IN\nS: +OK' },
    };
    const text = 'use outer => blocked "outer"\nC: LAST\nS: +OK';
    const reasonWhen = async (table: Record<string, Play>): Promise<string> =>
      onlyFinding(await talk(text, says(table), nested)).reason;
    expect(await reasonWhen({})).toBe('inner');
    expect(await reasonWhen({ IN: '+OK\r\n' })).toBe('outer');
    expect(await reasonWhen({ IN: '+OK\r\n', OUT: '+OK\r\n' })).toBe(
      'The answer is not what is expected here.',
    );
  });

  it('runs on the connection of its label', async () => {
    const one = await talk(
      'B use hello\nB use ask with what = "b"\nuse ask with what = "a"\nB C: LAST\nB S: +OK',
      OK,
      { fragments },
    );
    expectPass(one);
    expect(one.server.lines).toEqual([
      ['a joe', 'QUIT'],
      ['b joe', 'LAST', 'QUIT'],
    ]);
  });
});

describe('phase', () => {
  it('runs its block', async () => {
    expect(await commands(inBlock('phase login', say('A'), inBlock('phase inner-1', say('B'))))).toEqual([
      'A',
      'B',
    ]);
  });
});

describe('pause, think and timeout', () => {
  const took = async (text: string, options: Parameters<typeof talk>[2] = {}): Promise<number> => {
    const one = await talk(`C: A\n${text}\nC: B`, OK, options);
    const [a, b] = one.trace.filter(({ kind }) => kind === 'send').map(({ atUs }) => atUs / 1000);
    return (b ?? 0) - (a ?? 0);
  };

  it('pause waits at least so long', async () => {
    expect(await took('pause 60ms')).toBeGreaterThanOrEqual(60);
    expect(await took('pause 0.05s')).toBeGreaterThanOrEqual(50);
  });

  it('think takes no time in a check, and its time in a load run', async () => {
    for (const line of ['think 30m', 'think 10m..20m', 'think ~1h'])
      expect(await took(line)).toBeLessThan(2000);
    const at = (random: number) => ({ think: true, random: () => random });
    expect(await took('think 60ms', at(0.9))).toBeGreaterThanOrEqual(60);
    expect(await took('think 20ms..60m', at(0))).toBeGreaterThanOrEqual(20);
    expect(await took('think 20ms..100ms', at(0.5))).toBeGreaterThanOrEqual(60);
    expect(await took('think ~100ms', at(0.5))).toBeGreaterThanOrEqual(69);
    expect(await took('think ~30m', at(0))).toBeLessThan(2000);
  });

  it('timeout holds from there on', async () => {
    const one = await talk(
      'timeout 60ms\nC: SLOW\nS: +OK\n| S timeout => info "late"\ntimeout 3s\nS: +OK',
      says({ SLOW: [{ pauseMs: 250 }, '+OK\r\n'] }),
    );
    expect(one.findings.map(({ reason }) => reason)).toEqual(['late']);
  });
});

describe('deliver', () => {
  it('hands over a fixture to a user, and goes on when that is done', async () => {
    const delivered: string[] = [];
    const deliver = async (name: string, user: string): Promise<void> => {
      await new Promise((done) => setTimeout(done, 30));
      delivered.push(`${name} ${user}`);
    };
    const one = await talk(
      `deliver "plain.eml"\ndeliver "a" + ".eml" to user2\n${say('A')}`,
      { answer: (line) => (line === 'A' ? (delivered.length === 2 ? '+OK\r\n' : '-ERR\r\n') : 'FIN') },
      { deliver },
    );
    expectPass(one);
    expect(delivered).toEqual(['plain.eml joe', 'a.eml ann']);
  });

  it('without a way of delivering, and with one that fails, the case is blocked', async () => {
    expect(onlyFinding(await talk('deliver "plain.eml"', OK))).toMatchObject({
      verdict: 'blocked',
      cause: 'delivery',
      actual: 'no way of delivering mail was given',
    });
    const deliver = (): Promise<void> => Promise.reject(new Error('550 \x1b[31mno hunter2-secret'));
    expect(onlyFinding(await talk('deliver "plain.eml"', OK, { deliver }))).toMatchObject({
      verdict: 'blocked',
      actual: '550 \\x1b[31mno ***',
      place: 'd.yaml:1',
    });
  });
});
