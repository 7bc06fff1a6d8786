import { encodeBase64 } from '../../pop3/base64.js';
import { encodePlain } from '../../pop3/sasl-plain.js';
import type { Behaviour } from '../behaviour.js';
import { authenticate, begin } from '../sasl/exchange.js';
import { err, ok, type Session } from '../session.js';
import { barLogins, changeCommand, inArea, wrapCommand } from './fault.js';

/** Octets of AUTH lines and of responses where a server keeps them shorter than it must. */
const LINE_LIMIT = 200;
const WRAP_AT = 40;

/** Sends `line` in place of an empty challenge. */
function onEmptyChallenge(b: Behaviour, line: string): void {
  const next = b.sasl.challenge;
  b.sasl.challenge = (s, data) => (data.length === 0 ? s.port.write(line) : next(s, data));
}

/** Sends what `line` makes of the base64 of a challenge that is not empty. */
function onChallenge(b: Behaviour, line: (base64: string) => string): void {
  const next = b.sasl.challenge;
  b.sasl.challenge = (s, data) =>
    data.length === 0 ? next(s, data) : s.port.write(line(encodeBase64(data)));
}

/** Decodes what `repair` makes of a response where it cannot be decoded as it is. */
function decodeAlso(b: Behaviour, repair: (response: string, s: Session) => string): void {
  const next = b.sasl.decode;
  b.sasl.decode = (s, response) => next(s, response) ?? next(s, repair(response, s));
}

/** Takes the lines of an exchange for which `take` returns true before the exchange does. */
function beforeExchange(b: Behaviour, take: (s: Session, line: string) => boolean): void {
  const next = b.sasl.challenge;
  b.sasl.challenge = (s, data) => {
    next(s, data);
    const { respond } = s;
    if (respond === null) return;
    const first = (line: string): boolean => {
      if (!take(s, line)) return respond(line);
      s.respond ??= first;
      return true;
    };
    s.respond = first;
  };
}

function pad(base64: string): string {
  return base64.padEnd(Math.ceil(base64.length / 4) * 4, '=');
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
  {
    id: 'sasl-cancel-first-step-only',
    title: 'A cancel at a later step gets another challenge',
    clause: '5034-4-AUTH-8',
    apply(b) {
      const challenges = new WeakMap<Session, number>();
      const { challenge, cancelled } = b.sasl;
      b.sasl.challenge = (s, data) => {
        challenges.set(s, data.length === 0 ? 1 : (challenges.get(s) ?? 0) + 1);
        challenge(s, data);
      };
      b.sasl.cancelled = (s) => {
        if (challenges.get(s) === 1) return cancelled(s);
        s.respond = () => err(s, 'failed');
        challenge(s, Buffer.from('again'));
        return true;
      };
    },
  },
  {
    id: 'sasl-cancel-bars-stls',
    title: 'After a cancelled exchange STLS is refused',
    clause: '5034-4-AUTH-29',
    apply(b) {
      const barred = new WeakSet<Session>();
      const next = b.sasl.cancelled;
      b.sasl.cancelled = (s) => {
        barred.add(s);
        return next(s);
      };
      wrapCommand(b, 'STLS', (s, args, run) => (barred.has(s) ? err(s, 'not now') : run(s, args)));
    },
  },
  {
    id: 'sasl-failure-sticks',
    title: 'After a failed login no login succeeds on the connection',
    clause: '5034-4-AUTH-29',
    apply(b) {
      const barred = new WeakSet<Session>();
      const next = b.refuseLogin;
      b.refuseLogin = (s, user) => {
        barred.add(s);
        return next(s, user);
      };
      barLogins(b, barred);
    },
  },
  {
    id: 'sasl-failure-enters',
    title: 'A login with a wrong password is refused and enters the TRANSACTION state all the same',
    clause: '1734-2-AUTH-11',
    apply(b) {
      const next = b.refuseLogin;
      b.refuseLogin = (s, user) => {
        if (user !== undefined) b.open(s, user);
        return next(s, user);
      };
    },
  },
  {
    id: 'sasl-initial-ignored',
    title: 'An initial response to a mechanism in which the server begins is passed over',
    clause: '5034-4-AUTH-15',
    apply(b) {
      b.sasl.unwantedInitial = (s, mechanism) => begin(s, mechanism, undefined);
    },
  },
  {
    id: 'sasl-empty-initial-absent',
    title: 'An initial response of "=" is taken for none',
    clause: '5034-4-AUTH-14',
    apply: (b) =>
      wrapCommand(b, 'AUTH', (s, [name = '', initial], next) =>
        initial === '=' ? authenticate(s, [name]) : next(s, initial === undefined ? [name] : [name, initial]),
      ),
  },
  {
    id: 'sasl-empty-line-ignored',
    title: 'An empty line in an exchange is not answered',
    clause: '5034-5-SYN-3',
    apply: (b) => beforeExchange(b, (_s, line) => line === ''),
  },
  {
    id: 'sasl-runs-commands',
    title: 'A command in place of a response is carried out',
    clause: '5034-4-AUTH-35',
    apply: (b) =>
      beforeExchange(b, (s, line) => {
        const known = b.findCommand(line.split(' ')[0] ?? '') !== undefined;
        if (known) b.takeLine(s, line);
        return known;
      }),
  },
  {
    id: 'sasl-foreign-skipped',
    title: 'Characters that are not of base64 are skipped',
    clause: '5034-4-AUTH-16b',
    apply: (b) => decodeAlso(b, (response) => response.replace(/[^A-Za-z0-9+/=]/g, '')),
  },
  {
    id: 'sasl-pad-anywhere',
    title: 'Pads are skipped wherever they stand, with what follows the last group',
    clause: '5034-4-AUTH-16c',
    apply: (b) => decodeAlso(b, (response) => pad(response.replace(/^=+/, '').replace(/=.*$/, ''))),
  },
  {
    id: 'sasl-stops-at-pad',
    title: 'What stands behind a pad is passed over',
    clause: '5034-4-AUTH-16c',
    apply: (b) => decodeAlso(b, (response) => pad(response.replace(/(?<=.)=.*$/, ''))),
  },
  {
    id: 'sasl-unpadded-ok',
    title: 'A response without its pad is accepted',
    clause: '5034-4-AUTH-16d',
    apply: (b) => decodeAlso(b, pad),
  },
  {
    id: 'sasl-base64-caseless',
    title: 'The case of base64 does not matter for right credentials',
    clause: '5034-5-SYN-2',
    apply(b) {
      const next = b.sasl.decode;
      b.sasl.decode = (s, response) => {
        const right = [...s.drops.values()]
          .map(({ name, password }) => encodePlain({ authzid: '', authcid: name, password }))
          .find((one) => one.toLowerCase() === response.toLowerCase());
        return next(s, right ?? response);
      };
    },
  },
  {
    id: 'sasl-line-limit',
    title: 'What a response has beyond 200 octets is read as the next line',
    clause: '5034-4-AUTH-17',
    apply(b) {
      b.sasl.lineMax = LINE_LIMIT;
      b.longLineRest = 'read';
    },
  },
  {
    id: 'auth-line-limit',
    title: 'An AUTH command of more than 200 octets is refused, and its rest read as the next line',
    clause: '5034-4-AUTH-12',
    apply(b) {
      const next = b.takeLine;
      b.takeLine = (s, line) =>
        /^auth /i.test(line) && line.length > LINE_LIMIT
          ? [line.slice(0, LINE_LIMIT), line.slice(LINE_LIMIT)].map((part) => next(s, part)).includes(true)
          : next(s, line);
    },
  },
  {
    id: 'sasl-challenge-blank',
    title: 'A blank stands behind a challenge',
    clause: '5034-4-AUTH-6',
    apply: (b) => onChallenge(b, (base64) => `+ ${base64} \r\n`),
  },
  {
    id: 'sasl-challenge-wrapped',
    title: 'A long challenge is broken into lines',
    clause: '5034-4-AUTH-5',
    apply: (b) => onChallenge(b, (base64) => `+ ${base64.slice(0, WRAP_AT)}\r\n${base64.slice(WRAP_AT)}\r\n`),
  },
  {
    id: 'sasl-challenge-on-ok',
    title: 'A challenge comes behind +OK',
    clause: '1734-2-AUTH-4',
    apply: (b) => onChallenge(b, (base64) => `+OK ${base64}\r\n`),
  },
  {
    id: 'auth-two-spaces',
    title: 'An initial response behind two spaces is passed over',
    clause: '5034-5-SYN-4',
    apply(b) {
      const next = b.takeLine;
      b.takeLine = (s, line) => next(s, line.replace(/^(auth \S+) {2}.*$/i, '$1'));
    },
  },
  {
    id: 'auth-third-argument',
    title: 'A third argument of AUTH is passed over',
    clause: '5034-5-SYN-4',
    apply(b) {
      changeCommand(b, 'AUTH', { max: Number.POSITIVE_INFINITY });
    },
  },
  {
    id: 'sasl-tells-users',
    title: 'The reply to a failed login tells whether there is such a user',
    clause: '4422-3.6-OUT-1',
    apply(b) {
      const next = b.refuseLogin;
      b.refuseLogin = (s, user) => (user === undefined ? err(s, '[AUTH] no such user') : next(s, user));
    },
  },
]);
