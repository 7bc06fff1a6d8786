import { meanings } from '../probes/refusals.js';
import type { Rule } from '../rule.js';
import { ambiguous, behaviour, page, refusedInside, told } from './login-view.js';
import { logins, match, refusalThatMeans, toldBy } from './view.js';

/** Causes of a login that is withheld though name and password may be right. */
export const WITHHELD_RULES: readonly Rule[] = [
  {
    id: 'password-expired',
    stage: 'login',
    cause: 'The password has expired.',
    when: (evidence) => told(evidence, 'expired', 93),
    separates: 'Log in on the web: it asks for a new password there.',
    remedy: () => ['Set a new password on the web, and put it into every mail program.'],
    link: page,
  },
  {
    id: 'told-to-wait',
    stage: 'login',
    cause: 'The server wants more time between two logins.',
    when: (evidence) => {
      const said = told(evidence, 'delay', 95);
      const poll = behaviour(evidence.provider, 'poll-limit');
      return said ?? (poll === undefined ? undefined : ambiguous(evidence, 18, poll.says));
    },
    separates: 'Wait as long as CAPA says behind LOGIN-DELAY, and try once more.',
    remedy: () => [
      'Let the mail program look less often: every 10 minutes or more.',
      'Let only one program on one device look.',
    ],
  },
  {
    id: 'throttled',
    stage: 'login',
    cause: 'Too many logins were tried: the server refuses them all for a while, right password or not.',
    when: (evidence) => {
      const said = told(evidence, 'throttled', 92);
      if (said !== undefined) return said;
      const late = refusedInside(evidence.facts, 'throttled', 93);
      if (late !== undefined) return late;
      const disguised = behaviour(evidence.provider, 'refusals-disguised');
      return ambiguous(evidence, disguised === undefined ? 14 : 38, disguised?.says);
    },
    separates:
      'Stop every mail program of this account for an hour, and try once: a wrong password is still wrong then.',
    remedy: ({ provider }) => {
      const lockout = behaviour(provider, 'login-lockout') ?? behaviour(provider, 'poll-limit');
      return [
        'Stop every mail program and device of this account for an hour, then try once.',
        ...(lockout === undefined ? [] : [lockout.says]),
        'Let one program look, every 10 minutes or more.',
      ];
    },
  },
  {
    id: 'account-locked',
    stage: 'login',
    cause: 'The account is locked after failed logins.',
    when: (evidence) => told(evidence, 'locked', 92) ?? ambiguous(evidence, 10),
    separates: 'Log in on the web: a locked account says so there.',
    remedy: () => [
      'Log in on the web and follow what it asks for.',
      'Stop mail programs that still have an old password, or they lock it again.',
    ],
  },
  {
    id: 'account-disabled',
    stage: 'login',
    cause: 'The account is disabled.',
    when: (evidence) =>
      refusalThatMeans(evidence.facts, 'popOff') !== undefined
        ? told(evidence, 'disabled', 55)
        : told(evidence, 'disabled', 93),
    separates:
      'The log of the server, or the provider’s support: a disabled account is not let in on the web either.',
    remedy: () => [
      'Ask the provider or administrator why it is disabled: unpaid, unused for long, or barred for sending.',
    ],
  },
  {
    id: 'web-login-needed',
    stage: 'login',
    cause: 'The provider wants you to log in on the web once, to confirm that it is you.',
    when: (evidence) => told(evidence, 'webLogin', 80),
    separates: 'Log in on the web from the same network: it asks for a confirmation.',
    remedy: () => [
      'Log in on the web from this network and confirm what it asks.',
      'Then let the mail program try again within some minutes.',
    ],
    link: page,
  },
  {
    id: 'mailbox-locked',
    stage: 'login',
    cause: 'Another session holds the mailbox: POP3 lets in one at a time.',
    when: ({ facts }) => {
      const refused = refusalThatMeans(facts, 'inUse');
      if (refused === undefined) return undefined;
      const other = meanings(refused.reply).has('connections');
      return match(other ? 50 : refused.code === 'IN-USE' ? 96 : 90, toldBy(refused));
    },
    separates:
      'Close every other mail program; a session that was dropped holds its lock for up to ten minutes.',
    remedy: () => [
      'Close other mail programs and devices that read this mailbox by POP3.',
      'Wait ten minutes: a connection that broke holds its lock that long.',
      'If it stays: ask the provider to end the session, or remove the lock file if you run the server.',
    ],
  },
  {
    id: 'connection-limit',
    stage: 'login',
    cause: 'The account has too many connections at the moment.',
    when: (evidence) => told(evidence, 'connections', 94),
    separates: 'Close every other mail program and try once more.',
    remedy: () => [
      'Close other mail programs and devices of this account, also those by IMAP where they count together.',
      'If you run the server: look at its limit per user and address (Dovecot mail_max_userip_connections).',
    ],
  },
  {
    id: 'server-trouble',
    stage: 'login',
    cause: 'The server has a problem of its own at the moment.',
    when: (evidence) => {
      const { facts } = evidence;
      const coded = logins(facts).refused.find(({ code }) => code === 'SYS/TEMP' || code === 'SYS');
      if (coded !== undefined && logins(facts).in === undefined) return match(94, toldBy(coded));
      const silent = logins(facts).refused.find(({ outcome }) => outcome === 'timeout');
      return told(evidence, 'trouble', 70) ?? (silent === undefined ? undefined : match(75, toldBy(silent)));
    },
    separates: 'Try again in half an hour: the password has nothing to do with it.',
    remedy: () => [
      'Wait, and look at the provider’s status page. Do not change the password.',
      'If you run the server: its log says what failed (mail store, user database, a back end).',
    ],
  },
  {
    id: 'mailbox-broken',
    stage: 'login',
    cause: 'The mailbox cannot be opened, and will not open by itself: somebody has to repair it.',
    when: (evidence) => {
      const coded = logins(evidence.facts).refused.find(({ code }) => code === 'SYS/PERM');
      if (coded === undefined || logins(evidence.facts).in !== undefined)
        return told(evidence, 'permanent', 80);
      // The code says that it lasts, not that it is the mailbox.
      const named = meanings(coded.reply).has('popOff') || meanings(coded.reply).has('tlsFirst');
      return match(named ? 40 : 95, toldBy(coded));
    },
    separates: 'The log of the server.',
    remedy: () => [
      'Tell the provider or administrator, with the server’s own words.',
      'If you run the server: look at owner and permissions of the mailbox, and at its disk.',
    ],
  },
  {
    id: 'cut-at-login',
    stage: 'login',
    cause:
      'The server ends the connection in place of an answer to the login; some do so at a wrong password.',
    when: ({ facts }) => {
      const cut = logins(facts).refused.find(({ outcome }) => outcome === 'closed');
      return cut === undefined || logins(facts).in !== undefined ? undefined : match(65, toldBy(cut));
    },
    separates:
      'The password on the web: if it is right there, the server itself breaks off, or blocks your address.',
    remedy: () => [
      'Check name and password on the web.',
      'Wait half an hour: logins in quick succession are cut off, too.',
      'If you run the server: its log says why it ended the session.',
    ],
  },
];
