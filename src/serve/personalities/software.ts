import { LOGIN_REFUSED, type Personality, RARE, stls } from './personality.js';

/** Servers with a bug that their users met. */
export const softwarePersonalities: readonly Personality[] = [
  {
    id: 'stalwart',
    title: 'A Stalwart whose TOP sends the whole message where no line of the body is asked for',
    speaks: 'POP3',
    firstCause: 'top-too-much',
    faults: ['top-zero-whole'],
    quirks: [
      {
        text: 'TOP with 0 lines sends the whole body',
        source: 'https://github.com/stalwartlabs/stalwart/issues/3165',
      },
    ],
    face: {
      greeting: 'Stalwart POP3 at your service.',
      lacks: ['APOP', ...RARE],
      sasl: ['PLAIN', 'OAUTHBEARER'],
      words: { [LOGIN_REFUSED]: '[AUTH] Authentication failed' },
    },
  },
  {
    id: 'popgun',
    title: 'Mailsac with POPgun, which has no TOP',
    speaks: 'POP3',
    only: 'plain',
    firstCause: 'top-missing',
    quirks: [
      {
        text: 'TOP is unknown, so that clients which look at headers first show nothing',
        source: 'https://github.com/neomutt/neomutt/issues/2707',
      },
    ],
    face: {
      greeting: 'POPgun POP3 server ready',
      lacks: ['APOP', 'AUTH', 'TOP', 'STLS', ...RARE],
      capabilities: () => ['USER', 'UIDL'],
    },
  },
  {
    id: 'usa-net',
    title: 'USA.net, whose TOP ignores its line count',
    speaks: 'POP3',
    firstCause: 'top-too-much',
    faults: ['top-always-ten'],
    quirks: [
      {
        text: 'TOP sends ten lines of the body whatever is asked for',
        source: 'https://www.fetchmail.info/fetchmail-FAQ.html#I3',
      },
    ],
    face: { greeting: 'USA.NET-QPOP ready', lacks: ['APOP', 'AUTH', ...RARE] },
  },
  {
    id: 'inbucket',
    title: 'Inbucket, which gives out deleted messages',
    speaks: 'POP3',
    firstCause: null,
    faults: ['retr-deleted', 'top-deleted'],
    quirks: [
      {
        text: 'RETR and TOP of a message that is marked as deleted send it',
        source: 'https://github.com/inbucket/inbucket/issues/618',
      },
    ],
    face: {
      greeting: 'Inbucket POP3 server ready',
      lacks: ['AUTH', ...RARE],
      capabilities: (s) => ['TOP', 'USER', 'UIDL', ...stls(s), 'IMPLEMENTATION Inbucket'],
    },
  },
  {
    id: 'smtp4dev',
    title: 'smtp4dev, which does not know NOOP',
    speaks: 'POP3',
    firstCause: null,
    faults: ['noop-missing'],
    quirks: [
      {
        text: 'NOOP is refused as an unknown command',
        source: 'https://github.com/rnwood/smtp4dev/issues/2066',
      },
    ],
    face: {
      greeting: 'smtp4dev POP3 server ready',
      lacks: ['APOP', 'AUTH', ...RARE],
      capabilities: (s) => ['USER', 'UIDL', 'TOP', ...stls(s)],
    },
  },
  {
    id: 'bsd-popper',
    title: 'The BSD popper of old, which cuts lines',
    speaks: 'POP3',
    only: 'plain',
    firstCause: 'no-tls',
    faults: ['lines-cut-at-1024'],
    quirks: [
      {
        text: 'Lines of more than 1024 octets are cut, and the rest is lost',
        source: 'https://www.fetchmail.info/fetchmail-FAQ.html#D2',
      },
    ],
    face: {
      greeting: 'popper POP3 server at localhost starting',
      lacks: ['APOP', 'AUTH', 'CAPA', 'STLS', ...RARE],
      words: { 'send PASS': 'Password required.', [LOGIN_REFUSED]: 'Password supplied is incorrect.' },
    },
  },
];
