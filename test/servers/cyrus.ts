import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDelivery } from '../../src/wire/delivery.js';
import { program, unpacked } from './available.js';
import { isolated } from './isolated.js';
import { launch } from './process.js';
import { connectRaw } from './raw-client.js';
import { feed, freePorts, HOST, makeCertificate, makeDirectory, makeUsers, run } from './scratch.js';
import type { RealServer } from './types.js';

const DEFAULT_USERS = 10;
/** Debian's configuration has 50: further clients wait without a greeting. */
const MAX_CHILDREN = 1_100;
const BACKLOG = 512;
const PROGRAMS = '/usr/lib/cyrus/bin';

/** Starts Cyrus' pop3d on loopback: its own store, LMTP, STLS and implicit TLS. Needs root. */
export async function startCyrus(options: { users?: number } = {}): Promise<RealServer> {
  const directory = await makeDirectory('cyrus');
  const users = makeUsers(options.users ?? DEFAULT_USERS);
  const { ca } = await makeCertificate(directory);
  for (const folder of ['conf', 'spool', 'proc', 'lock', 'socket']) await mkdir(join(directory, folder));
  for (const { name, password } of users) {
    const database = ['-f', join(directory, 'sasldb')];
    await feed(program('saslpasswd2'), ['-p', '-c', ...database, '-u', 'localhost', name], password);
  }
  await writeFile(join(directory, 'imapd.conf'), imapdConf(directory));
  // The whole tree belongs to the user that the server becomes.
  await run('chown', ['-R', 'cyrus:mail', directory]);

  let deliver = '';
  const launched = await launch({
    directory,
    logFile: join(directory, 'server.log'),
    ca,
    async prepare(port, tlsPort) {
      const [lmtpPort] = await freePorts();
      deliver = `lmtp://${HOST}:${lmtpPort}/{user}@localhost`;
      await writeFile(join(directory, 'cyrus.conf'), cyrusConf(directory, port, tlsPort, lmtpPort));
      const files = [
        '-C',
        `${directory}/imapd.conf`,
        '-M',
        `${directory}/cyrus.conf`,
        '-p',
        `${directory}/pid`,
      ];
      return isolated([], [`${PROGRAMS}/master`, '-D', ...files, '-l', String(BACKLOG)]);
    },
  });
  const { greeting, close } = await connectRaw({ host: HOST, port: launched.port });
  close();

  return {
    name: 'cyrus',
    version: /POP3 ([\d.]+)/.exec(greeting)?.[1] ?? greeting,
    host: HOST,
    ca,
    users,
    deliver,
    directory,
    ...launched,
    async putMail(user, messages) {
      const account = users.find(({ name }) => name === user);
      if (account === undefined) throw new Error(`cyrus has no user ${user}`);
      const client = await connectRaw({ host: HOST, port: launched.port });
      await client.login(account.name, account.password);
      const count = Number(/^\+OK (\d+)/.exec(await client.command('STAT'))?.[1]);
      for (let number = 1; number <= count; number++) await client.command(`DELE ${number}`);
      await client.command('QUIT');
      client.close();
      const lmtp = parseDelivery(deliver);
      for (const message of messages) await lmtp.deliver(Buffer.from(message), user);
    },
  };
}

function imapdConf(directory: string): string {
  return `configdirectory: ${directory}/conf
defaultpartition: default
partition-default: ${directory}/spool
proc_path: ${directory}/proc
mboxname_lockpath: ${directory}/lock
lmtpsocket: ${directory}/socket/lmtp
servername: localhost
allowplaintext: yes
allowapop: yes
popminpoll: 0
autocreate_quota: 0
autocreate_post: yes
duplicatesuppression: no
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: ${directory}/sasldb
sasl_mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
tls_server_cert: ${directory}/cert.pem
tls_server_key: ${directory}/key.pem
`;
}

function cyrusConf(directory: string, port: number, tlsPort: number, lmtpPort: number): string {
  const settings = `-C ${directory}/imapd.conf`;
  const pop3d = `${unpacked('cyrus-pop3d', PROGRAMS.slice(1))}/pop3d ${settings}`;
  const on = (where: number): string => `listen="${HOST}:${where}" proto="tcp4" maxchild=${MAX_CHILDREN}`;
  return `START {
  recover cmd="${PROGRAMS}/ctl_cyrusdb ${settings} -r"
}
SERVICES {
  pop3 cmd="${pop3d}" ${on(port)}
  pop3s cmd="${pop3d} -s" ${on(tlsPort)}
  lmtp cmd="${PROGRAMS}/lmtpd ${settings} -a" ${on(lmtpPort)}
}
EVENTS {
}
`;
}
