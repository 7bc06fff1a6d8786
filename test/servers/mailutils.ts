import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program } from './available.js';
import { deliveryScript, fillMbox } from './mbox.js';
import { launch } from './process.js';
import { crypt, HOST, makeCertificate, makeDirectory, makeUsers, run } from './scratch.js';
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

/** Starts GNU mailutils' pop3d on loopback: mbox, virtual domain, APOP, STLS and implicit TLS. Needs root. */
export async function startMailutils(options: { users?: number } = {}): Promise<RealServer> {
  const directory = await makeDirectory('mailutils');
  const mail = join(directory, 'mail');
  const users = makeUsers(options.users ?? DEFAULT_USERS, `@${DOMAIN}`);
  const version = (await run(program('pop3d'), ['--version'])).stdout.split('\n')[0]!.split(' ').at(-1)!;
  const { cert, key, ca } = await makeCertificate(directory);
  for (const user of users) {
    await mkdir(join(mail, user.name), { recursive: true });
    await writeFile(join(mail, user.name, 'INBOX'), '', { mode: 0o600 });
  }
  await writeAccounts(directory, mail, users);
  const deliver = join(directory, 'deliver');
  await writeFile(deliver, deliveryScript(`${mail}/$POPSPEC_USER/INBOX`), { mode: 0o755 });

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
      await fillMbox(join(mail, user, 'INBOX'), messages);
    },
  };
}

/** The virtual domain's passwd file (MD5-crypt, the cheapest that crypt(3) takes) and the APOP database. */
async function writeAccounts(directory: string, mail: string, users: readonly ServerUser[]): Promise<void> {
  const hashes = await crypt(directory, users);
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
