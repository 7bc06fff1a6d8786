import { err } from '../session.js';
import { type Face, LOCKED, LOGIN_REFUSED, type Personality, RARE, refusePasswords } from './personality.js';

const REFUSED = '[AUTH] Incorrect username or password';

const FACE: Face = {
  greeting: 'Maildrop ready, (JPOP server ready).',
  lacks: ['APOP', 'STLS', ...RARE],
  sasl: ['PLAIN', 'LOGIN', 'XOAUTH2'],
  words: {
    'send PASS': 'password required',
    'maildrop ready': 'Maildrop ready',
    bye: 'JPOP server signing off',
    'capabilities follow': 'CAPA list follows',
    [LOGIN_REFUSED]: REFUSED,
    [LOCKED]: '[IN-USE] maildrop already locked',
  },
  capabilities: () => ['IMPLEMENTATION jpop-0.1', 'TOP', 'USER', 'SASL LOGIN PLAIN'],
};

const UIDL_HIDDEN = {
  text: 'UIDL works, and CAPA does not have it',
  source: 'https://github.com/neomutt/neomutt/issues/1427',
};

export const yahooPersonalities: readonly Personality[] = [
  {
    id: 'yahoo',
    title: 'Yahoo Mail of a user who gives the password of the account',
    speaks: 'POP3',
    provider: 'yahoo',
    only: 'tls',
    face: FACE,
    firstCause: 'app-password-needed',
    quirks: [
      {
        text: 'The password of the account is refused as wrong: an app password is needed, and nothing says so',
        source: 'https://help.yahoo.com/kb/SLN15241.html',
      },
      UIDL_HIDDEN,
    ],
    apply: (b) => refusePasswords(b, REFUSED),
  },
  {
    id: 'att',
    title: 'AT&T Mail, run by Yahoo, with a message that cannot be retrieved',
    speaks: 'POP3',
    provider: 'att',
    only: 'tls',
    face: FACE,
    firstCause: null,
    quirks: [
      UIDL_HIDDEN,
      {
        text: 'RETR of the first message is refused although LIST has it, and clients get no further',
        source: 'https://www.att.com/support/article/email-support/KM1010523/',
      },
    ],
    apply(b) {
      const retr = b.commands.get('RETR');
      if (retr === undefined) return;
      const { run } = retr;
      retr.run = (s, args) =>
        b.messageNumber(s, args[0] ?? '') === 1 ? err(s, '[SYS/TEMP] Server error') : run(s, args);
    },
  },
  {
    id: 'aol',
    title: 'AOL Mail, and Verizon with it, of old',
    speaks: 'POP3',
    provider: 'aol',
    only: 'tls',
    face: FACE,
    firstCause: 'app-password-needed',
    quirks: [
      {
        text: 'A wrong password closes the connection without an answer',
        source: 'https://github.com/mozilla-b2g/gaia-email-libs-and-more/pull/283',
      },
      UIDL_HIDDEN,
    ],
    apply(b) {
      refusePasswords(b, '');
      b.refuseLogin = (s) => {
        b.hangUp(s);
        return false;
      };
    },
  },
];
