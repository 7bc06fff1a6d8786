import type { SecureVersion } from 'node:tls';
import type { HandshakeOptions } from '../wire/connection.js';
import { type SourcePlace, SuiteError } from './errors.js';

const TLS_VERSIONS = new Set(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);

/** The options of `C tls` as the handshake takes them. Throws SuiteError for a version that is none. */
export function handshakeOptions(options: ReadonlyMap<string, string>, place: SourcePlace): HandshakeOptions {
  const version = (key: string): SecureVersion | undefined => {
    const value = options.get(key);
    if (value !== undefined && !TLS_VERSIONS.has(value)) {
      throw new SuiteError(`${key}=${value} is not a TLS version`, place, [...TLS_VERSIONS].join(', '));
    }
    return value as SecureVersion | undefined;
  };
  const servername = options.get('servername');
  const minVersion = version('min');
  const maxVersion = version('max');
  return {
    ...(servername === undefined ? {} : { servername }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}
