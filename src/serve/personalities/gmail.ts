import type { Behaviour } from '../behaviour.js';
import type { StoredMessage } from '../maildrop.js';
import { err, type Session } from '../session.js';
import {
  type Face,
  LOGIN_REFUSED,
  type Personality,
  type Quirk,
  RARE,
  refusePasswords,
} from './personality.js';

/** How many of the oldest messages a session is shown; from 250 to 300 were seen. */
const SHOWN = 250;
const SCOPE = 'https://mail.google.com/';

const FACE: Face = {
  greeting: 'Gpop ready for requests from 127.0.0.1 q1mb',
  lacks: ['APOP', 'STLS', ...RARE],
  sasl: ['PLAIN', 'XOAUTH2', 'OAUTHBEARER'],
  words: {
    'maildrop ready': 'Welcome.',
    'capabilities follow': 'Capability list follows',
    '# octets': 'message follows',
    bye: 'Farewell.',
    [LOGIN_REFUSED]: '[AUTH] Username and password not accepted.',
  },
  capabilities: (s) => [
    'USER',
    'RESP-CODES',
    ...(s.phase === 'transaction' ? ['PIPELINING'] : []),
    'EXPIRE 0',
    'LOGIN-DELAY 300',
    'TOP',
    'UIDL',
    'X-GOOGLE-RICO',
    ...(s.phase === 'transaction' ? [] : ['SASL PLAIN XOAUTH2 OAUTHBEARER']),
  ],
};

const QUIRKS: readonly Quirk[] = [
  {
    text: 'It is reached by TLS alone; CAPA has PIPELINING only after the login, and SASL only before it',
    source: 'https://github.com/jstedfast/MailKit/tree/master/UnitTests/TestData/pop3',
  },
  {
    text: 'A message that was retrieved is gone from later sessions, without DELE, once QUIT was said',
    source: 'https://support.google.com/mail/answer/6089246',
  },
  {
    text: `STAT and LIST show the ${SHOWN} oldest messages alone; the next ones follow when these were retrieved`,
    source: 'https://github.com/foens/hpop/issues/66',
  },
  {
    text: 'With recent: before the name a session sees the mail of the last 30 days, retrieved or not',
    source: 'https://github.com/foens/hpop/issues/56',
  },
  {
    text: 'A refused bearer token gets a JSON challenge and, when that is answered, -ERR',
    source: 'https://github.com/jstedfast/MimeKit/issues/99',
  },
];

/** Marks sessions whose user name begins with `prefix`, which is taken away. */
function namePrefix(behaviour: Behaviour, prefix: string): WeakSet<Session> {
  const marked = new WeakSet<Session>();
  const { findUser } = behaviour;
  behaviour.findUser = (s, name) => {
    if (!name.startsWith(prefix)) return findUser(s, name);
    marked.add(s);
    return findUser(s, name.slice(prefix.length));
  };
  return marked;
}

/** What RETR has sent is not shown to sessions after QUIT, except in recent mode. */
function showOldest(b: Behaviour): void {
  const popped = new WeakSet<StoredMessage>();
  const fetchedBy = new WeakMap<Session, StoredMessage[]>();
  const recent = namePrefix(b, 'recent:');
  const { open, fetched, commit } = b;
  b.open = (s, drop) => {
    open(s, drop);
    // Nothing here is older than the server, and so than 30 days.
    s.messages = recent.has(s)
      ? [...drop.messages]
      : drop.messages.filter((message) => !popped.has(message)).slice(0, SHOWN);
    s.count = s.messages.length;
    fetchedBy.set(s, []);
  };
  b.fetched = (s, n) => {
    fetched(s, n);
    const message = b.message(s, n);
    if (message !== undefined) fetchedBy.get(s)?.push(message);
  };
  b.commit = (s) => {
    for (const message of fetchedBy.get(s) ?? []) popped.add(message);
    commit(s);
  };
}

function beGmail(b: Behaviour): void {
  showOldest(b);
  b.sasl.tokenError = () => JSON.stringify({ status: '400', schemes: 'Bearer', scope: SCOPE });
}

function gmail(variant: Pick<Personality, 'id' | 'title' | 'firstCause' | 'quirks' | 'apply'>): Personality {
  return {
    ...variant,
    speaks: 'POP3',
    provider: 'gmail',
    only: 'tls',
    face: FACE,
    apply(b) {
      beGmail(b);
      variant.apply?.(b);
    },
  };
}

export const gmailPersonalities: readonly Personality[] = [
  gmail({
    id: 'gmail',
    title: 'Gmail and Google Workspace, with an app password or a token',
    quirks: QUIRKS,
    firstCause: null,
  }),
  gmail({
    id: 'gmail-app-password',
    title: 'Gmail of a user with two-step verification who gives the password of the account',
    quirks: [
      {
        text: 'The password of the account is refused, an app password or a token is asked for',
        source: 'https://support.google.com/accounts/answer/185833',
      },
    ],
    firstCause: 'app-password-needed',
    apply: (b) =>
      refusePasswords(
        b,
        '[AUTH] Application-specific password required: https://support.google.com/accounts/answer/185833',
      ),
  }),
  gmail({
    id: 'gmail-web-login',
    title: 'Gmail that wants the user to log in by a browser first',
    quirks: [
      {
        text: 'The right password is refused until the user has confirmed the login on the web',
        source: 'https://support.google.com/mail/answer/7126229',
      },
    ],
    firstCause: 'web-login-needed',
    apply: (b) =>
      refusePasswords(b, '[AUTH] Web login required: https://support.google.com/mail/answer/78754'),
  }),
  gmail({
    id: 'gmail-pop-off',
    title: 'Gmail of a user who has not switched POP on',
    quirks: [
      {
        text: 'The login succeeds, and every command on the mailbox is refused',
        source: 'https://support.google.com/mail/answer/7104828',
      },
    ],
    firstCause: 'pop-switched-off',
    apply(b) {
      for (const verb of ['STAT', 'LIST', 'UIDL', 'TOP', 'RETR']) {
        const command = b.commands.get(verb);
        if (command !== undefined)
          command.run = (s) =>
            err(
              s,
              '[SYS/PERM] Your account is not enabled for POP access. Please visit your Gmail settings page and enable your account for POP access.',
            );
      }
    },
  }),
  gmail({
    id: 'gmail-busy',
    title: 'Gmail with a passing failure, or with a client that polls too often',
    quirks: [
      {
        text: 'The right password is refused with SYS/TEMP and an opaque id',
        source: 'https://github.com/frappe/frappe/issues/1133',
      },
    ],
    firstCause: 'server-trouble',
    apply(b) {
      b.obstacle = () => '[SYS/TEMP] Temporary system problem. Please try again later. q1mb1234567890';
    },
  }),
];
