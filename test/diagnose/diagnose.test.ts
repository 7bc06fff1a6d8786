import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { startProxy } from '../cli/proxy.js';
import { diagnosed, first } from './support.js';

describe('a diagnosis of the embedded server', () => {
  let server: RunningServer;
  const messages = [
    Buffer.from('Date: Mon, 02 Mar 2026 10:00:00 +0000\r\nSubject: hello\r\n\r\nbody\r\n.dot\r\n'),
  ];
  beforeAll(async () => {
    server = await startServer({ users: [{ name: 'ann@example.org', password: 'right horse', messages }] });
  });
  afterAll(() => server.close());
  const subject = (more = {}) => ({
    domain: '127.0.0.1',
    port: server.port,
    otherPort: server.tlsPort ?? 0,
    user: 'ann@example.org',
    ...more,
  });

  it('finds nothing wrong with a healthy mailbox and says what was looked at', async () => {
    const result = await diagnosed(subject(), {
      password: 'right horse',
      tlsOptions: { ca: server.certificate },
      allowRetr: true,
    });
    expect(result.causes).toEqual([]);
    expect(result.conclusion).toEqual({ kind: 'healthy', says: 'Nothing is wrong here.' });
    expect(result.exit.code).toBe(0);
    expect(result.facts.mailbox).toMatchObject({
      stat: { count: 1 },
      list: { count: 1 },
      uidl: { count: 1 },
      top: { lines: 0 },
    });
    expect(result.facts.mailbox?.retr?.octets).toBe(result.facts.mailbox?.retr?.listed);
    expect(result.probes.filter(({ outcome }) => outcome === 'bad')).toEqual([]);
    expect(JSON.stringify(result)).not.toContain('right horse');
    expect(server.counters.sessions).toBeGreaterThan(0);
  });

  it('tells a wrong password', async () => {
    const result = await diagnosed(subject(), {
      password: 'wrong horse',
      tlsOptions: { ca: server.certificate },
    });
    expect(first(result)).toBe('wrong-password');
    expect(result.exit.code).toBe(1);
    expect(result.facts.logins.length).toBeLessThanOrEqual(3);
  });

  it('does not log in where the certificate does not verify', async () => {
    const result = await diagnosed(subject(), { password: 'right horse' });
    expect(first(result)).toBe('certificate-self-signed');
    expect(result.facts.loginEnd).toBe('certificate');
    expect(result.facts.logins).toEqual([]);
  });

  it('says nothing that could change a mailbox, and QUIT at the end of each session', async () => {
    const proxy = await startProxy(server.port);
    const result = await diagnosed(subject({ port: proxy.port, otherPort: undefined, tls: 'none' }), {
      password: 'right horse',
    });
    await proxy.close();
    expect(result.facts.mailbox?.stat?.count).toBe(1);
    const said = proxy.conversations.map((lines) =>
      lines.flatMap(({ from, line }) => (from === 'client' ? [line.split(' ')[0]?.toUpperCase()] : [])),
    );
    const login = said.find((verbs) => verbs.includes('STAT'));
    expect(login?.filter((verb) => /^[A-Z]{3,4}$/.test(verb ?? ''))).toEqual([
      'AUTH',
      'CAPA',
      'STAT',
      'LIST',
      'UIDL',
      'TOP',
      'QUIT',
    ]);
    expect(said.flat()).not.toContain('DELE');
    expect(said.flat()).not.toContain('RETR');
  });

  it('goes as far as it can without a password', async () => {
    const result = await diagnosed(subject({ user: undefined }), { tlsOptions: { ca: server.certificate } });
    expect(result.conclusion.kind).toBe('healthy');
    expect(result.conclusion.says).toMatch(/before a login/);
  });
});
