import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDelivery } from '../../src/wire/delivery.js';
import { availableServers } from './available.js';
import { deliveryScript, toMbox } from './mbox.js';
import { groupAlive } from './process.js';
import { connectRaw, type RawClient } from './raw-client.js';
import { HOST, makeDirectory } from './scratch.js';
import { START, TRAITS } from './start.js';
import type { RealServer, ServerUser } from './types.js';

const FIELDS = 'Message-ID: <one@popspec.test>\r\nDate: Wed, 25 Nov 2026 12:00:00 +0000\r\n';
const LF_MESSAGE = Buffer.from(
  `Subject: one\r\n${FIELDS}\r\nhello\r\n.dot\r\n..dots\r\n`.replaceAll('\r', ''),
);
/** What Cyrus' LMTP puts in front of a message. */
const ADDED_FIELDS = /^(?:(?:Return-Path|Received|X-Cyrus-Session-Id|X-Sieve):.*\r\n(?:[ \t].*\r\n)*)+/;
const CRLF_MESSAGE = Buffer.from(
  `Subject: two\r\n${FIELDS}\r\nhello\r\n\r\nFrom me\r\n>From you\r\n\xe4\r\n`,
  'latin1',
);

for (const { name, missing } of availableServers()) {
  const { tls, auth, logs, quotes } = TRAITS[name];
  describe.skipIf(missing !== null)(missing === null ? name : `${name} (skipped: ${missing})`, () => {
    const stored = CRLF_MESSAGE.toString('latin1');
    const expectedOfCrlf = quotes ? stored.replace(/^From /m, '>$&') : stored;
    let server: RealServer;
    beforeAll(async () => {
      server = await START[name]({ users: 3 });
    });
    afterAll(() => server?.stop());

    const connected = {
      plain: () => connectRaw({ host: server.host, port: server.port }),
      stls: async () => {
        const client = await connectRaw({ host: server.host, port: server.port });
        await client.startTls(server.ca!);
        return client;
      },
      implicit: () => connectRaw({ host: server.host, port: server.tlsPort!, ca: server.ca! }),
    };

    test('says what it is', () => {
      expect(server).toMatchObject({ name, host: '127.0.0.1' });
      expect(server.version).toMatch(/^\d+\.\d+/);
      expect(new Set(server.users.map((user) => user.name)).size).toBe(3);
    });

    test.each(['plain', ...tls] as const)('shows what was put into the store: %s', async (mode) => {
      const user = server.users[0]!;
      await server.putMail(user.name, [LF_MESSAGE, CRLF_MESSAGE]);
      await inSession(connected[mode], user, async (client) => {
        // LIST and RETR come before UIDL, with which GNU pop3d adds a header field to each message.
        const sizes = await client.body('LIST');
        const messages = [await client.body('RETR 1'), await client.body('RETR 2')];
        expect(messages.map(delivered)).toEqual([
          LF_MESSAGE.toString('latin1').replaceAll('\n', '\r\n'),
          expectedOfCrlf,
        ]);
        expect(sizes.toString()).toBe(`1 ${messages[0]!.length}\r\n2 ${messages[1]!.length}\r\n`);
      });
      if (logs) expect(await server.log()).toContain(user.name.replace(/@.*/, ''));
    });

    test('putMail replaces what was there', async () => {
      const user = server.users[1]!;
      await server.putMail(user.name, [LF_MESSAGE, CRLF_MESSAGE]);
      await server.putMail(user.name, [LF_MESSAGE]);
      await inSession(connected.plain, user, async (client) => {
        expect(await client.command('STAT')).toMatch(/^\+OK 1 \d+/);
      });
      await server.putMail(user.name, []);
      await inSession(connected.plain, user, async (client) => {
        expect(await client.command('STAT')).toMatch(/^\+OK 0 0/);
      });
      await expect(server.putMail('stranger', [])).rejects.toThrow('stranger');
    });

    test('a message delivered as `deliver` says is shown', async () => {
      const user = server.users[2]!;
      await server.putMail(user.name, [LF_MESSAGE]);
      await deliver(server, user, CRLF_MESSAGE);
      await inSession(connected.plain, user, async (client) => {
        expect(delivered(await client.body('RETR 2'))).toBe(expectedOfCrlf);
      });
    });

    test.runIf(auth.includes('apop'))('logs in with APOP', async () => {
      const user = server.users[0]!;
      const client = await connected.plain();
      const timestamp = /<[^<>]+>/.exec(client.greeting)![0];
      const digest = createHash('md5')
        .update(timestamp + user.password)
        .digest('hex');
      expect(await client.command(`APOP ${user.name} ${digest}`)).toMatch(/^\+OK/);
      client.close();
    });

    test('refuses a wrong password', async () => {
      const stranger = await connected.plain();
      expect(await stranger.command(`USER ${server.users[0]!.name}`)).toMatch(/^\+OK/);
      expect(await stranger.command('PASS wrong')).toMatch(/^-ERR/);
      stranger.close();
    });

    test('a second instance runs beside it, and nothing is left of it', async () => {
      const second = await START[name]({ users: 1 });
      const session = await connectRaw({ host: second.host, port: second.port });
      await session.login(second.users[0]!.name, second.users[0]!.password);
      expect(second.port).not.toBe(server.port);

      // A session is open still: it must not keep the server.
      await second.stop();
      await second.stop();
      session.close();
      expect(groupAlive(second.processGroup)).toBe(false);
      expect(existsSync(second.directory)).toBe(false);
      await expect(connects(second.port)).resolves.toBe(false);
      if (second.tlsPort !== null) await expect(connects(second.tlsPort)).resolves.toBe(false);
      await expect(connects(server.port)).resolves.toBe(true);
    });
  });
}

describe('mbox', () => {
  let directory: string;
  const user = 'someone@popspec.test';
  beforeAll(async () => {
    directory = await makeDirectory('mbox');
    await mkdir(join(directory, user));
    await writeFile(join(directory, user, 'INBOX'), '');
    await writeFile(join(directory, 'deliver'), deliveryScript(`${directory}/$POPSPEC_USER/INBOX`), {
      mode: 0o755,
    });
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('the delivery script appends what putMail writes', async () => {
    const messages = [
      'Subject: CRLF\r\n\r\nFrom x\r\n>From y\r\n\r\n',
      'Subject: no final line end\n\nx',
      'Subject: header only\n',
      '\nno header\n',
      'Subject: 8-bit \xe4\r\n\r\n\xff\r\n',
      'nothing but a line',
    ].map((text) => Buffer.from(text, 'latin1'));
    for (const message of messages) runDelivery(join(directory, 'deliver'), user, message);
    const mbox = await readFile(join(directory, user, 'INBOX'));
    expect(mbox.toString('latin1')).toBe(
      Buffer.concat(messages.map((message) => toMbox(message))).toString('latin1'),
    );
    expect(existsSync(join(directory, user, 'INBOX.lock'))).toBe(false);
  });

  test.each(['nobody', '../mbox', ''])('the delivery script refuses the user %j', (name) => {
    expect(() => runDelivery(join(directory, 'deliver'), name, LF_MESSAGE)).toThrow(`no such user: ${name}`);
  });
});

/** A message as it came, without the fields that the delivery put in front. */
function delivered(message: Buffer): string {
  return message.toString('latin1').replace(ADDED_FIELDS, '');
}

type Session = (client: RawClient) => Promise<void>;

async function inSession(open: () => Promise<RawClient>, user: ServerUser, session: Session): Promise<void> {
  const client = await open();
  try {
    await client.login(user.name, user.password);
    await session(client);
    expect(await client.command('QUIT')).toMatch(/^\+OK/);
  } finally {
    client.close();
  }
}

function deliver(server: RealServer, user: ServerUser, message: Buffer): Promise<void> {
  return parseDelivery(server.deliver).deliver(message, user.name);
}

function runDelivery(command: string, user: string, message: Buffer): void {
  const env = { ...process.env, POPSPEC_USER: user };
  const { status, stderr } = spawnSync('sh', ['-c', command], { input: message, env });
  if (status !== 0) throw new Error(`the delivery ended with ${status}: ${stderr}`);
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
