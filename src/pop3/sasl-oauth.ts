import { encodeBase64 } from './base64.js';

/** Separates the key/value pairs of both mechanisms (RFC 7628 §3.1). */
const SEPARATOR = '\x01';

/** What a client says to be let in by a bearer token. */
export interface BearerMessage {
  /** OAUTHBEARER: the authorization identity, possibly empty. XOAUTH2: the user. */
  readonly user: string;
  readonly token: string;
  /** Where the client believes to be connected to; undefined when it does not say (RFC 7628 §3.1). */
  readonly host?: string | undefined;
  readonly port?: string | undefined;
}

/** The client's answer to an error challenge of OAUTHBEARER, in base64 (RFC 7628 §3.2.3). */
export const OAUTHBEARER_DUMMY = encodeBase64(Buffer.from(SEPARATOR));

/** The first message of OAUTHBEARER in base64 (RFC 7628 §3.1). */
export function encodeOauthBearer({ user, token, host, port }: BearerMessage): string {
  const authzid = user === '' ? '' : `a=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')}`;
  const pairs = [
    ...(host === undefined ? [] : [`host=${host}`]),
    ...(port === undefined ? [] : [`port=${port}`]),
    `auth=Bearer ${token}`,
  ];
  const fields = [`n,${authzid},`, ...pairs, '', ''];
  return encodeBase64(Buffer.from(fields.join(SEPARATOR)));
}

/** Reads a decoded first message of OAUTHBEARER; unknown pairs are passed over. `null` when its syntax is another. */
export function decodeOauthBearer(message: Buffer): BearerMessage | null {
  const [header = '', ...rest] = message.toString().split(SEPARATOR);
  const gs2 = /^(?:n|y|p=[A-Za-z0-9.-]+),(?:a=((?:[^,=\0]|=2C|=3D)+))?,$/.exec(header);
  const pairs = pairsOf(rest);
  if (gs2 === null || pairs === null) return null;
  const token = tokenOf(pairs);
  if (token === undefined) return null;
  const user = (gs2[1] ?? '').replaceAll('=2C', ',').replaceAll('=3D', '=');
  return { user, token, host: pairs.get('host'), port: pairs.get('port') };
}

/** The message of XOAUTH2 in base64: `user=`, `auth=Bearer`, both ended by 0x01, and another 0x01. */
export function encodeXoauth2(user: string, token: string): string {
  return encodeBase64(Buffer.from([`user=${user}`, `auth=Bearer ${token}`, '', ''].join(SEPARATOR)));
}

/** Reads a decoded message of XOAUTH2; `null` when its syntax is another. */
export function decodeXoauth2(message: Buffer): BearerMessage | null {
  const pairs = pairsOf(message.toString().split(SEPARATOR));
  const token = pairs === null ? undefined : tokenOf(pairs);
  const user = pairs?.get('user');
  return !user || token === undefined ? null : { user, token };
}

/** `key=value` fields behind each of which a separator stands, and one more at the end. */
function pairsOf(fields: readonly string[]): Map<string, string> | null {
  const pairs = new Map<string, string>();
  if (fields.length < 2 || fields.at(-1) !== '' || fields.at(-2) !== '') return null;
  for (const field of fields.slice(0, -2)) {
    const [, key, value] = /^([A-Za-z]+)=([\t\r\n\x20-\x7e]*)$/.exec(field) ?? [];
    if (key === undefined || value === undefined) return null;
    pairs.set(key, value);
  }
  return pairs;
}

/** The scheme's name is read in any case, the token is a `b64token` (RFC 7628 §4, RFC 6750 §2.1). */
function tokenOf(pairs: ReadonlyMap<string, string>): string | undefined {
  return /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(pairs.get('auth') ?? '')?.[1];
}
