import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A folder as the documentation presumes it, and the embedded server in the place of the one under test. */
export interface Stage {
  readonly dir: string;
  readonly server: RunningServer;
  close(): Promise<void>;
}

/** Accounts of users.csv: as many as examples hold sessions open at a time. */
const ACCOUNTS = 24;

/** `config` becomes popspec.config.yaml: so few cases that a test has time for them, say. */
export async function setTheStage(config: string): Promise<Stage> {
  const dir = mkdtempSync(join(tmpdir(), 'popspec-docs-'));
  const message = Buffer.from('Subject: one\r\nFrom: popspec@example.org\r\n\r\n.\r\nHello\r\n');
  const users = makeUsers(ACCOUNTS, { messages: [message, message, message] });
  users.push({ name: 'me', password: users[0]?.password ?? '', messages: [message, message] });
  const server = await startServer({ users });
  const csv = users.map(({ name, password }) => `${name},${password}\n`).join('');
  const files = {
    'users.csv': csv,
    'old.csv': csv,
    'new.csv': csv,
    'ca.pem': server.certificate,
    'new.pem': server.certificate,
    'popspec.config.yaml': config,
    // It runs already.
    'start-server.sh': 'exit 0\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  mkdirSync(join(dir, 'messages'));
  writeFileSync(join(dir, 'messages/hello.eml'), message);
  symlinkSync(ROOT, join(dir, 'popspec'));
  return {
    dir,
    server,
    async close() {
      await server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The fenced blocks of a Markdown text in these languages, with the line at which each begins. */
export function blocksOf(markdown: string, languages: readonly string[]): { text: string; line: number }[] {
  const blocks: { text: string; line: number }[] = [];
  for (const match of markdown.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)) {
    const [, indent = '', language = '', text = ''] = match;
    if (!languages.includes(language)) continue;
    const line = markdown.slice(0, match.index).split('\n').length + 1;
    blocks.push({ text: text.replace(new RegExp(`^${indent}`, 'gm'), ''), line });
  }
  return blocks;
}
