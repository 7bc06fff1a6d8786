import { isUtf8 } from 'node:buffer';
import { encodeBase64 } from '../../pop3/base64.js';
import { authMessage, type ScramHash, saltedPassword } from '../../pop3/sasl-scram.js';
import { CHANNEL_BINDINGS } from '../../wire/channel-binding.js';
import type { Maildrop } from '../maildrop.js';
import type { Session } from '../session.js';
import { EMPTY, type Exchange, type Mechanism } from './exchange.js';

const NAMES: Readonly<Record<ScramHash, string>> = { sha1: 'SCRAM-SHA-1', sha256: 'SCRAM-SHA-256' };

/** SCRAM (RFC 5802, RFC 7677); `plus` with channel binding, offered where the connection has one. */
export function scram(hash: ScramHash, plus: boolean): Mechanism {
  return {
    name: plus ? `${NAMES[hash]}-PLUS` : NAMES[hash],
    begins: 'client',
    available: (s) => !plus || bindingSupported(s),
    run: (s) => exchange(s, hash, plus),
  };
}

export function bindingSupported(s: Session): boolean {
  return CHANNEL_BINDINGS.some((name) => s.port.channelBinding(name) !== null);
}

function* exchange(s: Session, hash: ScramHash, plus: boolean): Exchange {
  const { sasl } = s.behaviour;
  const first = sasl.scramClientFirst(textOf(yield EMPTY));
  if (first === null) return null;
  if (!sasl.scramFlagFits(s, first, plus)) return { user: undefined, authentic: false };
  const user = sasl.user(s, first.user);
  // An unknown name goes the whole way too, so that nobody learns which names exist (RFC 4422 §3.6).
  const salt = sasl.scramSalt(user?.name ?? first.user, hash);
  const nonce = sasl.scramNonce(first.nonce);
  const firstMessage = sasl.scramFirst(nonce, salt, sasl.scramIterations);
  const final = sasl.scramClientFinal(textOf(yield Buffer.from(firstMessage)));
  if (final === null) return null;
  const data = plus ? s.port.channelBinding(first.binding) : null;
  const binding = Buffer.concat([Buffer.from(first.header), data ?? EMPTY]);
  const salted = user === undefined ? EMPTY : saltedFor(user, hash, salt, sasl.scramIterations);
  const message = authMessage(first.bare, firstMessage, final.withoutProof);
  const authentic =
    user !== undefined &&
    sasl.scramBindingFits(binding, final.binding) &&
    sasl.scramNonceFits(nonce, final.nonce) &&
    sasl.scramProofFits(hash, salted, message, final.proof) &&
    sasl.mayActAs(user, first.authzid);
  if (!authentic) return { user, authentic };
  // The last message goes in a challenge: +OK carries no data (RFC 5034 §4).
  const signature = encodeBase64(sasl.scramSignature(hash, salted, message));
  const last = yield Buffer.from(`v=${signature}`);
  return last.length === 0 ? { user, authentic } : null;
}

function textOf(message: Buffer): string {
  return isUtf8(message) ? message.toString() : '';
}

/** Salted passwords are made once for each user: a load run logs in often. */
const salted = new WeakMap<Maildrop, Map<string, Buffer>>();

function saltedFor(user: Maildrop, hash: ScramHash, salt: Buffer, iterations: number): Buffer {
  const key = `${hash} ${iterations} ${encodeBase64(salt)}`;
  const ofUser = salted.get(user) ?? new Map<string, Buffer>();
  const value = ofUser.get(key) ?? saltedPassword(hash, user.password, salt, iterations);
  salted.set(user, ofUser.set(key, value));
  return value;
}
