import type { SecureVersion } from 'node:tls';
import type { HandshakeOptions } from '../wire/tls.js';
import { type SourcePlace, SuiteError } from './errors.js';

/** The options of `C tls`. */
const KNOWN = ['servername', 'min', 'max', 'alpn', 'ciphers', 'verify'];

const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

/** The options of `C tls` as the handshake takes them. Throws SuiteError for a value that is none. */
export function handshakeOptions(options: ReadonlyMap<string, string>, place: SourcePlace): HandshakeOptions {
  onlyKnown(options, KNOWN, 'C tls', place);
  const oneOf = (key: string, what: string, known: readonly string[]): string | undefined => {
    const value = options.get(key);
    if (value === undefined || known.includes(value)) return value;
    throw new SuiteError(`${key}=${value} is not ${what}`, place, known.join(', '));
  };
  const servername = options.get('servername');
  const minVersion = oneOf('min', 'a TLS version', TLS_VERSIONS) as SecureVersion | undefined;
  const maxVersion = oneOf('max', 'a TLS version', TLS_VERSIONS) as SecureVersion | undefined;
  const verify = oneOf('verify', 'known', ['on', 'off']);
  const alpn = options.get('alpn');
  const ciphers = options.get('ciphers');
  return {
    ...(servername === undefined ? {} : { servername: servername === 'none' ? '' : servername }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(verify === undefined ? {} : { verify: verify === 'on' }),
    ...(alpn === undefined ? {} : { alpn: alpn.split(',') }),
    ...(ciphers === undefined ? {} : { ciphers }),
  };
}

/** Throws SuiteError for an option that a line does not have. */
export function onlyKnown(
  options: ReadonlyMap<string, string>,
  known: readonly string[],
  line: string,
  place: SourcePlace,
): void {
  for (const key of options.keys()) {
    if (known.includes(key)) continue;
    const hint = known.length === 0 ? 'it has none' : `known: ${known.join(', ')}`;
    throw new SuiteError(`"${line}" has no option "${key}"`, place, hint);
  }
}
