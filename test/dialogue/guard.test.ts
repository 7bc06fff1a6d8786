import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { playServer } from '../wire/scripted-server.js';
import {
  compile,
  expectPass,
  onlyFinding,
  runSession,
  says,
  sessionOptions,
  type Talk,
  talk,
} from './support.js';

/** A server with three messages that does what it is told. */
const MAILDROP = says({
  DELE: '+OK marked\r\n',
  RSET: '+OK\r\n',
  STAT: '+OK 3 120\r\n',
  NOOP: '+OK\r\n',
  dele: '+OK marked\r\n',
});

const DELE = 'C: DELE 1\nS: +OK';

function heard(one: Talk): string {
  return one.heard.join(' | ');
}

describe('where what was fetched goes at QUIT (EXPIRE 0)', () => {
  const answers = says({ RETR: '+OK\r\nx\r\n.\r\n', TOP: '+OK\r\nx\r\n.\r\n', QUIT: '+OK\r\n' });
  const fetching = (command: string) => `C: ${command}\nS: +OK\nS> {message}`;

  it.each([true, false])('a session that fetched mail is left without QUIT (%s)', async (fetchedGoes) => {
    const one = await talk(fetching('RETR 1'), answers, { fetchedGoes });
    expect(heard(one)).toBe(fetchedGoes ? 'RETR 1' : 'RETR 1 | QUIT');
  });

  it('a session that only looked is left by QUIT', async () => {
    expect(heard(await talk(fetching('TOP 1 0'), answers, { fetchedGoes: true }))).toBe('TOP 1 0 | QUIT');
  });
});

describe('without --allow-delete', () => {
  it('QUIT behind DELE is held back: the marks are taken back first', async () => {
    const one = await talk(`${DELE}\nC: QUIT\nS: +OK`, MAILDROP);
    expect(onlyFinding(one)).toMatchObject({
      verdict: 'error',
      cause: 'guard',
      actual: 'QUIT was held back: the session holds a DELE and deletion is not allowed',
      place: 'd.yaml:3',
    });
    expect(heard(one)).toBe('DELE 1 | RSET | STAT');
    expect(one.result.countAfterReset).toBe(3);
  });

  it.each([
    ['in lower case', 'C: quit'],
    ['with an argument', 'C: QUIT now'],
    ['with a blank before it', 'C:  QUIT'],
    ['with a tab behind it', 'C= "QUIT\\t\\r\\n"'],
    ['with a bare LF', 'C= "QUIT\\n"'],
    ['behind another command', 'C= "NOOP\\r\\nQUIT\\r\\n"'],
    ['in segments', 'C= "QU" pause 5ms "IT" pause 5ms "\\r" pause 5ms "\\n"'],
    ['made of a value', 'C: {"QU" + "IT"}'],
    ['as a secret', 'C: {secret("QUIT")}'],
  ])('QUIT %s too', async (_, line) => {
    const one = await talk(`${DELE}\n${line}\nS: +OK`, MAILDROP);
    expect(onlyFinding(one).cause).toBe('guard');
    expect(heard(one)).not.toMatch(/DELE 1 (\| NOOP )?\| *"?QUIT/i);
    const lines = one.heard.map((text) => text.trim().toUpperCase());
    expect(lines).not.toContain('QUIT');
  });

  it.each([
    ['in lower case', 'C: dele 1\nS: +OK'],
    ['with a blank before it', 'C:  DELE 1\nS: -ERR\n| S: +OK'],
    ['with a tab behind it', 'C= "DELE\\t1\\r\\n"\nS: -ERR\n| S: +OK'],
    ['with a bare LF', 'C= "DELE 1\\n"\nS: +OK'],
    ['in segments', 'C= "DE" pause 5ms "LE 1" pause 5ms "\\r\\n"\nS: +OK'],
    ['made of a value', 'C: {"DELE"} 1\nS: +OK'],
    ['of a connection that was asked to go on', 'C: CONT\nS: +\nC: DELE 1\nS: +OK'],
    ['behind RSET, before RSET was answered', 'C: RSET\nC: DELE 1\nS: +OK\nS: +OK'],
    [
      'between two RSET, before they were answered',
      'C: RSET\nC= "DELE 1\\r\\nRSET\\r\\nDELE 2\\r\\n"\nS: +OK\nS: +OK\nS: +OK\nS: +OK',
    ],
    ['that was refused', 'C: DELE 1 2\nS: +OK\n| S: -ERR'],
  ])('DELE %s is taken back, and no QUIT follows', async (_, text) => {
    const script = says({ DELE: '+OK\r\n', RSET: '+OK\r\n', STAT: '+OK 3 1\r\n', CONT: '+ \r\n' });
    const one = await talk(text, script);
    expectPass(one);
    expect(one.heard.slice(-2)).toEqual(['RSET', 'STAT']);
    expect(one.heard.join(' ')).not.toContain('QUIT');
    expect(one.result.countAfterReset).toBe(3);
  });

  it('QUIT in one write with DELE is not sent, nor is that DELE', async () => {
    const one = await talk('C= "DELE 1\\r\\nQUIT\\r\\n"\nS: +OK', MAILDROP);
    expect(onlyFinding(one).cause).toBe('guard');
    expect(heard(one)).toBe('QUIT');
  });

  it('QUIT behind a confirmed RSET goes out', async () => {
    const one = await talk(`${DELE}\nC: RSET\nS: +OK\nC: QUIT\nS: +OK\nS close`, MAILDROP);
    expectPass(one);
    expect(heard(one)).toBe('DELE 1 | RSET | QUIT');
    expect(one.result.countAfterReset).toBeUndefined();
  });

  it('a refused RSET confirms nothing: no QUIT follows, neither of the dialogue nor of the farewell', async () => {
    const script = says({ DELE: '+OK\r\n', RSET: '-ERR no\r\n' });
    const quit = await talk(`${DELE}\nC: RSET\nS: -ERR\nC: QUIT\nS: +OK`, script);
    expect(onlyFinding(quit).cause).toBe('guard');
    expect(heard(quit)).toBe('DELE 1 | RSET | RSET');
    const left = await talk(DELE, script);
    expectPass(left);
    expect(heard(left)).toBe('DELE 1 | RSET');
    expect(left.result.countAfterReset).toBeUndefined();
    expect(left.trace.at(-1)?.kind).toBe('we-close');
  });

  it('a RSET that is never answered confirms nothing', async () => {
    const one = await talk(DELE, says({ DELE: '+OK\r\n', RSET: undefined }));
    expectPass(one);
    expect(heard(one)).toBe('DELE 1 | RSET');
  });

  it('a line that waits unread is not taken for the confirmation', async () => {
    const script = says({ DELE: ['+OK\r\n+OK too much\r\n'], RSET: '-ERR no\r\n', STAT: '+OK 3 1\r\n' });
    const one = await talk(`${DELE}\npause 20ms`, script);
    expect(heard(one)).not.toContain('QUIT');
  });

  it('a line that was begun is not ended by the farewell', async () => {
    for (const begun of ['QUIT ', 'NOOP', ' ']) {
      const one = await talk(`${DELE}\nC= "${begun}"\npause 20ms`, MAILDROP);
      expectPass(one);
      expect(one.server.received[0]).toBe(`DELE 1\r\n${begun}`);
    }
  });

  it('a conversation out of step is dropped without QUIT', async () => {
    const script = says({ DELE: undefined });
    const one = await talk('C: DELE 1\nS: +OK\n| S timeout', script, { timeoutMs: 40 });
    expectPass(one);
    expect(heard(one)).toBe('DELE 1');
  });

  it('holds for each connection by itself', async () => {
    const one = await talk(
      `B use hello\nB C: DELE 2\nB S: +OK\nC: QUIT\nS: +OK\nS close\nB C: QUIT`,
      MAILDROP,
    );
    expect(onlyFinding(one)).toMatchObject({ cause: 'guard', place: 'd.yaml:7' });
    expect(one.server.lines).toEqual([['QUIT'], ['DELE 2', 'RSET', 'STAT']]);
  });

  it('is not lifted by retry', async () => {
    const one = await talk(`${DELE}\nretry for 1s every 10ms\n  C: QUIT\n  S: +OK`, MAILDROP);
    expect(onlyFinding(one).cause).toBe('guard');
    expect(heard(one)).toBe('DELE 1 | RSET | STAT');
  });

  it('ends a dialogue that was interrupted likewise', async () => {
    const server = await playServer(MAILDROP);
    const program = compile(`${DELE}\npause 10m`, { prologue: ['hello'] });
    const { result } = await runSession(sessionOptions(program, server.port), (session) => {
      setTimeout(() => session.interrupt('enough'), 60);
    });
    expect(result.countAfterReset).toBe(3);
    expect(server.lines[0]).toEqual(['DELE 1', 'RSET', 'STAT']);
    await server.close();
  });
});

describe('with --allow-delete', () => {
  it('QUIT behind DELE goes out', async () => {
    const one = await talk(`${DELE}\nC: QUIT\nS: +OK\nS close`, MAILDROP, { allowDelete: true });
    expectPass(one);
    expect(heard(one)).toBe('DELE 1 | QUIT');
  });

  it('a dialogue that does not say QUIT itself deletes nothing', async () => {
    const one = await talk(DELE, MAILDROP, { allowDelete: true });
    expectPass(one);
    expect(heard(one)).toBe('DELE 1 | RSET | STAT | QUIT');
  });
});

describe('the farewell', () => {
  it('is QUIT where nothing was marked', async () => {
    expect(heard(await talk('C: NOOP\nS: +OK', MAILDROP))).toBe('NOOP | QUIT');
    expect(heard(await talk('C: NOOP\nS: -ERR', MAILDROP))).toBe('NOOP | QUIT');
  });

  it('is said on every connection that is open and in step', async () => {
    const one = await talk('B use hello\nD use hello\nE C connect\nB C close\nD C: NOOP', MAILDROP);
    expectPass(one);
    expect(one.server.lines).toEqual([['QUIT'], [], ['NOOP'], []]);
  });
});

it('no dialogue whatever removes mail', async () => {
  const line = fc.constantFrom('DELE 1', 'dele 2', ' DELE 3', 'RSET', 'rset', 'NOOP', 'QUIT', 'Quit', 'STAT');
  const groups = fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      groups,
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      fc.boolean(),
      async (sends, obeys, whole) => {
        let marked = false;
        let removed = false;
        let count = 0;
        const server = await playServer({
          answer: (text) => {
            const verb = text.trim().split(' ')[0]?.toUpperCase();
            const ok = verb === 'QUIT' || (obeys[count++ % obeys.length] ?? true);
            if (verb === 'DELE' && ok) marked = true;
            if (verb === 'RSET' && ok) marked = false;
            if (verb === 'QUIT' && marked) removed = true;
            if (verb === 'QUIT') return ['+OK\r\n', 'FIN'];
            return ok ? '+OK 1 1\r\n' : '-ERR no\r\n';
          },
        });
        const text = sends
          .map((lines) => {
            const sent = whole
              ? `C= "${lines.join('\\r\\n')}\\r\\n"`
              : lines.map((one) => `C: ${one}`).join('\n');
            return `${sent}\n${lines.map(() => 'S: +OK\n| S: -ERR').join('\n')}`;
          })
          .join('\n');
        await runSession(
          sessionOptions(compile(text, { prologue: ['hello'] }), server.port, { timeoutMs: 500 }),
        );
        await server.close();
        expect(removed).toBe(false);
      },
    ),
    { numRuns: 150 },
  );
});
