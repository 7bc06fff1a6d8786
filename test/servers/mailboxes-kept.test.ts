import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { popspec, scratchFolder } from '../cli/popspec.js';
import { openRaw } from '../serve/raw-client.js';
import { availableServers } from './available.js';
import { START } from './start.js';
import type { RealServer } from './types.js';

const missing = availableServers().find(({ name }) => name === 'dovecot')?.missing ?? null;
const MAIL = new URL('../../suites/mail/', import.meta.url);
const FIXTURES = ['plain', 'numbered', 'leading-dots', 'multipart', 'blank-lines', 'from-line', 'empty-body'];
/** The user whose account is not given to popspec. */
const STRANGER = 2;
const dir = scratchFolder();

/** Names, which hold the flags, and contents of all messages in the store, and which unique-id each has. */
function store(server: RealServer, user: string): string[] {
  const maildir = join(server.directory, 'mail', user);
  const files = ['cur', 'new'].flatMap((folder) =>
    readdirSync(join(maildir, folder)).map((name) => {
      const hash = createHash('sha256').update(readFileSync(join(maildir, folder, name)));
      return `${folder}/${name} ${hash.digest('hex')}`;
    }),
  );
  const [, ...ids] = readFileSync(join(maildir, 'dovecot-uidlist'), 'utf8').trim().split('\n');
  return [...files.sort(), ...ids];
}

/** Reads everything once, so that the server has given out its unique-ids and its marks of what was seen. */
async function readAll({ port }: RealServer, name: string, password: string): Promise<void> {
  const client = await openRaw(port);
  const retrs = FIXTURES.map((_, index) => `RETR ${index + 1}\r\n`).join('');
  await client.send(`USER ${name}\r\nPASS ${password}\r\nUIDL\r\n${retrs}QUIT\r\n`);
  expect(await client.rest()).toContain('X-Popspec-Fixture: plain');
}

/**
 * RETR may set a mark of what was seen, as every mail program's does. Here it is set beforehand, so that nothing at all may
 * change.
 */
describe.skipIf(missing !== null)(missing === null ? 'dovecot' : `dovecot (skipped: ${missing})`, () => {
  let server: RealServer;
  let before: string[][];
  let users: string;
  const look = (): string[][] => server.users.map(({ name }) => store(server, name));
  const mail = FIXTURES.map((name) => readFileSync(new URL(`${name}.eml`, MAIL)));

  beforeAll(async () => {
    server = await START.dovecot({ users: 3 });
    for (const { name, password } of server.users) {
      await server.putMail(name, mail);
      await readAll(server, name, password);
    }
    const given = server.users.filter((_, index) => index !== STRANGER);
    users = dir.file('users.csv', given.map(({ name, password }) => `${name},${password}\n`).join(''));
    before = look();
  });
  afterAll(() => server?.stop());

  const check = (limit?: { signal: NodeJS.Signals; afterMs: number }) =>
    popspec(
      [
        ...['check', `pop3://${server.host}:${server.port}`, '--users', users, '--timeout', '20s'],
        ...['--only', 'rfc1939', '--only', 'rfc2449/pipelining', '--only', 'security'],
      ],
      {
        limitMs: 300_000,
        started: (child) => {
          if (limit !== undefined) setTimeout(() => child.kill(limit.signal), limit.afterMs).unref();
        },
      },
    );

  test('a check without --allow-delete changes no message, no flag and no unique-id', {
    timeout: 400_000,
  }, async () => {
    const { stdout } = await check();
    expect(stdout).toMatch(/✓ \d\d+ pass/);
    expect(look()).toEqual(before);
  });

  test.each(['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'a check that %s ends at any moment changes nothing either',
    { timeout: 400_000 },
    async (signal) => {
      const afterMs = 1_500 + Math.random() * 4_000;
      await check({ signal, afterMs });
      // Dovecot takes note of the ends of the connections.
      await sleep(500);
      expect(look(), `${signal} after ${afterMs} ms`).toEqual(before);
    },
  );

  test('a diagnosis changes nothing', { timeout: 400_000 }, async () => {
    const [{ name, password } = { name: '', password: '' }] = server.users;
    const target = `pop3://${encodeURIComponent(name)}@${server.host}:${server.port}`;
    const env = { MAIL_PASSWORD: password };
    const { stdout } = await popspec(['diagnose', target, '--password-env', 'MAIL_PASSWORD'], { env });
    expect(stdout).toMatch(/login/i);
    expect(look()).toEqual(before);
  });
});
