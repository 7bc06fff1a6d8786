import { createServer, type Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { loadClauses } from '../../src/check/clauses.js';
import type { CaseResult } from '../../src/check/result.js';
import { runCheck } from '../../src/check/runner.js';
import { selectCases } from '../../src/check/selection.js';
import { loadLibrary } from '../../src/dialogue/library.js';

const suites = new URL('../../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);
const CASE = 'rfc1939/state/refused-before-login/stat';
let server: Server | undefined;

afterEach(() => void server?.close());

/** Runs one case against a server that hangs up, in place of its answer, at the first `hangUps` STATs. */
async function verdictWhenHungUp(hangUps: number): Promise<CaseResult | undefined> {
  let left = hangUps;
  const listening = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('+OK ready\r\n');
    socket.on('data', (octets) => {
      const command = octets.toString('latin1').slice(0, 4);
      if (command === 'QUIT') socket.end('+OK\r\n');
      else if (command === 'STAT' && left-- > 0) socket.end();
      else socket.write('-ERR no\r\n');
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as { port: number };
  const result = await runCheck({
    target: { host: '127.0.0.1', address: '127.0.0.1', port, tls: 'none', tlsOptions: {} },
    auth: 'user',
    accounts: [],
    library,
    register,
    cases: selectCases(library.cases, [CASE], []),
    only: [CASE],
    skip: [],
    slow: false,
    allowDelete: false,
    delivery: undefined,
    timeoutMs: 5000,
    failOn: 'must',
    maxInconclusive: 0,
    version: 'test',
  });
  return result.cases[0];
}

it('tells a first attempt that was not borne out beside the verdict, and leaves the verdict alone', async () => {
  const result = await verdictWhenHungUp(1);
  expect(result?.verdict).toBe('pass');
  expect(result?.attempts).toBe(2);
  expect(result?.firstAttempt).toMatch(/closed the connection.*state\.yaml:\d+/);
});

it('fails when both attempts end so', async () => {
  const result = await verdictWhenHungUp(2);
  expect(result?.verdict).toBe('fail');
  expect(result?.firstAttempt).toBeUndefined();
});
