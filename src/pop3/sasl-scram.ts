import { createHash, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto';
import { decodeBase64, encodeBase64 } from './base64.js';
import { saslprep } from './saslprep.js';

export type ScramHash = 'sha1' | 'sha256';

/** The least iteration count that a server should announce (RFC 5802 §5.1, RFC 7677 §3). */
export const SCRAM_ITERATIONS = 4096;
/** A peer's iteration count beyond this would only keep the processor busy. */
export const SCRAM_ITERATIONS_MAX = 1_000_000;

/** The client's first message (RFC 5802 §7 client-first-message). */
export interface ClientFirst {
  /** The GS2 header with its last comma, as it came. */
  readonly header: string;
  readonly flag: 'n' | 'y' | 'p';
  /** Name of the channel binding of the flag "p", or empty. */
  readonly binding: string;
  readonly authzid: string;
  readonly user: string;
  readonly nonce: string;
  /** What is behind the header, as it came: it goes into the hash (§5.1). */
  readonly bare: string;
}

/** The client's second message (RFC 5802 §7 client-final-message). */
export interface ClientFinal {
  /** The GS2 header and the channel binding data. */
  readonly binding: Buffer;
  readonly nonce: string;
  readonly proof: Buffer;
  /** All of it before the proof, as it came. */
  readonly withoutProof: string;
}

/** The server's first message (RFC 5802 §7 server-first-message). */
export interface ServerFirst {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

const NAME = '(?:[^,=\\0]|=2C|=3D)+';
const NONCE = '[\\x21-\\x2b\\x2d-\\x7e]+';
/** Optional extensions are passed over; "m" asks for ones that nobody knows (§5.1). */
const EXTENSIONS = '(?:,(?!m=)[A-Za-z]=[^,\\0]+)*';
const HEADER = `(?:([ny])|p=([A-Za-z0-9.-]+)),(?:a=(${NAME}))?,`;
const CLIENT_FIRST = new RegExp(`^(${HEADER})(n=(${NAME}),r=(${NONCE})${EXTENSIONS})$`, 'su');
const CLIENT_FINAL = new RegExp(
  `^(c=([A-Za-z0-9+/=]+),r=(${NONCE})${EXTENSIONS}),p=([A-Za-z0-9+/=]+)$`,
  'su',
);
const SERVER_FIRST = new RegExp(`^r=(${NONCE}),s=([A-Za-z0-9+/=]+),i=([1-9]\\d{0,8})${EXTENSIONS}$`, 'su');

export function parseClientFirst(text: string): ClientFirst | null {
  const [, header, flag, binding = '', authzid = '', bare, user, nonce] = CLIENT_FIRST.exec(text) ?? [];
  if (header === undefined || bare === undefined || user === undefined || nonce === undefined) return null;
  return {
    header,
    flag: flag === 'n' || flag === 'y' ? flag : 'p',
    binding,
    authzid: unquoteName(authzid),
    user: unquoteName(user),
    nonce,
    bare,
  };
}

export function parseClientFinal(text: string): ClientFinal | null {
  const [, withoutProof, c = '', nonce, p = ''] = CLIENT_FINAL.exec(text) ?? [];
  const binding = decodeBase64(c);
  const proof = decodeBase64(p);
  if (withoutProof === undefined || nonce === undefined || binding === null || proof === null) return null;
  return { binding, nonce, proof, withoutProof };
}

export function parseServerFirst(text: string): ServerFirst | null {
  const [, nonce, s = '', i] = SERVER_FIRST.exec(text) ?? [];
  const salt = decodeBase64(s);
  return nonce === undefined || salt === null ? null : { nonce, salt, iterations: Number(i) };
}

/** Whether a client can and will answer the server's first message. */
export function scramReadable(text: string): boolean {
  const server = parseServerFirst(text);
  return server !== null && server.iterations <= SCRAM_ITERATIONS_MAX;
}

/** `r=…,s=…,i=…` (RFC 5802 §7 server-first-message). */
export function serverFirst({ nonce, salt, iterations }: ServerFirst): string {
  return `r=${nonce},s=${encodeBase64(salt)},i=${iterations}`;
}

/** A name as SCRAM writes it: "=" and "," quoted (RFC 5802 §5.1). */
export function quoteName(name: string): string {
  return name.replaceAll('=', '=3D').replaceAll(',', '=2C');
}

function unquoteName(name: string): string {
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

/** SaltedPassword, the slow part (RFC 5802 §3). Callers may keep it: it depends on nothing else. */
export function saltedPassword(
  hash: ScramHash,
  password: string,
  salt: Uint8Array,
  iterations: number,
): Buffer {
  const length = createHash(hash).digest().length;
  return pbkdf2Sync(saslprep(password) ?? password, salt, iterations, length, hash);
}

/** ClientProof for a SaltedPassword (RFC 5802 §3). */
export function clientProof(hash: ScramHash, salted: Uint8Array, authMessage: string): Buffer {
  const clientKey = hmac(hash, salted, 'Client Key');
  return xor(clientKey, hmac(hash, digest(hash, clientKey), authMessage));
}

/** Whether a ClientProof was made with the password of this SaltedPassword (RFC 5802 §3). */
export function proofFits(hash: ScramHash, salted: Uint8Array, authMessage: string, proof: Buffer): boolean {
  const storedKey = digest(hash, hmac(hash, salted, 'Client Key'));
  const signature = hmac(hash, storedKey, authMessage);
  return proof.length === signature.length && timingSafeEqual(digest(hash, xor(proof, signature)), storedKey);
}

export function serverSignature(hash: ScramHash, salted: Uint8Array, authMessage: string): Buffer {
  return hmac(hash, hmac(hash, salted, 'Server Key'), authMessage);
}

export function authMessage(clientBare: string, serverFirstMessage: string, withoutProof: string): string {
  return `${clientBare},${serverFirstMessage},${withoutProof}`;
}

/** What a client knows of a SCRAM exchange when the server's first message is there. */
export interface ScramClient {
  readonly hash: ScramHash;
  readonly password: string;
  /** The client's first message, not in base64. */
  readonly clientFirst: string;
  /** The server's first message, not in base64. */
  readonly serverFirst: string;
  /** Channel binding data, for a GS2 header with the flag "p". */
  readonly bindingData?: Uint8Array;
}

/** The client's first message: a GS2 header such as `n,,` and the prepared name (RFC 5802 §5.1). */
export function scramClientFirst(header: string, user: string, nonce: string): string {
  return `${header}n=${quoteName(saslprep(user) ?? user)},r=${nonce}`;
}

/** The client's second message. Throws an Error that says what is wrong with the server's first one. */
export function scramClientFinal(client: ScramClient): string {
  return scramSigned(client, clientState(client).withoutProof);
}

/** `withoutProof` with the proof of it, for a second message that is not as it should be. Throws as scramClientFinal does. */
export function scramSigned(client: ScramClient, withoutProof: string): string {
  const { bare, salted } = clientState(client);
  const proof = clientProof(client.hash, salted, authMessage(bare, client.serverFirst, withoutProof));
  return `${withoutProof},p=${encodeBase64(proof)}`;
}

/** The last message that a server must send which knows the password: `v=…`. Throws as scramClientFinal does. */
export function scramServerFinal(client: ScramClient): string {
  const { bare, withoutProof, salted } = clientState(client);
  const message = authMessage(bare, client.serverFirst, withoutProof);
  return `v=${encodeBase64(serverSignature(client.hash, salted, message))}`;
}

function clientState({ hash, password, clientFirst, serverFirst: first, bindingData }: ScramClient): {
  bare: string;
  withoutProof: string;
  salted: Buffer;
} {
  const [, header = '', bare = ''] = /^((?:[^,]*,){2})(.*)$/s.exec(clientFirst) ?? [];
  const server = parseServerFirst(first);
  if (server === null) throw new Error('the first message of the server is not r=…,s=…,i=… (RFC 5802 §7)');
  if (server.iterations > SCRAM_ITERATIONS_MAX)
    throw new Error(`the server asks for ${server.iterations} iterations, more than ${SCRAM_ITERATIONS_MAX}`);
  const binding = Buffer.concat([Buffer.from(header), bindingData ?? Buffer.alloc(0)]);
  const withoutProof = `c=${encodeBase64(binding)},r=${server.nonce}`;
  return { bare, withoutProof, salted: remembered(hash, password, server) };
}

/** A client may keep SaltedPassword, which servers count on (RFC 5802 §5.1). */
const SALTED_MAX = 10_000;
const kept = new Map<string, Buffer>();

function remembered(hash: ScramHash, password: string, { salt, iterations }: ServerFirst): Buffer {
  const key = `${hash} ${iterations} ${encodeBase64(salt)} ${password}`;
  let value = kept.get(key);
  if (value === undefined) {
    if (kept.size >= SALTED_MAX) kept.clear();
    value = saltedPassword(hash, password, salt, iterations);
    kept.set(key, value);
  }
  return value;
}

function hmac(hash: ScramHash, key: Uint8Array, data: string): Buffer {
  return createHmac(hash, key).update(data).digest();
}

function digest(hash: ScramHash, data: Uint8Array): Buffer {
  return createHash(hash).update(data).digest();
}

function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((octet, index) => octet ^ (b[index] ?? 0)));
}
