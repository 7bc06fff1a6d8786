import { Buffer } from 'node:buffer';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { BODY_KEEP_MAX, RESPONSE_LINE_READ_MAX } from '../../src/pop3/limits.js';
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

/** What follows `C: X` when the server plays this on it. */
function on(
  play: Parameters<typeof says>[0][string],
  text: string,
  options: Parameters<typeof talk>[2] = {},
): Promise<Talk> {
  return talk(`C: X\n${text}`, says({ X: play, NOOP: '+OK\r\n' }), options);
}

describe('S close and S reset', () => {
  it('are met', async () => {
    expectPass(await on('FIN', 'S close'));
    expectPass(await on(['+OK\r\n', 'FIN'], 'S: +OK\nS close'));
    expectPass(await on(['+OK\r\n', { pauseMs: 30 }, 'RST'], 'S: +OK\nS reset'));
  });

  it.each([
    ['S close', 'RST', 'inconclusive', 'reset', 'The connection ended before an answer.'],
    ['S reset', 'FIN', 'fail', 'close', 'The server closed the connection instead of answering.'],
    ['S: +OK', 'FIN', 'fail', 'close', 'The server closed the connection instead of answering.'],
    ['S: +OK', 'RST', 'inconclusive', 'reset', 'The connection ended before an answer.'],
    ['S> {body}', 'FIN', 'fail', 'close', 'The server closed the connection instead of answering.'],
    ['S close', '+OK still here\r\n', 'fail', 'reply', 'The answer is not what is expected here.'],
    ['S silence 1s', 'FIN', 'fail', 'close', 'The server closed the connection instead of answering.'],
  ] as const)('%s on %j: %s (%s)', async (line, play, verdict, cause, reason) => {
    const finding = onlyFinding(await on(play, line));
    expect(finding).toMatchObject({
      verdict,
      cause,
      reason,
      expected: [line],
      place: 'd.yaml:2',
      source: line,
    });
  });

  it('a line that was begun is no close in place of an answer, and stands in the transcript', async () => {
    const one = await on(['+OK half', 'FIN'], 'S: +OK\n| S close');
    expect(onlyFinding(one)).toMatchObject({
      verdict: 'fail',
      cause: 'close',
      actual: '+OK half (unfinished), then the server closed the connection',
    });
    expect(onlyFinding(one).unfinished).toBeUndefined();
    expect(one.trace.filter(({ kind }) => kind === 'receive').map(({ text }) => text)).toEqual([
      '+OK ready\r\n',
      '+OK half',
    ]);
  });

  it.each([true, false])('a content that was begun is told and shown, kept %s', async (keepBodies) => {
    const one = await on(['+OK\r\n..a line\r\nhalf', 'FIN'], 'S: +OK\nS> {content}', { keepBodies });
    expect(onlyFinding(one)).toMatchObject({
      verdict: 'fail',
      cause: 'close',
      actual: '14 octets (unfinished), then the server closed the connection',
      unfinished: true,
    });
    expect(one.trace.at(-1)).toMatchObject(
      keepBodies
        ? { kind: 'receive', text: '..a line\r\nhalf' }
        : { kind: 'note', text: '14 octets of content received' },
    );
  });

  it('what came before the end is read first', async () => {
    expectPass(
      await on(
        ['+OK\r\n', 'a\r\n.\r\n', '+OK 2\r\n', 'FIN'],
        'pause 40ms\nS: +OK\nS> {content}\nS: +OK 2\nS close',
      ),
    );
  });

  it('a connection that ends in place of the greeting is inconclusive', async () => {
    const one = await talk('C connect\nS: +OK', { greeting: 'FIN' }, { greeted: false });
    expect(onlyFinding(one)).toMatchObject({ verdict: 'inconclusive', cause: 'reset' });
    expect(
      onlyFinding(await talk('C connect\nS: +OK', { greeting: ['+OK', 'FIN'] }, { greeted: false })).verdict,
    ).toBe('inconclusive');
  });

  it('an end on our side is not blamed on the server', async () => {
    for (const line of ['C close', 'C abort']) {
      expect(onlyFinding(await on(undefined, `${line}\nS: +OK`))).toMatchObject({
        verdict: 'error',
        cause: 'statement',
        actual: 'this side had ended the connection',
      });
    }
  });

  it('C close, C abort and C half-close do what they say', async () => {
    for (const [line, ending] of [
      ['C close', 'FIN'],
      ['C abort', 'RST'],
      ['C half-close\nS close', 'FIN'],
    ] as const) {
      const one = await talk(`${line}\npause 30ms`, {});
      expectPass(one);
      expect([line, one.server.endings[0]]).toEqual([line, ending]);
      expect(one.heard).toEqual([]);
    }
  });

  it('C half-close leaves the answer to what was sent', async () => {
    const one = await talk(
      'C: X\nC half-close\nS: +OK {n:int}\nS close',
      says({ X: [{ pauseMs: 30 }, '+OK 5\r\n'] }),
    );
    expectPass(one);
  });
});

describe('S silence', () => {
  it('is met when nothing comes for so long, and the connection goes on', async () => {
    const one = await on(undefined, 'S silence 80ms\nC: NOOP\nS: +OK');
    expectPass(one);
    const silence = one.trace.find(({ kind }) => kind === 'silence');
    const sent = one.trace.find(({ kind }) => kind === 'send');
    expect(silence?.text).toBe('80 ms');
    expect((silence?.atUs ?? 0) - (sent?.atUs ?? 0)).toBeGreaterThanOrEqual(79_000);
  });

  it('lasts as long as it says, also beyond the time limit', async () => {
    const one = await on([{ pauseMs: 150 }, '+OK\r\n'], 'S silence 600ms\n| S: +OK => info "it came"', {
      timeoutMs: 60,
    });
    expect(one.findings.map(({ reason }) => reason)).toEqual(['it came']);
  });

  it('is broken by a line, and tells how', async () => {
    const finding = onlyFinding(await on([{ pauseMs: 20 }, '-ERR hey\r\n'], 'S silence 2s'));
    expect(finding).toMatchObject({
      verdict: 'fail',
      cause: 'reply',
      actual: '-ERR hey',
      expected: ['S silence 2s'],
    });
  });

  it('is no silence once a line has begun: that gets the whole time limit', async () => {
    const slow = ['+O', { pauseMs: 200 }, 'K\r\n'];
    const one = await on(slow, 'S silence 100ms\n| S: +OK => info "slow"');
    expect(one.findings.map(({ reason }) => reason)).toEqual(['slow']);
    const never = onlyFinding(await on('+O', 'S silence 50ms', { timeoutMs: 200 }));
    expect(never).toMatchObject({ verdict: 'inconclusive', cause: 'timeout' });
    expect(never.waitedMs).toBeGreaterThanOrEqual(199);
  });

  it('may have a verdict, with how long was waited', async () => {
    const finding = onlyFinding(await on(undefined, 'S: +OK\n| S silence 60ms => warn "nothing came"'));
    expect(finding).toMatchObject({
      verdict: 'warn',
      cause: 'silence',
      reason: 'nothing came',
      actual: 'nothing for 60 ms',
    });
    expect(finding.waitedMs).toBeGreaterThanOrEqual(60);
  });
});

describe('time limits', () => {
  it('do not end early, and tell how long was waited', async () => {
    const finding = onlyFinding(await on(undefined, 'S: +OK', { timeoutMs: 120 }));
    expect(finding).toMatchObject({
      verdict: 'inconclusive',
      cause: 'timeout',
      actual: 'nothing for 120 ms',
      reason: 'No complete answer came within the time limit.',
    });
    expect(finding.waitedMs).toBeGreaterThanOrEqual(120);
  });

  it('end a line that comes too slowly, octet by octet', async () => {
    const drip = Array.from({ length: 40 }, () => ['x', { pauseMs: 20 }]).flat();
    const one = await on(['+OK ', ...drip], 'S: +OK\n| S timeout => info "slow"', { timeoutMs: 150 });
    expect(onlyFinding(one)).toMatchObject({ reason: 'slow', cause: 'timeout' });
    expect(onlyFinding(one).actual).toMatch(/^\d+ octets without an end within 150 ms$/);
    const shown = one.trace.filter(({ kind }) => kind === 'receive').at(-1)?.text;
    expect(shown).toMatch(/^\+OK x+$/);
  });

  it('begin anew with each piece of a content', async () => {
    const drip = Array.from({ length: 20 }, () => ['x\r\n', { pauseMs: 20 }]).flat();
    const one = await on(['+OK\r\n', ...drip, '.\r\n'], 'S: +OK\nS> {content}\ncheck octets(content) == 60', {
      timeoutMs: 200,
    });
    expectPass(one);
  });

  it('S timeout takes them, for lines and for contents', async () => {
    expectPass(await on(undefined, 'S: +OK\n| S timeout', { timeoutMs: 50 }));
    const one = await on('+OK\r\nx\r\n', 'S: +OK\nS> {content}\n| S timeout => info "no end"', {
      timeoutMs: 50,
    });
    expect(onlyFinding(one)).toMatchObject({
      reason: 'no end',
      actual: '3 octets without an end, then nothing for 50 ms',
    });
  });

  it('are kept one after another', async () => {
    const text = Array.from({ length: 30 }, () => 'C: X\nS: +OK').join('\n');
    expectPass(await on([{ pauseMs: 8 }, '+OK\r\n'], `S: +OK\n${text}`, { timeoutMs: 150 }));
  });

  it('hold for connecting and for the greeting', async () => {
    const one = await talk('C connect\nS: +OK', { greeting: [] }, { greeted: false, timeoutMs: 60 });
    expect(onlyFinding(one)).toMatchObject({ verdict: 'inconclusive', cause: 'timeout', place: 'd.yaml:2' });
  });
});

describe('loose ends of a content', () => {
  it.each([
    ['a\n.\n', 'LF.LF', 2],
    ['a\r\n.\n', 'CRLF.LF', 3],
    ['a\n.\r\n', 'LF.CRLF', 2],
    ['a\r\n.', 'CRLF.', 3],
    ['a\r\n.\r', 'CRLF.CR', 3],
    ['.\n', 'CRLF.LF', 0],
  ])('%j is taken after a moment of silence', async (wire, terminator, octets) => {
    const check = `S: +OK\nS> {content}\ncheck content.terminator == "${terminator}" && octets(content) == ${octets}\nC: NOOP\nS: +OK`;
    const one = await on(`+OK\r\n${wire}`, check, { timeoutMs: 100 });
    expectPass(one);
    expect(
      one.trace
        .filter(({ kind }) => kind === 'receive')
        .map(({ text }) => text)
        .join(''),
    ).not.toContain('NaN');
  });

  it('is shown as it stood on the wire', async () => {
    const wire = 'a\r\n..\r\n.\r';
    const one = await on(`+OK\r\n${wire}`, 'S: +OK\nS> {content}\ncheck octets(bytes(content)) == 6', {
      timeoutMs: 80,
    });
    expectPass(one);
    expect(one.trace.filter(({ kind }) => kind === 'receive').map(({ text }) => text)).toContain(wire);
  });

  it('is taken at once when the server closes behind it', async () => {
    expectPass(await on(['+OK\r\na\n.\n', 'FIN'], 'S: +OK\nS> {content}\nS close', { timeoutMs: 60_000 }));
  });

  it('goes on when more comes in time', async () => {
    const one = await on(
      ['+OK\r\na\n.\n', { pauseMs: 60 }, 'b\r\n.\r\n'],
      'S: +OK\nS> {content}\ncheck octets(content) == 7 && content.bare_lf == 2',
      { timeoutMs: 600 },
    );
    expectPass(one);
  });
});

describe('limits', () => {
  it('a line without an end is given up, and shown', async () => {
    const one = await on(Buffer.alloc(RESPONSE_LINE_READ_MAX + 10, '+'), 'S: +OK');
    expect(onlyFinding(one)).toMatchObject({ verdict: 'fail', cause: 'limit' });
    expect(onlyFinding(one).actual).toBe(`a line of more than ${RESPONSE_LINE_READ_MAX} octets`);
  });

  it('content of more than is kept proves nothing: mail has no greatest size', async () => {
    const mail = Buffer.alloc(BODY_KEEP_MAX + 100_002, 'a line\r\n');
    const one = await on(Buffer.concat([Buffer.from('+OK\r\n'), mail]), 'S: +OK\nS> {x}\ncheck x.octets > 0');
    expect(onlyFinding(one)).toMatchObject({ verdict: 'inconclusive', cause: 'limit', unfinished: true });
  });

  it('a line just short enough is read', async () => {
    const one = await on(
      `+OK ${'x'.repeat(RESPONSE_LINE_READ_MAX - 10)}\r\n`,
      'S: +OK {x:text}\ncheck size(x) == 65526',
    );
    expectPass(one);
  });

  it('a flood while nobody listens neither fills the memory nor stops the dialogue', async () => {
    const before = process.memoryUsage().rss;
    const one = await on(Buffer.alloc(60_000_000, 'y'), 'pause 200ms\nS: +OK');
    expect(onlyFinding(one).cause).toBe('limit');
    // The flood itself lies in the memory of this process; copies of it do not.
    expect(process.memoryUsage().rss - before).toBeLessThan(180_000_000);
  });
});

describe('connecting', () => {
  it('to a port where nobody listens is inconclusive', async () => {
    const closed = createServer();
    await new Promise<void>((done) => closed.listen(0, '127.0.0.1', done));
    const { port } = closed.address() as { port: number };
    await new Promise((done) => closed.close(done));
    const { result, trace } = await runSession(sessionOptions(compile('C connect\nS: +OK'), port));
    expect(result.findings).toMatchObject([{ verdict: 'inconclusive', cause: 'refused', place: 'd.yaml:1' }]);
    expect(result.findings[0]?.reason).toContain('ECONNREFUSED');
    expect(trace.map(({ kind }) => kind)).toEqual(['connect', 'error']);
  });

  it('again drops the first connection of that label', async () => {
    const one = await talk('C connect\nS: +OK\nC: NOOP\nS: +OK', says({ NOOP: '+OK\r\n' }));
    expectPass(one);
    expect(one.server.lines).toEqual([[], ['NOOP', 'QUIT']]);
  });
});
