import type { Facts } from '../facts.js';
import { hasTag, hasTimestamp, mechanismsOf } from '../probes/login-plan.js';
import { meanings } from '../probes/refusals.js';
import type { Evidence, Match, Rule } from '../rule.js';
import { ambiguous, behaviour, OPEN, page, refusedInside, told } from './login-view.js';
import {
  at,
  list,
  logins,
  match,
  plainRefusal,
  pop3,
  quoted,
  refusalThatMeans,
  toldBy,
  withTls,
} from './view.js';

/** A way that was refused where another was let in with the same name. */
function wayBroken(facts: Facts): Match | undefined {
  const { in: letIn, refused } = logins(facts);
  const broken = refused.find(
    ({ way, name, tls }) => way !== letIn?.way && name === letIn?.name && (tls || !letIn.tls),
  );
  if (letIn === undefined || broken === undefined) return undefined;
  return match(93, toldBy(broken), toldBy(letIn));
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

/** Causes in how one logs in: name, password, token and the way of telling them. */
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
