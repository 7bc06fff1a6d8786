import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadClauses } from '../../src/check/clauses.js';
import type { CheckResult } from '../../src/check/result.js';
import { type CheckOptions, runCheck } from '../../src/check/runner.js';
import { selectCases } from '../../src/check/selection.js';
import { loadLibrary } from '../../src/dialogue/library.js';
import { parseDelivery } from '../../src/wire/delivery.js';
import { availableServers } from './available.js';
import { START, TRAITS } from './start.js';
import type { RealServer } from './types.js';

/**
 * The whole suite on real servers. What does not pass is committed in `verdicts/`, and each of these verdicts is
 * explained in docs/servers/. One that changes is either a fault of ours or a new version of the server: read
 * the transcript, then run with `-u`.
 */

/** Most of the time goes into waiting, for the answer to a wrong password or for a lock. */
const ACCOUNTS = 12;
/** What is run again with each way of logging in: whatever the session is opened with must not matter to it. */
const AFTER_LOGIN = [
  'rfc1939/stat',
  'rfc1939/state',
  'rfc1939/uidl',
  'rfc1939/update',
  'rfc2449/capa',
  'rfc5034',
];

const suites = new URL('../../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);

for (const { name, missing } of availableServers()) {
  describe.skipIf(missing !== null)(missing === null ? name : `${name} (skipped: ${missing})`, () => {
    let server: RealServer;
    let plain: CheckResult;
    beforeAll(async () => {
      server = await START[name]({ users: ACCOUNTS });
      plain = await check(server, 'none', 'user');
    });
    afterAll(() => server?.stop());

    test('in plain text: what does not pass is what is known', async () => {
      expectWhole(plain);
      await expect(notPassed(plain)).toMatchFileSnapshot(`verdicts/${name}.json`);
    });

    test('a second run gives the same verdicts', async () => {
      expect(notPassed(await check(server, 'none', 'user'))).toBe(notPassed(plain));
    });

    test.each(TRAITS[name].tls)('over TLS (%s): what does not pass is what is known', async (tls) => {
      const result = await check(server, tls, 'user');
      expectWhole(result);
      await expect(notPassed(result)).toMatchFileSnapshot(`verdicts/${name}-${tls}.json`);
    });

    test.each(TRAITS[name].auth)('logged in with %s: the verdicts are those of USER', async (auth) => {
      const result = await check(server, 'none', auth, AFTER_LOGIN);
      expect(result.problem).toBeUndefined();
      const ran = new Set(result.cases.map(({ id }) => id));
      const known = { ...plain, cases: plain.cases.filter(({ id }) => ran.has(id)) };
      expect(notPassed(result)).toBe(notPassed(known));
    });
  });
}

function check(
  server: RealServer,
  tls: 'none' | 'stls' | 'implicit',
  auth: CheckOptions['auth'],
  only: readonly string[] = [],
): Promise<CheckResult> {
  return runCheck({
    target: {
      host: server.host,
      address: server.host,
      port: tls === 'implicit' ? server.tlsPort! : server.port,
      tls,
      tlsOptions: server.ca === null ? {} : { ca: server.ca },
    },
    auth,
    accounts: server.users,
    library,
    register,
    cases: selectCases(library.cases, only, []),
    only,
    skip: [],
    slow: false,
    allowDelete: true,
    delivery: parseDelivery(server.deliver),
    timeoutMs: 20_000,
    failOn: 'must',
    maxInconclusive: 0,
    version: 'test',
  });
}

/** Every case came to a verdict that says something about the server. */
function expectWhole(result: CheckResult): void {
  expect(result.problem).toBeUndefined();
  expect(result.complete).toBe(true);
  expect(result.cases.length).toBe(library.cases.filter(({ slow }) => !slow).length);
  const open = result.cases.filter(({ verdict }) => verdict === 'error' || verdict === 'inconclusive');
  expect(open.map(({ id, note, findings }) => [id, note, findings.at(-1)])).toEqual([]);
}

/** `{"case id": "verdict"}` of all that did not pass, sorted by id. */
function notPassed({ cases }: CheckResult): string {
  const rows = cases.filter(({ verdict }) => verdict !== 'pass').map(({ id, verdict }) => [id, verdict]);
  return `${JSON.stringify(Object.fromEntries(rows.sort()), null, 2)}\n`;
}
