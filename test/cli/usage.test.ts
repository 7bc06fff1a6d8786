import { describe, expect, test } from 'vitest';
import { expectMessage, popspec, scratchFolder } from './popspec.js';
import { startTalker } from './strangers.js';

const dir = scratchFolder();
const SUITE = `title: Broken
cases:
  - id: first
    title: First
    clauses: [1939-5-NOOP-1]
    level: MUST
    dialogue: |
      C: NOOP
      S: +OK
  - id: second
    title: Second
    clauses: [1939-5-NOOP-1]
    level: MUST
    dialogue: |
      C: STAT
      # The mistake is in the next line.
      S: +OK {count:number} ...
`;
const suite = dir.file('broken.yaml', SUITE);
const badDialogue = dir.file('not-a-line.yaml', SUITE.replace('S: +OK {count:number} ...', 'X: +OK'));
const badHead = dir.file('head.yaml', SUITE.replace('title: Second', 'title: Second\n    lvel: MUST'));
const noScenario = dir.file('cases-only.yaml', SUITE.replace('number', 'int'));
const users = dir.file('users.csv', '# test accounts\nuser,password\nann,x\nbob\n');
const twice = dir.file('twice.csv', 'ann,x\nann,y\n');
const good = dir.file('good.csv', 'ann,x\nbob,y\n');
const text = dir.file('notes.txt', 'no certificate\n');
const folder = dir.path;

/** Each is exit code 2 and one message that holds all of the parts. */
type Row = readonly [args: readonly string[], ...parts: (string | RegExp)[]];

const HOST = '127.0.0.1:1';
const WORDS: Row[] = [
  [[], 'a command is missing', '--help'],
  [['chek'], '"chek"', 'did you mean check?'],
  [['check', '--onyl', 'x'], '--onyl', 'did you mean --only?'],
  [['merge', 'x.json', '--fault', 'retr-unstuffed'], 'there is no option --fault'],
  [['load', HOST, HOST], `"${HOST}"`, 'popspec load [target]'],
  [['check', '--timeout'], '--timeout needs a value'],
  [['report'], 'popspec report <result..>'],
];

const SELECTION: Row[] = [
  [['check', '--only', 'rfc1939/stat/drop-listin'], 'rfc1939/stat/drop-listing'],
  [['check', '--only', 'rfc1939/stta'], '"rfc1939/stta"', /did you mean rfc1939\/stat[ ?]/],
  [
    ['check', '--only', 'rfc1939/stat', '--only', 'nothing-of-the-kind'],
    '"nothing-of-the-kind"',
    'popspec list',
  ],
  [['check', '--skip', '*'], 'nothing is left to run'],
  [['check', '--only', 'rfc1939/noop', HOST], `"${HOST}"`, 'name the target before the options'],
  [['check', '--fault', 'retr-unstufed'], '"retr-unstufed"', 'did you mean retr-unstuffed'],
  [['load', '--scenario', 'downlod-and-keep'], 'did you mean load/download-and-keep?'],
  [['check', '--report', 'htm'], '"htm"', 'did you mean html?', 'junit'],
  [['check', '--report', 'autocannon'], 'autocannon cannot show a check'],
];

const FILES: Row[] = [
  [['check', '--suite', suite], `${suite}:17:15: `, '"number"', 'octets'],
  [['list', '--suite', badDialogue], `${badDialogue}:17:7: `, 'docs/dialogue.md'],
  [['explain', 'x', '--suite', badHead], `${badHead}:12:5: `, 'lvel'],
  [['load', '--scenario', noScenario], `${noScenario} holds no scenario`],
  [['load', '--scenario', `${folder}/none.yaml`], `${folder}/none.yaml`],
  [['check', '--suite', `${folder}/none.yaml`], `${folder}/none.yaml`],
  [['check', HOST, '--users', users], `${users}:4: `, 'password is missing'],
  [['load', HOST, '--users', twice], `${twice}:2: `, '"ann"', 'line 1'],
  [['check', HOST, '--user', 'ann', '--password-file', dir.file('two', 'a\nb\n')], 'line end'],
  [['check', HOST, '--ca', text], text, 'no PEM certificate'],
  [['serve', '--mail', `${folder}/none`], `${folder}/none`, '.eml'],
  [['report', `${folder}/none.json`], `${folder}/none.json`, 'ENOENT'],
];

const VALUES: Row[] = [
  [['check', '--timeout', 'soon'], '--timeout soon', '20s'],
  [['check', '--timeout', '1s', '--timeout', '2s'], '--timeout is given more than once'],
  [['load', '--duration', '10 parsecs'], '--duration 10 parsecs'],
  [['load', '--sessions', '1.5'], '--sessions 1.5', 'whole number'],
  [['check', '--fail-on', 'never'], '--fail-on never', 'must, should, warn'],
  [['check', '127.0.0.1:70000'], '"127.0.0.1:70000"', 'pop3://'],
  [['check', 'imap://127.0.0.1'], 'imap://', 'pop3://'],
  [['check', HOST, '--deliver', 'pigeon:coop'], 'pigeon', 'maildir:DIR'],
  [['check', HOST, '--user', 'ann', '--password-env', 'NOT_SET'], 'NOT_SET is not set'],
  [['load', '--threshold', 'foo.p99 < 3ms'], 'column 1', '"foo"', 'session.p99'],
  [['load', '--threshold', 'session.p99 < 3'], 'column 16', 'unit'],
];

const CONTRADICTIONS: Row[] = [
  [['load', '--rate', '5', '--sessions', '5'], '--rate and --sessions'],
  [['load', '--poisson'], '--poisson', '--rate'],
  [['check', 'pop3s://127.0.0.1', '--tls', 'stls'], 'pop3s:// and --tls stls'],
  [['check', HOST, '--fault', 'retr-unstuffed'], '--fault is for the embedded server'],
  [['load', HOST, '--fault', 'retr-unstuffed'], '--fault is for the embedded server'],
  [['check', HOST, '--users', good, '--user', 'ann'], '--users and --user'],
  [['check', HOST, '--users', good, '--password-env', 'HOME'], '--users and --password-env'],
  [['check', `pop3://ann@${HOST}`, '--users', good], '--users', 'URL'],
  [['load', HOST, '--users', good, '--user-pattern', 'u{1..3}'], '--user-pattern'],
  [['check', HOST, '--user', 'ann', '--password-env', 'HOME', '--password-file', text], 'more than one way'],
  [['check', HOST, '--user', 'ann'], 'no password for ann', '--password-env'],
  [['check', HOST, '--password-env', 'HOME'], 'no user', '--user'],
  [['check', '--user', 'ann', '--password-env', 'HOME'], '--user is given, and no target'],
  [['check', '--report', 'html=a', '--report', 'json=a'], 'two reports would go to a'],
];

describe.each([
  ['words', WORDS],
  ['selection', SELECTION],
  ['files', FILES],
  ['values', VALUES],
  ['contradictions', CONTRADICTIONS],
] as const)('exit code 2 and one message: %s', (_, rows) => {
  test.concurrent.each(rows.map((row) => [row[0].join(' '), row] as const))('popspec %s', async (_, row) => {
    const [args, ...parts] = row;
    const outcome = await popspec(args, { cwd: folder });
    expectMessage(outcome, 2, ...parts);
    expect(outcome.stdout).toBe('');
  });
});

test.concurrent('a target may stand behind --report', async () => {
  const { code, stderr } = await popspec(['check', '--report', 'json=-', HOST], { cwd: folder });
  expect(stderr).toContain(`nothing listens at ${HOST}`);
  expect(code).toBe(3);
});

test.concurrent('a password in a URL that cannot be understood is not repeated', async () => {
  const { stderr } = await popspec(['check', 'pop3://ann:h%ZZunter2@127.0.0.1']);
  expect(stderr).toContain('pop3://ann:***@127.0.0.1');
  expect(stderr).not.toContain('hunter2');
});

describe('a report that cannot be written is said before anything is sent', () => {
  test.concurrent.each([
    ['below a file', `${text}/report.html`, 'ENOTDIR'],
    ['in place of a folder', folder, 'directory'],
    ['where nothing can be made', '/proc/popspec/report.html', /ENOENT|EACCES/],
  ] as const)('%s', async (_, file, why) => {
    const server = await startTalker({ greeting: '+OK\r\n' });
    const outcome = await popspec(['check', server.at, '--report', `html=${file}`]);
    expectMessage(outcome, 2, file, why);
    expect(server.connections()).toBe(0);
  });
});
