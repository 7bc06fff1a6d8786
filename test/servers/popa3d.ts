import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program, unpacked } from './available.js';
import { isolated } from './isolated.js';
import { MAIL_ID } from './maildir.js';
import { deliveryScript, fillMbox } from './mbox.js';
import { launch } from './process.js';
import { crypt, HOST, makeDirectory, makeUsers, run } from './scratch.js';
import type { RealServer, ServerUser } from './types.js';

const DEFAULT_USERS = 10;
/** Of socat, in whose hands the connections are: popa3d's own daemon listens on all addresses. */
const MAX_CHILDREN = 1_100;
const BACKLOG = 512;
/** System accounts end at 999. */
const FIRST_ID = 1_000;
const SERVICE_ID = 999;

/** Starts popa3d behind socat on loopback: mbox, USER and PASS, nothing else. Needs root. */
export async function startPopa3d(options: { users?: number } = {}): Promise<RealServer> {
  const directory = await makeDirectory('popa3d');
  const mail = join(directory, 'mail');
  const users = makeUsers(options.users ?? DEFAULT_USERS);
  await mkdir(mail);
  await mkdir(join(directory, 'lib/popa3d'), { recursive: true });
  for (const [index, { name }] of users.entries()) {
    await writeFile(join(mail, name), '', { mode: 0o600 });
    await chown(join(mail, name), FIRST_ID + index, MAIL_ID);
  }
  await writeAccounts(join(directory, 'etc'), await crypt(directory, users), users);
  const deliver = join(directory, 'deliver');
  await writeFile(deliver, deliveryScript(`${mail}/$POPSPEC_USER`, 'From'), { mode: 0o755 });

  const launched = await launch({
    directory,
    logFile: join(directory, 'server.log'),
    ca: null,
    async prepare(port) {
      const listen = `TCP4-LISTEN:${port},bind=${HOST},reuseaddr,fork`;
      const limits = `backlog=${BACKLOG},max-children=${MAX_CHILDREN}`;
      const popa3d = `EXEC:${unpacked('popa3d', 'usr/sbin/popa3d')},nofork`;
      return isolated(
        [
          // Its accounts are the system's, its mail lies in /var/mail.
          ...['passwd', 'shadow', 'group', 'pam.d'].map((file) => ({
            at: `/etc/${file}`,
            shown: join(directory, 'etc', file),
          })),
          { at: '/var/mail', shown: mail },
          { at: '/var/lib', shown: join(directory, 'lib') },
        ],
        [program('socat'), `${listen},${limits}`, popa3d],
      );
    },
  });

  return {
    name: 'popa3d',
    version: await versionOf(),
    host: HOST,
    ca: null,
    users,
    deliver: `command:${deliver}`,
    directory,
    ...launched,
    async putMail(user, messages) {
      if (!users.some(({ name }) => name === user)) throw new Error(`popa3d has no user ${user}`);
      await fillMbox(join(mail, user), messages, 'From');
    },
  };
}

async function versionOf(): Promise<string> {
  const { stdout } = await run(unpacked('popa3d', 'usr/sbin/popa3d'), ['-V']);
  return /version ([\d.]+)/.exec(stdout)?.[1] ?? stdout;
}

/** Files that stand in for the system's accounts and for the settings of PAM. */
async function writeAccounts(
  etc: string,
  hashes: readonly string[],
  users: readonly ServerUser[],
): Promise<void> {
  const accounts = [
    { name: 'root', id: 0, gid: 0, hash: '*' },
    { name: 'popa3d', id: SERVICE_ID, gid: SERVICE_ID, hash: '*' },
    ...users.map(({ name }, index) => ({ name, id: FIRST_ID + index, gid: MAIL_ID, hash: hashes[index] })),
  ];
  const passwd = accounts.map(({ name, id, gid }) => `${name}:x:${id}:${gid}::/nonexistent:/bin/false\n`);
  const shadow = accounts.map(({ name, hash }) => `${name}:${hash}:20000:0:99999:7:::\n`);
  await mkdir(join(etc, 'pam.d'), { recursive: true });
  await writeFile(join(etc, 'passwd'), passwd.join(''));
  await writeFile(join(etc, 'shadow'), shadow.join(''), { mode: 0o600 });
  await writeFile(join(etc, 'group'), `root:x:0:\nmail:x:${MAIL_ID}:\npopa3d:x:${SERVICE_ID}:\n`);
  await writeFile(join(etc, 'pam.d/popa3d'), 'auth required pam_unix.so\naccount required pam_unix.so\n');
}
