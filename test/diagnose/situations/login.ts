import { answering, embedded, like, ONE_MESSAGE, USER, USERS } from '../hosts.js';
import { ME, right, type Situation, WRONG_PASSWORD, WRONG_TOKEN, wrong } from './situation.js';

const HOST = 'pop.example.org';
const given = { about: HOST, user: 'user' } as const;
const ZONE = { 'example.org': { MX: ['10 mx.example.org'] } };
const sound = { hosts: { [HOST]: embedded() }, zone: ZONE };

/** A server without TLS that answers PASS with this. */
const refusing = (reply: string) => ({ hosts: { [HOST]: answering({ PASS: `${reply}\r\n` }) } });
const inClear = { ...given, port: 110, tls: 'none' } as const;

/** A login that is refused with `reply`, and what it means first. */
const says = (reply: string, first: string, more: Partial<Situation> = {}): Situation => ({
  name: `PASS is answered "${reply}"`,
  world: refusing(reply),
  ask: inClear,
  first,
  ...more,
});

/** Logins. */
export const LOGIN: readonly Situation[] = [
  {
    name: 'a wrong password',
    world: sound,
    ask: wrong,
    first: 'wrong-password',
    among: ['pop-switched-off', 'app-password-needed', 'throttled'],
    separates: /on the web/,
  },
  says('-ERR authentication failed', 'wrong-password', {
    among: ['pop-switched-off', 'app-password-needed'],
    separates: /on the web/,
  }),
  {
    name: 'the password has blanks',
    world: sound,
    ask: { ...wrong, password: 'not the right one' },
    first: 'wrong-password',
    among: ['password-not-carried'],
  },
  {
    name: 'the server wants the name before the @',
    world: { hosts: { [HOST]: embedded({ users: [USER] }) }, zone: ZONE },
    ask: right,
    first: 'wrong-name',
  },
  says('-ERR no such user', 'wrong-name', { among: ['wrong-password'] }),
  says('-ERR Password expired, change it on the web', 'password-expired'),
  says('-ERR POP3 access is disabled for this account', 'pop-switched-off'),
  says('-ERR pop not allowed for user', 'pop-switched-off'),
  {
    name: 'GMX while POP3 is switched off',
    world: { hosts: { 'pop.gmx.net': like('gmx') } },
    ask: { about: 'user@gmx.de' },
    first: 'pop-switched-off',
    among: ['wrong-password'],
  },
  {
    name: 'Gmail, the password of the account',
    world: { hosts: { 'pop.gmail.com': like('gmail-app-password') } },
    ask: { about: 'user@gmail.com' },
    first: 'app-password-needed',
  },
  {
    name: 'Gmail while POP is switched off',
    world: { hosts: { 'pop.gmail.com': like('gmail-pop-off') } },
    ask: { about: 'user@gmail.com' },
    first: 'pop-switched-off',
  },
  {
    name: 'Gmail wants a browser',
    world: { hosts: { 'pop.gmail.com': like('gmail-web-login') } },
    ask: { about: 'user@gmail.com' },
    first: 'web-login-needed',
  },
  {
    name: 'Gmail has a problem',
    world: { hosts: { 'pop.gmail.com': like('gmail-busy') } },
    ask: { about: 'user@gmail.com' },
    first: 'server-trouble',
    separates: /half an hour/,
  },
  {
    name: 'Gmail, a token that is refused',
    world: { hosts: { 'pop.gmail.com': like('gmail') } },
    ask: { about: 'user@gmail.com', password: null, token: WRONG_TOKEN },
    first: 'token-refused',
    separates: /scope/,
  },
  {
    name: 'Yahoo, the password of the account',
    world: { hosts: { 'pop.mail.yahoo.com': like('yahoo') } },
    ask: { about: 'user@yahoo.com' },
    first: 'app-password-needed',
    among: ['wrong-password'],
  },
  {
    name: 'AOL closes',
    world: { hosts: { 'pop.aol.com': like('aol') } },
    ask: { about: 'user@aol.com' },
    first: 'app-password-needed',
    among: ['cut-at-login'],
  },
  {
    name: 'QQ wants a code',
    world: { hosts: { 'pop.qq.com': like('qq') } },
    ask: { about: 'user@qq.com' },
    first: 'app-password-needed',
    among: ['pop-switched-off', 'throttled', 'wrong-password'],
  },
  {
    name: 'Outlook.com by password',
    world: { hosts: { 'outlook.office365.com': like('outlook') } },
    ask: { about: 'user@outlook.com' },
    first: 'oauth-needed',
  },
  {
    name: 'Outlook.com by token, in two steps',
    world: { hosts: { 'outlook.office365.com': like('outlook') } },
    ask: { about: 'user@outlook.com', password: null, token: USER.token },
    first: null,
  },
  {
    name: 'Outlook.com refuses the right token: throttled, or POP is switched off',
    world: { hosts: { 'outlook.office365.com': like('outlook-throttled') } },
    ask: { about: 'user@outlook.com', password: null, token: USER.token },
    first: 'token-refused',
    among: ['pop-switched-off', 'throttled'],
    separates: /POP.AccessAsUser/,
  },
  {
    name: 'a server that offers tokens alone',
    world: { hosts: { [HOST]: answering({ CAPA: '+OK\r\nTOP\r\nUIDL\r\nSASL XOAUTH2\r\n.\r\n' }) } },
    ask: inClear,
    first: 'oauth-needed',
  },
  {
    name: 'a server that offers GSSAPI alone',
    world: { hosts: { [HOST]: answering({ CAPA: '+OK\r\nTOP\r\nUIDL\r\nSASL GSSAPI NTLM\r\n.\r\n' }) } },
    ask: inClear,
    first: 'no-way-to-log-in',
  },
  {
    name: 'the mail program is set to no TLS, the server wants it',
    world: { hosts: { [HOST]: like('dovecot') } },
    ask: { ...given, port: 110, tls: 'none' },
    first: 'tls-required',
    separates: /under TLS/,
  },
  {
    name: 'the second login comes too early',
    world: {
      hosts: {
        [HOST]: answering({ PASS: '-ERR [LOGIN-DELAY] the last login was too short a time ago\r\n' }),
      },
    },
    ask: inClear,
    first: 'told-to-wait',
    separates: /LOGIN-DELAY/,
  },
  says('-ERR too many login attempts, try again later', 'throttled', { separates: /hour/ }),
  says('-ERR Exceeded the login limit for a 15 minute period', 'throttled'),
  {
    name: 'the login limit is told of at LIST',
    world: {
      hosts: {
        [HOST]: answering({ LIST: '-ERR Exceeded the login limit for a 15 minute period\r\n' }),
      },
    },
    ask: inClear,
    first: 'throttled',
  },
  says('-ERR account is locked, contact your administrator', 'account-locked'),
  says('-ERR [AUTH] this account has been disabled', 'account-disabled'),
  says('-ERR [IN-USE] the maildrop is in use by another session', 'mailbox-locked', {
    separates: /ten minutes/,
  }),
  says('-ERR /var/mail/.user.pop lock busy! Is another session active? (11)', 'mailbox-locked'),
  says(
    '-ERR Maximum number of connections from user+IP exceeded (mail_max_userip_connections=3)',
    'connection-limit',
  ),
  says('-ERR [SYS/TEMP] internal error', 'server-trouble'),
  says('-ERR [SYS/PERM] the maildrop is damaged', 'mailbox-broken'),
  says('-ERR chdir Maildir failed', 'mailbox-broken'),
  {
    name: 'PASS gets no answer',
    world: { hosts: { [HOST]: embedded({ limits: { mute: ['PASS', 'AUTH'] } }) } },
    ask: { ...given, timeoutMs: 4000, budget: 1 },
    first: 'server-trouble',
  },
  {
    name: 'PASS ends the connection',
    world: { hosts: { [HOST]: answering({ PASS: 'FIN' }) } },
    ask: inClear,
    first: 'cut-at-login',
    separates: /on the web/,
  },
  {
    name: 'CRAM-MD5 is offered and refuses everybody, PLAIN does not',
    world: {
      hosts: {
        [HOST]: answering({
          CAPA: '+OK\r\nTOP\r\nUIDL\r\nSASL CRAM-MD5 PLAIN\r\n.\r\n',
          'AUTH CRAM-MD5': '+ PDEuMkBleGFtcGxlLm9yZz4=\r\n',
          'AUTH PLAIN': '+ \r\n',
          [Buffer.from(`\0user\0${USER.password}`).toString('base64')]: '+OK\r\n',
          ...ONE_MESSAGE,
        }),
      },
    },
    ask: { ...given, port: 110 },
    first: 'way-broken',
  },
  {
    name: 'APOP and nothing else',
    world: { hosts: { [HOST]: embedded({ limits: { apopOnly: true } }) } },
    ask: given,
    first: null,
  },
  {
    name: 'free.fr offers APOP, which refuses everybody',
    world: { hosts: { 'pop.free.fr': like('free') } },
    ask: { about: 'user@free.fr', password: WRONG_PASSWORD },
    first: 'wrong-password',
    among: ['apop-broken'],
  },
  {
    name: 'a healthy server behind a login delay',
    world: { hosts: { [HOST]: embedded({ limits: { loginDelay: 1 } }) } },
    ask: given,
    first: null,
  },
  {
    name: 'a name beyond ASCII',
    world: { hosts: { [HOST]: embedded({ users: [{ ...USER, name: 'rené', password: 'schlüssel' }] }) } },
    ask: { ...given, user: 'rené', password: 'schlüssel' },
    first: null,
  },
  {
    name: 'a store that fails for the moment',
    world: {
      hosts: { [HOST]: embedded({ users: USERS, limits: { storeFails: 'temporarily' } }) },
      zone: ZONE,
    },
    ask: { about: ME },
    first: 'server-trouble',
  },
  {
    name: 'a store that is damaged',
    world: { hosts: { [HOST]: embedded({ limits: { storeFails: 'permanently' } }) }, zone: ZONE },
    ask: { about: ME },
    first: 'mailbox-broken',
  },
];
