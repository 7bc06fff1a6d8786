import type { Session } from '../session.js';
import { EMPTY, type Exchange, type Mechanism } from './exchange.js';

/** PLAIN (RFC 4616). */
export const plain: Mechanism = {
  name: 'PLAIN',
  begins: 'client',
  available: () => true,
  *run(s: Session): Exchange {
    const { sasl } = s.behaviour;
    const message = sasl.plainMessage(s, yield EMPTY);
    if (message === null) return null;
    const user = sasl.user(s, message.authcid);
    const authentic =
      user !== undefined && sasl.plainMatches(user, message.password) && sasl.mayActAs(user, message.authzid);
    return { user, authentic };
  },
};

/** LOGIN, which no RFC defines and many programs use: name and password, each asked for by a text. */
export const login: Mechanism = {
  name: 'LOGIN',
  begins: 'server',
  available: () => true,
  *run(s: Session): Exchange {
    const name = yield Buffer.from('Username:');
    const password = yield Buffer.from('Password:');
    const user = s.behaviour.sasl.user(s, name.toString());
    return {
      user,
      authentic: user !== undefined && s.behaviour.sasl.plainMatches(user, password.toString()),
    };
  },
};
