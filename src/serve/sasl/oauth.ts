import { type BearerMessage, decodeOauthBearer, decodeXoauth2 } from '../../pop3/sasl-oauth.js';
import type { Session } from '../session.js';
import { EMPTY, type Exchange, type Mechanism } from './exchange.js';

/** OAUTHBEARER (RFC 7628), only under TLS (§3). */
export const oauthBearer = bearer('OAUTHBEARER', decodeOauthBearer);

/** XOAUTH2, the form that came before it; of no RFC. */
export const xoauth2 = bearer('XOAUTH2', decodeXoauth2);

function bearer(name: string, decode: (message: Buffer) => BearerMessage | null): Mechanism {
  return {
    name,
    begins: 'client',
    available: (s) => s.secure,
    *run(s: Session): Exchange {
      const message = decode(yield EMPTY);
      if (message === null) return null;
      const { sasl } = s.behaviour;
      const user = message.user === '' ? userOfToken(s, message) : sasl.user(s, message.user);
      const authentic = user !== undefined && sasl.tokenFits(s, user, message);
      // The error goes in a challenge; whatever the client answers, -ERR follows (RFC 7628 §3.2.3).
      if (!authentic) yield Buffer.from(sasl.tokenError());
      return { user, authentic };
    },
  };
}

/** Without an authorization identity the token tells who it is. */
function userOfToken(s: Session, { token }: BearerMessage) {
  return [...s.drops.values()].find((user) => user.token === token);
}
