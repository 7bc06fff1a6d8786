// Which cases notice each fault: runs faults of the embedded server against all cases and writes docs/faults.md, after each
// fault. `npm run faults` runs the whole catalogue, which takes the better part of an hour; `npm run faults -- a b` only the
// faults a and b, whose other cases it prints; `npm run faults -- --missing` those that have no row yet.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadClauses } from '../dist/check/clauses.js';
import { runCheck } from '../dist/check/runner.js';
import { startEmbedded } from '../dist/cli/embedded.js';
import { loadLibrary } from '../dist/dialogue/library.js';
import { faultById, faults } from '../dist/serve/faults/index.js';

const document = new URL('../docs/faults.md', import.meta.url);
const suites = new URL('../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);

/** Most of the time goes into waiting for answers that do not come. */
const SIDE_BY_SIDE = 6;
const TIMEOUT_MS = 800;
/** A server that lets nobody in keeps a run waiting for minutes: it is broken off, and what it has found is counted. */
const RUN_MAX_MS = 90_000;
/** What has not ended so long after it was broken off is left behind. */
const STUCK_MS = 30_000;
/** More cases than a handful that are about something else: a reason to look whether they fail for reasons of their own. */
const HANDFUL = 8;

/** The ids of the cases that notice a fault, other than by `unsupported`, `blocked` or `inconclusive`. */
async function noticedBy({ id, needsTls }) {
  const embedded = await startEmbedded(library, suites, needsTls ? 'stls' : 'none', [id]);
  const noticed = [];
  const run = runCheck({
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
    onCase: ({ id: one, verdict }) => {
      if (['fail', 'warn', 'info', 'error'].includes(verdict)) noticed.push(one);
    },
  });
  const { problem, complete } = await withinTime(run, { complete: false });
  await withinTime(embedded.server.close());
  return { noticed, problem: problem?.message ?? (complete ? undefined : 'broken off') };
}

function withinTime(promise, otherwise) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, RUN_MAX_MS + STUCK_MS, otherwise);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** `rfc1939/numbers/zero/retr` and its like are one case of a table. */
const families = (ids) => [...new Set(ids.map((id) => id.split('/').slice(0, 3).join('/')))];

const catching = (id) =>
  families(library.cases.filter((one) => one.catches.includes(id)).map((one) => one.id));

const shown = (ids) => (ids.length === 0 ? '–' : ids.map((id) => `\`${id}\``).join(' '));

/** How many others noticed each fault, as the document has it. */
function countsInDocument() {
  const rows = existsSync(document)
    ? readFileSync(document, 'utf8').matchAll(/^\| `(.+?)` \|.* (\d+) \|$/gm)
    : [];
  return new Map([...rows].map(([, id, others]) => [id, Number(others)]));
}

function write(counts) {
  const rows = faults.filter(({ id }) => counts.has(id));
  const wide = rows.filter(({ id }) => counts.get(id) > HANDFUL);
  const table = rows.map(
    ({ id, clause }) => `| \`${id}\` | ${clause} | ${shown(catching(id))} | ${counts.get(id)} |`,
  );
  const text = `# Faults

What each fault of the embedded server is noticed by: the cases that name it, as a test proves, and all others. Cases of one table
count as one. Made by \`npm run faults\`, which runs every fault against all cases; \`npm run faults -- FAULT\` does one anew and names
the others.

A case must catch a fault for a reason of its own, so that one breach does not look like many. ${rows.length} faults, of which ${wide.length} are noticed
by more than ${HANDFUL} cases that do not name them. These break what every session stands on: the end of a line or of a reply, so that what
follows is out of step; what RETR sends, which every case about content or sizes compares; the commands that others are told apart
by (NOOP, an unknown command); or they lose the mail of the cases that follow. What a case only has to know, such as the totals, it
reads by a fragment that blocks it (docs/dialogue.md).

| fault | breaks | named by | noticed by others |
|---|---|---|---|
${table.join('\n')}
`;
  writeFileSync(document, text);
}

const asked = process.argv.slice(2);
const counts = countsInDocument();
const waiting = faults.filter(({ id }) =>
  asked.includes('--missing') ? !counts.has(id) : asked.length === 0 || asked.includes(id),
);
for (const id of asked)
  if (id !== '--missing' && faultById(id) === undefined) throw new Error(`no fault ${id}`);
let done = 0;
const total = waiting.length;
const work = async () => {
  for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
    const { id } = fault;
    const { noticed, problem } = await noticedBy(fault);
    const others = families(noticed).filter((family) => !catching(id).includes(family));
    counts.set(id, others.length);
    write(counts);
    process.stderr.write(
      `${++done}/${total} ${id}: ${others.length} others${problem === undefined ? '' : `, ${problem}`}\n`,
    );
    if (asked.length > 0 && !asked.includes('--missing'))
      process.stdout.write(`${id}: ${others.join(' ')}\n`);
  }
};
await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
write(counts);
// What was left behind may still hold connections.
process.exit(0);
