import { Buffer, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { Environment } from '@marcbachmann/cel-js';
import { registerSaslFunctions } from './sasl-functions.js';
import { BodyValue, CertificateValue, Remembered, ReplyValue, TlsValue } from './values.js';

/** Gives the octets of a fixture of `suites/mail/`; throws an Error that says what is wrong with the name. */
export type ReadFixture = (name: string) => Buffer;

/** `<local@domain>` as RFC 2449 §3 has it in the greeting of a server with APOP. */
const MSG_ID = /<[^<>@\s]+@[^<>@\s]+>/;

/**
 * The CEL environment of all dialogues: functions, types and the variables that are always there.
 * docs/dialogue.md lists them. Each dialogue works on a clone that knows its own captures besides.
 */
export function createEnvironment(readFixture: ReadFixture): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false })
    .registerType('Reply', {
      ctor: ReplyValue,
      fields: {
        status: 'string',
        strict: 'bool',
        text: 'string',
        code: 'string',
        line: 'string',
        octets: 'int',
        crlf: 'bool',
        seconds: 'double',
        verb: 'string',
      },
    })
    .registerType('Body', {
      ctor: BodyValue,
      fields: { octets: 'int', stuffed: 'int', bare_lf: 'int', terminator: 'string', verb: 'string' },
    })
    .registerType('Tls', {
      ctor: TlsValue,
      fields: {
        active: 'bool',
        protocol: 'string',
        cipher: 'string',
        alpn: 'string',
        close_alert: 'bool',
        exporter: 'bytes',
        unique: 'bytes',
      },
    })
    .registerType('Remembered', Remembered)
    .registerType('Certificate', {
      ctor: CertificateValue,
      fields: {
        subject: 'string',
        issuer: 'string',
        names: 'list<string>',
        valid_from: 'string',
        valid_to: 'string',
        days_old: 'int',
        days_left: 'int',
        self_signed: 'bool',
        chain: 'int',
        key_type: 'string',
        key_bits: 'int',
        matches_host: 'bool',
        verified: 'bool',
        error: 'string',
      },
    });
  registerContentFunctions(environment, readFixture);
  registerListFunctions(environment);
  registerLoginFunctions(environment);
  registerSaslFunctions(environment);
  for (const [name, type] of Object.entries(VARIABLES)) environment.registerVariable(name, type);
  return environment;
}

/** Variables that every dialogue has. */
export const VARIABLES: Readonly<Record<string, string>> = {
  user: 'string',
  password: 'string',
  user2: 'string',
  password2: 'string',
  token: 'string',
  token2: 'string',
  host: 'string',
  port: 'int',
  reply: 'Reply',
  body: 'Body',
  greeting: 'string',
  capabilities: 'list<string>',
  plain_port: 'int',
  tls_port: 'int',
  insecure: 'bool',
  tls_mode: 'string',
  auth: 'string',
  tls: 'Tls',
  certificate: 'Certificate',
  elapsed: 'double',
  remembered: 'Remembered',
};

/** Expressions that use one of these are masked wherever their value is shown. */
export const SECRET_VARIABLES: ReadonlySet<string> = new Set(['password', 'password2', 'token', 'token2']);

function registerContentFunctions(environment: Environment, readFixture: ReadFixture): void {
  environment
    .registerFunction('octets(Body): int', (body: BodyValue) => body.octets)
    .registerFunction('octets(bytes): int', (bytes: Uint8Array) => BigInt(bytes.length))
    .registerFunction('stuffed(Body): int', (body: BodyValue) => body.stuffed)
    .registerFunction('bytes(Body): bytes', (body: BodyValue) => body.bytes())
    .registerFunction('raw(Body): bytes', (body: BodyValue) => body.raw())
    .registerFunction('rows(Body): list<string>', (body: BodyValue) => body.rows())
    .registerFunction('repeat(string, int): string', (text: string, times: bigint) => repeat(text, times))
    .registerFunction('text(bytes): string', (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1'))
    .registerFunction('utf8(bytes): bool', (bytes: Uint8Array) => isUtf8(bytes))
    .registerFunction('utf8(string): bool', (octets: string) => isUtf8(Buffer.from(octets, 'latin1')))
    .registerFunction('file(string): bytes', (name: string) => readFixture(name))
    .registerFunction('header(bytes): bytes', (bytes: Uint8Array) => bytes.subarray(0, contentStart(bytes)))
    .registerFunction('content(bytes): bytes', (bytes: Uint8Array) => bytes.subarray(contentStart(bytes)))
    .registerFunction('top(bytes, int): bytes', (bytes: Uint8Array, lines: bigint) => top(bytes, lines));
}

function registerListFunctions(environment: Environment): void {
  environment
    .registerFunction('count(list): int', (list: unknown[]) => BigInt(list.length))
    .registerFunction('sum(list<int>): int', (list: bigint[]) => list.reduce((total, n) => total + n, 0n))
    .registerFunction('unique(list): bool', (list: unknown[]) => new Set(list).size === list.length)
    .registerFunction('ascending(list<int>): bool', (list: bigint[]) =>
      list.every((n, index) => index === 0 || n > (list[index - 1] ?? n)),
    )
    .registerFunction(
      'same(Remembered, string, string): bool',
      (remembered: Remembered, key: string, value: string) => remembered.same(key, value),
    )
    .registerFunction(
      'same(Remembered, string, list): bool',
      (remembered: Remembered, key: string, list: unknown[]) => remembered.same(key, list.join('\n')),
    )
    .registerFunction('min(int, int): int', (a: bigint, b: bigint) => (a < b ? a : b))
    .registerFunction('max(int, int): int', (a: bigint, b: bigint) => (a > b ? a : b));
}

function registerLoginFunctions(environment: Environment): void {
  const hash = (algorithm: string) => (data: string | Uint8Array) =>
    createHash(algorithm).update(data).digest('hex');
  const base64 = (data: string | Uint8Array) => Buffer.from(data as string).toString('base64');
  for (const type of ['string', 'bytes']) {
    environment
      .registerFunction(`md5(${type}): string`, hash('md5'))
      .registerFunction(`sha256(${type}): string`, hash('sha256'))
      .registerFunction(`base64(${type}): string`, base64);
  }
  environment
    .registerFunction('decomposed(string): string', (text: string) => text.normalize('NFD'))
    .registerFunction('apop_timestamp(string): string', (text: string) => MSG_ID.exec(text)?.[0] ?? '')
    .registerFunction('secret(string): string', (text: string) => text);
}

/** Octets that an expression may make by repeating. */
const REPEATED_MAX = 1_000_000;

function repeat(text: string, times: bigint): string {
  if (times < 0n || BigInt(text.length) * times > REPEATED_MAX)
    throw new Error(`repeat gives 0 to ${REPEATED_MAX} characters`);
  return text.repeat(Number(times));
}

/** Index behind the blank line that ends the header (RFC 5322 §2.1); the length when there is none. */
function contentStart(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer[0] === 0x0d && buffer[1] === 0x0a) return 2;
  const at = buffer.indexOf('\r\n\r\n');
  return at < 0 ? bytes.length : at + 4;
}

/** What TOP sends: header, blank line and `lines` lines of the content (RFC 1939 §7). */
function top(bytes: Uint8Array, lines: bigint): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = contentStart(bytes);
  for (let line = 0n; line < lines && end < buffer.length; line++) {
    const lf = buffer.indexOf(0x0a, end);
    end = lf < 0 ? buffer.length : lf + 1;
  }
  return bytes.subarray(0, end);
}
