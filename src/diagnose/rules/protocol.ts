import type { EndpointFacts, Facts, Speaks } from '../facts.js';
import { hasTag, mechanismsOf } from '../probes/login-plan.js';
import { meanings } from '../probes/refusals.js';
import type { Match, Rule } from '../rule.js';
import { at, connected, match, pop3, quoted } from './view.js';

/** Firewalls and virus scanners that stand in for the server, by what they put into a banner or a certificate. */
export const INTERCEPTORS =
  /avast|\bavg\b|kaspersky|eset|bitdefender|norton|symantec|mcafee|sophos|trend ?micro|dr\.?web|g ?data|f-secure|panda|bullguard|fortinet|fortigate|zscaler|checkpoint|check point|untangle|endian|mail ?shield|spamihilator|popfile|p3scan|spamassassin proxy|pop3 ?proxy|ssl filter|ssl interception|web gateway/i;

const heardFrom = (one: EndpointFacts | undefined): string => quoted(one?.heard.split('\r\n', 1)[0] ?? '');

const speaking = (facts: Facts, ...what: readonly Speaks[]): EndpointFacts | undefined =>
  connected(facts).find(({ speaks }) => speaks !== undefined && what.includes(speaks));

function stranger(facts: Facts, what: Speaks, weight = 95): Match | undefined {
  const one = speaking(facts, what);
  if (one === undefined) return undefined;
  const beside = pop3(facts).length > 0;
  return match(beside ? 25 : weight, `${at(one)} says ${heardFrom(one)}`);
}

/** HTTP where mail should be, at more than one port or by a redirection to a login page. */
function portal(facts: Facts): EndpointFacts | undefined {
  const pages = connected(facts).filter(({ speaks }) => speaks === 'http');
  return pages.find(
    ({ heard }) =>
      /^HTTP\/\d\S* (30[1-8]|511)|login|portal|hotspot|captive|wifi|wi-fi|sign.?in|terms|splash/i.test(
        heard,
      ) || pages.length > 1,
  );
}

interface Sign {
  readonly weight: number;
  readonly says: string;
}

/** What says that there should be STLS at a plain port which has none. */
function signsOfStls(one: EndpointFacts, facts: Facts): Sign[] {
  const capa = one.capaClear ?? [];
  const masked = capa.find((line) => /^X{3,}[A-Z]?$|^[X*]{4,}/.test(line));
  const wanted = facts.logins.find(({ tls, reply }) => !tls && meanings(reply).has('tlsFirst'));
  const noLogin = capa.length > 0 && !hasTag(capa, 'USER') && mechanismsOf(capa).length === 0;
  const documented = facts.autoconfig.some(({ servers }) =>
    servers.some(
      ({ type, port, socket }) => type === 'pop3' && port === one.port && /STARTTLS/i.test(socket),
    ),
  );
  const otherTls = facts.endpoints.some(
    ({ host, mode, tls }) => host === one.host && mode === 'tls' && tls?.handshake === 'ok',
  );
  const { tls: set, port } = facts.input;
  const absent = one.stls === 'absent';
  const sign = (there: boolean, weight: number, says: string): Sign[] => (there ? [{ weight, says }] : []);
  return [
    ...sign(masked !== undefined, 95, `a capability was written over: ${quoted(masked ?? '')}`),
    ...sign(wanted !== undefined, 92, `the server wants TLS before a login: ${quoted(wanted?.reply ?? '')}`),
    ...sign(noLogin, 80, 'it announces no way of logging in, as servers do that want TLS first'),
    ...sign(absent && documented, 75, 'autoconfig says STARTTLS for this port'),
    ...sign(absent && set === 'stls', 60, 'the mail program is set to STARTTLS'),
    ...sign(one.stls === 'refused', 45, 'it announces STLS and refuses it'),
    ...sign(
      otherTls,
      set !== 'implicit' && port !== undefined ? 35 : 0,
      'the same host speaks TLS at its other port',
    ),
  ];
}

/** A plain port without STLS, though something says that there should be. */
function stripped(facts: Facts): Match | undefined {
  for (const one of pop3(facts)) {
    if (one.mode !== 'plain' || one.stls === undefined || one.stls === 'ok' || one.stls === 'injected')
      continue;
    const signs = signsOfStls(one, facts);
    const weight = Math.max(0, ...signs.map((sign) => sign.weight));
    const answer = one.stlsReply ? `, and answers it with ${quoted(one.stlsReply)}` : '';
    if (weight > 0)
      return match(weight, `there is no STLS at ${at(one)}${answer}`, ...signs.map(({ says }) => says));
  }
  return undefined;
}

const OTHER = { separates: 'What the port says by itself, which is shown above.' };
const PORTS = 'POP3 is at port 995 (TLS) or 110.';

/** Causes in what speaks at the port. */
export const PROTOCOL_RULES: readonly Rule[] = [
  {
    id: 'imap-there',
    stage: 'protocol',
    cause: 'This is IMAP, not POP3.',
    when: ({ facts }) => stranger(facts, 'imap'),
    ...OTHER,
    remedy: () => [
      'Set the account type of the mail program to IMAP: it keeps the mail on the server and serves better.',
      `Or take the ports of POP3: ${PORTS}`,
    ],
  },
  {
    id: 'smtp-there',
    stage: 'protocol',
    cause: 'This is SMTP, the server for sending, not POP3.',
    when: ({ facts }) => stranger(facts, 'smtp'),
    ...OTHER,
    remedy: () => [`Give this host and port as the outgoing server only. ${PORTS}`],
  },
  {
    id: 'http-there',
    stage: 'protocol',
    cause: 'A web server answers at this port, not POP3.',
    when: ({ facts }) => (portal(facts) === undefined ? stranger(facts, 'http') : undefined),
    ...OTHER,
    remedy: () => [`Take host and port of the mail server, not of the web page. ${PORTS}`],
  },
  {
    id: 'other-protocol',
    stage: 'protocol',
    cause: 'Something else than POP3 answers at this port.',
    when: ({ facts }) => stranger(facts, 'ssh') ?? stranger(facts, 'ftp') ?? stranger(facts, 'other', 85),
    ...OTHER,
    remedy: () => [`Check host and port. ${PORTS}`],
  },
  {
    id: 'captive-portal',
    stage: 'protocol',
    cause:
      'The network lets nothing through before you sign in to it: a captive portal answers in place of the server.',
    when: ({ facts }) => {
      const one = portal(facts);
      return one === undefined || pop3(facts).length > 0
        ? undefined
        : match(92, `${at(one)} answers with a web page: ${heardFrom(one)}`);
    },
    separates: 'Open http://example.com in a browser: a portal shows its own page.',
    remedy: () => [
      'Open a web page in a browser and sign in to the network.',
      'Then let the mail program try again.',
    ],
  },
  {
    id: 'tls-on-plain-port',
    stage: 'protocol',
    cause: 'The port speaks TLS from the first octet, and the mail program is set to begin without.',
    when: ({ facts }) => {
      const one = connected(facts).find(({ mode, speaks }) => mode === 'plain' && speaks === 'tls');
      if (one === undefined) return undefined;
      const set = facts.input.tls === 'none' || facts.input.tls === 'stls' || one.port === 110;
      return set ? match(94, `${at(one)} says nothing in clear, and answers a TLS handshake`) : undefined;
    },
    separates: 'The handshake that was answered.',
    remedy: ({ facts }) => [
      `Set the mail program to SSL/TLS (not STARTTLS) at port ${facts.input.port ?? 110}.`,
    ],
  },
  {
    id: 'clear-on-tls-port',
    stage: 'protocol',
    cause: 'The port speaks POP3 in clear, and the mail program is set to TLS from the start.',
    when: ({ facts }) => {
      const one = connected(facts).find(({ mode, speaks }) => mode === 'tls' && speaks === 'clear');
      return one === undefined ? undefined : match(94, `${at(one)} says ${heardFrom(one)} in clear`);
    },
    separates: 'The greeting in clear.',
    remedy: ({ facts }) => [
      pop3(facts).some(({ mode, stls }) => mode === 'plain' && stls === 'ok')
        ? 'Set the mail program to STARTTLS at this port, or to SSL/TLS at port 995.'
        : 'Set the mail program to port 995 with SSL/TLS; if there is none, ask whoever runs the server for TLS.',
    ],
  },
  {
    id: 'stls-stripped',
    stage: 'protocol',
    cause: 'Something between you and the server takes TLS (STLS) away: a firewall, or somebody who listens.',
    when: ({ facts }) => stripped(facts),
    separates:
      'Try port 995 with TLS from the start, or another network: what strips STLS cannot do that there.',
    remedy: () => [
      'Do not log in without TLS in this network.',
      'Set the mail program to port 995 with SSL/TLS.',
      'Ask whoever runs the network for its mail or SMTP inspection ("fixup").',
    ],
  },
  {
    id: 'clear-behind-stls',
    stage: 'protocol',
    cause: 'Octets in clear follow the answer to STLS: somebody may put replies into the connection.',
    when: ({ facts }) => {
      const one = pop3(facts).find(({ stls }) => stls === 'injected');
      return one === undefined ? undefined : match(92, `${at(one)}: ${one.stlsReply ?? ''}`);
    },
    separates: 'Try another network: an attack does not come along, a faulty server does the same there.',
    remedy: () => ['Do not log in here.', 'Set the mail program to port 995 with SSL/TLS.'],
  },
  {
    id: 'antivirus-proxy',
    stage: 'protocol',
    cause: 'A virus scanner or firewall stands in for the server and speaks in its place.',
    when: ({ facts }) => {
      const one = pop3(facts).find(({ greeting }) => INTERCEPTORS.test(greeting ?? ''));
      if (one === undefined) return undefined;
      const letIn = facts.logins.some(({ outcome }) => outcome === 'ok');
      return match(letIn ? 30 : 85, `${at(one)} greets with ${quoted(one.greeting ?? '')}`);
    },
    separates:
      'Switch the mail scanning off for a moment, or try from another machine: the banner is then another.',
    remedy: () => [
      'Switch off the scanning of mail connections in the virus scanner; it scans mail when it is stored all the same.',
      'Or set the mail program to port 995, if the scanner lets that through.',
    ],
  },
];
