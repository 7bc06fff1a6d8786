import type { Behaviour } from '../behaviour.js';
import { changeCapabilities, wrapCommand } from '../faults/fault.js';
import { err } from '../session.js';
import {
  type Face,
  LOCKED,
  LOGIN_REFUSED,
  type Personality,
  RARE,
  refusePasswords,
  stls,
} from './personality.js';

const REFUSED = 'Logon failure: unknown user name or bad password.';
const CLOSED = 'Protocol error. Connection is closed. 10';
/** Base64 of a name in UTF-16, as the real ones are. */
const PLACE = Buffer.from('LO1P123CA0042.example', 'utf16le').toString('base64');
/** Longer ones are refused since July 2025. */
const TOKEN_MAX = 4096;
/** Logins of a user within a minute before the others are refused for its rest. */
const LOGINS_MAX = 20;
const MINUTE_MS = 60_000;

const FACE: Face = {
  greeting: `The Microsoft Exchange POP3 service is ready. [${PLACE}]`,
  lacks: ['APOP', ...RARE],
  sasl: ['PLAIN', 'XOAUTH2'],
  words: {
    'send PASS': '',
    'maildrop ready': 'User successfully authenticated.',
    bye: 'Microsoft Exchange Server POP3 server signing off.',
    'unknown command': 'Protocol error. 19',
    'not without TLS: say STLS first': 'Command is not valid in this state.',
    'TLS is already active': 'Command is not valid in this state.',
    [LOGIN_REFUSED]: REFUSED,
    [LOCKED]: REFUSED,
  },
  capabilities: (s) => ['TOP', 'UIDL', 'SASL PLAIN XOAUTH2', ...stls(s)],
};

/** An initial response on the line of AUTH and an over-long token end the connection. */
function takeTokensInTwoSteps(b: Behaviour): void {
  wrapCommand(b, 'AUTH', (s, args, next) => {
    if (args[0]?.toUpperCase() !== 'XOAUTH2' || args.length === 1) return next(s, args);
    err(s, CLOSED);
    b.hangUp(s);
    return false;
  });
  const { decode } = b.sasl;
  b.sasl.decode = (s, response) => (response.length > TOKEN_MAX ? null : decode(s, response));
  b.sasl.malformed = (s) => {
    err(s, CLOSED);
    b.hangUp(s);
    return false;
  };
}

/** Too many logins look like a wrong password until the minute is over. */
function throttleInDisguise(b: Behaviour, most: number): void {
  let since = 0;
  let logins = 0;
  const { obstacle } = b;
  b.obstacle = (s, drop) => {
    const now = performance.now();
    if (now - since > MINUTE_MS) [since, logins] = [now, 0];
    return ++logins > most ? REFUSED : obstacle(s, drop);
  };
}

const OAUTH_ONLY = {
  text: 'Every password is refused as wrong: only a bearer token lets in',
  source:
    'https://learn.microsoft.com/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online',
};
const THROTTLED = {
  text: 'After too many logins the right token or password is refused as wrong, and a while later it is good again',
  source: 'https://github.com/ditesh/node-poplib/issues/34',
};

export const outlookPersonalities: readonly Personality[] = [
  {
    id: 'outlook',
    title: 'Outlook.com and Exchange Online: a token and no password lets in',
    speaks: 'POP3',
    provider: 'outlook',
    only: 'tls',
    face: FACE,
    faults: ['oauth-error-in-err'],
    firstCause: 'oauth-needed',
    quirks: [
      OAUTH_ONLY,
      {
        text: 'AUTH XOAUTH2 with the token on the same line ends the connection; in two steps it is taken',
        source: 'https://github.com/jakartaee/mail-api/issues/461',
      },
      {
        text: `A token of more than ${TOKEN_MAX} characters ends the connection`,
        source: 'https://github.com/jstedfast/MailKit/issues/1948',
      },
      THROTTLED,
      {
        text: 'The greeting ends with base64 in brackets, which is no response code',
        source: 'https://github.com/kisli/vmime/issues/267',
      },
      {
        text: 'An unknown command gets "Protocol error. 19"',
        source: 'https://github.com/freescout-help-desk/freescout/issues/2810',
      },
    ],
    apply(b) {
      refusePasswords(b, REFUSED);
      takeTokensInTwoSteps(b);
      throttleInDisguise(b, LOGINS_MAX);
    },
  },
  {
    id: 'outlook-throttled',
    title: 'Outlook.com that has had too many logins: the right token is refused as a wrong one',
    speaks: 'POP3',
    provider: 'outlook',
    only: 'tls',
    face: FACE,
    faults: ['oauth-error-in-err'],
    firstCause: 'oauth-needed',
    quirks: [THROTTLED],
    apply(b) {
      refusePasswords(b, REFUSED);
      takeTokensInTwoSteps(b);
      throttleInDisguise(b, 0);
    },
  },
  {
    id: 'exchange',
    title: 'Exchange Server on the premises, as it is installed',
    speaks: 'POP3',
    provider: 'exchange',
    face: FACE,
    limits: { requireTls: true },
    faults: ['line-limit-47'],
    firstCause: 'certificate-self-signed',
    quirks: [
      {
        text: 'A login without TLS is refused as not valid in this state',
        source: 'https://learn.microsoft.com/powershell/module/exchange/set-popsettings',
      },
      {
        text: 'The certificate is self-signed until the administrator gives it another',
        source: 'https://learn.microsoft.com/exchange/architecture/client-access/certificates',
      },
      {
        text: 'STAT and LIST count what the store holds, which is not what RETR sends',
        source: 'https://www.fetchmail.info/fetchmail-FAQ.html#S2',
      },
      {
        text: 'AUTH NTLM is answered by +OK in place of a challenge',
        source: 'https://github.com/jstedfast/MailKit/issues/391',
      },
      {
        text: 'Commands of more than 47 octets are refused',
        source: 'https://learn.microsoft.com/openspecs/exchange_standards/ms-stanxpop3',
      },
    ],
    apply(b) {
      b.tls.certificate = 'untrusted';
      const { size } = b;
      b.size = (s, n) => storeSize(size(s, n));
      changeCapabilities(b, (list) =>
        list.map((line) => (line.startsWith('SASL') ? 'SASL NTLM PLAIN' : line)),
      );
      wrapCommand(b, 'AUTH', (s, args, next) => {
        if (args[0]?.toUpperCase() !== 'NTLM') return next(s, args);
        s.port.write('+OK\r\n');
        s.respond = () => {
          s.respond = null;
          return err(s, REFUSED);
        };
        return true;
      });
    },
  },
];

/** The store keeps properties beside the text of a message. */
function storeSize(octets: number): number {
  return octets + 512 + Math.floor(octets / 8);
}
