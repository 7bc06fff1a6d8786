import { createHmac, randomBytes } from 'node:crypto';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { program } from './available.js';
import { fillMaildir, MAIL_ID, makeMaildir, type Owner } from './maildir.js';
import { launch } from './process.js';
import { HOST, makeCertificate, makeDirectory, makeUsers, run } from './scratch.js';
import type { RealServer } from './types.js';

const DEFAULT_USERS = 10;
/** Longer than any test. */
const TOKEN_SECONDS = 24 * 60 * 60;
/** Where Dovecot's rawlog puts its files when it is there, in a user's directory. */
export const RAWLOG = 'dovecot.rawlog';
/** Room for a thousand sessions and those that are just ending. */
const DEFAULT_MAX_SESSIONS = 1_100;

export interface DovecotOptions {
  users?: number;
  /** Processes that serve many connections and no fsync: ten times the sessions per second. */
  fast?: boolean;
  /** Sessions held at once. */
  maxSessions?: number;
  /** `pop3_lock_session`, the exclusive lock of RFC 1939 §4; Dovecot's default is off. */
  lock?: boolean;
  /** Further settings, which overrule those above them. */
  settings?: string;
  /** Extra fields in the passwd-file of the users of these numbers, such as `nologin`. */
  fields?: Readonly<Record<number, string>>;
  /** Keeps what every session sent behind its login, as files in RAWLOG. */
  rawlog?: boolean;
}

/** Starts Dovecot's pop3d on loopback: Maildir, passwd-file, STLS and implicit TLS. */
export async function startDovecot(options: DovecotOptions = {}): Promise<RealServer> {
  const directory = await makeDirectory('dovecot');
  const mail = join(directory, 'mail');
  const secret = randomBytes(32);
  const users = makeUsers(options.users ?? DEFAULT_USERS).map((user) => ({
    ...user,
    token: tokenFor(user.name, secret),
  }));
  const version = (await run(program('dovecot'), ['--version'])).stdout.trim();
  const { cert, key, ca } = await makeCertificate(directory);
  const owner = mailOwner();
  for (const user of users) {
    await makeMaildir(join(mail, user.name), owner);
    if (options.rawlog !== true) continue;
    const folder = join(mail, user.name, RAWLOG);
    await mkdir(folder);
    await chown(folder, owner.uid, owner.gid);
  }
  const { fields = {} } = options;
  const rows = users.map(({ name, password }, index) => `${name}:${password}::::::${fields[index] ?? ''}\n`);
  await writeFile(join(directory, 'users'), rows.join(''));

  await writeTokenKey(directory, secret);

  const logFile = join(directory, 'server.log');
  const configFile = join(directory, 'dovecot.conf');
  const launched = await launch({
    directory,
    logFile,
    ca,
    async prepare(port, tlsPort) {
      const settings = configuration({ directory, cert, key, port, tlsPort, owner, options });
      await writeFile(configFile, isRoot() ? settings : settings + (await withoutRoot()));
      return [program('dovecot'), '-F', '-c', configFile];
    },
  });

  return {
    name: 'dovecot',
    version,
    host: HOST,
    ca,
    users,
    deliver: `maildir:${mail}/{user}`,
    directory,
    ...launched,
    async putMail(user, messages) {
      if (!users.some(({ name }) => name === user)) throw new Error(`dovecot has no user ${user}`);
      await fillMaildir(join(mail, user), messages, owner);
    },
  };
}

const isRoot = (): boolean => process.getuid!() === 0;

function mailOwner(): Owner {
  return isRoot() ? { uid: MAIL_ID, gid: MAIL_ID } : { uid: process.getuid!(), gid: process.getgid!() };
}

interface Settings {
  directory: string;
  cert: string;
  key: string;
  port: number;
  tlsPort: number;
  owner: Owner;
  options: DovecotOptions;
}

const RAWLOG_SERVICE = `service pop3-postlogin {
  executable = script-login -d rawlog
  unix_listener pop3-postlogin {
  }
}`;

function configuration({ directory, cert, key, port, tlsPort, owner, options }: Settings): string {
  const sessions = options.maxSessions ?? DEFAULT_MAX_SESSIONS;
  return `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = /dev/stderr
protocols = pop3
listen = ${HOST}
ssl = yes
ssl_cert = <${cert}
ssl_key = <${key}

disable_plaintext_auth = no
auth_mechanisms = plain login apop cram-md5 digest-md5 scram-sha-1 scram-sha-256 oauthbearer xoauth2
passdb {
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = ${directory}/oauth2.conf
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${directory}/users
}
userdb {
  driver = static
  args = uid=${owner.uid} gid=${owner.gid} home=${directory}/mail/%u
}
mail_location = maildir:${directory}/mail/%u
first_valid_uid = 1
mail_max_userip_connections = 0
mail_fsync = ${options.fast ? 'never' : 'optimized'}
pop3_lock_session = ${options.lock ? 'yes' : 'no'}

default_client_limit = ${2 * sessions + 500}
default_process_limit = ${sessions}
default_vsz_limit = 0
service pop3-login {
  inet_listener pop3 {
    port = ${port}
  }
  inet_listener pop3s {
    port = ${tlsPort}
    ssl = yes
  }
  ${options.fast ? 'service_count = 0\n  process_min_avail = 2\n  process_limit = 2' : 'service_count = 1'}
}
service pop3 {
  process_limit = ${sessions}
  service_count = ${options.fast ? 1000 : 1}
  ${options.rawlog ? 'executable = pop3 pop3-postlogin' : ''}
}
${options.rawlog ? RAWLOG_SERVICE : ''}
# With the penalty a wrong password delays every later login from the same address.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
${options.settings ?? ''}
`;
}

/** A JSON Web Token signed with HMAC-SHA-256 (RFC 7519, RFC 7515), which Dovecot verifies by itself. */
function tokenFor(user: string, secret: Buffer): string {
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { sub: user, email: user, iat: seconds, exp: seconds + TOKEN_SECONDS };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

async function writeTokenKey(directory: string, secret: Buffer): Promise<void> {
  const keys = join(directory, 'keys', 'default', 'HS256');
  await mkdir(keys, { recursive: true });
  await writeFile(join(keys, 'default'), secret.toString('base64'));
  const settings = `introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=${directory}/keys/\n`;
  await writeFile(join(directory, 'oauth2.conf'), settings);
}

/** Started by an ordinary user, Dovecot can neither change its user id nor its root directory. */
async function withoutRoot(): Promise<string> {
  const user = (await run('id', ['-un'])).stdout.trim();
  const group = (await run('id', ['-gn'])).stdout.trim();
  const chroots = ['anvil', 'pop3-login', 'stats'].map((service) => `service ${service} {\n  chroot =\n}\n`);
  const users = `default_internal_user = ${user}\ndefault_login_user = ${user}\n`;
  return `${users}default_internal_group = ${group}\n${chroots.join('')}`;
}
