import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CheckResult } from '../../src/check/result.js';
import type { TlsMode } from '../../src/wire/target.js';
import { availableServers } from './available.js';
import { START, TRAITS } from './start.js';
import { ACCOUNTS, check, library, notPassed, PLAIN, type Run } from './suite.js';
import type { ServerName } from './types.js';

/**
 * The whole suite on real servers. What does not pass is committed in `verdicts/`, and each of these verdicts is
 * explained in docs/servers/. One that changes is either a fault of ours or a new version of the server: read
 * the transcript, then run with `-u`.
 */

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** What is run again with each way of logging in: whatever the session is opened with must not matter to it. */
const AFTER_LOGIN = [
  'rfc1939/stat',
  'rfc1939/state',
  'rfc1939/uidl',
  'rfc1939/update',
  'rfc2449/capa',
  'rfc5034',
];

const COUNTED = ['fail', 'warn', 'info', 'unsupported', 'blocked'];

const AGAIN: Run = { ...PLAIN };

/** The runs on one server, one after the other since they share its accounts. */
class Runs {
  readonly overTls: readonly Run[];
  readonly byAuth: readonly Run[];
  private readonly results = new Map<Run, Promise<CheckResult>>();
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly name: ServerName) {
    this.overTls = TRAITS[name].tls.map((tls) => ({ ...PLAIN, tls }));
    this.byAuth = TRAITS[name].auth.map((auth) => ({ ...PLAIN, auth, only: AFTER_LOGIN }));
  }

  begin(): void {
    const started = START[this.name]({ users: ACCOUNTS });
    let before: Promise<unknown> = started;
    for (const run of [PLAIN, AGAIN, ...this.overTls, ...this.byAuth]) {
      const result = before.then(async () => check(await started, run));
      this.results.set(run, result);
      before = result;
    }
    // A run that fails is told by the tests that wait for it.
    this.ended = before.then(
      async () => (await started).stop(),
      async () => (await started.catch(() => undefined))?.stop(),
    );
  }

  async result(run: Run): Promise<CheckResult> {
    const result = await this.results.get(run);
    if (result === undefined) throw new Error('the runs were not begun');
    return result;
  }

  end(): Promise<void> {
    return this.ended;
  }
}

const servers = availableServers().map(({ name, missing }) => ({ name, missing, runs: new Runs(name) }));

// The servers are tested side by side: the suite waits for answers more than it works.
// biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern in front of the suite
beforeAll(({}, { tasks }) => {
  const wanted = (name: string): boolean => tasks.some((task) => task.name === name && task.mode === 'run');
  for (const { name, missing, runs } of servers) if (missing === null && wanted(name)) runs.begin();
});
afterAll(() => Promise.all(servers.map(({ runs }) => runs.end())));

for (const { name, missing, runs } of servers) {
  describe.skipIf(missing !== null)(missing === null ? name : `${name} (skipped: ${missing})`, () => {
    test('in plain text: what does not pass is what is known', async () => {
      const result = await runs.result(PLAIN);
      expectWhole(result);
      await expect(notPassed(result)).toMatchFileSnapshot(`verdicts/${name}.json`);
    });

    test('a second run gives the same verdicts', async () => {
      expect(notPassed(await runs.result(AGAIN))).toBe(notPassed(await runs.result(PLAIN)));
    });

    test.each(runs.overTls)('over TLS ($tls): what does not pass is what is known', async (run) => {
      const result = await runs.result(run);
      expectWhole(result);
      await expect(notPassed(result)).toMatchFileSnapshot(`verdicts/${name}-${run.tls}.json`);
    });

    test.each(runs.byAuth)('logged in with $auth: the verdicts are those of USER', async (run) => {
      const result = await runs.result(run);
      expect(result.problem).toBeUndefined();
      const ran = new Set(result.cases.map(({ id }) => id));
      const plain = await runs.result(PLAIN);
      const known = { ...plain, cases: plain.cases.filter(({ id }) => ran.has(id)) };
      expect(notPassed(result)).toBe(notPassed(known));
    });
  });
}

test('the figures in docs/servers are those of the verdicts', async () => {
  const modes = servers.flatMap(({ name, runs }) =>
    [PLAIN, ...runs.overTls].map(({ tls }) => ({ name, tls })),
  );
  await expect(overview(modes)).toMatchFileSnapshot('../../docs/servers/README.md');
});

/** docs/servers/README.md: how many cases did not pass, from the committed verdicts. */
function overview(modes: readonly { name: ServerName; tls: TlsMode }[]): string {
  const rows = modes.map(({ name, tls }) => {
    const file = `verdicts/${name}${tls === 'none' ? '' : `-${tls}`}.json`;
    const verdicts = Object.values<string>(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')));
    const counts = COUNTED.map((verdict) => verdicts.filter((one) => one === verdict).length);
    return `| [${name}](${name}.md) | ${tls === 'none' ? 'plain text' : tls} | ${counts.join(' | ')} |\n`;
  });
  return `# The suite on real servers

The whole suite, but the cases that take minutes, on the POP3 servers of Debian 12, as the tests start them ([setup.md](setup.md)). Each
page has every deviation with its bytes, its clause and our reading. Cases that are not counted here pass.

| server | mode | ${COUNTED.join(' | ')} |
|---|---|${COUNTED.map(() => '---:|').join('')}
${rows.join('')}
This page is written by \`npx vitest run test/servers/conformance.test.ts -u\`, from test/servers/verdicts/.
`;
}

/** Every case came to a verdict that says something about the server. */
function expectWhole(result: CheckResult): void {
  expect(result.problem).toBeUndefined();
  expect(result.complete).toBe(true);
  expect(result.cases.length).toBe(library.cases.filter(({ slow }) => !slow).length);
  const open = result.cases.filter(({ verdict }) => verdict === 'error' || verdict === 'inconclusive');
  expect(open.map(({ id, note, findings }) => [id, note, findings.at(-1)])).toEqual([]);
}
