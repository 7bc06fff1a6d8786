/**
 * The public API of popspec, for tests in Node: an embedded POP3 server with faults for the tests of a client, and
 * the conformance and load runs as functions. Everything else is internal and may change.
 *
 * ```ts
 * import { startServer } from 'popspec';
 * const server = await startServer({ users: [{ name: 'me', password: 'secret' }], faults: ['retr-unstuffed'] });
 * // … point the client at server.host and server.port …
 * await server.close();
 * ```
 */

export { loadClauses } from './check/clauses.js';
export type { CheckResult } from './check/result.js';
export { type CheckOptions, runCheck } from './check/runner.js';
export { type Library, loadLibrary } from './dialogue/library.js';
export type { LoadPlan, LoadUser } from './load/plan.js';
export type { LoadResult } from './load/result.js';
export { type LoadControl, runLoad } from './load/run.js';
export { parseDocument, type ResultDocument } from './report/document.js';
export { render } from './report/reporters.js';
export { type Fault, faults } from './serve/faults/index.js';
export { startHostileServer } from './serve/hostile/server.js';
export { type Personality, personalities } from './serve/personalities/index.js';
export { type RunningServer, type ServerOptions, startServer, type UserOptions } from './serve/server.js';
export type { Target, TlsMode } from './wire/target.js';
