import { LOGIN_REFUSED, type Personality, RARE, stls } from './personality.js';

/** Servers that developers test their programs with. */
export const testServerPersonalities: readonly Personality[] = [
  {
    id: 'greenmail',
    title: 'An older GreenMail, which cuts messages at a line that is a dot',
    speaks: 'POP3',
    firstCause: null,
    faults: ['retr-unstuffed', 'top-unstuffed'],
    quirks: [
      {
        text: 'RETR and TOP send lines that begin with a dot as they are, so that a line with a dot alone ends the message',
        source: 'https://github.com/greenmail-mail-test/greenmail/issues/475',
      },
      {
        text: 'UIDL works, and CAPA has it only in later versions',
        source: 'https://github.com/greenmail-mail-test/greenmail/issues/65',
      },
      {
        text: 'A failed login says whether there is such a user',
        source: 'https://github.com/greenmail-mail-test/greenmail',
      },
    ],
    face: {
      greeting: 'POP3 GreenMail Server v1.6.0 ready',
      lacks: ['APOP', 'STLS', ...RARE],
      sasl: ['PLAIN'],
      words: { 'send PASS': '', 'maildrop ready': '', bye: 'bye see you soon' },
      capabilities: () => ['SASL PLAIN'],
    },
    apply(b) {
      b.refuseLogin = (s, user) => {
        const why = user === undefined ? "User doesn't exist" : 'Invalid password';
        s.port.write(b.statusLine(false, `Authentication failed: ${why}`));
        return false;
      };
    },
  },
  {
    id: 'mailpit',
    title: 'An older Mailpit, whose LIST is not of numbers',
    speaks: 'POP3',
    firstCause: 'session-breaks',
    faults: ['retr-unstuffed', 'list-format-verb', 'list-arg-ignored'],
    quirks: [
      {
        text: 'LIST shows a formatting instruction in place of the size',
        source: 'https://github.com/axllent/mailpit/issues/312',
      },
      {
        text: 'RETR sends lines that begin with a dot as they are',
        source: 'https://github.com/axllent/mailpit/issues/299',
      },
      {
        text: 'LIST with a number lists everything',
        source: 'https://github.com/axllent/mailpit/issues/519',
      },
    ],
    face: {
      greeting: 'Mailpit POP3 server',
      lacks: ['APOP', 'AUTH', 'STLS', ...RARE],
      words: { 'send PASS': '', 'maildrop ready': '', [LOGIN_REFUSED]: 'authentication failed' },
      capabilities: () => ['TOP', 'USER', 'UIDL', 'IMPLEMENTATION Mailpit'],
    },
  },
  {
    id: 'twisted',
    title: 'The POP3 server of Twisted',
    speaks: 'POP3',
    firstCause: null,
    faults: ['uidl-no-number', 'list-arg-no-number', 'list-deleted-zero'],
    quirks: [
      {
        text: 'UIDL with a number answers without it',
        source: 'https://github.com/twisted/twisted/issues/9104',
      },
      {
        text: 'LIST with a number answers with the size alone',
        source: 'https://github.com/twisted/twisted/issues/10542',
      },
      {
        text: 'LIST shows a deleted message, with the size 0',
        source: 'https://github.com/twisted/twisted/issues/9094',
      },
    ],
    face: {
      greeting: '',
      lacks: ['STLS', ...RARE],
      capabilities: () => ['TOP', 'USER', 'UIDL', 'PIPELINE', 'CELERITY', 'AUSPEX', 'POTENCE'],
    },
  },
  {
    id: 'hmailserver',
    title: 'hMailServer, whose TOP is not byte-stuffed',
    speaks: 'POP3',
    firstCause: null,
    faults: ['top-unstuffed', 'status-plus-err'],
    quirks: [
      {
        text: 'TOP sends lines that begin with a dot as they are, RETR does not',
        source: 'https://github.com/hmailserver/hmailserver/issues/126',
      },
      {
        text: 'Some refusals begin with +ERR',
        source: 'https://github.com/hmailserver/hmailserver/issues/594',
      },
    ],
    face: {
      greeting: 'POP3',
      lacks: ['APOP', 'AUTH', ...RARE],
      words: { 'send PASS': 'Send your password', 'maildrop ready': 'Mailbox locked and ready' },
      capabilities: (s) => ['USER', 'UIDL', 'TOP', ...stls(s)],
    },
  },
  {
    id: 'james',
    title: 'Apache James of which a message was taken by IMAP meanwhile',
    speaks: 'POP3',
    firstCause: null,
    faults: ['retr-nothing'],
    quirks: [
      {
        text: 'RETR says +OK and then nothing, for a message that is gone',
        source: 'https://github.com/apache/james-project/pull/868',
      },
    ],
    face: { greeting: 'POP3 server (JAMES POP3 Server ) ready', lacks: ['APOP', ...RARE], sasl: ['PLAIN'] },
  },
  {
    id: 'wildduck',
    title: 'WildDuck, which shows the newest 250 messages',
    speaks: 'POP3',
    firstCause: null,
    quirks: [
      {
        text: 'A session sees the newest 250 messages alone',
        source: 'https://github.com/zone-eu/wildduck',
      },
    ],
    face: {
      greeting: 'WDPop ready for requests from 127.0.0.1',
      lacks: ['APOP', ...RARE],
      sasl: ['PLAIN'],
      words: { [LOGIN_REFUSED]: '[AUTH] Username and password not accepted' },
    },
    apply(b) {
      const { open } = b;
      b.open = (s, drop) => {
        open(s, drop);
        s.messages = drop.messages.slice(-250);
        s.count = s.messages.length;
      };
    },
  },
];
