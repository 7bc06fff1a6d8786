import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import type { Facts, LoginTry } from '../../src/diagnose/facts.js';
import { loadProviders, providerByName } from '../../src/diagnose/provider.js';
import { rank } from '../../src/diagnose/rank.js';
import { RULES } from '../../src/diagnose/rules/index.js';

/** One login that was refused with this line, and nothing else that is known. */
function refused(reply: string, more: { user?: 'local' | 'address'; tls?: boolean } = {}): Facts {
  const { user = 'address', tls = true } = more;
  const login: LoginTry = {
    at: 'pop.example.org:995',
    way: 'user',
    name: 'given',
    tls,
    outcome: 'refused',
    reply,
    code: /^-ERR \[([^\]\s]+)/.exec(reply)?.[1] ?? '',
    verb: 'PASS',
    challenge: '',
    tookMs: 10,
  };
  return {
    input: { kind: 'host', domain: 'pop.example.org', user, password: true, token: false, passwordHas: [] },
    dns: { mx: [], nullMx: false, srv: [], srvNotOffered: [] },
    autoconfig: [],
    elsewhere: [],
    hosts: [],
    endpoints: [],
    logins: [login],
    loginEnd: 'no-more-ways',
    cutShort: false,
  };
}

const providers = loadProviders(resolve('suites/providers'));
const ranked = (facts: Facts, provider?: string) =>
  rank(RULES, {
    facts,
    provider: provider === undefined ? undefined : providerByName(providers, provider),
  }).causes.map(({ id }) => id);

/** What servers in service say, and what it means first; of which provider, where that matters. */
const SAID: readonly [reply: string, first: string, provider?: string][] = [
  ['-ERR [AUTH] Authentication failed.', 'wrong-password'],
  ['-ERR Login failed.', 'wrong-password'],
  ['-ERR [AUTH] Invalid login', 'wrong-password'],
  ['-ERR Bad login', 'wrong-password'],
  ['-ERR [AUTH] Password supplied for "user" is incorrect.', 'wrong-password'],
  ['-ERR invalid username/password', 'wrong-password'],
  ['-ERR access denied', 'wrong-password'],
  ['-ERR [AUTH] (#MBR1212) Incorrect username or password.', 'wrong-password'],
  ['-ERR Logon failure: unknown user name or bad password.', 'wrong-password'],
  ['-ERR Logon failure: unknown user name or bad password.', 'oauth-needed', 'outlook'],
  ['-ERR Unable to log on', 'app-password-needed', 'netease'],
  ['-ERR [AUTH] Username and password not accepted.', 'app-password-needed', 'gmail'],
  ['-ERR authentication failed', 'pop-switched-off', 'gmx'],
  ['-ERR [SYS/TEMP] Temporary authentication failure. [mx:2026-01-02 03:04:05]', 'server-trouble'],
  ['-ERR [SYS/TEMP] Internal error occurred. Refer to server log for more information.', 'server-trouble'],
  ['-ERR Temporary problem, please try again later', 'server-trouble'],
  ['-ERR internal server error', 'server-trouble'],
  ['-ERR [SYS/TEMP] Server error - Please try again later.', 'server-trouble'],
  ['-ERR [SYS/PERM] Unable to open maildrop: Mailbox does not exist', 'mailbox-broken'],
  ['-ERR [SYS/PERM] the maildrop is damaged', 'mailbox-broken'],
  ['-ERR [SYS/PERM] pop not allowed for user.', 'pop-switched-off'],
  ['-ERR You are yet to enable POP for your account. Please contact your administrator', 'pop-switched-off'],
  ['-ERR POP3 access disabled', 'pop-switched-off'],
  ['-ERR POP3 is not enabled for this account', 'pop-switched-off'],
  ['-ERR [AUTH] POP3 service is disabled for this mailbox', 'pop-switched-off'],
  [
    '-ERR NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application password is REQUIRED',
    'app-password-needed',
  ],
  [
    '-ERR [AUTH] Application-specific password required: https://support.google.com/accounts/answer/185833',
    'app-password-needed',
  ],
  ['-ERR [AUTH] Sorry, you need to create an app password to use this service', 'app-password-needed'],
  ['-ERR [AUTH] Two-factor authentication is on: use an app password', 'app-password-needed'],
  ['-ERR Basic authentication is disabled', 'oauth-needed'],
  ['-ERR [AUTH] Web login required: https://support.google.com/mail/answer/78754', 'web-login-needed'],
  ['-ERR [AUTH] Please log in via your web browser', 'web-login-needed'],
  [
    '-ERR Exceeded the login limit for a 15 minute period. Reduce the frequency of requests to the POP3 server.',
    'throttled',
  ],
  ['-ERR [AUTH] Too many failed login attempts. Try again in 15 minutes', 'throttled'],
  ['-ERR Your IP is blocked: too many failed attempts', 'throttled'],
  ['-ERR [LOGIN-DELAY] minimum time between mail checks violation', 'told-to-wait'],
  ['-ERR login too frequent, wait 10 minutes', 'told-to-wait'],
  [
    '-ERR Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
    'connection-limit',
  ],
  ['-ERR too many simultaneous connections for this user', 'connection-limit'],
  ['-ERR [IN-USE] Mailbox is locked by another POP3 session.', 'mailbox-locked'],
  ['-ERR [IN-USE] Unable to lock maildrop: Mailbox is locked by POP server', 'mailbox-locked'],
  ['-ERR [IN-USE] Do you have another POP session running?', 'mailbox-locked'],
  ['-ERR maildrop already locked', 'mailbox-locked'],
  ['-ERR Mailbox in use', 'mailbox-locked'],
  ["-ERR can't lock mailbox, wait a few minutes", 'mailbox-locked'],
  ['-ERR .user.pop lock busy!  Is another session active? (11)', 'mailbox-locked'],
  ['-ERR duplicate login!', 'mailbox-locked'],
  ['-ERR [AUTH] Account suspended', 'account-disabled'],
  ['-ERR your account has been deactivated', 'account-disabled'],
  ['-ERR mailbox disabled', 'account-disabled'],
  ['-ERR account is locked, contact your administrator', 'account-locked'],
  ['-ERR user locked out', 'account-locked'],
  ['-ERR Password expired, change it on the web', 'password-expired'],
  ['-ERR [AUTH] your password has expired', 'password-expired'],
  ['-ERR no such user', 'wrong-name'],
  ['-ERR Unknown user', 'wrong-name'],
];

it.each(SAID)('%s', (reply, first, provider) => {
  expect(ranked(refused(reply), provider)[0]).toBe(first);
});

it.each([
  '-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.',
  '-ERR [AUTH] USER command only available under a layer',
  '-ERR Must issue a STLS command first',
  '-ERR STLS required',
  '-ERR Encryption required for requested authentication mechanism',
  '-ERR SSL/TLS connection required',
  '-ERR [SYS/PERM] Cleartext login not permitted',
  '-ERR not without TLS: say STLS first',
])('in clear: %s', (reply) => {
  expect(ranked(refused(reply, { tls: false }))[0]).toBe('tls-required');
});

it('a reply that wants the whole address blames the name, where it was given without', () => {
  const reply = '-ERR Invalid user name or password. Please use full email address as user name.';
  expect(ranked(refused(reply, { user: 'local' }))[0]).toBe('wrong-name');
  expect(ranked(refused(reply))[0]).toBe('wrong-password');
});

it('a reply that names alternatives ranks them all', () => {
  const yandex = '-ERR [AUTH] login failure or POP3 disabled, try later. sc=abc';
  expect(ranked(refused(yandex))).toEqual(expect.arrayContaining(['wrong-password', 'pop-switched-off']));
  const qq =
    '-ERR [AUTH] Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.';
  expect(ranked(refused(qq)).slice(0, 4)).toEqual(expect.arrayContaining(['wrong-password', 'throttled']));
  expect(ranked(refused(qq), 'qq')[0]).toBe('app-password-needed');
});

it('an opaque refusal ranks all that it may mean, and octets beyond ASCII do not matter', () => {
  const causes = ranked(refused('-ERR \xc7\xeb\xcf\xc8'));
  expect(causes[0]).toBe('wrong-password');
  expect(causes).toEqual(
    expect.arrayContaining(['pop-switched-off', 'app-password-needed', 'throttled', 'account-locked']),
  );
});
