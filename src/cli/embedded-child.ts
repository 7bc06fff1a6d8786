import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from '../serve/server.js';
import { makeUsers } from '../serve/users.js';
import type { ChildMessage, EmbeddedRequest, ParentMessage } from './embedded-process.js';

/** The process behind startEmbeddedProcess: serves until it is told to stop or its parent goes away. */
function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches the whole group; the parent ends this process when the last session is over.
process.on('SIGINT', () => {});

process.once('message', (request: EmbeddedRequest) => {
  void serve(request);
});

async function serve(request: EmbeddedRequest): Promise<void> {
  const { accounts, pattern, password, faults } = request;
  const messages = messagesOf(request);
  const server = await startServer({ users: makeUsers(accounts, { pattern, password, messages }), faults });
  process.on('message', async (message: ParentMessage) => {
    await tell({ kind: 'counters', counters: server.counters });
    if (message !== 'stop') return;
    await server.close();
    process.exit(0);
  });
  const { host, port, tlsPort, certificate } = server;
  await tell({ kind: 'ready', host, port, tlsPort, certificate });
}

function messagesOf({ mail, files, made }: EmbeddedRequest): Buffer[] {
  if (made === undefined) return files.map((file) => readFileSync(join(mail, file)));
  const sizes = made.octets.map(messageOf);
  return Array.from({ length: made.messages }, (_, index) => sizes[index % sizes.length] ?? messageOf(1000));
}

/** A message of so many octets: lines of 76, one in twenty with a dot at its beginning. */
function messageOf(octets: number): Buffer {
  const lines = ['Subject: made for load', 'From: popspec@example.org', ''];
  for (let length = 0; length < octets; length += 78)
    lines.push(`${lines.length % 20 === 7 ? '.' : 'x'}${'abcdefghijklmnopqrstuvwxy'.repeat(3)}`);
  return Buffer.from(`${lines.join('\r\n').slice(0, octets - 2)}\r\n`, 'latin1');
}
