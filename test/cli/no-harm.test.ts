import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { openRaw } from '../serve/raw-client.js';
import { popspec, scratchFolder } from './popspec.js';
import { type Conversation, quitsWithMarks, startProxy } from './proxy.js';
import { startServing } from './serving.js';

const dir = scratchFolder();
const NAMES = ['user0001', 'user0002'];
const users = dir.file('users.csv', NAMES.map((name) => `${name},let-me-in\n`).join(''));

/** Unique-id and a hash of the octets of every message of a user, as a client gets them. */
async function contents(port: number, user: string): Promise<string[]> {
  const client = await openRaw(port);
  await client.send(`USER ${user}\r\nPASS let-me-in\r\nUIDL\r\n`);
  for (let line = 0; line < 3; line++) expect(await client.line()).toMatch(/^\+OK/);
  const messages: string[] = [];
  for (const [line, number] of (await client.block()).matchAll(/^(\d+) \S+/gm)) {
    await client.send(`RETR ${number}\r\n`);
    const hash = createHash('sha256').update(await client.block(), 'latin1');
    messages.push(`${line} ${hash.digest('hex')}`);
  }
  await client.send('QUIT\r\n');
  await client.rest();
  return messages;
}

const holdsDele = (conversation: Conversation): boolean =>
  conversation.some(({ from, line }) => from === 'client' && /^DELE \d/.test(line));

/** Checks the server and gives what crossed the wire, and what the maildrops held before and after. */
async function checked(faults: readonly string[], ...more: string[]) {
  const server = await startServing(['--accounts', '2', ...faults.flatMap((fault) => ['--fault', fault])]);
  const look = () => Promise.all(NAMES.map((name) => contents(server.port, name)));
  const before = await look();
  const proxy = await startProxy(server.port);
  const outcome = await popspec(['check', proxy.at, '--users', users, '--insecure', ...more]);
  const after = await look();
  await server.stop();
  return { ...outcome, before, after, conversations: proxy.conversations };
}

test.concurrent.each([
  ['a conforming server', []],
  ['a server whose RSET forgets a mark', ['rset-forgets-one']],
  ['a server on which cases end behind a DELE', ['stat-ignores-marks', 'list-deleted', 'retr-deleted']],
])('without --allow-delete every message stays, and no QUIT follows a mark: %s', async (_, faults) => {
  const { code, before, after, conversations } = await checked(faults);
  expect(code).toBe(faults.length === 0 ? 0 : 1);
  expect(before[0]?.length).toBeGreaterThan(10);
  expect(after).toEqual(before);
  expect(conversations.filter(holdsDele).length).toBeGreaterThan(10);
  expect(conversations.flatMap(quitsWithMarks)).toEqual([]);
});

test.concurrent('with --allow-delete mail goes: what is looked for above can be seen', async () => {
  const { code, before, after, conversations } = await checked([], '--allow-delete');
  expect(code).toBe(0);
  expect(after).not.toEqual(before);
  expect(conversations.flatMap(quitsWithMarks).length).toBeGreaterThan(3);
});
