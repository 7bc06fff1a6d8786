import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../dialogue/attempt.js';
import type { Library } from '../dialogue/library.js';
import { chosenFault } from '../serve/faults/chosen.js';
import { type Limits, type RunningServer, startServer } from '../serve/server.js';
import { makeUsers } from '../serve/users.js';
import type { Delivery } from '../wire/delivery.js';
import type { Target, TlsMode } from '../wire/target.js';

/** The embedded server made ready for a check: accounts with every fixture in their maildrops, and a delivery. */
export interface EmbeddedTarget {
  readonly server: RunningServer;
  readonly target: Target;
  readonly accounts: readonly Account[];
  readonly delivery: Delivery;
}

/** Accounts that `check` uses side by side on the embedded server. */
const ACCOUNTS = 4;
const PATTERN = 'a.test.account.of.popspec,number={0001}';

/** For the cases that ask for names and passwords out of the ordinary. */
const ODD_ACCOUNTS = [
  { name: 'rené.müller', password: 'schlüssel-für-rené', token: 'token.of-rene~' },
  { name: 'spacious', password: ' let  me  in ', token: 'token.of-spacious~' },
];

/** For all users; the accounts have no delay, and mail is kept for them for ever (RFC 2449 §6.5 and §6.7). */
const SITE_POLICY = { loginDelay: 1, expire: 30 } as const;

/** Starts the embedded server with `faults` in this process, `minimal` as RFC 1939 §9 has it. The caller closes `server`. */
export async function startEmbedded(
  library: Pick<Library, 'fixture'>,
  suites: string,
  tls: TlsMode,
  faults: readonly string[] = [],
  { minimal = false, ...limits }: Limits & { minimal?: boolean } = {},
): Promise<EmbeddedTarget> {
  const asked: Limits = Object.assign({}, ...faults.map((name) => chosenFault(name).fault.limits), limits);
  const { loginDelay = 0, expire = 'NEVER' } = asked;
  const own = { loginDelay, expire };
  const messages = fixtureNames(suites).map((name) => library.fixture(name));
  // Names alike in more than 32 characters and a password each, so that a server that mixes up its users is found out.
  const accounts = makeUsers(ACCOUNTS, { messages, pattern: PATTERN }).map((user, index) => ({
    ...user,
    password: `${user.password}-${index + 1}`,
    token: `token.of-account_${index + 1}~`,
    ...own,
  }));
  for (const odd of ODD_ACCOUNTS) accounts.push({ ...odd, ...own, messages });
  const server = await startServer({
    users: accounts,
    faults,
    minimal,
    limits: { ...SITE_POLICY, ...asked },
  });
  return {
    server,
    target: embeddedTarget(server, tls),
    accounts,
    delivery: {
      description: 'embedded',
      async deliver(message, user) {
        server.deliver(user, message);
      },
    },
  };
}

/** The embedded server as a target; its certificate is trusted. */
export function embeddedTarget(
  server: { host: string; port: number; tlsPort: number | null; certificate: string },
  tls: TlsMode,
): Target {
  const { host, certificate } = server;
  const plain = { port: server.port, ...(server.tlsPort === null ? {} : { otherPort: server.tlsPort }) };
  const secure = { port: server.tlsPort ?? server.port, otherPort: server.port };
  const ports = tls === 'implicit' ? secure : plain;
  return { host, address: host, ...ports, tls, tlsOptions: { ca: certificate } };
}

export function fixtureNames(suites: string): string[] {
  return readdirSync(join(suites, 'mail'))
    .filter((name) => name.endsWith('.eml'))
    .sort();
}
