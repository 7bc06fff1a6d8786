import { isUtf8 } from 'node:buffer';
import type { PlainMessage } from '../../pop3/sasl-plain.js';
import type { Behaviour } from '../behaviour.js';
import { EMPTY, type Exchange } from '../sasl/exchange.js';
import type { Session } from '../session.js';
import { inArea } from './fault.js';
import { wrapExchange } from './sasl-wrap.js';

/** Reads messages that PLAIN refuses; what `read` gives null for is left to PLAIN. */
function readAlso(b: Behaviour, read: (fields: string[], s: Session) => PlainMessage | null): void {
  const next = b.sasl.plainMessage;
  b.sasl.plainMessage = (s, message) => read(message.toString().split('\0'), s) ?? next(s, message);
}

export const saslPlainFaults = inArea('sasl', [
  {
    id: 'plain-identity-refused',
    title: 'PLAIN with an authorization identity is refused, whichever it is',
    clause: '4616-2-PLAIN-5',
    apply(b) {
      b.sasl.mayActAs = (_user, authzid) => authzid === '';
    },
  },
  {
    id: 'plain-identity-needed',
    title: 'PLAIN without an authorization identity is refused',
    clause: '4616-2-PLAIN-4',
    apply(b) {
      const next = b.sasl.mayActAs;
      b.sasl.mayActAs = (user, authzid) => authzid !== '' && next(user, authzid);
    },
  },
  {
    id: 'sasl-identity-passed-over',
    title: 'The authorization identity is not looked at',
    clause: '4616-2-PLAIN-3',
    apply(b) {
      b.sasl.mayActAs = () => true;
    },
  },
  {
    id: 'plain-identity-obeyed',
    title: 'Every user may act as every other one',
    clause: '4616-2-PLAIN-3',
    apply: (b) =>
      wrapExchange(b, 'PLAIN', function* (s): Exchange {
        const message = b.sasl.plainMessage(s, yield EMPTY);
        if (message === null) return null;
        const user = b.sasl.user(s, message.authcid);
        const authentic = user !== undefined && b.sasl.plainMatches(user, message.password);
        return { user: message.authzid === '' ? user : b.sasl.user(s, message.authzid), authentic };
      }),
  },
  {
    id: 'saslprep-empty-ok',
    title: 'An authorization identity of which preparation leaves nothing counts as none',
    clause: '5034-4-AUTH-22',
    apply(b) {
      const next = b.sasl.mayActAs;
      b.sasl.mayActAs = (user, authzid) => b.sasl.prepare(authzid) === '' || next(user, authzid);
    },
  },
  {
    id: 'saslprep-none',
    title: 'Names are compared without preparation',
    clause: '5034-4-AUTH-21',
    apply(b) {
      b.sasl.prepare = (text) => text;
    },
  },
  {
    id: 'plain-any-nul',
    title: 'PLAIN finds name and password also where no NUL stands between them',
    clause: '4616-2-PLAIN-1',
    apply: (b) =>
      readAlso(b, ([text, more], s) => {
        const user = [...s.drops.values()].find(({ name, password }) => name + password === text);
        if (more !== undefined || user === undefined) return null;
        return { authzid: '', authcid: user.name, password: user.password };
      }),
  },
  {
    id: 'plain-one-nul',
    title: 'PLAIN takes a message with one NUL for name and password',
    clause: '4616-2-PLAIN-1',
    apply: (b) =>
      readAlso(b, ([authcid = '', password, more]) =>
        password === undefined || more !== undefined ? null : { authzid: '', authcid, password },
      ),
  },
  {
    id: 'plain-tail',
    title: 'PLAIN passes over what follows a third NUL',
    clause: '4616-2-PLAIN-1',
    apply: (b) =>
      readAlso(b, ([authzid = '', authcid = '', password, tail]) =>
        tail === undefined || password === undefined ? null : { authzid, authcid, password },
      ),
  },
  {
    id: 'plain-empty-password',
    title: 'PLAIN with an empty password logs in',
    clause: '4616-2-PLAIN-6',
    apply(b) {
      readAlso(b, ([authzid = '', authcid = '', password, tail]) =>
        password === '' && tail === undefined ? { authzid, authcid, password } : null,
      );
      const next = b.sasl.plainMatches;
      b.sasl.plainMatches = (user, password) => password === '' || next(user, password);
    },
  },
  {
    id: 'plain-empty-name',
    title: 'PLAIN with an empty name looks for the user whose password it is',
    clause: '4616-2-PLAIN-6',
    apply: (b) =>
      readAlso(b, ([authzid = '', authcid = '', password], s) => {
        const user = [...s.drops.values()].find((one) => one.password === password);
        if (b.sasl.prepare(authcid) !== '' || user === undefined) return null;
        return { authzid, authcid: user.name, password: user.password };
      }),
  },
  {
    id: 'plain-any-octets',
    title: 'PLAIN passes over an authorization identity that is not UTF-8',
    clause: '4616-2-PLAIN-9',
    apply(b) {
      const next = b.sasl.plainMessage;
      b.sasl.plainMessage = (s, message) =>
        next(s, isUtf8(message) ? message : message.subarray(Math.max(0, message.indexOf(0))));
    },
  },
  {
    id: 'plain-utf8-hangs-up',
    title: 'PLAIN with a name or a password in other than ASCII ends the connection',
    clause: '5034-4-AUTH-19',
    apply(b) {
      const next = b.sasl.plainMessage;
      b.sasl.plainMessage = (s, message) => {
        if (message.some((octet) => octet > 0x7f)) b.hangUp(s);
        return next(s, message);
      };
    },
  },
]);
