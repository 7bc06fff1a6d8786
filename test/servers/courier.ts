import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, unpacked } from './available.js';
import { isolated } from './isolated.js';
import { fillMaildir, MAIL_ID, makeMaildir } from './maildir.js';
import { launch } from './process.js';
import { crypt, feed, HOST, makeCertificate, makeDirectory, makeUsers, run } from './scratch.js';
import type { RealServer, ServerUser } from './types.js';

const DEFAULT_USERS = 10;
/** MAXDAEMONS and MAXPERIP: the package's 40 and 4 leave further clients without a greeting. */
const MAX_SESSIONS = 1_100;
const OWNER = { uid: MAIL_ID, gid: MAIL_ID };

export interface CourierOptions {
  users?: number;
  /** MAXPERIP, connections from one address to each port. */
  perAddress?: number;
  /** Account options of the users of these numbers, such as `disablepop3=1`. */
  accountOptions?: Readonly<Record<number, string>>;
}

/** Starts Courier's pop3d on loopback: Maildir, userdb, STLS and implicit TLS. Needs root. */
export async function startCourier(options: CourierOptions = {}): Promise<RealServer> {
  const directory = await makeDirectory('courier');
  const maildir = (user: string): string => join(directory, 'mail', user, 'Maildir');
  const users = makeUsers(options.users ?? DEFAULT_USERS);
  const { cert, key, ca } = await makeCertificate(directory);
  await run('sh', ['-c', `cat "${key}" "${cert}" >"${directory}/both.pem"`]);
  for (const user of users) await makeMaildir(maildir(user.name), OWNER);
  await mkdir(join(directory, 'run/courier/authdaemon'), { recursive: true });
  await writeAccounts(directory, users, options.accountOptions ?? {});

  const start = join(directory, 'start');
  const launched = await launch({
    directory,
    logFile: join(directory, 'server.log'),
    ca,
    async prepare(port, tlsPort) {
      await writeFile(start, startScript(directory, port, tlsPort, options.perAddress ?? MAX_SESSIONS));
      // The paths of the accounts and of authdaemond's socket are compiled in.
      const mounts = [
        { at: '/etc/courier', shown: join(directory, 'etc') },
        { at: '/run', shown: join(directory, 'run') },
      ];
      return isolated(mounts, ['sh', start]);
    },
  });

  return {
    name: 'courier',
    version: await versionOf('courier-base'),
    host: HOST,
    ca,
    users,
    deliver: `maildir:${directory}/mail/{user}/Maildir`,
    directory,
    ...launched,
    async putMail(user, messages) {
      if (!users.some(({ name }) => name === user)) throw new Error(`courier has no user ${user}`);
      await fillMaildir(maildir(user), messages, OWNER);
    },
  };
}

/** The version of the package, without what Debian added to it; Courier's programs do not tell theirs. */
async function versionOf(name: string): Promise<string> {
  const { stdout } = await run('dpkg-query', ['-s', name]);
  return /^Version: ([\d.]+)/m.exec(stdout)?.[1] ?? 'unknown';
}

/** authdaemond's configuration and userdb: a hash for PASS and PLAIN, and one key for each CRAM mechanism. */
async function writeAccounts(
  directory: string,
  users: readonly ServerUser[],
  options: Readonly<Record<number, string>>,
): Promise<void> {
  const etc = join(directory, 'etc');
  await mkdir(etc);
  const settings = { authmodulelist: 'authuserdb', daemons: 5, authdaemonvar: '/run/courier/authdaemon' };
  const rows = Object.entries(settings).map(([name, value]) => `${name}="${value}"\n`);
  await writeFile(join(etc, 'authdaemonrc'), rows.join(''));

  const hashes = await crypt(directory, users);
  const accounts = users.map(async ({ name, password }, index) => {
    const keys = ['md5', 'sha1', 'sha256'].map(async (hash) => {
      const value = await feed(program('userdbpw'), [`-hmac-${hash}`], `${password}\n`);
      return `hmac-${hash}pw=${value.trim()}`;
    });
    const fields = [
      `systempw=${hashes[index]}`,
      ...(await Promise.all(keys)),
      `uid=${OWNER.uid}`,
      `gid=${OWNER.gid}`,
      `home=${directory}/mail/${name}`,
      ...(options[index] === undefined ? [] : [`options=${options[index]}`]),
    ];
    return `${name}\t${fields.join('|')}\n`;
  });
  await writeFile(join(etc, 'userdb'), (await Promise.all(accounts)).join(''), { mode: 0o600 });
  await run(program('makeuserdb'), ['-f', join(etc, 'userdb')]);
}

/** What the package's `pop3d start` and `pop3d-ssl start` do, in the foreground. */
function startScript(directory: string, port: number, tlsPort: number, perAddress: number): string {
  const folder = unpacked('courier-pop', 'usr/lib/courier/courier');
  const pop3d = `${folder}/courierpop3login ${folder}/courierpop3d Maildir`;
  const limits = `-maxprocs=${MAX_SESSIONS} -maxperip=${perAddress}`;
  return `trap 'exit 0' TERM
set -a
POP3AUTH='PLAIN LOGIN CRAM-MD5 CRAM-SHA1 CRAM-SHA256'
POP3AUTH_TLS=$POP3AUTH
POP3_PROXY=0
POP3_STARTTLS=YES
POP3_TLS_REQUIRED=0
COURIERTLS=${program('couriertls')}
TLS_CERTFILE=${directory}/both.pem
TLS_VERIFYPEER=NONE
MAILDIRPATH=Maildir
/usr/lib/courier/courier-authlib/authdaemond &
tcpd='${program('couriertcpd')} -address=${HOST} ${limits} -nodnslookup -noidentlookup'
$tcpd ${port} ${pop3d} &
POP3_TLS=1
POP3_STARTTLS=NO
$tcpd ${tlsPort} $COURIERTLS -server -tcpd -user=courier ${pop3d} &
wait
`;
}
