import { isUtf8 } from 'node:buffer';

/** Each field may be up to 255 octets long (RFC 4616 §2). */
export const MAX_PLAIN_FIELD_OCTETS = 255;

export interface PlainMessage {
  /** Identity to act as; empty means the one that goes with `authcid`. */
  readonly authzid: string;
  readonly authcid: string;
  readonly password: string;
}

/** The base64 form of a PLAIN message, as sent in AUTH or as a response. */
export function encodePlain({ authzid, authcid, password }: PlainMessage): string {
  return encodeBase64(Buffer.from(`${authzid}\0${authcid}\0${password}`));
}

/** Reads a decoded PLAIN message; `null` when it does not have the syntax of RFC 4616 §2. */
export function decodePlain(message: Buffer): PlainMessage | null {
  if (!isUtf8(message)) return null;
  const fields = message.toString().split('\0');
  const [authzid, authcid, password] = fields;
  if (fields.length !== 3 || authzid === undefined || !authcid || !password) return null;
  if (fields.some((field) => Buffer.byteLength(field) > MAX_PLAIN_FIELD_OCTETS)) return null;
  return { authzid, authcid, password };
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/**
 * Strict base64: only the alphabet, padded, nothing after the pad, spare bits zero; `null` otherwise.
 * RFC 5034 §4 has a server refuse what Node's own decoder would skip.
 */
export function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}
