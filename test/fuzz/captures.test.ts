import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { CaseResult } from '../../src/check/result.js';
import { Session } from '../../src/dialogue/session.js';
import type { SessionResult } from '../../src/dialogue/session-types.js';
import { connectTo, playEvents } from '../dialogue/scripted-connection.js';
import { sessionOptions } from '../dialogue/support.js';
import { availableServers } from '../servers/available.js';
import { START } from '../servers/start.js';
import { check, library, PLAIN } from '../servers/suite.js';

/**
 * What real servers answered to some cases, played back octet by octet and with LF in place of CRLF: the verdicts are those of
 * the capture. `POPSPEC_CAPTURE=1 npx vitest run test/fuzz/captures.test.ts` captures anew.
 */

vi.mock('../../src/wire/connection.js', async (original) =>
  process.env.POPSPEC_CAPTURE === undefined
    ? { Connection: (await import('../dialogue/scripted-connection.js')).ScriptedConnection }
    : original(),
);

/** None of them is about line ends or holds sizes of contents against LIST. */
const CASES = [
  ...['stat/drop-listing', 'stat/marked-messages-not-counted', 'list/scan-listing', 'list/argument'],
  ...['list/one-line-for-each-message', 'list/numbers-without-gaps', 'list/deleted-not-listed'],
  ...['uidl/unique-id-listing', 'uidl/line-for-each-message', 'uidl/repeatable', 'retr/repeatable'],
  ...['noop/does-nothing', 'rset/unmarks-every-message', 'dele/marks', 'dele/refused-afterwards/retr'],
  ...['quit/closes', 'pass/wrong-password', 'state/refused-before-login/stat', 'commands/unknown/xyzzy'],
  ...['apop/login', 'top/negative-count'],
].map((id) => `rfc1939/${id}`);
CASES.push('rfc2449/capa/after-login', 'rfc2449/capabilities/form/pipelining');

interface Capture {
  readonly server: string;
  readonly version: string;
  readonly user: string;
  readonly password: string;
  readonly capabilities: readonly string[];
  readonly cases: readonly {
    readonly id: string;
    /** Of its findings. */
    readonly verdicts: readonly string[];
    /** The greeting, and what came in answer to each burst of commands; Latin-1. */
    readonly answers: readonly string[];
  }[];
}

const folder = new URL('./captures/', import.meta.url).pathname;

describe.runIf(process.env.POPSPEC_CAPTURE !== undefined)('a capture', () => {
  it.each(availableServers().filter(({ missing }) => missing === null))(
    'of $name',
    async ({ name }) => {
      const server = await START[name]({ users: 1 });
      try {
        const mail = ['plain.eml', 'leading-dots.eml'].map((file) => readFileSync(`suites/mail/${file}`));
        const [user] = server.users;
        if (user === undefined) throw new Error('no user');
        await server.putMail(user.name, mail);
        const result = await check({ ...server, users: [user] }, { ...PLAIN, only: CASES });
        const capture: Capture = {
          server: name,
          version: server.version,
          user: user.name,
          password: user.password,
          capabilities: result.target.capabilities,
          cases: result.cases.flatMap((one) =>
            one.attempts === 1
              ? [
                  {
                    id: one.id,
                    verdicts: one.findings.map(({ verdict }) => verdict),
                    answers: answersIn(one),
                  },
                ]
              : [],
          ),
        };
        writeFileSync(`${folder}${name}.json`, `${JSON.stringify(capture, null, 1)}\n`);
      } finally {
        await server.stop();
      }
    },
    300_000,
  );
});

function answersIn({ transcript }: CaseResult): string[] {
  const answers = [''];
  let asked = false;
  for (const { kind, text } of transcript) {
    if (kind === 'send') asked = true;
    if (kind !== 'receive') continue;
    if (asked) answers.push('');
    asked = false;
    answers[answers.length - 1] += text;
  }
  return answers;
}

/** Nothing has to be waited for but the end of a content that does not end in CRLF "." CRLF. */
const LIMIT_MS = 60;

const WHOLE = (bytes: Buffer): Buffer[] => [bytes];
const OCTETS = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));

/** The verdicts of a captured case, played with its answers as `change` makes them and cut by `cut`. */
async function verdictsOf(
  { user, password, capabilities }: Capture,
  { id, answers }: Capture['cases'][number],
  cut: (bytes: Buffer) => Buffer[],
  change: (text: string) => string,
): Promise<string[]> {
  const one = library.cases.find((known) => known.id === id);
  if (one === undefined) throw new Error(`there is no case ${id} any more: capture anew`);
  const said = answers.map((text) => Buffer.from(change(text), 'latin1'));
  // Who has said all that was captured closes, as the server did.
  const closesAfter = said.reduce((sum, { length }) => sum + length, 0);
  connectTo({ cut, closesAfter, answer: () => said.shift() ?? Buffer.alloc(0) });
  const values = { user, password, capabilities, ...one.row };
  let result: SessionResult | undefined;
  const session = new Session(
    sessionOptions(one.program, 1, { values, secrets: [password], keepBodies: true, timeoutMs: LIMIT_MS }),
    (ended) => {
      result = ended;
    },
  );
  session.start();
  for (playEvents(); result === undefined; playEvents()) await sleep(1);
  session.destroy();
  return (result?.findings ?? []).map(({ verdict }) => verdict);
}

describe.runIf(process.env.POPSPEC_CAPTURE === undefined)('a captured session of', () => {
  const files = readdirSync(folder);
  const captures = files.map((file) => JSON.parse(readFileSync(folder + file, 'utf8')) as Capture);
  it.each(captures)(
    '$server $version gives the same verdicts in single octets and with bare LF',
    async (capture) => {
      expect(capture.cases.length).toBeGreaterThan(15);
      for (const one of capture.cases) {
        const same = (text: string): string => text;
        const bare = (text: string): string => text.replaceAll('\r\n', '\n');
        expect([one.id, await verdictsOf(capture, one, WHOLE, same)]).toEqual([one.id, one.verdicts]);
        expect([one.id, await verdictsOf(capture, one, OCTETS, same)]).toEqual([one.id, one.verdicts]);
        expect([one.id, 'LF', await verdictsOf(capture, one, OCTETS, bare)]).toEqual([
          one.id,
          'LF',
          one.verdicts,
        ]);
      }
    },
  );
});
