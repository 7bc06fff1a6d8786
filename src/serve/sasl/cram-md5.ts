import { decodeCramMd5 } from '../../pop3/sasl-cram-md5.js';
import type { Session } from '../session.js';
import type { Exchange, Mechanism } from './exchange.js';

/** CRAM-MD5 (RFC 2195). */
export const cramMd5: Mechanism = {
  name: 'CRAM-MD5',
  begins: 'server',
  available: () => true,
  *run(s: Session): Exchange {
    const { sasl } = s.behaviour;
    const challenge = sasl.cramChallenge(s);
    const response = decodeCramMd5(yield Buffer.from(challenge));
    if (response === null) return null;
    const user = s.behaviour.findUser(s, response.user);
    return { user, authentic: user !== undefined && sasl.cramMatches(user, challenge, response.digest) };
  },
};
