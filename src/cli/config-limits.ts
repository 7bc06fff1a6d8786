import { existsSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { UsageError } from './exit-codes.js';

/** Options whose value is the path of a file or folder; of `report` it is what stands behind `FORMAT=`. */
const PATHS: ReadonlySet<string> = new Set([
  'users',
  'password-file',
  'token-file',
  'ca',
  'cert',
  'key',
  'suite',
  'targets',
  'baseline',
  'base',
  'new',
  'report',
  'shard-file',
  'mail',
]);
/** Options that lead to another host. */
const ADDRESSES: ReadonlySet<string> = new Set([
  'deliver',
  'http-side-load',
  'redis',
  'dns',
  'autoconfig-base',
  'connect-to',
]);
const DELIVERY_FOLDER = 'maildir:';
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;

/**
 * What a configuration file may say about files, programs and hosts. It may come with somebody else's project and is read without
 * having been asked for; so it names nothing outside its own folder, no program, and no host but the one on the command line.
 */
export class ConfigLimits {
  private readonly folder: string;
  private readonly hosts: ReadonlySet<string>;

  constructor(file: string, argv: readonly string[]) {
    this.folder = realpathSync(dirname(resolve(file)));
    this.hosts = new Set(argv.flatMap(hostOf));
  }

  /** The value as it is to be used: paths are those of the file's folder. Throws UsageError where it must not be. */
  checked(place: string, key: string, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.checked(place, key, one));
    if (typeof value !== 'string') return value;
    if (PATHS.has(key)) return this.path(place, key, value);
    if (ADDRESSES.has(key)) return this.address(place, key, value);
    return value;
  }

  private path(place: string, key: string, value: string): string {
    const [before, path] = key === 'report' ? splitReport(value) : ['', value];
    if (path === '' || path === '-') return value;
    return before + this.inside(place, key, path);
  }

  private address(place: string, key: string, value: string): string {
    if (value.startsWith(DELIVERY_FOLDER))
      return DELIVERY_FOLDER + this.inside(place, key, value.slice(DELIVERY_FOLDER.length));
    if (value.startsWith('command:'))
      throw new UsageError(
        `${place}: ${key} starts a program, which a configuration file must not do`,
        `say it on the command line: --${key} '${value}'`,
      );
    const [host] = hostOf(value);
    if (host !== undefined && (LOOPBACK.test(host) || this.hosts.has(host))) return value;
    throw new UsageError(
      `${place}: ${key} leads to ${host ?? value}, which is not the target`,
      `say it on the command line: --${key} '${value}'`,
    );
  }

  private inside(place: string, key: string, path: string): string {
    const whole = resolve(this.folder, path);
    const within = relative(this.folder, real(whole));
    if (!isAbsolute(within) && within.split(/[/\\]/)[0] !== '..') return whole;
    throw new UsageError(
      `${place}: ${key} leads out of the folder of the configuration file: ${path}`,
      `say it on the command line: --${key} ${path}`,
    );
  }
}

function splitReport(value: string): [string, string] {
  const equals = value.indexOf('=');
  return equals < 0 ? [value, ''] : [value.slice(0, equals + 1), value.slice(equals + 1)];
}

/** With links followed, as far as the path is there. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : resolve(real(parent), relative(parent, path));
}

function hostOf(arg: string): string[] {
  try {
    const { hostname } = new URL(arg.includes('://') ? arg : `pop3://${arg}`);
    return hostname === '' ? [] : [hostname];
  } catch {
    return [];
  }
}
