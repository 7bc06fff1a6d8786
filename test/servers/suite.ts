import { loadClauses } from '../../src/check/clauses.js';
import type { CheckResult } from '../../src/check/result.js';
import { runCheck } from '../../src/check/runner.js';
import { selectCases } from '../../src/check/selection.js';
import type { AuthMode } from '../../src/dialogue/auth.js';
import { loadLibrary } from '../../src/dialogue/library.js';
import { parseDelivery } from '../../src/wire/delivery.js';
import type { TlsMode } from '../../src/wire/target.js';
import type { RealServer } from './types.js';

/** Most of the time goes into waiting, for the answer to a wrong password or for a lock. */
export const ACCOUNTS = 12;
const suites = new URL('../../suites', import.meta.url).pathname;
export const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);

/** How the suite is run on a server. */
export interface Run {
  tls: TlsMode;
  auth: AuthMode;
  /** What is run; all cases when empty. */
  only: readonly string[];
}

export const PLAIN: Run = { tls: 'none', auth: 'user', only: [] };
/** Runs the suite on a real server, with everything permitted that test accounts permit. */
export function check(server: RealServer, { tls, auth, only }: Run): Promise<CheckResult> {
  const ports = { port: server.port, ...(server.tlsPort === null ? {} : { otherPort: server.tlsPort }) };
  return runCheck({
    target: {
      host: server.host,
      address: server.host,
      ...(tls === 'implicit' ? { port: server.tlsPort!, otherPort: server.port } : ports),
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

/** `{"case id": "verdict"}` of all that did not pass, sorted by id. */
export function notPassed({ cases }: CheckResult): string {
  const rows = cases.filter(({ verdict }) => verdict !== 'pass').map(({ id, verdict }) => [id, verdict]);
  return `${JSON.stringify(Object.fromEntries(rows.sort()), null, 2)}\n`;
}
