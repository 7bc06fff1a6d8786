import type { Behaviour } from '../behaviour.js';
import { wrapCommand } from '../faults/fault.js';
import { ok } from '../session.js';
import { LOCKED, LOGIN_REFUSED, type Personality, RARE, stls } from './personality.js';

/** What is left of a session that ended without QUIT stands in the way for so long; of the real one, ten minutes were seen. */
const STALE_LOCK_MS = 60_000;

/** The lock of a session that broke off stays. */
function keepLock(b: Behaviour): void {
  const { abandoned } = b;
  b.abandoned = (s, how, rest) => {
    abandoned(s, how, rest);
    const drop = s.drop;
    if (drop === null) return;
    const stale = {};
    drop.owner = stale;
    setTimeout(() => {
      if (drop.owner === stale) drop.owner = null;
    }, STALE_LOCK_MS).unref();
  };
}

/** Servers that are run at home, at schools and by providers. */
export const unixPersonalities: readonly Personality[] = [
  {
    id: 'qpopper',
    title: 'Qpopper, with its words for a lock and a lock that outlives its session',
    speaks: 'POP3',
    firstCause: null,
    quirks: [
      {
        text: 'A locked maildrop is told of in words, without IN-USE',
        source: 'https://www.fetchmail.info/fetchmail-FAQ.html#D2',
      },
      {
        text: 'After a session that broke off the maildrop stays locked for a while (here a minute, there about ten)',
        source: 'https://www.fetchmail.info/fetchmail-FAQ.html#D2',
      },
    ],
    face: {
      greeting: 'QPOP (version 4.1.0) at localhost starting. ',
      lacks: RARE,
      sasl: [],
      words: {
        'send PASS': 'Password required.',
        bye: 'Pop server at localhost signing off.',
        [LOGIN_REFUSED]: '[AUTH] Password supplied is incorrect.',
        [LOCKED]: '/var/mail/.user.pop lock busy!  Is another session active? (11)',
      },
      capabilities: (s) => [
        'TOP',
        'USER',
        'LOGIN-DELAY 0',
        'EXPIRE NEVER',
        'UIDL',
        'RESP-CODES',
        'AUTH-RESP-CODE',
        'X-MANGLE',
        ...stls(s),
        'IMPLEMENTATION Qpopper-version-4.1.0',
      ],
    },
    apply: keepLock,
  },
  {
    id: 'courier',
    title: 'Courier, four connections from one address at most',
    speaks: 'POP3',
    firstCause: null,
    limits: { connectionsPerAddress: 4, excess: 'closed' },
    faults: ['pass-again'],
    quirks: [
      {
        text: 'A fifth connection from one address is closed without a greeting',
        source: 'https://www.courier-mta.org/couriertcpd.html',
      },
      {
        text: 'CAPA announces a login delay of ten seconds that does not exist',
        source: 'https://www.courier-mta.org/courierpop3d.html',
      },
      {
        text: 'STLS stays in CAPA after a login in clear',
        source: 'https://www.courier-mta.org/courierpop3d.html',
      },
      {
        text: 'After a refused PASS another PASS is taken, without USER',
        source: 'https://www.courier-mta.org/courierpop3d.html',
      },
    ],
    face: {
      greeting: 'Hello there.',
      lacks: ['APOP', 'LANG'],
      sasl: ['PLAIN', 'LOGIN', 'CRAM-MD5'],
      words: {
        'send PASS': 'Password required.',
        'maildrop ready': 'logged in.',
        bye: 'Bye-bye.',
        'capabilities follow': "Here's what I can do:",
        'begin TLS': 'Begin SSL/TLS negotiation now.',
        '# octets': '# octets follow.',
        'marked as deleted': 'Deleted.',
        'unknown command': 'Invalid command.',
        'empty command': 'Invalid command.',
        'no such message': 'Invalid message number.',
        [LOGIN_REFUSED]: 'Login failed.',
      },
      capabilities: (s) => [
        'SASL PLAIN LOGIN CRAM-MD5',
        ...(s.secure ? [] : ['STLS']),
        'TOP',
        'USER',
        'LOGIN-DELAY 10',
        'PIPELINING',
        'UIDL',
        'UTF8 USER',
        'IMPLEMENTATION Courier Mail Server',
      ],
    },
    apply(b) {
      wrapCommand(b, 'NOOP', (s) => ok(s, 'Yup.'));
      wrapCommand(b, 'RSET', (s) => {
        s.marks.clear();
        return ok(s, 'Resurrected.');
      });
    },
  },
  {
    id: 'dovecot',
    title: 'Dovecot, as it is installed: no password without TLS',
    speaks: 'POP3',
    firstCause: null,
    limits: { requireTls: true },
    quirks: [
      {
        text: 'A password without TLS is refused with AUTH, which many programs show as a wrong password',
        source: 'https://github.com/runeasymail/easymail/issues/106',
      },
    ],
    face: {
      greeting: 'Dovecot (Debian) ready.',
      lacks: ['APOP', ...RARE],
      sasl: ['PLAIN', 'LOGIN'],
      words: {
        'send PASS': '',
        'maildrop ready': 'Logged in.',
        bye: 'Logging out.',
        'capabilities follow': '',
        'begin TLS': 'Begin TLS negotiation now.',
        'marked as deleted': 'Marked to be deleted.',
        'unknown command': 'Unknown command.',
        'empty command': 'Unknown command.',
        'not without TLS: say STLS first':
          '[AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.',
        [LOGIN_REFUSED]: '[AUTH] Authentication failed.',
        [LOCKED]: '[IN-USE] Mailbox is locked by another POP3 session.',
      },
      capabilities: (s) => [
        'CAPA',
        'TOP',
        'UIDL',
        'RESP-CODES',
        'PIPELINING',
        'AUTH-RESP-CODE',
        ...stls(s),
        ...(s.phase === 'transaction' ? [] : s.secure ? ['USER', 'SASL PLAIN LOGIN'] : ['SASL']),
      ],
    },
  },
  {
    id: 'cyrus',
    title: 'Cyrus with APOP in its greeting and no store for it',
    speaks: 'POP3',
    firstCause: null,
    quirks: [
      {
        text: 'APOP is offered and refused for every user, whatever the password',
        source: 'https://github.com/cyrusimap/cyrus-imapd/issues/396',
      },
      {
        text: 'There are two spaces in the greeting',
        source: 'https://github.com/cyrusimap/cyrus-imapd/issues/1475',
      },
    ],
    face: {
      greeting: 'localhost Cyrus POP3 3.6.1  server ready',
      lacks: RARE,
      words: {
        'send PASS': 'Name is a valid mailbox',
        'maildrop ready': 'Mailbox locked and ready SESSIONID=<cyrus-1>',
        bye: '',
        'capabilities follow': 'List of capabilities follows',
        'unknown command': 'Unrecognized command',
        'marked as deleted': 'message deleted',
        [LOGIN_REFUSED]: '[AUTH] Invalid login',
        [LOCKED]: '[IN-USE] Unable to lock maildrop: Mailbox is locked by POP server',
      },
    },
    apply(b) {
      b.digestMatches = () => false;
    },
  },
  {
    id: 'perdition',
    title: 'A proxy before servers that hides why they refuse',
    speaks: 'POP3',
    firstCause: 'wrong-password',
    quirks: [
      {
        text: 'A locked maildrop behind it looks like a failed login',
        source: 'https://github.com/horms/perdition/issues/4',
      },
    ],
    face: {
      greeting: 'POP3 perdition ready on localhost 00000001',
      lacks: ['APOP', 'AUTH', ...RARE],
      words: {
        'send PASS': 'USER set, mate',
        'maildrop ready': 'You are so in',
        [LOGIN_REFUSED]: 'Authentication failure',
      },
      capabilities: (s) => ['TOP', 'UIDL', 'USER', ...stls(s)],
    },
    apply(b) {
      b.obstacle = () => 'Re-Authentication Failure';
    },
  },
];
