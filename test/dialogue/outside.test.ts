import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { activeResources, noMoreThan, playServer } from '../wire/scripted-server.js';
import { compile, runSession, says, sessionOptions, talk } from './support.js';

describe('from outside', () => {
  it('interrupt ends the dialogue with a farewell', async () => {
    for (const text of ['C: X\nS: +OK', 'pause 10m', 'C: X\nS> {content}', 'S silence 10m']) {
      const server = await playServer(says({ X: undefined }));
      const { result, trace } = await runSession(
        sessionOptions(compile(text, { prologue: ['hello'] }), server.port),
        (session) => {
          setTimeout(() => {
            session.interrupt('the watchdog');
            setTimeout(() => session.interrupt('once more'), 5);
          }, 40);
        },
      );
      expect(result).toMatchObject({ findings: [], finished: false });
      expect(trace.filter(({ kind }) => kind === 'note').map(({ text }) => text)).toEqual(['the watchdog']);
      // QUIT only where the conversation is in step.
      expect(server.lines[0]?.includes('QUIT')).toBe(!text.startsWith('C: X'));
      await server.close();
    }
  });

  it('interrupt ends an endless content, of which little is kept', async () => {
    const server = await playServer({
      answer: (line) =>
        line === 'X'
          ? [
              '+OK\r\n',
              ...Array.from({ length: 3000 }, () => [Buffer.alloc(20_000, 'x\r\n'), { pauseMs: 1 }]).flat(),
            ]
          : 'FIN',
    });
    const { result } = await runSession(
      sessionOptions(compile('C: X\nS: +OK\nS> {content}', { prologue: ['hello'] }), server.port),
      (session) => {
        setTimeout(() => session.interrupt('the watchdog'), 150);
      },
    );
    expect(result).toMatchObject({ findings: [], finished: false });
    await server.close();
  });

  it('destroy drops everything, and nobody is told', async () => {
    const before = activeResources();
    const server = await playServer({});
    let told = false;
    await new Promise<void>((done) => {
      void runSession(
        sessionOptions(compile('use hello\nB use hello\npause 10m'), server.port),
        (session) => {
          setTimeout(() => {
            session.destroy();
            done();
          }, 60);
        },
      ).then(() => {
        told = true;
      });
    });
    await server.close();
    await noMoreThan(before);
    expect(told).toBe(false);
  });

  it('destroy during the farewell ends that too', async () => {
    const server = await playServer({ answer: () => undefined });
    let told = false;
    const done = runSession(sessionOptions(compile('use hello'), server.port), (session) => {
      setTimeout(() => session.destroy(), 60);
    }).then(() => {
      told = true;
    });
    await Promise.race([done, new Promise((resume) => setTimeout(resume, 2300))]);
    await server.close();
    expect(told).toBe(false);
  });

  it('a finding points at its event also when the transcript was shortened', async () => {
    const text =
      'repeat 120\n  C: NOOP\n  S: +OK\nC: LATE\nS: -ERR => warn\nrepeat 400\n  C: NOOP\n  S: +OK\nC: END\nS: -ERR => info';
    const one = await talk(text, says({ NOOP: '+OK\r\n' }));
    const shown = one.findings.map(({ event }) => one.trace[event ?? 0]?.text);
    expect(shown).toEqual(['-ERR what?\r\n', '-ERR what?\r\n']);
  });

  it('a session that has ended leaves no timer and no socket', async () => {
    const before = activeResources();
    const script = says({ X: '+OK\r\n', NEVER: undefined });
    await talk('C: X\nS: +OK\ntimeout 10m\nC: X\nS: +OK\nB C connect\nB S: +OK', script);
    await talk('C: NEVER\nS: +OK', script, { timeoutMs: 50 });
    await talk('C: X\nS: -ERR', script);
    await noMoreThan(before);
  });
});
