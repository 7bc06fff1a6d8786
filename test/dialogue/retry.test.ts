import { describe, expect, it } from 'vitest';
import { expectPass, onlyFinding, says, talk } from './support.js';

/** Refuses the first so many times that `line` is said, on whichever connection, then agrees. */
function refusing(
  times: Readonly<Record<string, number>>,
  refusal = '-ERR [IN-USE] later\r\n',
): ReturnType<typeof says> {
  const left = new Map(Object.entries(times));
  return {
    answer: (line) => {
      if (line === 'QUIT') return ['+OK\r\n', 'FIN'];
      const count = left.get(line) ?? 0;
      left.set(line, count - 1);
      return count > 0 ? refusal : '+OK\r\n';
    },
  };
}

describe('retry', () => {
  it('runs its block once where it is met at once', async () => {
    const one = await talk('retry for 5s\n  C: TRY\n  S: +OK\nC: ON\nS: +OK', refusing({}));
    expectPass(one);
    expect(one.heard).toEqual(['TRY', 'ON', 'QUIT']);
  });

  it('tries again until it is met, at its intervals', async () => {
    const one = await talk(
      'retry for 5s every 40ms\n  C: BEFORE\n  S: +OK\n  C: TRY\n  S: +OK\nC: ON\nS: +OK',
      refusing({ TRY: 3 }),
    );
    expectPass(one);
    expect(one.heard.join(' ')).toBe('BEFORE TRY BEFORE TRY BEFORE TRY BEFORE TRY ON QUIT');
    const tries = one.trace.filter(({ text }) => text === 'BEFORE\r\n').map(({ atUs }) => atUs);
    for (const [index, atUs] of tries.slice(1).entries())
      expect(atUs - (tries[index] ?? 0)).toBeGreaterThanOrEqual(39_000);
  });

  it('gives up when the time is over, and judges the last try', async () => {
    const one = await talk('retry for 150ms every 30ms\n  C: TRY\n  S: +OK', refusing({ TRY: 1000 }));
    expect(onlyFinding(one)).toMatchObject({
      verdict: 'fail',
      cause: 'reply',
      place: 'd.yaml:3',
      actual: '-ERR [IN-USE] later',
    });
    expect(one.heard.length).toBeGreaterThan(2);
    expect(one.heard.length).toBeLessThan(9);
  });

  it('tries once when there is no time for a second try', async () => {
    const one = await talk('retry for 1s every 2s\n  C: TRY\n  S: +OK', refusing({ TRY: 1 }));
    expect(onlyFinding(one).verdict).toBe('fail');
  });

  it('takes up checks, closes, time-outs and verdicts, but not unsupported', async () => {
    const script = (): ReturnType<typeof says> => {
      let tries = 0;
      return says(
        { TRY: undefined },
        { answer: (line) => (line === 'QUIT' ? 'FIN' : line === 'N' ? `+OK ${++tries}\r\n` : undefined) },
      );
    };
    expectPass(await talk('retry for 5s every 5ms\n  C: N\n  S: +OK {n:int}\n  check n == 3', script()));
    expectPass(await talk('retry for 5s every 5ms\n  C: N\n  S: +OK 4\n  | S: +OK => fail', script()));
    expectPass(
      await talk(
        'retry for 5s every 5ms\n  C: N\n  S: +OK {n:int}\n  if n < 4\n    blocked "not yet"',
        script(),
      ),
    );
    const one = await talk(
      'retry for 5s every 5ms\n  C: N\n  S: +OK {n:int}\n  if n < 4\n    unsupported "never"',
      script(),
    );
    expect(onlyFinding(one)).toMatchObject({ verdict: 'unsupported', reason: 'never' });
  });

  it('connects anew in each try', async () => {
    const one = await talk(
      'retry for 5s every 20ms\n  C connect\n  S: +OK\nC: ON\nS: +OK',
      {
        ...refusing({}),
        greeting: (connection) => (connection < 3 ? ['-ERR [SYS/TEMP] busy\r\n', 'FIN'] : '+OK\r\n'),
      },
      { greeted: false },
    );
    expectPass(one);
    expect(one.server.lines).toEqual([[], [], [], ['ON', 'QUIT']]);
  });

  it('drops the connections of a failed try before the next', async () => {
    const open: number[] = [];
    let count = 0;
    const one = await talk('retry for 5s every 60ms\n  B C connect\n  B S: +OK\n  B C: TRY\n  B S: +OK', {
      greeting: () => {
        open.push(count);
        return '+OK\r\n';
      },
      answer: (line) => (line === 'QUIT' ? ['+OK\r\n', 'FIN'] : ++count < 3 ? '-ERR\r\n' : '+OK\r\n'),
    });
    expectPass(one);
    expect(one.server.lines).toEqual([['QUIT'], ['TRY'], ['TRY'], ['TRY', 'QUIT']]);
    expect(one.server.endings[1]).toBeDefined();
  });

  it('nested: the inner one first, and anew in each try of the outer', async () => {
    const text =
      'retry for 5s every 10ms\n  C: OUT\n  S: +OK\n  retry for 70ms every 30ms\n    C: IN\n    S: +OK\nC: ON\nS: +OK';
    const one = await talk(text, refusing({ IN: 5 }));
    expectPass(one);
    const said = one.heard.join(' ');
    expect(said).toMatch(/^OUT IN( IN)+( OUT IN( IN)*)+ ON QUIT$/);
    expect(said.match(/IN/g)).toHaveLength(6);
  });

  it('unwinds loops and bound names', async () => {
    const fragments = { ask: 'C: {what}\nS: +OK' };
    const text = [
      'for i in 1..2',
      '  retry for 5s every 5ms',
      '    for j in 1..2',
      '      use ask with what = "T" + string(i) + string(j), user = "x"',
      '    C: {user}',
      '    S: +OK',
    ].join('\n');
    const one = await talk(text, refusing({ T12: 2, T21: 1 }), { fragments });
    expectPass(one);
    expect(one.heard.join(' ')).toBe('T11 T12 T11 T12 T11 T12 joe T21 T21 T22 joe QUIT');
  });

  it('keeps what a failed try had captured out of the way of the next', async () => {
    let count = 0;
    const one = await talk(
      'retry for 5s every 5ms\n  C: N\n  S: +OK {n:int}\n  S: +OK done\nnote n == 2 => "{n}"',
      {
        answer: (line) =>
          line === 'QUIT' ? 'FIN' : ++count === 1 ? '+OK 1\r\n+OK not yet\r\n' : '+OK 2\r\n+OK done\r\n',
      },
    );
    expectPass(one);
  });

  it('only the last try is judged', async () => {
    const text = 'retry for 5s every 5ms\n  C: WARN\n  S: +OK => warn "each time"\n  C: TRY\n  S: +OK';
    const one = await talk(text, refusing({ TRY: 3 }));
    expect(one.verdicts).toEqual(['warn']);
  });

  it('use reconnect waits for a lock to be released', async () => {
    const one = await talk(
      'use session\nuse reconnect\nC: ON\nS: +OK',
      { ...refusing({ 'PASS hunter2-secret': 0 }), ...lockedFor(2) },
      { greeted: false },
    );
    expectPass(one);
    expect(one.server.lines.at(-1)).toEqual(['USER joe', 'PASS hunter2-secret', 'ON', 'QUIT']);
    expect(one.server.lines).toHaveLength(4);
  });

  it('a verdict behind the use counts for what retry gives up on', async () => {
    const fragments = { late: 'retry for 60ms every 20ms\n  C: TRY\n  S: +OK' };
    const one = await talk('use late => blocked "locked"', refusing({ TRY: 99 }), { fragments });
    expect(onlyFinding(one)).toMatchObject({ verdict: 'blocked', reason: 'locked', place: 'late.yaml:3' });
  });
});

/** The maildrop is locked for so many logins after the first. */
function lockedFor(logins: number): ReturnType<typeof says> {
  let passes = 0;
  return {
    answer: (line) => {
      if (line === 'QUIT') return ['+OK\r\n', 'FIN'];
      if (!line.startsWith('PASS')) return '+OK\r\n';
      passes++;
      return passes > 1 && passes <= 1 + logins ? '-ERR [IN-USE] locked\r\n' : '+OK\r\n';
    },
  };
}
