import { Buffer } from 'node:buffer';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateOf, type ServerCertificate } from '../../src/serve/certificate.js';
import { activeResources, noMoreThan, type Play } from '../wire/scripted-server.js';
import {
  compile,
  expectPass,
  mistake,
  onlyFinding,
  runSession,
  says,
  sessionOptions,
  type Talk,
  talk,
} from './support.js';

let certificate: ServerCertificate;
let before: string[] = [];
beforeEach(async () => {
  certificate = await certificateOf('sound');
  before = activeResources();
});
afterEach(() => noMoreThan(before));

/** A record that says: fatal alert, handshake_failure (RFC 8446 §6). */
const HANDSHAKE_FAILURE = Buffer.from([21, 3, 3, 0, 2, 2, 40]);

/** The dialogue behind a positive reply to STLS, on which the server plays this. */
function afterStls(text: string, play: Play, options: Parameters<typeof talk>[2] = {}): Promise<Talk> {
  const plays = play === undefined ? [] : Array.isArray(play) ? play : [play as string];
  const table: Readonly<Record<string, Play>> = { STLS: ['+OK\r\n', ...plays], NOOP: '+OK\r\n', QUIT: 'FIN' };
  // A ClientHello may hold a line end: what is no command is not answered.
  const script = { certificate, answer: (line: string) => table[line] };
  return talk(`C: STLS\nS: +OK\n${text}`, script, { at: { tlsOptions: { insecure: true } }, ...options });
}

/** Runs a dialogue in implicit TLS against a server of node:tls. */
async function onServer(
  text: string,
  options: TlsOptions = {},
  target: Parameters<typeof sessionOptions>[2] = {},
): Promise<Awaited<ReturnType<typeof runSession>>['result']> {
  const sockets: TLSSocket[] = [];
  const server = createServer({ ...certificate, ...options }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (line) => (String(line) === 'QUIT\r\n' ? socket.end('+OK\r\n') : undefined));
    socket.write('+OK ready\r\n');
  });
  server.on('tlsClientError', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const at = { tls: 'implicit', tlsOptions: { insecure: true }, ...target.at } as const;
  const { result } = await runSession(sessionOptions(compile(text), port, { ...target, at }));
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
  return result;
}

const ANY = [
  'S tls => info "tls"',
  '| S alert handshake_failure => info "the alert"',
  '| S alert => info "another alert"',
  '| S close => info "close"',
  '| S reset => info "reset"',
  '| S: -ERR {why:text} => info "{why}"',
  '| S timeout => info "timeout"',
].join('\n');

describe('the end of a handshake', () => {
  it.each([
    ['tls', 'TLS'],
    ['the alert', [{ pauseMs: 20 }, HANDSHAKE_FAILURE, 'FIN']],
    ['another alert', [{ pauseMs: 20 }, Buffer.from([21, 3, 3, 0, 2, 2, 70]), 'FIN']],
    ['close', [{ pauseMs: 20 }, 'FIN']],
    ['close', [{ pauseMs: 20 }, Buffer.from([22, 3, 3, 0, 80, 2, 0]), { pauseMs: 20 }, 'FIN']],
    ['reset', [{ pauseMs: 20 }, 'RST']],
    ['reset', [{ pauseMs: 20 }, Buffer.from([22, 3, 3, 0, 80, 2, 0]), { pauseMs: 20 }, 'RST']],
    ['no TLS today', [{ pauseMs: 20 }, '-ERR no TLS ', { pauseMs: 20 }, 'today\r\n']],
    ['timeout', undefined],
  ] as [string, Play][])('is met: %s', async (what, play) => {
    const one = await afterStls(`C tls\n${ANY}`, play, { timeoutMs: 300 });
    expect(onlyFinding(one)).toMatchObject({ verdict: 'info', reason: what, place: 'd.yaml:4' });
    expect(one.result.finished).toBe(true);
  });

  it.each([
    ['the alert', [{ pauseMs: 20 }, HANDSHAKE_FAILURE, 'FIN'], 'tls', 'inconclusive', /HANDSHAKE_FAILURE/],
    ['a close', [{ pauseMs: 20 }, 'FIN'], 'tls', 'inconclusive', /./],
    ['a reset', [{ pauseMs: 20 }, 'RST'], 'tls', 'inconclusive', /ECONNRESET/],
    ['a line', [{ pauseMs: 20 }, '+OK what?\r\n'], 'reply', 'fail', /^\+OK what\?$/],
    ['nothing', undefined, 'timeout', 'inconclusive', /^the TLS handshake was not finished within 200 ms$/],
  ] as const)('that nothing fits: %s', async (_, play, cause, verdict, actual) => {
    const one = await afterStls('C tls\nS tls', play as Play, { timeoutMs: 200 });
    expect(onlyFinding(one)).toMatchObject({ cause, verdict, expected: ['S tls'], place: 'd.yaml:4' });
    expect(onlyFinding(one).actual).toMatch(actual);
  });

  it('a handshake that should fail and does not', async () => {
    const one = await afterStls('C tls\nS alert\n| S tls => fail "spoken"', 'TLS');
    expect(onlyFinding(one)).toMatchObject({ verdict: 'fail', reason: 'spoken', cause: 'tls' });
    const silent = await afterStls('C tls\nS alert', 'TLS');
    expect(onlyFinding(silent)).toMatchObject({
      cause: 'tls',
      actual: 'the TLS handshake succeeded',
      expected: ['S alert'],
    });
  });

  it('goes on in TLS, with blocks below alternatives, and is a phase', async () => {
    const phases: string[] = [];
    const one = await afterStls(
      'C tls\nS alert\n| S tls\n    C: NOOP\n    S: +OK\n    check tls.active',
      'TLS',
      {
        hooks: { phase: (name, ok) => phases.push(`${name} ${ok}`) },
      },
    );
    expectPass(one);
    expect(phases).toEqual(['connect true', 'greeting true', 'tls true']);
    expect(one.heard).toEqual(['STLS', 'NOOP', 'QUIT']);
  });

  it('on a second connection', async () => {
    const script = says({ STLS: ['+OK\r\n', 'TLS'], NOOP: '+OK\r\n' }, { certificate });
    const text =
      'B C connect\nB S: +OK\nB C: STLS\nB S: +OK\nB C tls\nB S tls\ncheck tls.active\nC: NOOP\nS: +OK\ncheck !tls.active';
    expectPass(await talk(text, script, { at: { tlsOptions: { insecure: true } } }));
  });

  it('of implicit TLS', async () => {
    expect((await onServer('C connect\nS tls\nS: +OK')).findings).toEqual([]);
    const refused = await onServer('C connect\nS alert protocol_version\n| S tls', {
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
    });
    expect(refused.findings).toEqual([]);
    expect((await onServer('C connect tls=none\nS tls')).findings).toMatchObject([
      { verdict: 'error', cause: 'statement', actual: 'no handshake was begun' },
    ]);
  });

  it('is no content and no silence', () => {
    const message = 'a handshake ends neither by a content nor by silence';
    expect(mistake(() => compile('C tls\nS tls\n| S silence 2s'))).toContain(message);
    expect(mistake(() => compile('C tls\nS tls\n| S> {body}'))).toContain(message);
  });
});

describe('a ClientHello behind octets in clear', () => {
  it('goes in one segment, and the reply is read in clear', async () => {
    const one = await talk(
      'C= "STLS\\r\\nXYZZY\\r\\n" tls\nS: +OK go on\nS tls\nC: NOOP\nS: +OK\ncheck reply.verb == "NOOP"',
      // What stands behind STLS in the segment is taken for TLS by this server: it reads one line at a time.
      {
        answer: (line) =>
          line === 'STLS'
            ? ['+OK go on\r\n']
            : line === 'NOOP'
              ? '+OK\r\n'
              : line === 'QUIT'
                ? 'FIN'
                : undefined,
      },
      { timeoutMs: 150, at: { tlsOptions: { insecure: true } } },
    );
    expect(onlyFinding(one)).toMatchObject({ cause: 'timeout', place: 'd.yaml:3' });
    // Both lines, and the record of the handshake behind them.
    expect(one.server.received[0]).toMatch(/^STLS\r\nXYZZY\r\n\x16\x03[\x01-\x03]/);
    expect(one.trace.map(({ kind, text }) => `${kind} ${text}`)).toContain('send STLS\r\nXYZZY\r\n');
  });

  it('a handshake may follow, after which what was not answered in clear is void', async () => {
    const before = 'C: STLS\nC: XYZZY\nS: +OK\n';
    const script = says({ STLS: ['+OK\r\n', 'TLS'], NOOP: '+OK\r\n', XYZZY: undefined }, { certificate });
    const one = await talk(
      `${before}pause 30ms\nC= tls\nS tls\nC: NOOP\nS: +OK\ncheck reply.verb == "NOOP"`,
      script,
      {
        at: { tlsOptions: { insecure: true } },
      },
    );
    expectPass(one);
    expect(one.heard.at(-1)).toBe('QUIT');
  });

  it('secrets in it are masked', async () => {
    const one = await talk(
      'C= "USER {user}\\r\\nPASS {password}\\r\\n" tls\nS: +OK',
      says({ USER: '+OK\r\n' }),
    );
    expect(one.trace.find(({ kind }) => kind === 'send')?.text).toBe('USER joe\r\nPASS ***\r\n');
  });

  it.each([
    ['C abort', 'RST'],
    ['C close', 'FIN'],
  ])('and %s breaks it off', async (line, ending) => {
    const one = await talk(`C= tls\npause 30ms\n${line}\npause 30ms`, says({}));
    expect(one.findings).toEqual([]);
    expect(one.server.endings[0]).toBe(ending);
    expect(one.server.received[0]?.[0]).toBe('\x16');
  });

  it('no QUIT is said in the middle of it', async () => {
    const one = await talk('C= tls', says({}));
    expectPass(one);
    expect(one.server.received[0]).not.toContain('QUIT');
  });

  it('the server may answer in clear, close or wait', async () => {
    expectPass(await talk('C= tls\nS close', { greeting: ['+OK\r\n', { pauseMs: 40 }, 'FIN'] }));
    expectPass(await talk('C= tls\nS: -ERR', { greeting: ['+OK\r\n', { pauseMs: 40 }, '-ERR\r\n'] }));
    expectPass(await talk('C= tls\nS silence 50ms', {}));
  });

  it('has the options of C tls', () => {
    expect(mistake(() => compile('C= "x" tls speed=fast'))).toContain('no option "speed"');
    expect(mistake(() => compile('C= tls "x"'))).toContain('d.yaml:1:4');
  });
});

describe('options of C tls', () => {
  const stls = (options: string): string => `C: STLS\nS: +OK\nC tls ${options}`;
  const script = () => says({ STLS: ['+OK\r\n', 'TLS'] }, { certificate });

  it('verify decides for itself whether a certificate must verify', async () => {
    const off = await talk(`${stls('verify=off')}\ncheck !certificate.verified`, script());
    expectPass(off);
    const on = await talk(stls('verify=on'), script(), { at: { tlsOptions: { insecure: true } } });
    expect(onlyFinding(on).actual).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('servername=none sends no name', async () => {
    const names: unknown[] = [];
    const SNICallback: TlsOptions['SNICallback'] = (name, done) => {
      names.push(name);
      done(null);
    };
    const connect = 'C connect tls=none\nC tls verify=off';
    const at = { tls: 'none' } as const;
    expect((await onServer(`${connect} servername=none\nS: +OK`, { SNICallback }, { at })).findings).toEqual(
      [],
    );
    expect(names).toEqual([]);
    await onServer(`${connect} servername=mail.example.org\nS: +OK`, { SNICallback }, { at });
    expect(names).toEqual(['mail.example.org']);
  });

  it('alpn offers protocols', async () => {
    const at = { tls: 'none' } as const;
    const text = (alpn: string, rest: string): string =>
      `C connect tls=none\nC tls verify=off alpn=${alpn}\n${rest}`;
    const ALPNProtocols = ['pop3'];
    expect(
      (await onServer(text('imap,pop3', 'check tls.alpn == "pop3"'), { ALPNProtocols }, { at })).findings,
    ).toEqual([]);
    const refused = text('imap', 'S alert no_application_protocol');
    expect((await onServer(refused, { ALPNProtocols }, { at })).findings).toEqual([]);
  });

  it('old versions and ciphers are offered where they are asked for', async () => {
    const at = { tls: 'none' } as const;
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const text =
      'C connect tls=none\nC tls verify=off max=TLSv1.1 min=TLSv1\nS alert\n| S tls => fail "{tls.protocol}"';
    expect((await onServer(text, old, { at })).findings).toMatchObject([{ reason: 'TLSv1.1' }]);
    expect((await onServer(text, {}, { at })).findings).toEqual([]);
    const cipher = 'ECDHE-ECDSA-AES256-GCM-SHA384';
    const chosen = `C connect tls=none\nC tls verify=off max=TLSv1.2 ciphers=${cipher}\ncheck tls.cipher == "${cipher}"`;
    expect((await onServer(chosen, {}, { at })).findings).toEqual([]);
  });
});

it('certificate tells all that a dialogue may ask', async () => {
  const text = [
    'C connect',
    'S tls',
    'check certificate.names == ["DNS:localhost", "IP Address:127.0.0.1", "IP Address:0:0:0:0:0:0:0:1"]',
    'check certificate.valid_from.endsWith("GMT") && certificate.days_old == 1',
    'check certificate.self_signed && certificate.chain == 1',
    'check certificate.key_type == "ec" && certificate.key_bits == 256',
    'check certificate.matches_host',
    'check !certificate.verified && certificate.error == "DEPTH_ZERO_SELF_SIGNED_CERT"',
  ].join('\n');
  expect((await onServer(text)).findings).toEqual([]);
  const other = {
    at: { host: 'mail.example.org', tlsOptions: { ca: certificate.cert, insecure: true } },
  } as const;
  const wrongName =
    'C connect\ncheck !certificate.matches_host && !certificate.verified\ncheck certificate.error == "ERR_TLS_CERT_ALTNAME_INVALID"';
  expect((await onServer(wrongName, {}, other)).findings).toEqual([]);
});
