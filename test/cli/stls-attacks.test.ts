import { expect, test } from 'vitest';
import { popspec, scratchFolder } from './popspec.js';
import { startTalker } from './strangers.js';

/**
 * Somebody on the line who wants the password in clear (RFC 2595 §9). Asked for STLS, popspec never goes on without it:
 * it says why, and has said nothing of the account.
 */
const dir = scratchFolder();
const USER = 'ann-of-the-test';
const PASSWORD = 'secret-of-the-test';
const users = dir.file('users.csv', `${USER},${PASSWORD}\n`);

const CAPA = '+OK\r\nUSER\r\nSTLS\r\nSASL PLAIN\r\n.\r\n';
const STRIPPED = '+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n';
const GREETING = '+OK ready\r\n';

interface Attack {
  readonly greeting?: string;
  readonly capa?: string;
  /** Behind STLS. */
  readonly stls: string;
}

const ATTACKS: Readonly<Record<string, Attack>> = {
  'STLS is refused': { stls: '-ERR not now\r\n' },
  'STLS is not announced, and refused': { capa: STRIPPED, stls: '-ERR unknown command\r\n' },
  'replies in clear stand behind the answer to STLS': { stls: '+OK begin\r\n+OK\r\n+OK logged in\r\n' },
  'the answers come before they are asked for': {
    greeting: '+OK ready\r\n+OK\r\n.\r\n+OK begin\r\n',
    stls: '',
  },
  'nothing comes behind the answer to STLS': { stls: '+OK begin\r\n' },
};

async function underAttack(command: readonly string[], { greeting = GREETING, capa = CAPA, stls }: Attack) {
  const heard: string[] = [];
  const attacker = await startTalker({
    greeting,
    line(line, socket) {
      heard.push(line);
      // Whatever is asked for is granted, so that who goes on in clear says all.
      const answer = /^CAPA$/i.test(line) ? capa : /^STLS$/i.test(line) ? stls : '+OK\r\n';
      socket.write(answer, 'latin1');
    },
  });
  const [verb = '', ...rest] = command;
  const outcome = await popspec([
    verb,
    attacker.at,
    '--tls',
    'stls',
    '--users',
    users,
    '--timeout',
    '1s',
    ...rest,
  ]);
  return { outcome, heard: heard.join('\n') };
}

test.concurrent.each(Object.keys(ATTACKS))('check: %s', async (name) => {
  const { outcome, heard } = await underAttack(['check', '--only', 'rfc1939/noop'], ATTACKS[name]!);
  expect(heard).not.toMatch(/^(USER|PASS|APOP|AUTH)\b/im);
  expect(heard).not.toContain(PASSWORD);
  // No contact, or no verdict: never green, and nothing that the server is accused of.
  expect([3, 5], outcome.stderr).toContain(outcome.code);
  expect(outcome.stderr).not.toMatch(/\n\s+at /);
});

test('check says what came in clear behind the answer to STLS, where, and what to do', async () => {
  const attack = ATTACKS['replies in clear stand behind the answer to STLS']!;
  const { outcome } = await underAttack(['check', '--only', 'rfc1939/noop'], attack);
  expect(outcome.code).toBe(3);
  const said = outcome.stdout + outcome.stderr;
  expect(said).toMatch(/127\.0\.0\.1:\d+ is not safe to use: \+OK.* came in clear behind the reply to STLS/);
  expect(said).toContain('--tls implicit');
});

test.concurrent.each(Object.keys(ATTACKS))('load: %s', async (name) => {
  const run = ['load', '--sessions', '1', '--duration', '1s'];
  const { outcome, heard } = await underAttack(run, ATTACKS[name]!);
  expect(heard).not.toMatch(/^(USER|PASS|APOP|AUTH)\b/im);
  expect(heard).not.toContain(PASSWORD);
  expect(outcome.code, outcome.stderr).not.toBe(0);
});
