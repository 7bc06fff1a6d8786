import { createSecureContext, type SecureContext, type SecureVersion, type TLSSocket } from 'node:tls';
import type { Target, TlsOptions } from './target.js';
import type { HandshakeOptions } from './tls.js';

/** OpenSSL does not speak these versions above security level 0. */
const OLD: ReadonlySet<SecureVersion | undefined> = new Set<SecureVersion | undefined>(['TLSv1', 'TLSv1.1']);

/** Throws the error of node:tls for options that it does not take, such as a key that is not that of the certificate. */
export function contextOf({
  ca,
  cert,
  key,
  minVersion,
  maxVersion,
  ...other
}: TlsOptions & Pick<HandshakeOptions, 'minVersion' | 'maxVersion' | 'ciphers'>): SecureContext {
  const old = OLD.has(minVersion) || OLD.has(maxVersion);
  const ciphers = other.ciphers ?? (old ? 'DEFAULT@SECLEVEL=0' : undefined);
  return createSecureContext({
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
  });
}

/** Made once for the options of a target and of a handshake: reading the trusted certificates takes milliseconds. */
const contexts = new WeakMap<TlsOptions, WeakMap<HandshakeOptions, SecureContext>>();
const USUAL: HandshakeOptions = {};

/** The context for the options of a target, with those of one handshake where it has its own. */
export function contextFor(tlsOptions: TlsOptions, options: HandshakeOptions): SecureContext {
  const own =
    options.minVersion !== undefined || options.maxVersion !== undefined || options.ciphers !== undefined;
  const key = own ? options : USUAL;
  const made = contexts.get(tlsOptions) ?? new WeakMap<HandshakeOptions, SecureContext>();
  contexts.set(tlsOptions, made);
  const known = made.get(key);
  if (known !== undefined) return known;
  const context = contextOf(own ? { ...tlsOptions, ...options } : tlsOptions);
  made.set(key, context);
  return context;
}

/** What connections with the same options have in common, in this thread. */
interface TlsMemory {
  /** The last that the server gave out. */
  session: Buffer | undefined;
  /** Handshakes that were finished, from the beginning and by a session of before. */
  full: number;
  resumed: number;
}

const memories = new WeakMap<TlsOptions, TlsMemory>();

function memoryOf(options: TlsOptions): TlsMemory {
  const known = memories.get(options);
  if (known !== undefined) return known;
  const memory = { session: undefined, full: 0, resumed: 0 };
  memories.set(options, memory);
  return memory;
}

/** Handshakes with these options that were finished in this thread. */
export function handshakes(options: TlsOptions): { full: number; resumed: number } {
  const { full, resumed } = memoryOf(options);
  return { full, resumed };
}

/** Counts the handshake of a socket when it is finished, and keeps the session that the server gives out. */
export function remember(secure: TLSSocket, { tlsOptions }: Target): void {
  const memory = memoryOf(tlsOptions);
  secure.once('secureConnect', () => {
    if (secure.isSessionReused()) memory.resumed++;
    else memory.full++;
  });
  if (tlsOptions.resume === true) secure.on('session', (session) => (memory.session = session));
}

/** The session to be resumed, where that is asked for and there is one. */
export function sessionOf(options: TlsOptions): { session?: Buffer } {
  const { session } = memoryOf(options);
  return options.resume === true && session !== undefined ? { session } : {};
}
