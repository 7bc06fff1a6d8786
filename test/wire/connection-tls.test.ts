import { Buffer } from 'node:buffer';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateOf } from '../../src/serve/certificate.js';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import type { Target, TlsOptions } from '../../src/wire/target.js';
import type { HandshakeOptions } from '../../src/wire/tls.js';
import {
  activeResources,
  noMoreThan,
  type Play,
  playServer,
  type ScriptedServer,
  until,
} from './scripted-server.js';
import { type Watched, watch } from './watched.js';

let embedded: RunningServer;
let scripted: ScriptedServer | undefined;
let before: string[] = [];
const watched: Watched[] = [];

beforeEach(async () => {
  before = activeResources();
  embedded = await startServer();
});
afterEach(async () => {
  for (const { connection } of watched.splice(0)) connection.destroy();
  await Promise.all([embedded.close(), scripted?.close()]);
  scripted = undefined;
  await noMoreThan(before);
});

async function connectTo(port: number, more: Partial<Target> = {}): Promise<Watched> {
  const one = watch(port, more);
  watched.push(one);
  await until(() => one.told.includes('connected'));
  return one;
}

/** Connects and shakes hands; ends when the listener was told how that went. */
async function shakeHands(
  port: number,
  tlsOptions: TlsOptions = {},
  options: HandshakeOptions = {},
  host = '127.0.0.1',
): Promise<Watched> {
  const one = await connectTo(port, { tlsOptions, host });
  one.connection.startTls(options);
  await until(() => one.told.includes('secured') || one.told.includes('ended'));
  return one;
}

/** A server that answers the first octets of the handshake with this play. */
async function answerHandshake(play: Play): Promise<number> {
  scripted = await playServer({ greeting: play });
  return scripted.port;
}

describe('implicit TLS', () => {
  it('works with a trusted certificate', async () => {
    const one = await shakeHands(embedded.tlsPort!, { ca: embedded.certificate });
    expect(one.told.slice(0, 2)).toEqual(['connected', 'secured']);
    expect(one.connection.secure?.authorized).toBe(true);
    await until(() => one.input().startsWith('+OK '));
    one.connection.write(Buffer.from('QUIT\r\n'), []);
    await until(() => one.told.includes('ended'));
    expect(one.connection.end?.cause).toBe('close');
    expect(one.input()).toMatch(/^\+OK [^\n]*\r\n\+OK [^\n]*\r\n$/);
    expect(one.kinds()).toEqual(['connect', 'connected', 'tls', 'send', 'close']);
    expect(one.trace.events()[2]?.text).toMatch(/^TLSv1\.[23] \S+$/);
  });

  it('refuses a certificate that nobody vouches for', async () => {
    const one = await shakeHands(embedded.tlsPort!);
    expect(one.connection.end).toMatchObject({ cause: 'tls', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(one.told).toEqual(['connected', 'ended']);
    expect(one.kinds()).toEqual(['connect', 'connected', 'error']);
  });

  it('goes on without trust where that is asked for, and says that it does', async () => {
    const one = await shakeHands(embedded.tlsPort!, { insecure: true });
    expect(one.told).toContain('secured');
    expect(one.connection.secure?.authorized).toBe(false);
  });

  it.each(['mail.example.org', '127.0.0.2'])(
    'refuses a certificate for another name than %s',
    async (name) => {
      for (const [options, handshake, host] of [
        [{ servername: name }, {}, '127.0.0.1'],
        [{}, { servername: name }, '127.0.0.1'],
        [{}, {}, name],
      ] as const) {
        const one = await shakeHands(
          embedded.tlsPort!,
          { ca: embedded.certificate, ...options },
          handshake,
          host,
        );
        expect(one.connection.end).toMatchObject({ cause: 'tls', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
      }
    },
  );

  it('holds the name against the certificate also where nobody looks at it, each time', async () => {
    for (const [name, end] of [
      ['localhost', undefined],
      ['localhost', undefined],
      ['mail.example.org', 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['mail.example.org', 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['127.0.0.1', undefined],
    ] as const) {
      const one = await connectTo(embedded.tlsPort!, {
        tlsOptions: { ca: embedded.certificate },
        host: name,
      });
      one.connection.startTls({}, true);
      await until(() => one.told.includes('secured') || one.told.includes('ended'));
      expect(one.connection.end?.code).toBe(end);
      expect(one.told.includes('secured')).toBe(end === undefined);
    }
    const stranger = await connectTo(embedded.tlsPort!, { host: 'localhost' });
    stranger.connection.startTls({}, true);
    await until(() => stranger.told.includes('ended'));
    expect(stranger.connection.end?.code).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('sends the name that is checked: of the handshake, of the target, or the host; an address never', async () => {
    const { key, cert } = await certificateOf('sound');
    const names: unknown[] = [];
    const server = createTlsServer({ key, cert }, (socket) => {
      names.push(socket.servername);
      socket.on('error', () => {});
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const insecure = { insecure: true };
    await shakeHands(port, insecure, { servername: 'a.example' }, 'host.example');
    await shakeHands(port, { ...insecure, servername: 'b.example' }, {}, 'host.example');
    await shakeHands(port, insecure, {}, 'host.example');
    await shakeHands(port, insecure, {}, '127.0.0.1');
    for (const { connection } of watched) connection.destroy();
    await new Promise((done) => server.close(done));
    expect(names).toEqual(['a.example', 'b.example', 'host.example', false]);
  });

  it('keeps to the versions that are asked for', async () => {
    const trust = { ca: embedded.certificate };
    const old = await shakeHands(embedded.tlsPort!, trust, { maxVersion: 'TLSv1.2' });
    expect(old.connection.secure?.getProtocol()).toBe('TLSv1.2');
    const recent = await shakeHands(embedded.tlsPort!, trust, { minVersion: 'TLSv1.3' });
    expect(recent.connection.secure?.getProtocol()).toBe('TLSv1.3');
    const ancient = await shakeHands(embedded.tlsPort!, trust, {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
    });
    expect(ancient.connection.end?.cause).toBe('tls');
  });
});

describe('STLS', () => {
  async function upgraded(tlsOptions: TlsOptions): Promise<Watched> {
    const one = await connectTo(embedded.port, { tlsOptions });
    await until(() => one.input().endsWith('\n'));
    one.connection.write(Buffer.from('STLS\r\n'), []);
    await until(() => one.input().split('\n').length === 3);
    one.connection.input.clear();
    one.connection.startTls();
    await until(() => one.told.includes('secured') || one.told.includes('ended'));
    return one;
  }

  it('goes on in TLS, without a second greeting', async () => {
    const one = await upgraded({ ca: embedded.certificate });
    one.connection.write(Buffer.from('NOOP\r\nQUIT\r\n'), []);
    await until(() => one.told.includes('ended'));
    expect(one.input()).toMatch(/^-ERR [^\n]*\r\n\+OK [^\n]*\r\n$/);
    expect(one.kinds()).toEqual(['connect', 'connected', 'send', 'tls', 'send', 'close']);
  });

  it('refuses a certificate that nobody vouches for', async () => {
    const one = await upgraded({});
    expect(one.connection.end).toMatchObject({ cause: 'tls', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it.each(['close', 'abort', 'halfClose'] as const)('%s ends a connection in TLS', async (how) => {
    scripted = await playServer({ certificate: await certificateOf('sound'), greeting: 'TLS' });
    const one = await shakeHands(scripted.port, { insecure: true });
    // TLS 1.3 is up for the client before it is for the server, which must be there to see how it ends.
    one.connection.write(Buffer.from('NOOP\r\n'), []);
    await until(() => scripted?.lines[0]?.length === 1);
    one.connection[how]();
    const { endings } = scripted;
    await until(() => endings[0] !== undefined && scripted?.open === 0);
    expect(endings[0]).toBe(how === 'abort' ? 'RST' : 'FIN');
    expect(one.told.includes('ended')).toBe(how === 'halfClose');
  });

  it('is told of a close and of a reset in TLS', async () => {
    scripted = await playServer({
      certificate: await certificateOf('sound'),
      greeting: ['TLS', '+OK\r\n'],
      answer: (_line, { connection }) => (connection === 0 ? 'FIN' : 'RST'),
    });
    for (const cause of ['close', 'reset'] as const) {
      const one = await shakeHands(scripted.port, { insecure: true });
      await until(() => one.input() === '+OK\r\n');
      one.connection.write(Buffer.from('NOOP\r\n'), []);
      await until(() => one.told.includes('ended'));
      expect(one.connection.end?.cause).toBe(cause);
      expect(one.input()).toBe('+OK\r\n');
    }
  });
});

describe('a handshake that fails', () => {
  it('on plain text in place of TLS', async () => {
    const one = await shakeHands(await answerHandshake([{ pauseMs: 20 }, '+OK POP3 ready\r\n']), {
      insecure: true,
    });
    expect(one.connection.end?.cause).toBe('tls');
    expect(one.connection.end?.code).toMatch(/^ERR_SSL_/);
    // No address in memory, no path of a source file.
    expect(one.connection.end?.detail).toMatch(/^[a-z0-9 ]+ \(ERR_SSL_[A-Z0-9_]+\)$/);
    expect(one.told.filter((what) => what === 'ended')).toHaveLength(1);
  });

  it.each([
    ['close', 'FIN', ''],
    ['reset', 'RST', 'ECONNRESET'],
  ] as const)('on a %s', async (_, end, code) => {
    const one = await shakeHands(await answerHandshake([{ pauseMs: 20 }, end]), { insecure: true });
    expect(one.connection.end?.cause).toBe('tls');
    expect([code, 'ECONNRESET']).toContain(one.connection.end?.code);
  });

  it('on a certificate of which only half comes', async () => {
    const port = await answerHandshake([
      Buffer.from([0x16, 3, 3, 0, 80, 2, 0, 0, 76]),
      { pauseMs: 20 },
      'FIN',
    ]);
    const one = await shakeHands(port, { insecure: true });
    expect(one.connection.end?.cause).toBe('tls');
  });

  it('when nothing comes at all it waits, until it is let go', async () => {
    const one = await connectTo(await answerHandshake([]), { tlsOptions: { insecure: true } });
    one.connection.startTls();
    await until(() => (scripted?.received[0] ?? '').length > 0);
    await new Promise((done) => setTimeout(done, 50));
    expect(one.told).toEqual(['connected']);
    one.connection.destroy();
    await until(() => scripted?.open === 0);
    expect(one.told).toEqual(['connected']);
  });
});
