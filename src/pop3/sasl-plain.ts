import { isUtf8 } from 'node:buffer';
import { encodeBase64 } from './base64.js';

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
