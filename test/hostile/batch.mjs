// Runs check, load, diagnose and seed against servers that the parent has started, several at a time, and writes a line of
// JSON for each run to the file that it is told; the last line tells the peak of its memory (VmHWM of /proc/self/status). It
// must end by itself: a socket or timer that is left behind keeps it alive.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { XMLValidator } from 'fast-xml-parser';
import { loadClauses } from '../../dist/check/clauses.js';
import { runCheck } from '../../dist/check/runner.js';
import { selectCases } from '../../dist/check/selection.js';
import { run as popspec } from '../../dist/cli/run.js';
import { loadLibrary } from '../../dist/dialogue/library.js';
import { runLoad } from '../../dist/load/run.js';
import { parseDocument } from '../../dist/report/document.js';
import { render } from '../../dist/report/reporters.js';

/** @type {{ runs: object[], atATime: number, users: object[], cases: string[], timeoutMs: number, durationMs: number, out: string }} */
const order = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const suites = new URL('../../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);
const tell = (line) => appendFileSync(order.out, `${JSON.stringify(line)}\n`);
const scratch = mkdtempSync(join(tmpdir(), 'popspec-hostile-'));
// Several commands in one process each listen for signals.
process.setMaxListeners(100);
const complaints = [];
process.on('unhandledRejection', (error) => complaints.push(`unhandled rejection: ${error?.stack ?? error}`));
process.on('uncaughtException', (error) => complaints.push(`uncaught exception: ${error?.stack ?? error}`));
process.on('warning', (warning) => complaints.push(`warning: ${warning.stack ?? warning}`));

const targetOf = ({ port, otherPort, tls, ca }) => ({
  host: '127.0.0.1',
  address: '127.0.0.1',
  port,
  otherPort,
  tls,
  tlsOptions: { ca },
});

async function check(run) {
  const only = order.cases;
  return runCheck({
    target: targetOf(run),
    auth: 'auto',
    accounts: order.users,
    library,
    register,
    cases: selectCases(library.cases, only, []),
    only,
    skip: [],
    slow: false,
    allowDelete: false,
    delivery: undefined,
    timeoutMs: order.timeoutMs,
    failOn: 'must',
    maxInconclusive: 0,
    version: '0.0.0',
  });
}

/** Without the look beforehand, which would keep most of them from beginning: a server may turn hostile at any time. */
async function load(run) {
  const { id, title, deletes, source } = library.scenarios.find((one) => one.id === 'load/download-and-keep');
  const plan = {
    target: targetOf(run),
    auth: 'user',
    capabilities: ['TOP', 'UIDL'],
    timeoutMs: order.timeoutMs,
    allowDelete: false,
    version: '0.0.0',
    name: { id, title },
    scenarios: [{ id, title, deletes, source, weight: 1 }],
    model: { kind: 'closed', sessions: order.users.length },
    durationMs: order.durationMs,
    warmupMs: 0,
    thresholds: [],
    seed: 1,
    users: order.users.length,
    usersId: '',
  };
  return runLoad(plan, order.users);
}

/** The other commands, as they are called on the command line. */
async function command(run) {
  const [{ name, password }] = order.users;
  const url = `${run.tls === 'implicit' ? 'pop3s' : 'pop3'}://127.0.0.1:${run.port}`;
  const tls = run.tls === 'stls' ? ['--tls', 'stls', '--insecure'] : run.tls === 'none' ? [] : ['--insecure'];
  const timeout = ['--timeout', `${order.timeoutMs}ms`];
  const about = [url, '--user', name, '--password', password, ...timeout, ...tls];
  const name4 = `${run.id}-${run.tls}-${run.what}`;
  if (run.what === 'seed') {
    const deliver = [
      '--deliver',
      `maildir:${join(scratch, name4)}`,
      '--message',
      'plain.eml',
      '--wait',
      '1s',
    ];
    return { code: await popspec(['seed', ...about, ...deliver]) };
  }
  const file = join(scratch, `${name4}.json`);
  const code = await popspec(['diagnose', ...about, '--limit', '30s', '--report', `json=${file}`]);
  return { code, doc: parseDocument(readFileSync(file, 'utf8'), file) };
}

/** What is wrong with the reports of a document. */
function flaws(doc) {
  const found = [];
  const json = render('json', doc);
  const formats = doc.kind === 'diagnose' ? ['html', 'text'] : ['html', 'markdown', 'text'];
  const texts = formats.map((format) => [format, render(format, doc)]);
  try {
    if (!isDeepStrictEqual(parseDocument(json, 'run.json'), doc)) found.push('json is another document');
  } catch (error) {
    found.push(`json: ${error.message}`);
  }
  if (doc.kind !== 'diagnose') {
    const xml = XMLValidator.validate(render('junit', doc));
    if (xml !== true) found.push(`junit: ${xml.err.msg}`);
  }
  for (const [format, text] of texts) {
    const raw = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.exec(text);
    if (raw !== null) found.push(`${format} holds U+${raw[0].charCodeAt(0).toString(16)} at ${raw.index}`);
    if (format === 'html' && /<script>alert|<img src=x/.test(text))
      found.push('html holds markup of the server');
  }
  return { found, octets: json.length };
}

async function carryOut(run) {
  const { id, what, tls } = run;
  const startedMs = performance.now();
  const told = { id, what, tls };
  try {
    if (what === 'check' || what === 'load') {
      const doc = await (what === 'load' ? load(run) : check(run));
      told.durationMs = Math.round(performance.now() - startedMs);
      const verdicts = {};
      for (const { verdict } of doc.cases ?? []) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
      const why = (wanted) =>
        (doc.cases ?? [])
          .filter(({ verdict }) => verdict === wanted)
          .map((one) => `${one.id}: ${one.note ?? one.findings.at(-1)?.reason}`);
      const [errors, blocked] = [why('error'), why('blocked')];
      const { code, reason } = doc.exit;
      const kinds = doc.errors?.map(({ text }) => text);
      Object.assign(told, {
        code,
        reason,
        problem: doc.problem?.code,
        verdicts,
        errors,
        blocked,
        kinds,
        totals: doc.totals,
      });
      Object.assign(told, flaws(doc));
    } else {
      const { code, doc } = await command(run);
      told.durationMs = Math.round(performance.now() - startedMs);
      Object.assign(told, {
        code,
        reason: doc?.exit?.reason,
        ...(doc === undefined ? { found: [] } : flaws(doc)),
      });
    }
  } catch (error) {
    told.threw = error?.stack ?? String(error);
  }
  tell(told);
}

const waiting = [...order.runs];
const lane = async () => {
  for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await carryOut(run);
};
await Promise.all(Array.from({ length: order.atATime }, lane));
rmSync(scratch, { recursive: true, force: true });
const peak = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
tell({ peak, complaints });
