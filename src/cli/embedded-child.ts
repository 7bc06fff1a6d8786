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

async function serve({ accounts, pattern, password, mail, files }: EmbeddedRequest): Promise<void> {
  const messages = files.map((file) => readFileSync(join(mail, file)));
  const server = await startServer({ users: makeUsers(accounts, { pattern, password, messages }) });
  process.on('message', async (message: ParentMessage) => {
    await tell({ kind: 'counters', counters: server.counters });
    if (message !== 'stop') return;
    await server.close();
    process.exit(0);
  });
  const { host, port, tlsPort, certificate } = server;
  await tell({ kind: 'ready', host, port, tlsPort, certificate });
}
