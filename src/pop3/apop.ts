import { createHash } from 'node:crypto';

/** RFC 822 `atom` characters; a `msg-id` is an addr-spec in angle brackets (RFC 1939 §7, RFC 2449 §3). */
const ATOM = "[!#$%&'*+\\-/0-9=?A-Z^_`a-z{|}~]+";
const QUOTED = '"(?:[^"\\\\\\r\\n\\x80-\\xff]|\\\\[\\x00-\\x7f])*"';
const LITERAL = '\\[(?:[^\\[\\]\\\\\\r\\n\\x80-\\xff]|\\\\[\\x00-\\x7f])*\\]';
const LOCAL_PART = `(?:${ATOM}|${QUOTED})(?:\\.(?:${ATOM}|${QUOTED}))*`;
const DOMAIN = `(?:${ATOM}|${LITERAL})(?:\\.(?:${ATOM}|${LITERAL}))*`;
const MSG_ID = new RegExp(`^<${LOCAL_PART}@${DOMAIN}>$`);

/** True when `text`, angle brackets included, has the syntax of a greeting timestamp. */
export function isTimestamp(text: string): boolean {
  return MSG_ID.test(text);
}

/** The timestamp of a greeting with its angle brackets, well-formed or not; `null` when there is none. */
export function timestampOf(greeting: string): string | null {
  return /<[^<>]*>/.exec(greeting)?.[0] ?? null;
}

/** The APOP digest: MD5 over timestamp (brackets included) and secret, as 32 lower-case hex digits (RFC 1939 §7). */
export function apopDigest(timestamp: string, secret: string): string {
  return createHash('md5').update(timestamp, 'latin1').update(secret, 'utf8').digest('hex');
}
