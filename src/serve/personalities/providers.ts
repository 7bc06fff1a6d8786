import { err } from '../session.js';
import { LOCKED, LOGIN_REFUSED, type Personality, RARE, refusePasswords, stls } from './personality.js';

/** "请先开通POP3服务" in GBK, as its server sends it: to be switched on first. */
const GBK = '\xc7\xeb\xcf\xc8\xbf\xaa\xcd\xa8POP3\xb7\xfe\xce\xf1';
const DAY_QUOTA = 10;

/** Providers whose refusals do not say what they mean. */
export const providerPersonalities: readonly Personality[] = [
  {
    id: 'gmx',
    title: 'GMX and web.de of a user who has not switched POP3 on',
    speaks: 'POP3',
    provider: 'gmx',
    firstCause: 'pop-switched-off',
    quirks: [
      {
        text: 'POP3 is off until it is switched on, and the refusal is that of a wrong password',
        source: 'https://github.com/jens-maus/yam/issues/638',
      },
    ],
    face: {
      greeting: 'POP server ready H mieue033 1MeUj4-1',
      lacks: ['APOP', ...RARE],
      sasl: ['PLAIN'],
      words: { 'send PASS': 'password required for user', bye: 'POP server signing off' },
      capabilities: (s) => ['TOP', 'UIDL', 'USER', 'SASL PLAIN', ...stls(s)],
    },
    limits: { requireTls: true },
    apply: (b) => refusePasswords(b, 'authentication failed'),
  },
  {
    id: '163',
    title: '163.com, with a quota of messages for a time',
    speaks: 'POP3',
    provider: 'netease',
    only: 'tls',
    firstCause: null,
    quirks: [
      {
        text: 'After some messages RETR is refused until the period is over',
        source: 'https://github.com/zhangyunhao116/zmail/issues/115',
      },
      { text: 'Refusals are in GBK', source: 'https://github.com/zhangyunhao116/zmail/issues/30' },
    ],
    face: {
      greeting: 'Welcome to coremail Mail Pop3 Server (163coms[10774b260cc7a37d26d71b52404dcf5cs])',
      lacks: ['APOP', 'AUTH', 'STLS', ...RARE],
      words: { 'send PASS': 'core mail', bye: 'core mail', [LOGIN_REFUSED]: `[AUTH] ${GBK}` },
      capabilities: () => ['TOP', 'USER', 'UIDL'],
    },
    apply(b) {
      let sent = 0;
      const retr = b.commands.get('RETR');
      if (retr === undefined) return;
      const { run } = retr;
      retr.run = (s, args) =>
        ++sent > DAY_QUOTA ? err(s, `Download exceed. msg=${DAY_QUOTA}`) : run(s, args);
    },
  },
  {
    id: 'qq',
    title: 'QQ Mail, which wants an authorization code in place of the password',
    speaks: 'POP3',
    provider: 'qq',
    only: 'tls',
    firstCause: 'app-password-needed',
    quirks: [
      {
        text: 'The password is refused until POP3 is switched on and a code is made for the program',
        source: 'https://service.mail.qq.com/detail/0/75',
      },
    ],
    face: {
      greeting: 'XMail POP3 Server v1.0 Service Ready(XMail v1.0)',
      lacks: ['APOP', 'STLS', ...RARE],
      sasl: ['LOGIN', 'PLAIN'],
      words: { 'send PASS': '', bye: 'Bye' },
    },
    apply: (b) =>
      refusePasswords(
        b,
        '[AUTH] Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.',
      ),
  },
  {
    id: 'free',
    title: 'free.fr, whose APOP refuses everybody and ends the connection after one more try',
    speaks: 'POP3',
    provider: 'free',
    firstCause: null,
    limits: { failedLogins: 2 },
    quirks: [
      {
        text: 'APOP is offered and always refused, and the next login on the connection is cut off',
        source: 'https://github.com/jstedfast/MailKit/issues/856',
      },
    ],
    face: {
      greeting: 'POP3 ready',
      lacks: ['STLS', ...RARE],
      words: { [LOGIN_REFUSED]: '[AUTH] authentication failed' },
    },
    apply(b) {
      b.digestMatches = () => false;
    },
  },
  {
    id: 'ovh',
    title: 'OVH, which cuts off logins that are less than a minute apart',
    speaks: 'POP3',
    provider: 'ovh',
    firstCause: null,
    limits: { loginDelay: 60 },
    faults: ['delay-closes'],
    quirks: [
      {
        text: 'The second login of a user within 60 seconds is cut off without an answer',
        source: 'http://help.ovh.co.uk/EmailPopTooOften',
      },
    ],
    face: { greeting: 'ovh pop3 ready', lacks: ['APOP', ...RARE], sasl: ['PLAIN', 'LOGIN'] },
  },
  {
    id: 'comcast',
    title: 'Comcast with Maillennium, whose TOP is cut and whose UIDL is padded',
    speaks: 'POP3',
    provider: 'comcast',
    firstCause: 'uidl-unfit',
    faults: ['top-cut-at-64-kib', 'uidl-padded'],
    quirks: [
      {
        text: 'TOP loses what lies behind the first 64 KiB',
        source: 'https://www.fetchmail.info/fetchmail-FAQ.html#I8',
      },
      {
        text: 'Several spaces stand before the unique-id',
        source: 'https://github.com/thunderbird/thunderbird-android/issues/323',
      },
    ],
    face: {
      greeting: 'Maillennium POP3/PROXY server #1',
      lacks: RARE,
      words: { [LOGIN_REFUSED]: '[AUTH] Authentication failed' },
    },
  },
  {
    id: 'small-hoster',
    title: 'A hoster that allows thirty checks an hour and calls the next one a wrong password',
    speaks: 'POP3',
    firstCause: 'wrong-password',
    quirks: [
      {
        text: 'After too many logins from an address the right password is refused as wrong',
        source: 'https://github.com/ditesh/node-poplib/issues/34',
      },
    ],
    face: {
      greeting: 'Hello there.',
      lacks: ['APOP', 'AUTH', ...RARE],
      words: { [LOGIN_REFUSED]: 'login incorrect', [LOCKED]: 'login incorrect' },
      capabilities: (s) => ['TOP', 'USER', 'UIDL', ...stls(s)],
    },
    apply: (b) => refusePasswords(b, 'login incorrect'),
  },
];
