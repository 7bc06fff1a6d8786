import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../../dist/cli/run.js';
import { randomOf } from '../../src/load/random.js';
import { renderJson } from '../../src/report/json.js';
import { documentIn } from '../load/simulated.js';
import { blocksOf, ROOT, type Stage, setTheStage } from './server.js';

/**
 * Every command line of the documentation, run in this process one after the other. Hosts, ports and paths are those of the
 * stage, and times and counts are shortened: what is tested is that the options are there, go together and lead to what is said.
 */

const FILES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

interface Example {
  readonly title: string;
  readonly words: readonly string[];
}

/** What needs a Redis is run by tests of its own. */
const ELSEWHERE = /--redis/;

/** The commands of a block as a shell reads them. A line with `[…]` or `<…>` in it is a synopsis. */
function commandsOf(text: string, prompts: boolean): string[][] {
  const lines = text.replace(/\\\n */g, '').split('\n');
  const commands = prompts
    ? lines.filter((line) => /^\w*\$ /.test(line)).map((line) => line.replace(/^\w*\$ /, ''))
    : lines;
  const script = commands
    .filter(
      (line) => /^ *popspec /.test(line) && !ELSEWHERE.test(line) && !/^ *popspec [^'"#]*[[<]/.test(line),
    )
    .join('\n');
  const { stdout } = spawnSync('bash', ['-c', `popspec() { printf '%s\\0' "$@"; echo; }\n${script}`], {
    encoding: 'utf8',
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\0').slice(0, -1));
}

const examples: Example[] = FILES.flatMap((file) => {
  const markdown = readFileSync(join(ROOT, file), 'utf8');
  return ['sh', 'console'].flatMap((language) =>
    blocksOf(markdown, [language]).flatMap(({ text, line }) =>
      commandsOf(text, language === 'console').map((words) => ({
        title: `${file}:${line} popspec ${words.join(' ')}`,
        words,
      })),
    ),
  );
});

let stage: Stage;
let web: Server;
const mail: SMTPServer[] = [];
const before = process.cwd();

beforeAll(async () => {
  stage = await setTheStage('check: { only: [rfc1939/noop] }\n');
  for (const lmtp of [false, true]) {
    const server = new SMTPServer({
      lmtp,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          stage.server.deliver(
            session.envelope.rcptTo[0]?.address.split('@')[0] ?? '',
            Buffer.concat(chunks),
          );
          done();
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    mail.push(server);
  }
  web = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  // Results that were there before.
  for (const [minute, name] of ['base', 'new', 'old1', 'new1', 'old2', 'new2', 'old3', 'new3'].entries()) {
    const startedAt = new Date(Date.UTC(2026, 2, 14, 9, minute)).toISOString();
    writeFileSync(
      join(stage.dir, `${name}.json`),
      renderJson(documentIn(10, 1, randomOf(1, minute), { startedAt })),
    );
  }
  process.chdir(stage.dir);
  vi.stubEnv('POP3_PASSWORD', 'let-me-in');
  vi.stubEnv('CI', 'true');
  vi.stubEnv('TOKEN', 'a-token');
  // What compare takes: results of load runs.
  for (const name of ['base', 'new', 'old1', 'old2', 'old3', 'new1', 'new2', 'new3'])
    await popspec(
      staged(['load', 'pop3://127.0.0.1:1110', '--users', 'users.csv', '--report', `json=${name}.json`]),
    );
});
afterAll(async () => {
  process.chdir(before);
  vi.unstubAllEnvs();
  for (const server of mail) await new Promise<void>((resolve) => server.close(() => resolve()));
  web.close();
  await stage.close();
});

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

/** The words with what this machine has in the place of what an operator has. */
function staged([command = '', ...words]: readonly string[]): string[] {
  const { host, port, tlsPort } = stage.server;
  const [smtp, lmtp] = mail.map(({ server }) => portOf(server));
  // Mail that goes into a Maildir does not reach a server that has its mail in memory.
  const maildir =
    command === 'seed' ? `smtp://127.0.0.1:${smtp}/{user}@example.org` : `maildir:${stage.dir}/{user}`;
  const put: readonly (readonly [RegExp, string])[] = [
    [/^pop3:\/\/(?:mail\.example\.org|(?:old|new)\.example|127\.0\.0\.1:1110)$/, `pop3://${host}:${port}`],
    [/^pop3s:\/\/mail\.example\.org$/, `pop3s://${host}:${tlsPort}`],
    [/^995$/, String(tlsPort)],
    [/^(?:1110|1995)$/, '0'],
    [/^maildir:\/var\/mail.*/, maildir],
    [/^command:\/usr.*/, 'command:cat > /dev/null'],
    [/^smtp:\/\/127\.0\.0\.1:2525/, `smtp://127.0.0.1:${smtp}`],
    [/^lmtp:\/\/127\.0\.0\.1:2424/, `lmtp://127.0.0.1:${lmtp}`],
    [/^http:\/\/mail\.example\.org\/$/, `http://127.0.0.1:${portOf(web)}/`],
    [/^09:30:00$/, String(Math.ceil(Date.now() / 1000) + 1)],
  ];
  const args = words.map((word) =>
    put.reduce((text, [pattern, value]) => text.replace(pattern, value), word),
  );
  const set = (option: string, value: string): void => {
    const at = args.indexOf(option);
    if (at >= 0) args[at + 1] = value;
  };
  set('--ramp', '100ms');
  set('--warmup', '100ms');
  for (const option of ['--rate', '--sessions', '--count', '--refill'])
    if (args.includes(option)) set(option, String(Math.min(20, Number(args[args.indexOf(option) + 1]))));
  if (command === 'load') {
    if (!args.includes('--duration')) args.push('--duration', '1s');
    // A load by HTTP needs time without it and time with it.
    set('--duration', args.includes('--http-side-load') ? '8s' : '400ms');
    if (args.includes('--profile')) args.push('--rate', '10');
    if (args.includes('--find-capacity')) args.push('--warmup', '50ms');
  }
  // No name is known here, and none is asked for elsewhere: a diagnosis then says that the name service does not answer.
  if (command === 'diagnose')
    args.push('--dns', '127.0.0.1:9', '--autoconfig-base', 'http://127.0.0.1:9', '--limit', '5s');
  const real = args.some((word) => word.startsWith('pop3'));
  if (real && ['check', 'load', 'seed'].includes(command) && !args.includes('--ca'))
    args.push('--ca', 'ca.pem');
  return [command, ...args];
}

/** Runs popspec here; a server is ended as soon as it says where it listens. */
async function popspec(args: readonly string[]): Promise<{ code: number; said: string }> {
  let said = '';
  let ended = false;
  const taken = (chunk: string | Uint8Array): boolean => {
    said += chunk;
    if (args[0] === 'serve' && !ended && /Ctrl-C ends/.test(said)) {
      ended = true;
      setImmediate(() => process.emit('SIGINT'));
    }
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(taken),
  );
  try {
    return { code: await run(args), said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** A load run on a machine that is busy may miss a threshold or lack time; that is no matter of the documentation. */
const MAY_END_WITH: Readonly<Record<string, readonly number[]>> = {
  load: [0, 1, 5],
  merge: [0, 1, 5],
  compare: [0, 1, 5],
  diagnose: [3],
};

describe('the command lines of the documentation', () => {
  test('are found', () => {
    expect(examples.length).toBeGreaterThan(40);
    expect(new Set(examples.map(({ words: [command] }) => command)).size).toBeGreaterThan(7);
  });

  test.each(examples)('$title', async ({ words }) => {
    const { code, said } = await popspec(staged(words));
    expect(MAY_END_WITH[words[0] ?? ''] ?? [0], said).toContain(code);
    expect(said).not.toMatch(/defect of popspec|\n\s+at (?:\S+ \()?(?:file:|node:|\/)/);
    // For the pages that go on with it.
    if (words.includes('json=check.json')) expect(readFileSync('check.json', 'utf8')).toContain('"check"');
    else if (!readdirSync('.').includes('popspec.baseline.yaml'))
      writeFileSync('popspec.baseline.yaml', '{}\n');
  });
});
