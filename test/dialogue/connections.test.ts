import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateOf } from '../../src/serve/certificate.js';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { activeResources, noMoreThan } from '../wire/scripted-server.js';
import {
  compile,
  expectPass,
  onlyFinding,
  runSession,
  says,
  sessionOptions,
  type TalkOptions,
  talk,
} from './support.js';

describe('two connections', () => {
  it('are spoken on in turn, each with its own commands and answers', async () => {
    const script = says({ ONE: '+OK one\r\n', TWO: '+OK two\r\n' });
    const one = await talk(
      'B C connect\nB S: +OK\nC: ONE\nB C: TWO\nB S: +OK two\nA S: +OK one\nB C: ONE\nB S: +OK one\nB C close\nC: TWO\nS: +OK two',
      script,
    );
    expectPass(one);
    expect(one.server.lines).toEqual([
      ['ONE', 'TWO', 'QUIT'],
      ['TWO', 'ONE'],
    ]);
    expect(one.trace.map(({ connection }) => connection).join('')).toMatch(/^A+B+ABBABBBA+$/);
  });

  it('what comes on one while the other is waited for is kept', async () => {
    const script = says({ ASK: [{ pauseMs: 40 }, '+OK slow\r\n'], NOW: '+OK now\r\n.\r\n' });
    const one = await talk('B use hello\nC: NOW\nB C: ASK\nB S: +OK slow\nS: +OK now\nS> {content}', script);
    expectPass(one);
  });

  it('a close on one does not end the other', async () => {
    const one = await talk(
      'B use hello\nB C: X\nB S: -ERR\nB C: QUIT\nB S: +OK\nB S close\nC: X\nS: -ERR',
      says({}),
    );
    expectPass(one);
  });

  it('reply, body and their numbers are of what was read last', async () => {
    const script = says({ A: '+OK a\r\n', B: '+OK b\r\nx\r\n.\r\n' });
    expectPass(
      await talk(
        'B use hello\nC: A\nB C: B\nB S: +OK\nB S> {c}\nS: +OK\ncheck reply.text == "a" && reply.verb == "A" && body.octets == 3',
        script,
      ),
    );
  });

  it('each has its own greeting', async () => {
    const one = await talk(
      'B use hello\nC: {greeting}\nS: -ERR\nB C: {greeting}\nB S: -ERR',
      says({}, { greeting: (connection) => `+OK I-AM-${connection}\r\n` }),
    );
    expectPass(one);
    expect(one.server.lines.map(([first]) => first)).toEqual(['I-AM-0', 'I-AM-1']);
  });
});

describe('the greeting', () => {
  it('is the text of the first line of the connection, also behind STLS', async () => {
    const certificate = await certificateOf('sound');
    const script = says(
      { STLS: ['+OK go on\r\n', 'TLS'], NOOP: '+OK\r\n' },
      { certificate, greeting: '+OK hello there\r\n' },
    );
    const one = await talk(
      'C: STLS\nS: +OK\nC tls\nC: NOOP\nS: +OK\ncheck greeting == "hello there"',
      script,
      { at: { tlsOptions: { insecure: true } } },
    );
    expectPass(one);
  });
});

describe('TLS', () => {
  let server: RunningServer;
  let before: string[] = [];

  beforeEach(async () => {
    before = activeResources();
    server = await startServer({
      users: [{ name: 'joe', password: 'hunter2-secret', messages: [Buffer.from('a: b\r\n\r\nc\r\n')] }],
    });
  });
  afterEach(async () => {
    await server.close();
    await noMoreThan(before);
  });

  /** Runs a dialogue against the embedded server. */
  async function run(
    text: string,
    options: TalkOptions = {},
  ): Promise<Awaited<ReturnType<typeof runSession>>> {
    const port = options.at?.tls === 'implicit' ? (server.tlsPort ?? 0) : server.port;
    return runSession(sessionOptions(compile(text), port, options));
  }

  const trusted = (): { tlsOptions: { ca: string } } => ({ tlsOptions: { ca: server.certificate } });
  const SESSION = 'use session\nC: STAT\nS: +OK {n:int} {m:int}\ncheck n == 1\nC: QUIT\nS: +OK\nS close';

  it.each(['none', 'stls', 'implicit'] as const)('%s: a whole session', async (tls) => {
    for (const auth of ['user', 'apop', 'plain']) {
      const { result } = await run(SESSION, { at: { ...trusted(), tls }, values: { auth } });
      expect(result).toMatchObject({ findings: [], finished: true });
    }
  });

  it.each(['stls', 'implicit'] as const)('%s: tls and certificate tell of the connection', async (tls) => {
    const text = [
      'check !tls.active && tls.protocol == "" && certificate.error == ""',
      'use open',
      `check tls_mode == "${tls}" && tls.active && tls.protocol.startsWith("TLSv1.") && tls.cipher != ""`,
      'check certificate.subject == "localhost" && certificate.issuer == "localhost"',
      'check certificate.verified && certificate.error == "" && certificate.days_left in [28, 29, 30]',
      'check certificate.valid_to.endsWith("GMT")',
    ].join('\n');
    expect((await run(text, { at: { ...trusted(), tls } })).result.findings).toEqual([]);
    const insecure = text.replace(
      'certificate.verified && certificate.error == ""',
      '!certificate.verified && certificate.error == "DEPTH_ZERO_SELF_SIGNED_CERT"',
    );
    expect((await run(insecure, { at: { tlsOptions: { insecure: true }, tls } })).result.findings).toEqual(
      [],
    );
  });

  it.each(['stls', 'implicit'] as const)(
    '%s: a certificate that nobody vouches for is not the fault of a rule',
    async (tls) => {
      const { result, trace } = await run('use open', { at: { tls } });
      expect(result.findings).toMatchObject([{ verdict: 'inconclusive', cause: 'tls' }]);
      expect(result.findings[0]?.actual).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
      expect(trace.at(-1)?.kind).toBe('error');
    },
  );

  it('C connect tls=… chooses by itself', async () => {
    const plain = await run('C connect tls=none\nS: +OK\ncheck !tls.active', {
      at: { ...trusted(), tls: 'stls' },
    });
    expect(plain.result.findings).toEqual([]);
    const { result } = await runSession(
      sessionOptions(compile('C connect tls=implicit\nS: +OK\ncheck tls.active'), server.tlsPort ?? 0, {
        at: trusted(),
      }),
    );
    expect(result.findings).toEqual([]);
  });

  it('C tls has its options', async () => {
    const tls = (options: string, check: string): ReturnType<typeof run> =>
      run(`use hello\nC: STLS\nS: +OK\nC tls ${options}\n${check}`, { at: trusted() });
    expect((await tls('max=TLSv1.2', 'check tls.protocol == "TLSv1.2"')).result.findings).toEqual([]);
    expect(
      (await tls('min=TLSv1.3 servername=localhost', 'check tls.protocol == "TLSv1.3"')).result.findings,
    ).toEqual([]);
    expect((await tls('servername=mail.example.org', 'stop')).result.findings).toMatchObject([
      { verdict: 'inconclusive', cause: 'tls' },
    ]);
    expect((await tls('min=TLSv1.1 max=TLSv1.1', 'stop')).result.findings).toMatchObject([{ cause: 'tls' }]);
  });

  it('a handshake that stalls ends with the time limit', async () => {
    const one = await talk(
      'C: STLS\nS: +OK\nC tls',
      { answer: (line) => (line === 'STLS' ? '+OK\r\n' : undefined) },
      { timeoutMs: 80 },
    );
    expect(onlyFinding(one)).toMatchObject({
      verdict: 'inconclusive',
      cause: 'timeout',
      actual: 'the TLS handshake was not finished within 80 ms',
    });
    expect(onlyFinding(one).waitedMs).toBeGreaterThanOrEqual(80);
  });

  it('plain text in place of TLS is told, and may be retried', async () => {
    const one = await talk(
      'C: STLS\nS: +OK\nC tls',
      says({ STLS: ['+OK\r\n', { pauseMs: 15 }, '-ERR changed my mind\r\n'] }),
      { at: { tlsOptions: { insecure: true } } },
    );
    expect(onlyFinding(one)).toMatchObject({ verdict: 'inconclusive', cause: 'tls' });
  });

  it('what comes in clear behind the reply to STLS is found before the handshake (RFC 2595 §4)', async () => {
    const certificate = await certificateOf('sound');
    const script = says({ STLS: ['+OK\r\n+OK injected\x1b\r\n', 'TLS'] }, { certificate });
    const one = await talk('C: STLS\nS: +OK\npause 20ms\nC tls\nC: NOOP\nS: +OK', script, {
      at: { tlsOptions: { insecure: true } },
    });
    expect(onlyFinding(one)).toMatchObject({ verdict: 'fail', cause: 'unsolicited', place: 'd.yaml:4' });
    expect(onlyFinding(one).actual).toBe('+OK injected\\x1b\\r\\n came in clear behind the reply to STLS');
  });

  it('on a connection that has ended is told as that', async () => {
    const one = await talk('C: STLS\nS: +OK\npause 30ms\nC tls', says({ STLS: ['+OK\r\n', 'FIN'] }));
    expect(onlyFinding(one)).toMatchObject({ verdict: 'fail', cause: 'close' });
  });

  it('octets that come one by one make no difference', async () => {
    const { key, cert } = await certificateOf('sound');
    const slow = createTlsServer({ key, cert }, (socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => {
        if (!String(data).startsWith('QUIT')) for (const octet of '+OK\r\na\r\n.\r\n') socket.write(octet);
        else socket.end('+OK\r\n');
      });
      for (const octet of '+OK hello\r\n') socket.write(octet);
    });
    await new Promise<void>((done) => slow.listen(0, '127.0.0.1', done));
    const text =
      'C connect\nS: +OK hello\nC: X\nS: +OK\nS> {w:word}\ncheck w == ["a"]\nC: QUIT\nS: +OK\nS close';
    const { port } = slow.address() as { port: number };
    const { result } = await runSession(
      sessionOptions(compile(text), port, { at: { tls: 'implicit', tlsOptions: { insecure: true } } }),
    );
    await new Promise((done) => slow.close(done));
    expect(result.findings).toEqual([]);
  });
});
