import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { Environment } from '@marcbachmann/cel-js';
import { encodeBase64 } from '../pop3/base64.js';
import { encodeCramMd5 } from '../pop3/sasl-cram-md5.js';
import { encodeOauthBearer, encodeXoauth2 } from '../pop3/sasl-oauth.js';
import { encodePlain } from '../pop3/sasl-plain.js';
import {
  quoteName,
  type ScramHash,
  scramClientFinal,
  scramClientFirst,
  scramReadable,
  scramServerFinal,
  scramSigned,
} from '../pop3/sasl-scram.js';

const HASHES: Readonly<Record<string, ScramHash>> = { 'SHA-1': 'sha1', 'SHA-256': 'sha256' };
const NONCE_OCTETS = 18;
const NO_BINDING_DATA = new Uint8Array();

/** The client's side of the SASL mechanisms, messages in base64 as they stand on the wire; docs/dialogue.md lists them. */
export function registerSaslFunctions(environment: Environment): void {
  environment
    .registerFunction('from_base64(string): bytes', (text: string) => Buffer.from(text, 'base64'))
    .registerFunction('nonce(): string', () => randomBytes(NONCE_OCTETS).toString('base64url'))
    .registerFunction('plain(string, string): string', (authcid: string, password: string) =>
      encodePlain({ authzid: '', authcid, password }),
    )
    .registerFunction(
      'plain(string, string, string): string',
      (authzid: string, authcid: string, password: string) => encodePlain({ authzid, authcid, password }),
    )
    .registerFunction(
      'cram_md5(string, string, string): string',
      (user: string, password: string, challenge: string) =>
        encodeCramMd5(user, password, Buffer.from(challenge, 'base64')),
    )
    .registerFunction('scram_first(string, string): string', (user: string, nonce: string) =>
      base64(scramClientFirst('n,,', user, nonce)),
    )
    .registerFunction(
      'scram_first(string, string, string): string',
      (header: string, user: string, nonce: string) => base64(scramClientFirst(header, user, nonce)),
    )
    .registerFunction('scram_readable(string): bool', (challenge: string) =>
      scramReadable(Buffer.from(challenge, 'base64').toString()),
    )
    .registerFunction('scram_name(string): string', quoteName)
    .registerFunction('scram_final(string, string, string, string): string', scramFinal)
    .registerFunction('scram_final(string, string, string, string, bytes): string', scramFinal)
    .registerFunction('scram_signed(string, string, string, string, string): string', scramSignedMessage)
    .registerFunction('scram_answer(string, string, string, string): string', scramAnswer)
    .registerFunction('scram_answer(string, string, string, string, bytes): string', scramAnswer)
    .registerFunction(
      'oauthbearer(string, string, int, string): string',
      (user: string, host: string, port: bigint, token: string) =>
        encodeOauthBearer({ user, host, port: String(port), token }),
    )
    .registerFunction('xoauth2(string, string): string', encodeXoauth2);
}

function scramFinal(
  hash: string,
  password: string,
  first: string,
  challenge: string,
  data = NO_BINDING_DATA,
) {
  return base64(scramClientFinal(scramClient(hash, password, first, challenge, data)));
}

function scramAnswer(
  hash: string,
  password: string,
  first: string,
  challenge: string,
  data = NO_BINDING_DATA,
) {
  return base64(scramServerFinal(scramClient(hash, password, first, challenge, data)));
}

function scramSignedMessage(hash: string, password: string, first: string, challenge: string, text: string) {
  return base64(scramSigned(scramClient(hash, password, first, challenge, NO_BINDING_DATA), text));
}

function scramClient(
  name: string,
  password: string,
  first: string,
  challenge: string,
  bindingData: Uint8Array,
) {
  const hash = HASHES[name];
  if (hash === undefined)
    throw new Error(`SCRAM has the hashes ${Object.keys(HASHES).join(' and ')}, not ${name}`);
  return {
    hash,
    password,
    clientFirst: Buffer.from(first, 'base64').toString(),
    serverFirst: Buffer.from(challenge, 'base64').toString(),
    bindingData,
  };
}

function base64(text: string): string {
  return encodeBase64(Buffer.from(text));
}
