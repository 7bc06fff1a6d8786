import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program } from './available.js';
import { deliveryScript, toMbox } from './mbox.js';
import { launch } from './process.js';
import { HOST, makeCertificate, makeDirectory, makeUsers, run } from './scratch.js';
import type { RealServer, ServerUser } from './types.js';

/**
 * The accounts are those of a virtual domain: GNU pop3d reads them from a file of ours, under names that
 * carry the domain, and looks up no system account. So nothing outside the server's directory changes.
 */
const DOMAIN = 'popspec.test';
const DEFAULT_USERS = 10;
/** The package's default of 20 leaves further clients without a greeting. */
const MAX_CHILDREN = 1_100;
const BACKLOG = 512;
const LOCK_TIMEOUT_MS = 10_000;
const LOCK_POLL_MS = 20;

/** Starts GNU mailutils' pop3d on loopback: mbox, virtual domain, APOP, STLS and implicit TLS. Needs root. */
export async function startMailutils(options: { users?: number } = {}): Promise<RealServer> {
  const directory = await makeDirectory('mailutils');
  const mail = join(directory, 'mail');
  const users = makeUsers(options.users ?? DEFAULT_USERS, `@${DOMAIN}`);
  const version = (await run(program('pop3d'), ['--version'])).stdout.split('\n')[0]!.split(' ').at(-1)!;
  const { cert, key, ca } = await makeCertificate(directory);
  for (const user of users) await mkdir(join(mail, user.name), { recursive: true });
  await writeAccounts(directory, mail, users);
  const deliver = join(directory, 'deliver');
  await writeFile(deliver, deliveryScript(mail), { mode: 0o755 });

  const configFile = join(directory, 'pop3d.conf');
  const launched = await launch({
    directory,
    logFile: join(directory, 'server.log'),
    ca,
    async prepare(port, tlsPort) {
      await writeFile(configFile, configuration({ directory, cert, key, port, tlsPort }));
      return [program('pop3d'), `--config-file=${configFile}`, '--daemon', '--foreground'];
    },
  });

  return {
    name: 'mailutils',
    version,
    host: HOST,
    ca,
    users,
    deliver: `command:${deliver}`,
    directory,
    ...launched,
    async putMail(user, messages) {
      if (!users.some(({ name }) => name === user)) throw new Error(`mailutils has no user ${user}`);
      const box = join(mail, user, 'INBOX');
      await takeDotlock(box);
      try {
        await writeFile(box, Buffer.concat(messages.map(toMbox)));
      } finally {
        await rm(`${box}.lock`);
      }
    },
  };
}

/** A session that has just ended may be writing its mbox still: the server holds the dotlock until then. */
async function takeDotlock(box: string): Promise<void> {
  for (const deadline = performance.now() + LOCK_TIMEOUT_MS; ; await sleep(LOCK_POLL_MS)) {
    try {
      await writeFile(`${box}.lock`, '', { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (performance.now() > deadline) throw new Error(`${box} stays locked: a session is open on it`);
    }
  }
}

/** The virtual domain's passwd file (MD5-crypt, the cheapest that crypt(3) takes) and the APOP database. */
async function writeAccounts(directory: string, mail: string, users: readonly ServerUser[]): Promise<void> {
  const passwords = join(directory, 'passwords');
  await writeFile(passwords, users.map(({ password }) => `${password}\n`).join(''), { mode: 0o600 });
  const { stdout } = await run('openssl', ['passwd', '-1', '-in', passwords]);
  const hashes = stdout.split('\n');
  const rows = users.map(({ name }, index) => {
    const local = name.slice(0, name.indexOf('@'));
    return `${local}:${hashes[index]}:${process.getuid!()}:${process.getgid!()}::${mail}/${name}:/bin/false\n`;
  });
  await mkdir(join(directory, 'domains'));
  await writeFile(join(directory, 'domains', DOMAIN), rows.join(''));

  const apop = join(directory, 'apop');
  await writeFile(apop, users.map(({ name, password }) => `${name} ${password}\n`).join(''), { mode: 0o600 });
  await run('popauth', ['--create', `--file=${apop}`, `--output=${apop}.db`]);
}

interface Settings {
  directory: string;
  cert: string;
  key: string;
  port: number;
  tlsPort: number;
}

function configuration({ directory, cert, key, port, tlsPort }: Settings): string {
  return `mode daemon;
foreground yes;
max-children ${MAX_CHILDREN};
logging { syslog no; };
virtdomain { passwd-dir "${directory}/domains"; };
auth { authentication generic; authorization virtdomain; };
apop-database-file "${directory}/apop.db";
tls { ssl-certificate-file "${cert}"; ssl-key-file "${key}"; };
server ${HOST}:${port} { tls-mode ondemand; backlog ${BACKLOG}; };
server ${HOST}:${tlsPort} { tls-mode connection; backlog ${BACKLOG}; };
`;
}
