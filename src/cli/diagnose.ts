import { diagnose } from '../diagnose/diagnose.js';
import type { DiagnoseOptions } from '../diagnose/options.js';
import { loadProviders, type Provider, providerByName } from '../diagnose/provider.js';
import type { DiagnoseResult } from '../diagnose/result.js';
import { nearMatches } from '../near-matches.js';
import { createChalk } from '../report/colors.js';
import { shareText } from '../report/share.js';
import { endSummary } from '../report/terminal.js';
import { confirm } from './confirm.js';
import { credentialsOf } from './diagnose-credentials.js';
import { connectToOf, dnsOf, subjectOf, urlOf } from './diagnose-subject.js';
import { UsageError } from './exit-codes.js';
import { interruptible } from './interrupt.js';
import { PROVIDERS_DIR, version } from './paths.js';
import { reportRequests, writeReports } from './reports.js';
import { loadSuites } from './suites.js';
import { tlsOptionsOf } from './target.js';
import { note } from './tell.js';
import { durationMs, number, several, single } from './values.js';
import { waitingLine } from './waiting-line.js';

type Args = Readonly<Record<string, unknown>>;

const TIMEOUT_MS = 8000;
const LIMIT_MS = 60_000;
const LOGINS = 3;
/** More failed logins than this lock accounts up at some providers. */
const LOGINS_MAX = 10;

/** `popspec diagnose`: everything that can be wrong with the command line is said before anything is looked up. */
export async function diagnoseCommand(args: Args): Promise<number> {
  const requests = reportRequests(several(args.report), 'diagnose');
  const providers = loadProviders(PROVIDERS_DIR);
  const provider = providerOf(single('provider', args.provider), providers);
  const subject = subjectOf(args, provider);
  const base = single('autoconfig-base', args['autoconfig-base']);
  const flags = { color: args.color as boolean | undefined };
  const limits = {
    timeoutMs: durationMs('timeout', args.timeout, TIMEOUT_MS),
    limitMs: durationMs('limit', args.limit, LIMIT_MS),
    loginBudget:
      number('login-budget', args['login-budget'], { least: 0, most: LOGINS_MAX, integer: true }) ?? LOGINS,
  };
  const dns = several(args.dns).map(dnsOf);
  const connectTo = several(args['connect-to']).map(connectToOf);
  const tlsOptions = tlsOptionsOf(args);
  const autoconfigBase = base === undefined ? undefined : urlOf('autoconfig-base', base);
  const credentials = await credentialsOf(args, subject);
  const { library } = loadSuites({}, [], 'scenarios');
  const { signal, release } = interruptible();
  const line = waitingLine(process.stderr);
  const ask: DiagnoseOptions['follow'] = async (host, by) => {
    line.clear();
    return confirm(`${host} is in another domain, and named by ${by} alone. Contact it?`);
  };
  let doc: DiagnoseResult;
  try {
    doc = await diagnose({
      subject,
      ...credentials,
      providers,
      library,
      dns,
      ...(autoconfigBase === undefined ? {} : { autoconfigBase }),
      connectTo,
      tlsOptions,
      ...limits,
      allowRetr: args['allow-retr'] === true,
      follow: args.follow === true ? true : process.stdin.isTTY === true ? ask : false,
      version: version(),
      signal,
      waiting: (what) => line.show(what),
    });
  } finally {
    line.clear();
    release();
  }
  const stream = requests.some(({ file }) => file === '-') ? process.stderr : process.stdout;
  if (args.share === true || args['share-hosts'] === true)
    stream.write(shareText(doc, { hosts: args['share-hosts'] === true }));
  else stream.write(endSummary(doc, createChalk(stream, process.env, flags)));
  writeReports(requests, doc);
  if (doc.facts.elsewhere.length > 0 && args.follow !== true)
    note('a server of another domain was not contacted; --follow contacts it');
  return doc.exit.code;
}

function providerOf(word: string | undefined, providers: readonly Provider[]): Provider | undefined {
  if (word === undefined) return undefined;
  const found = providerByName(providers, word);
  if (found !== undefined) return found;
  const known = providers.flatMap(({ id, also }) => [id, ...also]);
  const near = nearMatches(word.toLowerCase(), known);
  throw new UsageError(
    `the provider "${word}" is not known`,
    near.length > 0
      ? `did you mean ${near.join(' or ')}?`
      : `known: ${providers.map(({ id }) => id).join(', ')}`,
  );
}
