import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DiagnoseOptions } from '../../src/diagnose/options.js';
import type { DiagnoseResult } from '../../src/diagnose/result.js';
import type { Subject } from '../../src/diagnose/subject.js';
import { makeAuthority } from '../diagnose/certificates.js';
import { diagnosed, first } from '../diagnose/support.js';
import { availableServers } from './available.js';
import { startCourier } from './courier.js';
import { startDovecot } from './dovecot.js';
import { connectRaw, type RawClient } from './raw-client.js';
import { type Relay, startRelay } from './relay.js';
import type { RealServer } from './types.js';

const PER_ADDRESS = 12;
const MAIL = Buffer.from('Date: Wed, 25 Nov 2026 12:00:00 +0000\r\nSubject: one\r\n\r\nhello\r\n.dot\r\n');

/** What the two servers are asked alike. */
interface Subjected {
  readonly start: () => Promise<RealServer>;
  /** The number of the user who is disabled, and what must be said of that. */
  readonly disabled: string;
  /** Puts this certificate and key in the place of the server's own. */
  readonly install: (server: RealServer, cert: string, key: string) => Promise<void>;
}

const SERVERS: Readonly<Record<'dovecot' | 'courier', Subjected>> = {
  dovecot: {
    start: () =>
      startDovecot({
        users: 5,
        lock: true,
        settings:
          'auth_mechanisms = plain login\ndisable_plaintext_auth = yes\nmail_max_userip_connections = 1\nauth_failure_delay = 0',
        fields: { 3: 'nologin' },
      }),
    disabled: 'account-disabled',
    async install(server, cert, key) {
      await writeFile(join(server.directory, 'cert.pem'), cert);
      await writeFile(join(server.directory, 'key.pem'), key);
      process.kill(server.processGroup, 'SIGHUP');
    },
  },
  courier: {
    start: () => startCourier({ users: 5, perAddress: PER_ADDRESS, accountOptions: { 3: 'disablepop3=1' } }),
    disabled: 'pop-switched-off',
    install: (server, cert, key) => writeFile(join(server.directory, 'both.pem'), `${key}\n${cert}`),
  },
};

for (const { name, missing } of availableServers()) {
  if (name !== 'dovecot' && name !== 'courier') continue;
  const { start, disabled, install } = SERVERS[name];
  describe.skipIf(missing !== null)(missing === null ? name : `${name} (skipped: ${missing})`, () => {
    let server: RealServer;
    const relays: Relay[] = [];
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => {
      await Promise.all(relays.map((relay) => relay.close()));
      await server?.stop();
    });

    const asked = (
      user: number,
      subject: Partial<Subject> = {},
      options: Partial<DiagnoseOptions> = {},
    ): Promise<DiagnoseResult> => {
      const account = server.users[user]!;
      return diagnosed(
        {
          domain: '127.0.0.1',
          port: server.port,
          otherPort: server.tlsPort!,
          user: account.name,
          ...subject,
        },
        { password: account.password, tlsOptions: { ca: server.ca! }, timeoutMs: 20_000, ...options },
      );
    };

    const said = ({ causes, facts }: DiagnoseResult): string =>
      JSON.stringify(
        {
          causes: causes.map(({ id, weight, reasons }) => [id, weight, reasons]),
          logins: facts.logins,
          end: facts.loginEnd,
          endpoints: facts.endpoints.map(({ port, connect, speaks, stls, heard, error, tls }) => ({
            port,
            connect,
            speaks,
            stls,
            heard,
            error,
            tls,
          })),
        },
        null,
        1,
      );

    test('a healthy mailbox: nothing is wrong', async () => {
      await server.putMail(server.users[0]!.name, [MAIL]);
      const result = await asked(0, {}, { allowRetr: true });
      expect(result.causes, said(result)).toEqual([]);
      expect(result.conclusion).toEqual({ kind: 'healthy', says: 'Nothing is wrong here.' });
      expect(result.facts.mailbox).toMatchObject({
        stat: { count: 1 },
        list: { count: 1 },
        uidl: { count: 1 },
      });
    });

    test('a wrong password', async () => {
      const result = await asked(0, {}, { password: 'not-this' });
      expect(first(result), said(result)).toBe('wrong-password');
    });

    test('a disabled user', async () => {
      const result = await asked(3);
      expect(first(result), said(result)).toBe(disabled);
    });

    test('a certificate for another name', async () => {
      const result = await asked(
        0,
        { domain: 'mail.example.net' },
        {
          connectTo: [{ host: 'mail.example.net', port: undefined, toHost: '127.0.0.1', toPort: undefined }],
        },
      );
      expect(first(result), said(result)).toBe('certificate-other-name');
      expect(result.facts.logins).toEqual([]);
    });

    test('STLS taken away on the way', async () => {
      const relay = await startRelay(server.port, { strip: true });
      relays.push(relay);
      const result = await asked(0, { port: relay.port, tls: 'stls' });
      expect(first(result), said(result)).toBe('stls-stripped');
    });

    test.runIf(name === 'dovecot')('TLS is required', async () => {
      const relay = await startRelay(server.port);
      relays.push(relay);
      const result = await asked(0, { port: relay.port, tls: 'none' });
      expect(first(result), said(result)).toBe('tls-required');
    });

    test.runIf(name === 'dovecot')('a locked mailbox', async () => {
      // From another address, so that it is no matter of connections.
      const relay = await startRelay(server.port);
      relays.push(relay);
      const { name: user, password } = server.users[1]!;
      const other = await connectRaw({ host: server.host, port: relay.port });
      await other.startTls(server.ca!);
      await other.login(user, password);
      const result = await asked(1);
      other.close();
      expect(first(result), said(result)).toBe('mailbox-locked');
    });

    test('no more connections', async () => {
      const held: RawClient[] = [];
      const to = { host: server.host, port: server.port };
      for (let n = 0; n < (name === 'dovecot' ? 1 : PER_ADDRESS); n++) held.push(await connectRaw(to));
      const { name: user, password } = server.users[2]!;
      if (name === 'dovecot') await held[0]?.login(user, password);
      const result = await asked(2, {});
      for (const client of held) client.close();
      expect(first(result), said(result)).toBe(
        name === 'dovecot' ? 'connection-limit' : 'too-many-connections',
      );
    });

    test('an expired certificate', async () => {
      const authority = await makeAuthority('Test');
      const { cert, key } = await authority.issue(['127.0.0.1'], 'expired');
      await install(server, cert, key);
      let result: DiagnoseResult;
      // Dovecot reads it a moment after the signal.
      do result = await asked(4, {}, { tlsOptions: { ca: authority.root } });
      while (result.facts.endpoints.some(({ tls }) => tls?.certificate?.issuer === 'localhost'));
      expect(first(result), said(result)).toBe('certificate-expired');
      expect(result.facts.logins).toEqual([]);
    });
  });
}
