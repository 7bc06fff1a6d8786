import type { Options as YargsOption } from 'yargs';
import { AUTH_MODES } from '../dialogue/auth.js';

export type Options = Record<string, YargsOption>;

/** An option with a value. Values are read by src/cli/values.ts, which knows their kinds and limits. */
const value = (description: string, more: YargsOption = {}): YargsOption => ({
  type: 'string',
  requiresArg: true,
  description,
  ...more,
});
const values = (description: string): YargsOption => value(description, { array: true });
/** Repeatable, a value each: what follows is the target. */
const each = (description: string): YargsOption => ({ type: 'string', array: true, nargs: 1, description });
const flag = (description: string): YargsOption => ({ type: 'boolean', description });

const limit = (description: string): YargsOption => value(description, { group: 'Limits:' });

const TARGET: Options = {
  tls: value('none, stls or implicit (default: implicit for pop3s:// and port 995)'),
  user: value('user name', { group: 'Account:' }),
  'password-env': value('environment variable that holds the password', { group: 'Account:' }),
  'password-file': value('file that holds the password', { group: 'Account:' }),
  password: value('password (others on this machine can see it)', { group: 'Account:' }),
  users: value('CSV file of accounts: user,password', { group: 'Account:' }),
  ca: value('PEM file of the authorities to trust', { group: 'TLS:' }),
  'other-port': value('where the same server speaks TLS from the start, or in clear if the target does', {
    group: 'TLS:',
  }),
  sni: value('server name to ask for and to verify', { group: 'TLS:' }),
  insecure: flag('go on when the certificate does not verify'),
  timeout: value('limit for each answer (default 20s)'),
  'allow-delete': flag('the target is a test target: mail may be deleted'),
  suite: value('another folder of suites, or a suite file beside them'),
  report: each(
    'FORMAT[=FILE], repeatable: html, junit, json, markdown, github, text; for load also autocannon, hgrm, hlog',
  ),
  color: flag('colours, also where nobody watches; --no-color for none'),
  config: value('options as YAML (default popspec.config.yaml where it is)'),
};

export const CHECK_OPTIONS: Options = {
  ...TARGET,
  auth: value(`how to log in: auto, ${AUTH_MODES.join(', ')} (default auto: as the server offers)`),
  only: values('ids, clauses or tags to run; * stands for anything'),
  skip: values('ids, clauses or tags to leave out'),
  slow: flag('also the cases that take minutes'),
  'fail-on': value('must, should or warn: from where on the run fails (default must)'),
  baseline: value('YAML file of findings that are known: they do not make the run fail, until they expire'),
  'max-connections': value(
    'no more connections to the server at a time (default: what accounts and server allow)',
  ),
  'max-inconclusive': value('so many inconclusive cases are put up with (default 0)'),
  targets: value('YAML file of several targets: a name for each, with target, users, tls, deliver …'),
  deliver: value('how test mail gets in: smtp://…, lmtp://…, maildir:DIR, command:CMD'),
  fault: values('faults of the embedded server to check it with'),
};

/** Options of check that say what is run and reported, not who is talked to. */
const OF_A_RUN = [
  ...['only', 'skip', 'slow', 'fail-on', 'max-inconclusive', 'targets', 'fault', 'suite', 'report'],
  ...['allow-delete', 'other-port'],
];

/** Options of check that each target of `--targets` can have by itself. */
export const PER_TARGET: Options = Object.fromEntries(
  Object.entries(CHECK_OPTIONS).filter(([name]) =>
    [
      ...[
        'tls',
        'auth',
        'user',
        'password-env',
        'password-file',
        'users',
        'ca',
        'sni',
        'insecure',
        'other-port',
        'timeout',
      ],
      ...['allow-delete', 'deliver', 'fault', 'baseline'],
    ].includes(name),
  ),
);

export const LOAD_OPTIONS: Options = {
  ...TARGET,
  auth: value(`how to log in: ${AUTH_MODES.join(', ')} (default user)`),
  scenario: values('ID[=WEIGHT] of a scenario, or a file; repeatable for a mix (default load/check-and-go)'),
  profile: value('a profile or a file: scenarios, model and thresholds in one, such as smoke or isp-morning'),
  sessions: value('closed model: so many sessions at a time (default 10)'),
  ramp: value('closed model: the first sessions are spread over this time'),
  pacing: value('closed model: one session follows another at most so often, such as 5s'),
  rate: value('open model: session starts per second: 200, or stages as 50..500:60s,500:2m'),
  'max-sessions': value(
    'open model: no more sessions at a time (default: as many as users and open files allow)',
  ),
  poisson: flag('open model: random arrivals instead of even ones'),
  duration: value('how long (default 10s)'),
  count: value('ends after so many sessions, warm-up not counted'),
  warmup: value('left out of the figures, before the duration (default 0)'),
  threshold: values('such as "session.p99 < 200ms", "errors < 1%", "integrity == 0"; repeatable'),
  'abort-on-fail': flag(
    'the run ends as soon as a threshold is missed; or write "errors < 5% abort" for one',
  ),
  'find-capacity': flag(
    'raises the rate until a threshold is missed, then looks between; --duration is that of a step',
  ),
  'user-pattern': value('accounts by pattern, such as user{0001..5000}@example.org, with one password'),
  seed: value('number that makes random choices repeatable'),
  'tls-min': value('lowest version: TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3', { group: 'TLS:' }),
  'tls-max': value('highest version', { group: 'TLS:' }),
  ciphers: value('cipher list in OpenSSL’s form', { group: 'TLS:' }),
  cert: value('PEM file of a client certificate', { group: 'TLS:' }),
  key: value('PEM file of its key', { group: 'TLS:' }),
  'tls-resume': {
    ...flag('handshakes resume the last session; without it each one is a full one'),
    group: 'TLS:',
  },
  'login-delay': value('a user rests so long between two sessions (default: what CAPA announces)'),
  deliver: value('how mail gets in for --refill: smtp://…, lmtp://…, maildir:DIR, command:CMD'),
  refill: value('so many messages a second are delivered while the run goes on, to one user after the other'),
  source: value('addresses of this machine that sessions come from, in turn: 127.0.0.2-127.0.0.9,…', {
    group: 'Scale:',
  }),
  fault: values('faults of the embedded server: ID, or ID@1/1000 for one session of a thousand'),
  metrics: value('Prometheus metrics while it runs, such as :9464 (loopback) or 0.0.0.0:9464'),
  'http-side-load': value('URL that is loaded by HTTP in the second half of the run'),
  'http-connections': value('connections of that load (default 10)'),
  workers: value('threads that make the load (default: what load and cores call for)', { group: 'Scale:' }),
  shard: value('i/n: only this part of the run, as one of n machines; popspec merge adds them up', {
    group: 'Scale:',
  }),
  'shard-file': value('where the figures of the shard go (default reports/shard-I-of-N.json)', {
    group: 'Scale:',
  }),
  'start-at': value('when the run begins: 2026-03-14T09:30:00Z, 09:30:00 or seconds since 1970', {
    group: 'Scale:',
  }),
  agents: value('the run is made by so many agents, or by those of these names: one,two', {
    group: 'Scale:',
  }),
  redis: value('Redis through which they are reached: redis://host:6379', { group: 'Scale:' }),
  'ready-within': value('all agents must be ready after so long (default 30s)', { group: 'Scale:' }),
};

/** What an agent has for itself; the rest is in the plan that it is given. */
export const AGENT_OPTIONS: Options = {
  redis: value('Redis through which runs are announced: redis://host:6379'),
  name: value('what the agent is called (default: host and process)'),
  once: flag('ends after one run'),
  workers: value('threads that make the load (default 1)'),
  ...Object.fromEntries(
    Object.entries(LOAD_OPTIONS).filter(([name]) =>
      [
        ...['user', 'password-env', 'password-file', 'password', 'users', 'user-pattern', 'source', 'config'],
        ...['ca', 'sni', 'insecure', 'tls-min', 'tls-max', 'ciphers', 'cert', 'key', 'tls-resume'],
      ].includes(name),
    ),
  ),
};

export const DIAGNOSE_OPTIONS: Options = {
  provider: value('name of the mail provider, such as outlook or gmail'),
  tls: value('how the mail program is set up: none, stls or implicit'),
  user: value('name to log in by (default: the address)', { group: 'Account:' }),
  'password-env': value('environment variable that holds the password', { group: 'Account:' }),
  'password-file': value('file that holds the password', { group: 'Account:' }),
  password: value('password (others on this machine can see it)', { group: 'Account:' }),
  'token-env': value('environment variable that holds an OAuth token', { group: 'Account:' }),
  'login-budget': value('so many logins are tried at most (default 3)', { group: 'Account:' }),
  'allow-retr': {
    ...flag('one message may be fetched: some servers change what they show after it'),
    group: 'Account:',
  },
  ca: value('PEM file of the authorities to trust', { group: 'TLS:' }),
  sni: value('server name to ask for and to verify', { group: 'TLS:' }),
  insecure: { ...flag('log in where the certificate does not verify'), group: 'TLS:' },
  'other-port': value('where the same host speaks TLS from the start, or in clear if the target does', {
    group: 'TLS:',
  }),
  follow: flag('contact servers of other domains that SRV or autoconfig name'),
  dns: each('name server, such as 9.9.9.9 or 127.0.0.1:5353 (default: those of the system)'),
  'autoconfig-base': value('https://HOST/PATH of autoconfig is fetched from URL/HOST/PATH'),
  'connect-to': each('HOST:PORT:TO-HOST:TO-PORT: connections go elsewhere, as with curl'),
  timeout: value('limit for each answer (default 8s)'),
  limit: value('limit for everything (default 60s)'),
  share: flag('a text that can be shown in public: addresses, names, ids and tokens under aliases'),
  'share-hosts': flag('the same, host names under aliases too'),
  report: each('FORMAT[=FILE], repeatable: html, json, text'),
  color: flag('colours, also where nobody watches; --no-color for none'),
  config: value('options as YAML (default popspec.config.yaml where it is)'),
};

export const SERVE_OPTIONS: Options = {
  host: value('address to listen on (default 127.0.0.1)'),
  port: value('plain port with STLS (default: a free one)'),
  'tls-port': value('port for implicit TLS (default: a free one)'),
  accounts: value('number of accounts, user0001 and on (default 4)'),
  password: value('password of all accounts (default let-me-in)'),
  users: value('CSV file of accounts instead: user,password'),
  mail: value('folder of .eml files for every maildrop (default: the fixtures)'),
  personality: value('like a server in service: popspec list --personalities'),
  fault: values('faults of the catalogue (popspec list --faults); ID@1/1000 in one session of a thousand'),
  hostile: value('out to do harm, NAME or NAME=NUMBER: popspec list --hostile'),
  minimal: flag('announces nothing and has only the minimal commands (RFC 1939 §9)'),
  autologout: limit('idle sessions end after so long (default 10m)'),
  'max-connections': limit('so many at a time from one address'),
  excess: limit('more of them are closed, refused (-ERR) or silent (default closed)'),
  'bad-commands': limit('after so many -ERR the session is cut off'),
  'failed-logins': limit('after so many the connection is cut off'),
  'login-penalty': limit('a wrong password is refused so late, each further one twice as late'),
  'login-delay': limit('the next login of a user is refused for so long; announced'),
  expire: limit('days that mail is kept, or never; announced (default never)'),
  'store-fails': limit('temporarily or permanently: no maildrop can be opened'),
  'apop-only': { ...flag('no USER, PASS and AUTH'), group: 'Limits:' },
  'without-stls': { ...flag('no STLS'), group: 'Limits:' },
  'without-surrogates': { ...flag('mail that needs UTF-8 mode is refused without it'), group: 'Limits:' },
  'require-tls': { ...flag('no login in clear'), group: 'Limits:' },
  'reply-delay': limit('every answer comes so late'),
  mute: { ...values('commands that get no answer'), group: 'Limits:' },
  'away-at': limit('the server goes away at this many connections, once'),
  'away-for': limit('and comes back after so long'),
  config: value('options as YAML (default popspec.config.yaml where it is)'),
};

export const SEED_OPTIONS: Options = {
  ...Object.fromEntries(Object.entries(CHECK_OPTIONS).filter(([name]) => !OF_A_RUN.includes(name))),
  message: values('names of the messages, such as plain.eml (default: all of them)'),
  mail: value('folder of .eml files instead of the test messages'),
  wait: value('so long messages may take to show up (default 30s)'),
};

export const REPORT_OPTIONS: Options = {
  report: each('FORMAT[=FILE], repeatable (default: text on standard output)'),
  base: value('result of an earlier load run, to see this one beside it in the HTML report'),
  color: flag('colours, also where nobody watches; --no-color for none'),
};

export const MERGE_OPTIONS: Options = {
  report: each(
    'FORMAT[=FILE], repeatable: html, junit, json, markdown, github, text, autocannon, hgrm, hlog',
  ),
  color: flag('colours, also where nobody watches; --no-color for none'),
};

export const COMPARE_OPTIONS: Options = {
  base: values('results to compare with, several runs of one load'),
  new: values('results that are compared with them'),
  floor: values('what a difference must exceed to count: 5%, and of latencies 0.2ms (default 5% and 0.05ms)'),
  'fail-on': value('worse: exit code 1 when new is worse than base'),
  report: each('FORMAT[=FILE], repeatable: html, json, markdown, github, text'),
  color: flag('colours, also where nobody watches; --no-color for none'),
};

export const BASELINE_OPTIONS: Options = {
  baseline: value('the file (default popspec.baseline.yaml)'),
  reason: value('why the findings that are new in it are put up with'),
  expires: value('until when: a day like 2026-03-31, a time like 30d, or never (default 90d)'),
  suite: value('another folder of suites, or a suite file beside them'),
  config: value('options as YAML (default popspec.config.yaml where it is)'),
};

export const LOOK_OPTIONS = {
  only: values('ids, clauses or tags; * stands for anything'),
  skip: values('ids, clauses or tags to leave out'),
  scenarios: flag('load scenarios instead of cases'),
  faults: flag('faults of the embedded server instead of cases'),
  personalities: flag('personalities of the embedded server instead of cases'),
  hostile: flag('hostile behaviours of the embedded server instead of cases'),
  json: flag('as JSON'),
  suite: value('another folder of suites, or a suite file beside them'),
} as const satisfies Options;
