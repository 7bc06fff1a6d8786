import type { Behaviour } from '../behaviour.js';
import { plain } from '../sasl/plain.js';
import { err } from '../session.js';
import { inArea, wrapCommand } from './fault.js';

/** Changes what follows "SASL " in CAPA. */
function changeList(b: Behaviour, change: (list: string) => string): void {
  const next = b.capabilities;
  b.capabilities = (s) =>
    next(s).map((line) => line.replace(/^SASL (.*)/, (_, list) => `SASL ${change(list)}`));
}

/** Leaves mechanisms out of what is offered, on connections for which `where` holds. */
function withhold(b: Behaviour, withheld: RegExp, where = (_secure: boolean): boolean => true): void {
  const next = b.sasl.offered;
  b.sasl.offered = (s) => next(s).filter((name) => !(where(s.secure) && withheld.test(name)));
}

export const saslListFaults = inArea('sasl', [
  {
    id: 'sasl-list-commas',
    title: 'SASL lists the mechanisms with commas between them',
    clause: '5034-3-SASL-1',
    apply: (b) => changeList(b, (list) => list.replaceAll(' ', ',')),
  },
  {
    id: 'sasl-list-lower-case',
    title: 'SASL lists the mechanisms in lower case',
    clause: '4422-3.1-NAME-1',
    apply: (b) => changeList(b, (list) => list.toLowerCase()),
  },
  {
    id: 'sasl-list-twice',
    title: 'SASL lists PLAIN twice',
    clause: '5034-3-SASL-1',
    apply: (b) => changeList(b, (list) => `${list} PLAIN`),
  },
  {
    id: 'sasl-list-plus-in-clear',
    title: 'SASL lists SCRAM with channel binding in clear',
    clause: '5802-4-SCRAM-2',
    apply: (b) => changeList(b, (list) => (list.includes('-PLUS') ? list : `${list} SCRAM-SHA-256-PLUS`)),
  },
  {
    id: 'sasl-list-only-plain',
    title: 'PLAIN and LOGIN are all that SASL lists',
    clause: '5034-4-AUTH-34',
    apply: (b) => withhold(b, /^(?!PLAIN$|LOGIN$)/),
  },
  {
    id: 'sasl-list-without-sha-1',
    title: 'SASL lists SCRAM-SHA-256 and not SCRAM-SHA-1',
    clause: '5802-4-SCRAM-1',
    apply: (b) => withhold(b, /^SCRAM-SHA-1/),
  },
  {
    id: 'sasl-no-plain-under-tls',
    title: 'PLAIN is not offered under TLS',
    clause: '5034-4-AUTH-30',
    apply: (b) => withhold(b, /^PLAIN$/, (secure) => secure),
  },
  {
    id: 'capa-refused-under-tls',
    title: 'CAPA is refused under TLS',
    clause: '5034-3-SASL-4',
    apply: (b) => wrapCommand(b, 'CAPA', (s, args, next) => (s.secure ? err(s, 'no') : next(s, args))),
  },
  {
    id: 'sasl-listed-refused',
    title: 'LOGIN is listed and refused',
    clause: '5034-3-SASL-7',
    apply(b) {
      const next = b.sasl.find;
      b.sasl.find = (s, name) => (name === 'LOGIN' ? undefined : next(s, name));
    },
  },
  {
    id: 'sasl-unlisted',
    title: 'ANONYMOUS is not listed and can be started',
    clause: '5034-3-SASL-8',
    apply(b) {
      const next = b.sasl.find;
      b.sasl.find = (s, name) => (name === 'ANONYMOUS' ? plain : next(s, name));
    },
  },
  {
    id: 'oauth-in-clear',
    title: 'OAUTHBEARER and XOAUTH2 are offered in clear',
    clause: '7628-3-OAUTH-1',
    apply(b) {
      for (const name of ['OAUTHBEARER', 'XOAUTH2']) {
        const mechanism = b.sasl.mechanisms.get(name);
        if (mechanism !== undefined) b.sasl.mechanisms.set(name, { ...mechanism, available: () => true });
      }
    },
  },
]);
