import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lackingNamespaces } from './isolated.js';
import type { ServerName } from './types.js';

/** Debian installs servers here, and an ordinary user's PATH does not name it. */
const SERVER_PATH = '/usr/sbin';
/** Where scripts/install-debian.sh unpacks servers whose packages cannot be installed beside each other. */
const UNPACKED = '/var/cache/popspec/servers';

export interface Availability {
  name: ServerName;
  /** Why it cannot be started here, or null. */
  missing: string | null;
}

/**
 * Which real servers can be started here. One that cannot is skipped by the tests, with the reason in their
 * title.
 * @throws Error when CI=true and one is missing: there a skipped server would go unnoticed
 */
export function availableServers(): readonly Availability[] {
  const found: Availability[] = [
    { name: 'dovecot', missing: lacking('dovecot', 'openssl') },
    { name: 'mailutils', missing: lacking('pop3d', 'popauth', 'openssl') ?? notRoot() },
    {
      name: 'courier',
      missing:
        lacking('couriertcpd', 'couriertls', 'makeuserdb', 'openssl', 'unshare') ??
        notUnpacked('courier-pop', 'usr/lib/courier/courier/courierpop3d') ??
        lackingNamespaces(),
    },
    {
      name: 'cyrus',
      missing:
        lacking('saslpasswd2', 'cyrmaster', 'openssl', 'unshare') ??
        notUnpacked('cyrus-pop3d', 'usr/lib/cyrus/bin/pop3d') ??
        lackingNamespaces(),
    },
    {
      name: 'popa3d',
      missing:
        lacking('socat', 'openssl', 'unshare') ??
        notUnpacked('popa3d', 'usr/sbin/popa3d') ??
        lackingNamespaces(),
    },
  ];
  const missing = found.filter((server) => server.missing !== null);
  if (process.env.CI === 'true' && missing.length > 0) {
    const reasons = missing.map((server) => `${server.name}: ${server.missing}`).join('; ');
    throw new Error(`${reasons}. Run scripts/install-debian.sh as root.`);
  }
  return found;
}

/** The path of a program, or its bare name when it is not installed, which the start then complains of. */
export function program(name: string): string {
  return find(name) ?? name;
}

/** The path of a file of a package that scripts/install-debian.sh unpacked. */
export function unpacked(name: string, file: string): string {
  return join(UNPACKED, name, file);
}

function notUnpacked(name: string, file: string): string | null {
  return existsSync(unpacked(name, file)) ? null : `${name} is not unpacked in ${UNPACKED}`;
}

/** The first of `names` that is not installed, in words, or null. */
export function lacking(...names: string[]): string | null {
  const name = names.find((candidate) => find(candidate) === null);
  return name === undefined ? null : `${name} is not installed`;
}

function notRoot(): string | null {
  return process.getuid?.() === 0 ? null : 'GNU pop3d starts only as root, since it sets its group to mail';
}

function find(name: string): string | null {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), SERVER_PATH]) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  return null;
}
