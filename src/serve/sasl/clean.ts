import { createHmac, randomBytes } from 'node:crypto';
import { decodeBase64, encodeBase64 } from '../../pop3/base64.js';
import { cramMd5Digest } from '../../pop3/sasl-cram-md5.js';
import { decodePlain } from '../../pop3/sasl-plain.js';
import {
  parseClientFinal,
  parseClientFirst,
  proofFits,
  SCRAM_ITERATIONS,
  serverFirst,
  serverSignature,
} from '../../pop3/sasl-scram.js';
import { saslprep } from '../../pop3/saslprep.js';
import { sameText } from '../login.js';
import { err } from '../session.js';
import type { SaslBehaviour } from './behaviour.js';
import { cramMd5 } from './cram-md5.js';
import { oauthBearer, xoauth2 } from './oauth.js';
import { login, plain } from './plain.js';
import { bindingSupported, scram } from './scram.js';

/** A response may be far longer than a command (RFC 5034 §4); 12288 octets is what RFC 4954 §4 settles on. */
const LINE_MAX = 12_288;
const SALT_OCTETS = 16;
const NONCE_OCTETS = 18;
/** RFC 7628 §3.2.2 asks for the status; the scheme tells what would be taken. */
const TOKEN_ERROR = { status: 'invalid_token', schemes: 'bearer' };

/** Conforming SASL, new for each server: salts and challenges are its own. */
export function cleanSasl(): SaslBehaviour {
  const secret = randomBytes(32);
  const unique = randomBytes(12).toString('hex');
  let challenges = 0;
  const mechanisms = [
    plain,
    login,
    cramMd5,
    scram('sha1', false),
    scram('sha256', false),
    scram('sha1', true),
    scram('sha256', true),
    oauthBearer,
    xoauth2,
  ];
  const sasl: SaslBehaviour = {
    mechanisms: new Map(mechanisms.map((mechanism) => [mechanism.name, mechanism])),
    offered: (s) =>
      [...sasl.mechanisms.values()].filter((mechanism) => mechanism.available(s)).map(({ name }) => name),
    find(s, name) {
      const mechanism = sasl.mechanisms.get(name.toUpperCase());
      return mechanism?.available(s) === true ? mechanism : undefined;
    },
    challenge: (s, data) => s.port.write(`+ ${encodeBase64(data)}\r\n`),
    decode: (_s, response) => decodeBase64(response),
    lineMax: LINE_MAX,
    unwantedInitial: (s, { name }) => err(s, `${name} begins with the server and takes no initial response`),
    malformed: (s) => err(s, 'the response is not base64 of a message of this mechanism'),
    cancelled: (s) => err(s, 'authentication cancelled'),

    prepare: saslprep,
    user(s, name) {
      const prepared = sasl.prepare(name);
      return prepared === null || prepared === '' ? undefined : s.behaviour.findUser(s, prepared);
    },
    // Nobody may act as somebody else here.
    mayActAs: (user, authzid) => authzid === '' || sasl.prepare(authzid) === user.name,
    plainMessage: (_s, message) => decodePlain(message),
    plainMatches(user, password) {
      const prepared = sasl.prepare(password);
      return (
        prepared !== null &&
        prepared !== '' &&
        sameText(sasl.prepare(user.password) ?? user.password, prepared)
      );
    },

    cramChallenge: () => `<${unique}.${++challenges}.${Date.now()}@localhost>`,
    cramMatches: (user, challenge, digest) =>
      sameText(cramMd5Digest(Buffer.from(challenge), user.password), digest),

    scramNonce: (clientNonce) => clientNonce + encodeBase64(randomBytes(NONCE_OCTETS)),
    scramIterations: SCRAM_ITERATIONS,
    // The same for a name every time, whether there is such a user or not (RFC 5802 §9).
    scramSalt: (name, hash) =>
      createHmac('sha256', secret).update(`${hash} ${name}`).digest().subarray(0, SALT_OCTETS),
    scramFirst: (nonce, salt, iterations) => serverFirst({ nonce, salt, iterations }),
    scramClientFirst: parseClientFirst,
    scramClientFinal: parseClientFinal,
    scramFlagFits(s, first, plus) {
      if (plus) return first.flag === 'p' && s.port.channelBinding(first.binding) !== null;
      return first.flag === 'n' || (first.flag === 'y' && !bindingSupported(s));
    },
    scramBindingFits: (wanted, received) => wanted.equals(received),
    scramNonceFits: (sent, received) => sent === received,
    scramProofFits: proofFits,
    scramSignature: serverSignature,

    tokenFits: (s, user, { token, host, port }) =>
      sameText(user.token, token) && isHere(s.port.local, host, port),
    tokenError: () => JSON.stringify(TOKEN_ERROR),
  };
  return sasl;
}

/** Host and port, where the client names them, must be those it is connected to (RFC 7628 §3.2). */
function isHere(
  local: { host: string; port: number },
  host: string | undefined,
  port: string | undefined,
): boolean {
  const hosts = [local.host, `[${local.host}]`, 'localhost'];
  return (host === undefined || hosts.includes(host)) && (port === undefined || port === String(local.port));
}
