import type { Behaviour } from '../behaviour.js';
import { err, ok, type Session } from '../session.js';
import { barLogins, changeCommand, inArea, wrapCommand } from './fault.js';

/** Sends `line` in place of an empty challenge. */
function onEmptyChallenge(b: Behaviour, line: string): void {
  const next = b.sasl.challenge;
  b.sasl.challenge = (s, data) => (data.length === 0 ? s.port.write(line) : next(s, data));
}

export const saslFaults = inArea('sasl', [
  {
    id: 'sasl-any',
    title: 'AUTH PLAIN accepts every password',
    clause: '5034-4-AUTH-19',
    apply(b) {
      b.sasl.plainMatches = () => true;
    },
  },
  {
    id: 'sasl-bad-base64',
    title: 'A response that is not base64 gets a positive answer',
    clause: '5034-4-AUTH-16a',
    apply(b) {
      b.sasl.malformed = (s) => ok(s);
    },
  },
  {
    id: 'sasl-cancel-ok',
    title: 'A cancelled exchange gets a positive answer',
    clause: '5034-4-AUTH-8',
    apply(b) {
      b.sasl.cancelled = (s) => ok(s, 'cancelled');
    },
  },
  {
    id: 'sasl-no-space',
    title: 'The empty challenge lacks the space',
    clause: '5034-4-AUTH-10',
    apply(b) {
      onEmptyChallenge(b, '+\r\n');
    },
  },
  {
    id: 'sasl-challenge-text',
    title: 'The empty challenge has a text',
    clause: '5034-4-AUTH-10',
    apply(b) {
      onEmptyChallenge(b, '+ go ahead\r\n');
    },
  },
  {
    id: 'sasl-no-initial-response',
    title: 'AUTH PLAIN with an initial response is refused',
    clause: '5034-4-AUTH-20',
    apply: (b) =>
      wrapCommand(b, 'AUTH', (s, args, next) =>
        args.length > 1 ? err(s, 'wrong arguments') : next(s, args),
      ),
  },
  {
    id: 'sasl-no-challenge',
    title: 'AUTH PLAIN without an initial response is refused',
    clause: '5034-4-AUTH-9',
    apply: (b) =>
      wrapCommand(b, 'AUTH', (s, args, next) =>
        args.length < 2 ? err(s, 'wrong arguments') : next(s, args),
      ),
  },
  {
    id: 'sasl-cancel-sticks',
    title: 'After a cancelled exchange no login succeeds on the connection',
    clause: '5034-4-AUTH-29',
    apply(b) {
      const barred = new WeakSet<Session>();
      const next = b.sasl.cancelled;
      b.sasl.cancelled = (s) => {
        barred.add(s);
        return next(s);
      };
      barLogins(b, barred);
    },
  },
  {
    id: 'sasl-unknown-ok',
    title: 'AUTH with an unknown mechanism gets a positive answer',
    clause: '5034-4-AUTH-4',
    apply: (b) =>
      wrapCommand(b, 'AUTH', (s, args, next) => (/^plain$/i.test(args[0] ?? '') ? next(s, args) : ok(s))),
  },
  {
    id: 'sasl-no-mechanism',
    title: 'AUTH without a mechanism begins an exchange',
    clause: '5034-4-AUTH-36',
    apply(b) {
      changeCommand(b, 'AUTH', { min: 0 });
      wrapCommand(b, 'AUTH', (s, [mechanism = 'PLAIN', ...rest], next) => next(s, [mechanism, ...rest]));
    },
  },
  {
    id: 'sasl-no-mechanism-closes',
    title: 'AUTH without a mechanism closes the connection',
    clause: '5034-4-AUTH-36',
    apply(b) {
      changeCommand(b, 'AUTH', { min: 0 });
      wrapCommand(b, 'AUTH', (s, args, next) => {
        if (args.length > 0) return next(s, args);
        b.hangUp(s);
        return false;
      });
    },
  },
  {
    id: 'sasl-twice',
    title: 'AUTH after a login is carried out',
    clause: '5034-4-AUTH-2',
    apply: (b) => changeCommand(b, 'AUTH', { phase: 'any' }),
  },
]);
