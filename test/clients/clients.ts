import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lacking } from '../servers/available.js';

export const CLIENT_NAMES = ['curl', 'fetchmail', 'mpop', 'poplib'] as const;
export type ClientName = (typeof CLIENT_NAMES)[number];
export type ClientMode = 'plain' | 'stls' | 'implicit';

export interface ClientTarget {
  host: string;
  port: number;
  tlsPort?: number | null;
  user: string;
  password: string;
  /** PEM; needed for `stls` and `implicit`, which all four clients verify. */
  ca?: string;
}

export type Fetch = (target: ClientTarget, mode: ClientMode) => Promise<Buffer[]>;

const CLIENT_TIMEOUT_MS = 30_000;
/** fetchmail's exit code for a mailbox without new mail. */
const FETCHMAIL_NO_MAIL = 1;

/**
 * Whether a client can be run here.
 * @throws Error when CI=true and it cannot: there a skipped client would go unnoticed
 */
export function clientAvailable(name: ClientName): boolean {
  const missing = lacking(name === 'poplib' ? 'python3' : name);
  if (missing !== null && process.env.CI === 'true') {
    throw new Error(`${missing}. Run scripts/install-debian.sh as root.`);
  }
  return missing === null;
}

/**
 * curl 7.88 and later: one connection, RETR for each number that LIST gave. Stores the bytes as they came,
 * CRLF.
 */
export const fetchWithCurl: Fetch = (target, mode) =>
  inScratch(target, async ({ directory, ca }) => {
    const base = `${mode === 'implicit' ? 'pop3s' : 'pop3'}://${target.host}:${portFor(target, mode)}/`;
    const common = [
      'silent',
      'show-error',
      `user = "${target.user}:${target.password}"`,
      ...(mode === 'stls' ? ['ssl-reqd'] : []),
      ...(mode === 'plain' ? [] : [`cacert = "${ca}"`]),
    ];
    // The configuration goes in on standard input, so that no password stands in the process list.
    const curl = (lines: string[]) =>
      runClient('curl', ['--disable', '--config', '-'], [0], lines.join('\n'));
    const listing = await curl([...common, `url = "${base}"`]);
    const numbers = listing.split('\r\n').flatMap((row) => row.match(/^\d+/) ?? []);
    if (numbers.length === 0) return [];
    const file = (number: string) => join(directory, `message-${number}`);
    await curl([...common, ...numbers.flatMap((n) => [`url = "${base}${n}"`, `output = "${file(n)}"`])]);
    return Promise.all(numbers.map((number) => readFile(file(number))));
  });

/**
 * fetchmail 6.4: all messages, kept, to a delivery command. Turns CRLF into LF, puts the empty line behind a
 * header that has none, gives a message without header fields some of its own, and damages lines of more than
 * 8,189 octets. Received and Return-Path are left out by the options below.
 */
export const fetchWithFetchmail: Fetch = (target, mode) =>
  inScratch(target, async ({ directory, ca, store, stored }) => {
    // "invisible" leaves out the Received field, "no rewrite" leaves addresses alone. An IP address is never
    // matched with a certificate, so the name is given apart from it.
    const tls = { plain: "sslproto ''", stls: "sslproto 'TLS1.2+'", implicit: "ssl sslproto 'TLS1.2+'" }[
      mode
    ];
    const verify =
      mode === 'plain' ? 'no sslcertck' : `sslcertck sslcertfile '${ca}' sslcommonname localhost`;
    const config = join(directory, 'fetchmailrc');
    const lines = [
      'set invisible',
      'set no bouncemail',
      `poll popspec.test via ${target.host} protocol pop3 port ${portFor(target, mode)} auth password`,
      `  user '${target.user}' password '${target.password}' is root here`,
      `  ${tls} ${verify} fetchall keep no rewrite pass8bits`,
      `  mda "${store}"`,
    ];
    await writeFile(config, `${lines.join('\n')}\n`, { mode: 0o600 });
    await runClient(
      'fetchmail',
      ['--fetchmailrc', config, '--nodetach', '--nosyslog'],
      [0, FETCHMAIL_NO_MAIL],
      '',
      {
        FETCHMAILHOME: directory,
      },
    );
    return stored();
  });

/**
 * mpop 1.4: all messages, kept, to a delivery command. Turns CRLF into LF; adds no From_ line to a command's
 * input, and its Received field is switched off below.
 */
export const fetchWithMpop: Fetch = (target, mode) =>
  inScratch(target, async ({ directory, ca, store, stored }) => {
    const config = join(directory, 'mpoprc');
    const lines = [
      'account default',
      `host ${target.host}`,
      `port ${portFor(target, mode)}`,
      `user ${target.user}`,
      `password ${target.password}`,
      'auth user',
      `tls ${mode === 'plain' ? 'off' : 'on'}`,
      ...(mode === 'plain' ? [] : [`tls_starttls ${mode === 'stls' ? 'on' : 'off'}`, `tls_trust_file ${ca}`]),
      'keep on',
      'only_new off',
      'received_header off',
      `uidls_file ${join(directory, 'uidls')}`,
      `delivery mda ${store}`,
    ];
    await writeFile(config, `${lines.join('\n')}\n`, { mode: 0o600 });
    await runClient('mpop', [`--file=${config}`, '--quiet']);
    return stored();
  });

/**
 * Python's poplib. It gives lines without their ends (CRLF, or a bare LF), here joined with CRLF again, and
 * refuses lines of more than 2,048 octets.
 */
export const fetchWithPoplib: Fetch = (target, mode) =>
  inScratch(target, async ({ ca }) => {
    const job = { ...target, port: portFor(target, mode), mode, ca };
    const output = await runClient('python3', ['-c', POPLIB_SCRIPT], [0], JSON.stringify(job));
    return (JSON.parse(output) as string[]).map((message) => Buffer.from(message, 'base64'));
  });

/** The four functions above by client. */
export const FETCH: Readonly<Record<ClientName, Fetch>> = {
  curl: fetchWithCurl,
  fetchmail: fetchWithFetchmail,
  mpop: fetchWithMpop,
  poplib: fetchWithPoplib,
};

const POPLIB_SCRIPT = `
import base64, json, poplib, ssl, sys
job = json.load(sys.stdin)
context = None if job['mode'] == 'plain' else ssl.create_default_context(cafile=job['ca'])
if job['mode'] == 'implicit':
    box = poplib.POP3_SSL(job['host'], job['port'], context=context, timeout=20)
else:
    box = poplib.POP3(job['host'], job['port'], timeout=20)
if job['mode'] == 'stls':
    box.stls(context=context)
box.user(job['user'])
box.pass_(job['password'])
messages = []
for row in box.list()[1]:
    lines = box.retr(int(row.split()[0]))[1]
    messages.append(base64.b64encode(b''.join(line + b'\\r\\n' for line in lines)).decode())
box.quit()
print(json.dumps(messages))
`;

interface Scratch {
  directory: string;
  /** File with the certificate to trust. */
  ca: string;
  /** A delivery command: it stores its standard input as the next message. */
  store: string;
  /** What `store` stored, in order. */
  stored(): Promise<Buffer[]>;
}

async function inScratch(
  target: ClientTarget,
  job: (scratch: Scratch) => Promise<Buffer[]>,
): Promise<Buffer[]> {
  const directory = await mkdtemp(join(tmpdir(), 'popspec-client-'));
  try {
    const inbox = join(directory, 'inbox');
    const [ca, store] = [join(directory, 'ca.pem'), join(directory, 'store')];
    await mkdir(inbox);
    await writeFile(ca, target.ca ?? '');
    const script = `#!/bin/sh\ncat >"${inbox}/$(printf %06d "$(ls "${inbox}" | wc -l)")"\n`;
    await writeFile(store, script, { mode: 0o700 });
    const stored = async () => {
      const names = (await readdir(inbox)).sort();
      return Promise.all(names.map((name) => readFile(join(inbox, name))));
    };
    return await job({ directory, ca, store, stored });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function portFor(target: ClientTarget, mode: ClientMode): number {
  const port = mode === 'implicit' ? target.tlsPort : target.port;
  if (port === undefined || port === null) throw new Error('the target has no port for implicit TLS');
  return port;
}

/** Runs a client to its end and returns its standard output; any other exit code throws with what it said. */
function runClient(
  program: string,
  args: readonly string[],
  goodCodes: readonly number[] = [0],
  input = '',
  env: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, timeout: CLIENT_TIMEOUT_MS });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('latin1').on('data', (text: string) => (errors += text));
    // A client that ends before it has read its input says why on standard error.
    child.stdin.on('error', () => {}).end(input);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code !== null && goodCodes.includes(code)) resolve(output);
      else reject(new Error(`${program} ended with ${code ?? signal}: ${errors}${output}`));
    });
  });
}
