import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Problem } from '../check/result.js';
import type { Target, TlsMode, TlsOptions } from '../wire/target.js';
import { contextOf } from '../wire/tls-context.js';
import { UsageError } from './exit-codes.js';
import { choice, number, single } from './values.js';

/** What the command line says about where to connect; the name is not looked up yet. */
export interface TargetSpec {
  readonly embedded: boolean;
  readonly host: string;
  readonly port: number;
  readonly otherPort: number | undefined;
  readonly tls: TlsMode;
  readonly tlsOptions: TlsOptions;
  /** User and password of the URL; a password there can be seen by others. */
  readonly user: string | undefined;
  readonly password: string | undefined;
}

const PORTS: Readonly<Record<TlsMode, number>> = { none: 110, stls: 110, implicit: 995 };
const URL_HINT = 'write pop3://user@host:110, pop3s://host:995, host:port, or embedded';

/** Options that mean nothing to the embedded server: who gives them has another one in mind. */
const OF_A_SERVER = [
  ...['user', 'users', 'user-pattern', 'password', 'password-env', 'password-file'],
  ...['deliver', 'ca', 'sni', 'insecure', 'other-port', 'cert', 'key'],
];

/** The target of a command line; without one it is the embedded server. Throws UsageError. */
export function targetOf(options: Readonly<Record<string, unknown>>): TargetSpec {
  const target = single('target', options.target);
  const lost = OF_A_SERVER.find((name) => options[name] !== undefined);
  if (target === undefined && lost !== undefined) {
    throw new UsageError(
      `--${lost} is given, and no target`,
      'name the server, such as pop3://host:110, or say embedded',
    );
  }
  return parseTarget(target ?? 'embedded', options);
}

/**
 * Reads a target: `embedded`, `pop3://user@host:110`, `pop3s://host`, `pop://user;AUTH=…@host` (RFC 2384), or
 * `host[:port]`. Throws UsageError.
 */
function parseTarget(text: string, options: Readonly<Record<string, unknown>>): TargetSpec {
  const mode = choice('tls', options.tls, ['none', 'stls', 'implicit'] as const);
  const tlsOptions = tlsOptionsOf(options);
  if (text === 'embedded') {
    return {
      embedded: true,
      host: '',
      port: 0,
      otherPort: undefined,
      tls: mode ?? 'none',
      tlsOptions,
      user: undefined,
      password: undefined,
    };
  }
  const url = parseUrl(text);
  const secure = url.protocol === 'pop3s:' || url.protocol === 'pops:' || url.port === '995';
  if (url.protocol === 'pop3s:' && mode !== undefined && mode !== 'implicit') {
    throw new UsageError(`pop3s:// and --tls ${mode} contradict each other`, 'leave one of them out');
  }
  const tls = mode ?? (secure ? 'implicit' : 'none');
  const user = decodeURIComponent(url.username).replace(/;AUTH=.*$/i, '');
  return {
    embedded: false,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? PORTS[tls] : Number(url.port),
    otherPort: number('other-port', options['other-port'], { least: 1, most: 65_535, integer: true }),
    tls,
    tlsOptions,
    user: user === '' ? undefined : user,
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
  };
}

function parseUrl(text: string): URL {
  const scheme = /^([a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && !['pop3', 'pop3s', 'pop', 'pops'].includes(scheme)) {
    throw new UsageError(`${scheme}:// is not a POP3 target`, URL_HINT);
  }
  const bare = isIP(text) === 6 ? `[${text}]` : text;
  try {
    const url = new URL(scheme === undefined ? `pop3://${bare}` : text);
    if (url.hostname === '' || (url.pathname !== '' && url.pathname !== '/') || url.search !== '')
      throw new Error();
    if (url.port === '0') throw new Error();
    decodeURIComponent(url.username + url.password);
    return url;
  } catch {
    throw new UsageError(`the target "${withoutPassword(text)}" cannot be understood`, URL_HINT);
  }
}

function withoutPassword(text: string): string {
  return text.replace(/:[^/@]*@/, ':***@');
}

/** What the options say of TLS. Throws UsageError. */
export function tlsOptionsOf(options: Readonly<Record<string, unknown>>): TlsOptions {
  const file = single('ca', options.ca);
  const servername = single('sni', options.sni);
  return {
    ...(file === undefined ? {} : { ca: readCertificates(file) }),
    ...(servername === undefined ? {} : { servername }),
    ...(options.insecure === true ? { insecure: true } : {}),
    ...ownTlsOptions(options),
  };
}

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;

/** What the options of load say beyond those of check. */
function ownTlsOptions(options: Readonly<Record<string, unknown>>): TlsOptions {
  const minVersion = choice('tls-min', options['tls-min'], VERSIONS);
  const maxVersion = choice('tls-max', options['tls-max'], VERSIONS);
  const ciphers = single('ciphers', options.ciphers);
  const [cert, key] = (['cert', 'key'] as const).map((name) => {
    const file = single(name, options[name]);
    return file === undefined ? undefined : readPem(name, file);
  });
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError('a client certificate needs --cert and --key', 'give both, as PEM files');
  if (minVersion !== undefined && maxVersion !== undefined && minVersion > maxVersion)
    throw new UsageError(`--tls-min ${minVersion} is above --tls-max ${maxVersion}`, 'exchange them');
  const own: TlsOptions = {
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(options['tls-resume'] === true ? { resume: true } : {}),
  };
  try {
    contextOf(own);
  } catch (error) {
    const { reason, message } = error as { reason?: string; message: string };
    throw new UsageError(
      `these TLS options cannot be used: ${reason ?? message}`,
      'check --ciphers, --cert and --key',
    );
  }
  return own;
}

function readPem(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `--${option} ${file} cannot be read: ${(error as Error).message}`,
      'give a PEM file',
    );
  }
}

function readCertificates(file: string): string {
  const text = readPem('ca', file);
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new UsageError(
      `--ca ${file} holds no PEM certificate`,
      'it begins with -----BEGIN CERTIFICATE-----',
    );
  }
  return text;
}

/** Looks the host's name up, once for the run. */
export async function resolveTarget(spec: TargetSpec): Promise<{ target: Target; problem?: Problem }> {
  const { host, port, otherPort, tls, tlsOptions } = spec;
  const where = { host, port, tls, tlsOptions, ...(otherPort === undefined ? {} : { otherPort }) };
  if (isIP(host) !== 0) return { target: { ...where, address: host } };
  try {
    const { address } = await lookup(host, { verbatim: false });
    return { target: { ...where, address } };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return {
      target: { ...where, address: '' },
      problem: {
        code: 'UNKNOWN_HOST',
        message: `the host ${host} cannot be found (${code})`,
        hint: 'check its spelling and the name service of this machine',
      },
    };
  }
}
