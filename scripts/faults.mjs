// Which cases notice each fault: runs every fault of the embedded server against all cases and writes docs/faults.md.
// Takes a quarter of an hour. `npm run faults -- a b` runs only the faults a and b and prints what it finds.
import { writeFileSync } from 'node:fs';
import { loadClauses } from '../dist/check/clauses.js';
import { runCheck } from '../dist/check/runner.js';
import { startEmbedded } from '../dist/cli/embedded.js';
import { loadLibrary } from '../dist/dialogue/library.js';
import { faultById, faults } from '../dist/serve/faults/index.js';

const suites = new URL('../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);

/** Most of the time goes into waiting for answers that do not come. */
const SIDE_BY_SIDE = 6;
const TIMEOUT_MS = 800;
/** A server that lets nobody in keeps a run waiting for minutes. */
const RUN_MAX_MS = 180_000;
/** More cases than a handful that are about something else: a reason to look whether they fail for reasons of their own. */
const HANDFUL = 8;

/** The ids of the cases that notice a fault, other than by `unsupported`, `blocked` or `inconclusive`. */
async function noticedBy({ id, needsTls }) {
  const tls = needsTls ? 'stls' : 'none';
  const embedded = await startEmbedded(library, suites, tls, [id]);
  try {
    const { cases, problem } = await runCheck({
      target: embedded.target,
      auth: 'user',
      accounts: embedded.accounts,
      library,
      register,
      cases: library.cases,
      only: [],
      skip: [],
      slow: false,
      allowDelete: true,
      delivery: embedded.delivery,
      timeoutMs: TIMEOUT_MS,
      failOn: 'must',
      maxInconclusive: 0,
      version: 'faults',
      signal: AbortSignal.timeout(RUN_MAX_MS),
    });
    const noticed = cases.filter(({ verdict }) => ['fail', 'warn', 'info', 'error'].includes(verdict));
    return { noticed: noticed.map(({ id }) => id), problem: problem?.message };
  } finally {
    await embedded.server.close();
  }
}

/** `rfc1939/numbers/zero/retr` and its like are one case of a table. */
const families = (ids) => [...new Set(ids.map((id) => id.split('/').slice(0, 3).join('/')))];

const shown = (ids) => (ids.length === 0 ? '–' : ids.map((id) => `\`${id}\``).join(' '));

const named = process.argv.slice(2);
const waiting = named.length === 0 ? [...faults] : named.map(faultById);
const rows = new Map();
const work = async () => {
  for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
    const { id, clause } = fault;
    const catching = library.cases.filter(({ catches }) => catches.includes(id)).map((one) => one.id);
    const { noticed, problem } = await noticedBy(fault);
    const others = families(noticed).filter((family) => !families(catching).includes(family));
    rows.set(id, { id, clause, catching: families(catching), others, problem });
    process.stderr.write(
      `${rows.size} ${id}: ${others.length} others${problem === undefined ? '' : `, ${problem}`}\n`,
    );
  }
};
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));

const ordered = faults.map(({ id }) => rows.get(id)).filter((row) => row !== undefined);
const wide = ordered.filter(({ others }) => others.length > HANDFUL);
const table = ordered.map(
  ({ id, clause, catching, others }) => `| \`${id}\` | ${clause} | ${shown(catching)} | ${others.length} |`,
);
const text = `# Faults

What each fault of the embedded server is noticed by: the cases that name it, as a test proves, and all others. Cases of one table
count as one. Made by \`npm run faults\`, which runs every fault against all cases; \`npm run faults -- FAULT\` names the others.

A case must catch a fault for a reason of its own, so that one breach does not look like many. ${ordered.length} faults, of which ${wide.length} are noticed
by more than ${HANDFUL} cases that do not name them: most of these break what every session needs, such as the end of a line or of a reply.

| fault | breaks | named by | noticed by others |
|---|---|---|---|
${table.join('\n')}
`;
if (named.length === 0) writeFileSync(new URL('../docs/faults.md', import.meta.url), text);
else process.stdout.write(`${ordered.map((row) => JSON.stringify(row)).join('\n')}\n`);
