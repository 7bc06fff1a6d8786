import type { Facts } from '../facts.js';
import { hasTag, hasTimestamp, mechanismsOf } from '../probes/login-plan.js';
import { meanings, type RefusalKind } from '../probes/refusals.js';
import type { Provider } from '../provider.js';
import type { Evidence, Match, Rule } from '../rule.js';
import {
  at,
  list,
  logins,
  match,
  namesAlternatives,
  plainRefusal,
  pop3,
  quoted,
  refusalThatMeans,
  toldBy,
  withTls,
} from './view.js';

/** At most, where the server leaves open which of several causes it is. */
const OPEN = 62;

const behaviour = (provider: Provider | undefined, id: Provider['behaviours'][number]['id']) =>
  provider?.behaviours.find((one) => one.id === id);

/** A refusal that says nothing but no, as the symptom that wrong passwords share with much else. */
function ambiguous(
  { facts }: Evidence,
  weight: number,
  ...reasons: readonly (string | undefined)[]
): Match | undefined {
  const refused = plainRefusal(facts);
  return refused === undefined ? undefined : match(weight, toldBy(refused), ...reasons);
}

/** A way that was refused where another was let in with the same name. */
function wayBroken(facts: Facts): Match | undefined {
  const { in: letIn, refused } = logins(facts);
  const broken = refused.find(
    ({ way, name, tls }) => way !== letIn?.way && name === letIn?.name && (tls || !letIn.tls),
  );
  if (letIn === undefined || broken === undefined) return undefined;
  return match(93, toldBy(broken), toldBy(letIn));
}

function told(evidence: Evidence, kind: RefusalKind, weight: number): Match | undefined {
  const refused = refusalThatMeans(evidence.facts, kind);
  if (refused === undefined) return undefined;
  return match(namesAlternatives(refused.reply) ? Math.min(weight, OPEN) : weight, toldBy(refused));
}

/** What a login that was let in was told at the first commands: some servers refuse only there. */
function refusedInside(facts: Facts, kind: RefusalKind, weight: number): Match | undefined {
  const verb = ['STAT', 'LIST', 'UIDL'].find((one) => meanings(facts.mailbox?.refused[one] ?? '').has(kind));
  return verb === undefined
    ? undefined
    : match(weight, `the login was let in, and ${verb} was answered "${facts.mailbox?.refused[verb]}"`);
}

/** The credentials are right for the server, or nobody knows: the reply has the code AUTH or no code at all. */
const passwordWeight = ({ facts, provider }: Evidence): number => {
  const code = plainRefusal(facts)?.code;
  const base = code === 'AUTH' ? 68 : 60;
  const other = [
    provider?.enable?.default === 'off',
    provider?.login?.password === 'app' || provider?.login?.password === 'code',
    provider?.login?.password === 'either',
  ];
  return base - 10 * other.filter(Boolean).length;
};

const makePassword = ({ provider }: Evidence): string =>
  provider?.login?.make === undefined
    ? 'Look in the security settings of the account on the web for "app passwords", make one, and put it into the mail program.'
    : `Make one (${provider.login.make}), and put it into the mail program in place of the password.`;

const page = ({ provider }: Evidence): string | undefined => provider?.page;

/** Causes of a login that is refused. */
export const LOGIN_RULES: readonly Rule[] = [
  {
    id: 'wrong-password',
    stage: 'login',
    cause: 'The password is not the right one for this name.',
    when: (evidence) => {
      if (evidence.provider?.login?.password === 'none') return ambiguous(evidence, 15);
      const named = refusalThatMeans(evidence.facts, 'noUser') !== undefined;
      return ambiguous(
        evidence,
        named ? 45 : passwordWeight(evidence),
        'the server blames name or password and nothing else',
      );
    },
    separates:
      'Log in to the mailbox on the web with exactly this name and password: if that fails too, it is one of them.',
    remedy: () => [
      'Type the password anew, with care for capital letters and for blanks at its ends.',
      'If it was changed lately, put the new one into every mail program.',
    ],
  },
  {
    id: 'wrong-name',
    stage: 'login',
    cause: 'The name to log in by is another one.',
    when: (evidence) => {
      const { facts, provider } = evidence;
      const { in: letIn, refused } = logins(facts);
      const other = refused.find(
        ({ name, tls }) => letIn !== undefined && name !== letIn.name && (tls || !letIn.tls),
      );
      if (letIn !== undefined)
        return other === undefined ? undefined : match(95, toldBy(other), toldBy(letIn));
      if (facts.input.user === 'local' && refusalThatMeans(facts, 'wholeAddress') !== undefined)
        return told(evidence, 'wholeAddress', 84);
      if (refusalThatMeans(facts, 'noUser') !== undefined) return told(evidence, 'noUser', 84);
      const wantsAddress = provider?.login?.username === 'address' && facts.input.user === 'local';
      const wantsOther = provider?.login?.username === 'other';
      if (wantsAddress)
        return ambiguous(evidence, 72, `${provider?.name ?? ''} wants the whole address as name`);
      if (wantsOther) return ambiguous(evidence, 50, `${provider?.name ?? ''} gives out a name of its own`);
      return ambiguous(evidence, facts.input.user === 'local' ? 35 : facts.logins.length > 1 ? 12 : 18);
    },
    separates:
      'The provider’s page says whether the name is the whole address, the part before the @, or a number.',
    remedy: ({ facts }) => {
      const { in: letIn } = logins(facts);
      if (letIn !== undefined)
        return [
          letIn.name === 'local'
            ? 'Set the name in the mail program to what stands before the @.'
            : 'Set the name in the mail program to the whole address.',
        ];
      return [
        facts.input.user === 'local'
          ? 'Try the whole address as name.'
          : 'Try what stands before the @ as name, or the name that the provider gave you.',
      ];
    },
    link: page,
  },
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
    id: 'pop-switched-off',
    stage: 'login',
    cause: 'POP3 is switched off for this mailbox.',
    when: (evidence) => {
      const said = told(evidence, 'popOff', 93) ?? refusedInside(evidence.facts, 'popOff', 96);
      if (said !== undefined && said.weight > OPEN) return said;
      const { enable, name } = evidence.provider ?? {};
      if (enable?.default === 'off')
        return ambiguous(evidence, 70, `${name ?? ''} switches POP3 on only when it is asked to`);
      if (enable?.default === 'admin')
        return ambiguous(evidence, 40, `at ${name ?? ''} the administrator switches POP3 on`);
      const unused = behaviour(evidence.provider, 'disabled-when-unused');
      return said ?? ambiguous(evidence, unused === undefined ? 20 : 55, unused?.says);
    },
    separates:
      'Log in to the mailbox on the web with the same password: if that works, POP3 is off, or another password is needed for it.',
    remedy: ({ provider }) => [
      provider?.enable === undefined
        ? 'Look in the settings of the mailbox on the web for POP3 or "other mail programs", and switch it on.'
        : `Switch it on: ${provider.enable.where}.`,
      'Wait some minutes before the next try.',
    ],
    link: page,
  },
  {
    id: 'app-password-needed',
    stage: 'login',
    cause:
      'The provider wants a password of its own for mail programs (an app password or authorisation code), not that of the account.',
    when: (evidence) => {
      const said = told(evidence, 'appPassword', 94);
      if (said !== undefined) return said;
      const { login, name } = evidence.provider ?? {};
      if (login?.password === 'app' || login?.password === 'code') {
        const only = `${name ?? ''} lets mail programs in only by such a password`;
        const cut = logins(evidence.facts).refused.find(({ outcome }) => outcome === 'closed');
        const disguised =
          cut !== undefined && behaviour(evidence.provider, 'refusals-disguised') !== undefined;
        return ambiguous(evidence, 72, only) ?? (disguised ? match(70, toldBy(cut), only) : undefined);
      }
      if (login?.password === 'either')
        return ambiguous(evidence, 52, `${name ?? ''} wants one where two-step verification is on`);
      return ambiguous(evidence, 10);
    },
    separates:
      'Log in on the web: if it asks for a second step (a code, a phone), mail programs need an app password.',
    remedy: (evidence) => [makePassword(evidence)],
    link: page,
  },
  {
    id: 'oauth-needed',
    stage: 'login',
    cause: 'Passwords are not taken any more: the provider wants a login by token (OAuth).',
    when: (evidence) => {
      const { facts, provider } = evidence;
      if (facts.input.token) return undefined;
      const said = told(evidence, 'oauth', 93);
      if (said !== undefined) return said;
      if (provider?.login?.oauth === 'required') {
        return (
          ambiguous(
            evidence,
            91,
            `${provider.name} has withdrawn the login by password (${provider.login.date})`,
          ) ??
          (facts.loginEnd === 'no-way'
            ? match(93, `${provider.name} offers no login by password`)
            : undefined)
        );
      }
      const [server] = pop3(facts);
      const mechanisms = mechanismsOf(server?.capaTls ?? server?.capaClear ?? []);
      const only =
        mechanisms.length > 0 && mechanisms.every((name) => name === 'XOAUTH2' || name === 'OAUTHBEARER');
      const documented = facts.autoconfig
        .flatMap(({ servers }) => servers)
        .filter(({ type }) => type === 'pop3');
      if (
        documented.length > 0 &&
        documented.every(
          ({ authentication }) =>
            authentication.length > 0 && authentication.every((one) => /oauth2/i.test(one)),
        )
      )
        return ambiguous(evidence, 80, 'autoconfig names OAuth2 as the only way');
      if (!only) return undefined;
      return facts.loginEnd === 'no-way'
        ? match(92, `the server offers only ${mechanisms.join(' and ')}`)
        : ambiguous(evidence, 85, `it announces only ${mechanisms.join(' and ')} as SASL mechanisms`);
    },
    separates:
      'What CAPA lists behind SASL, and the provider’s page: with XOAUTH2 alone no password gets in.',
    remedy: ({ provider }) => [
      'Use a mail program that logs in by OAuth2, and add the account anew so that it opens the provider’s sign-in page.',
      'A program that cannot do it gets in through a proxy on this machine that can (such as email-oauth2-proxy).',
      ...(provider?.imap === undefined
        ? []
        : ['Set the account up as IMAP there: more programs do OAuth2 for it.']),
    ],
    link: page,
  },
  {
    id: 'token-refused',
    stage: 'login',
    cause:
      'The token is not taken: it has expired, is for another service, or lacks the permission for POP3.',
    when: ({ facts }) => {
      const refused = logins(facts).refused.find(({ way }) => way === 'xoauth2' || way === 'oauthbearer');
      if (refused === undefined || logins(facts).in !== undefined) return undefined;
      const challenge = refused.challenge === '' ? undefined : `the server says ${quoted(refused.challenge)}`;
      return match(refused.challenge === '' ? 75 : 90, toldBy(refused), challenge);
    },
    separates:
      'What the token is for: its scope must name POP (such as https://outlook.office.com/POP.AccessAsUser.All), and it lives for about an hour.',
    remedy: () => [
      'Get a new token, with the scope for POP3.',
      'Check that it is for this account, and that POP3 is switched on for the mailbox.',
    ],
    link: page,
  },
  {
    id: 'tls-required',
    stage: 'login',
    cause: 'The server takes passwords only under TLS, and the mail program does without.',
    when: ({ facts }) => {
      const clear = facts.logins.find(
        ({ tls, outcome, reply }) => !tls && outcome !== 'ok' && meanings(reply).has('tlsFirst'),
      );
      if (clear !== undefined) return match(95, toldBy(clear), letInByTls(facts));
      const refused = facts.logins.find(({ tls, outcome }) => !tls && outcome !== 'ok');
      const after = letInByTls(facts);
      if (refused !== undefined && after !== undefined) return match(90, toldBy(refused), after);
      const only =
        facts.input.tls === 'none'
          ? pop3(facts).find(
              ({ mode, capaClear, capaTls }) =>
                mode === 'plain' && lacksPassword(capaClear) && !lacksPassword(capaTls),
            )
          : undefined;
      return only === undefined
        ? undefined
        : match(lacksLogin(only.capaClear) ? 88 : 62, `${at(only)} takes a normal password only after STLS`);
    },
    separates: 'The same login under TLS, which is tried where there is TLS.',
    remedy: ({ facts }) => {
      const implicit = withTls(facts).find(({ mode }) => mode === 'tls');
      return [
        implicit === undefined
          ? `Set the mail program to STARTTLS at port ${facts.input.port ?? 110}.`
          : `Set the mail program to SSL/TLS at port ${implicit.port}, or to STARTTLS at the plain port.`,
      ];
    },
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
    id: 'way-broken',
    stage: 'login',
    cause: 'The server offers a way of logging in that does not work there; another one does.',
    when: ({ facts }) => wayBroken(facts),
    separates: 'The same name and password by another way, which was let in.',
    remedy: ({ facts }) => {
      const { in: letIn } = logins(facts);
      const how =
        letIn?.way === 'user' || letIn?.way === 'plain'
          ? '"normal password"'
          : (letIn?.way.toUpperCase() ?? '');
      return [
        `Set the authentication of the mail program to ${how} (under TLS), not to "encrypted password" or APOP.`,
        'If you run the server: do not announce what cannot work (APOP and CRAM-MD5 need the passwords themselves in the store).',
      ];
    },
  },
  {
    id: 'apop-broken',
    stage: 'login',
    cause:
      'The greeting offers APOP, for which the server has no password store: programs that prefer APOP are always refused.',
    when: ({ facts, provider }) => {
      const offered = pop3(facts).find(({ greeting }) => hasTimestamp(greeting ?? ''));
      const known = behaviour(provider, 'apop-broken');
      if (offered === undefined) return undefined;
      const refused = logins(facts).refused.find(({ way }) => way === 'apop');
      if (refused !== undefined)
        return logins(facts).in === undefined
          ? match(40, toldBy(refused), known?.says)
          : match(60, toldBy(refused));
      return known === undefined ? undefined : ambiguous({ facts, provider }, 45, known.says);
    },
    separates: 'The same password by USER and PASS under TLS.',
    remedy: () => ['Set the authentication of the mail program to "normal password" under TLS.'],
    link: page,
  },
  {
    id: 'password-not-carried',
    stage: 'login',
    cause:
      'The password has blanks or letters beyond ASCII, which some servers and programs do not carry over.',
    when: (evidence) =>
      evidence.facts.input.passwordHas.length > 0
        ? ambiguous(
            evidence,
            55,
            `the password has ${evidence.facts.input.passwordHas.map((one) => (one === 'spaces' ? 'blanks' : 'letters beyond ASCII')).join(' and ')}`,
          )
        : undefined,
    separates: 'A password of plain letters and digits, set for a try.',
    remedy: () => [
      'Change the password to one of plain letters, digits and signs without blanks; length makes up for it.',
    ],
  },
  {
    id: 'no-way-to-log-in',
    stage: 'login',
    cause: 'The server offers no way of logging in that goes with a password.',
    when: ({ facts }) => {
      if (facts.loginEnd !== 'no-way') return undefined;
      const [server] = pop3(facts);
      const offered = mechanismsOf(server?.capaTls ?? server?.capaClear ?? []);
      return match(
        80,
        offered.length === 0
          ? 'CAPA names neither USER nor a SASL mechanism'
          : `SASL offers ${list(offered)}`,
      );
    },
    separates: 'What CAPA lists behind SASL: NTLM and GSSAPI need a domain account, XOAUTH2 a token.',
    remedy: () => [
      'Use a mail program that knows one of these mechanisms.',
      'If you run the server: allow PLAIN or USER under TLS.',
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

function letInByTls(facts: Facts): string | undefined {
  const { in: letIn } = logins(facts);
  return letIn?.tls === true ? `${toldBy(letIn)} under TLS` : undefined;
}

/** No way that a mail program has which is set to "normal password". */
function lacksPassword(capa: readonly string[] | null | undefined): boolean {
  const mechanisms = mechanismsOf(capa ?? []);
  return (
    Boolean(capa?.length) &&
    !hasTag(capa ?? [], 'USER') &&
    !mechanisms.includes('PLAIN') &&
    !mechanisms.includes('LOGIN')
  );
}

function lacksLogin(capa: readonly string[] | null | undefined): boolean {
  return (
    capa !== null &&
    capa !== undefined &&
    capa.length > 0 &&
    !hasTag(capa, 'USER') &&
    mechanismsOf(capa).length === 0
  );
}
