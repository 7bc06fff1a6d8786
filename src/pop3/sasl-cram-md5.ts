import { createHmac } from 'node:crypto';
import { encodeBase64 } from './base64.js';

/** The response to a CRAM-MD5 challenge as decoded: name, space, digest (RFC 2195 §2). */
export interface CramMd5Response {
  readonly user: string;
  /** 32 hex digits when it is well-formed; as received. */
  readonly digest: string;
}

/** HMAC-MD5 of the challenge under the secret, as 32 lower-case hex digits (RFC 2195 §2). */
export function cramMd5Digest(challenge: Uint8Array, secret: string): string {
  return createHmac('md5', secret).update(challenge).digest('hex');
}

/** The response to a decoded challenge, in base64. */
export function encodeCramMd5(user: string, secret: string, challenge: Uint8Array): string {
  return encodeBase64(Buffer.from(`${user} ${cramMd5Digest(challenge, secret)}`));
}

/** Reads a decoded response; the name may hold spaces, the digest cannot. `null` without a space. */
export function decodeCramMd5(response: Buffer): CramMd5Response | null {
  const text = response.toString();
  const space = text.lastIndexOf(' ');
  return space < 1 ? null : { user: text.slice(0, space), digest: text.slice(space + 1) };
}
