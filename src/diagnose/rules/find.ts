import type { Facts } from '../facts.js';
import type { Rule } from '../rule.js';
import { at, connected, list, match, pop3 } from './view.js';

const domainOf = ({ input }: Facts): string => input.domain;

/** Causes on the way from a name to a server. */
export const FIND_RULES: readonly Rule[] = [
  {
    id: 'domain-unknown',
    stage: 'find',
    cause: 'The domain of the address does not exist.',
    when: ({ facts }) =>
      facts.input.kind === 'address' &&
      facts.dns.mxAnswer === 'no-name' &&
      facts.hosts.every(({ addresses }) => addresses.length === 0)
        ? match(facts.resembles === undefined ? 95 : 85, `the name service does not know ${domainOf(facts)}`)
        : undefined,
    separates: 'A domain that exists has a registration (whois) and answers at another name service.',
    remedy: () => [
      'Check how the address is spelt.',
      'If it is right, ask who registered the domain whether it has expired.',
    ],
  },
  {
    id: 'domain-typo',
    stage: 'find',
    cause: 'The address is probably misspelt.',
    when: ({ facts }) => {
      const { resembles, dns, input } = facts;
      if (resembles === undefined || input.kind !== 'address' || pop3(facts).length > 0) return undefined;
      return match(
        dns.mxAnswer === 'no-name' ? 92 : 40,
        `${input.domain} looks like ${resembles}`,
        dns.mxAnswer === 'no-name'
          ? `the name service does not know ${input.domain}`
          : 'no POP3 server was found for it',
      );
    },
    separates: 'Diagnose the address with the other spelling.',
    remedy: ({ facts }) => [`Try it with @${facts.resembles ?? ''}.`],
  },
  {
    id: 'host-unknown',
    stage: 'find',
    cause: 'The host name of the server does not exist.',
    when: ({ facts }) => {
      const gone = facts.hosts.filter(
        ({ a, aaaa, origin, addresses }) =>
          origin !== 'guess' && addresses.length === 0 && (a === 'no-name' || aaaa === 'no-name'),
      );
      if (gone.length === 0 || connected(facts).length > 0) return undefined;
      return match(92, `the name service knows no ${list(gone.map(({ host }) => host))}`);
    },
    separates: 'A host that another name service knows exists, and the one of this machine is wrong.',
    remedy: ({ facts }) => [
      'Check how the host is spelt, and take the name from the provider’s own page.',
      ...(facts.input.kind === 'host'
        ? ['Give the address instead (user@domain): the server is then looked for.']
        : []),
    ],
  },
  {
    id: 'host-without-address',
    stage: 'find',
    cause: 'The host exists, but has no address.',
    when: ({ facts }) => {
      const bare = facts.hosts.filter(
        ({ a, aaaa, origin, addresses }) =>
          origin !== 'guess' && addresses.length === 0 && a === 'no-data' && aaaa !== 'no-name',
      );
      return bare.length === 0 || connected(facts).length > 0
        ? undefined
        : match(85, `${list(bare.map(({ host }) => host))} has neither A nor AAAA records`);
    },
    separates: 'The name of a domain often has no address where pop. or mail. in front of it has one.',
    remedy: () => [
      'Take the host of the server from the provider’s own page; it often begins with pop. or mail.',
    ],
  },
  {
    id: 'name-service',
    stage: 'find',
    cause: 'The name service does not answer: this machine may be offline.',
    when: ({ facts }) => {
      const failing = ['timeout', 'server-failure', 'refused'];
      const asked = [
        facts.dns.mxAnswer,
        facts.dns.srvAnswer,
        ...facts.hosts.flatMap(({ a, aaaa }) => [a, aaaa]),
      ].filter((answer) => answer !== undefined);
      if (
        asked.length === 0 ||
        connected(facts).length > 0 ||
        !asked.some((answer) => failing.includes(answer))
      )
        return undefined;
      const all = asked.every((answer) => failing.includes(answer));
      return match(
        all ? 93 : 35,
        `${asked.filter((answer) => failing.includes(answer)).length} of ${asked.length} questions to the name service failed (${list(asked)})`,
      );
    },
    separates: 'Open any web page: if none opens, it is the network and not the mail.',
    remedy: () => [
      'Check the network connection.',
      'Try another network, or another name service (--dns 9.9.9.9).',
    ],
  },
  {
    id: 'no-mail-domain',
    stage: 'find',
    cause: 'The domain says that it takes no mail at all.',
    when: ({ facts }) =>
      facts.dns.nullMx && pop3(facts).length === 0
        ? match(90, `the MX of ${domainOf(facts)} is "." (RFC 7505)`)
        : undefined,
    separates: 'The MX record of the domain.',
    remedy: () => ['Check the address: mail for this domain is received by nobody.'],
  },
  {
    id: 'pop-not-offered',
    stage: 'find',
    cause: 'The operator says that there is no POP3 for this domain.',
    when: ({ facts }) =>
      facts.dns.srvNotOffered.length > 0 && facts.dns.srv.length === 0
        ? match(
            pop3(facts).length > 0 ? 30 : facts.dns.srvNotOffered.length === 2 ? 94 : 80,
            `the SRV records of ${list(facts.dns.srvNotOffered.map((service) => `_${service}._tcp`))} have the target "." (RFC 6186)`,
          )
        : undefined,
    separates: 'The SRV records of the domain; a server that answers all the same is then an accident.',
    remedy: ({ facts }) => [
      'Set the mail program to IMAP.',
      ...(facts.imap === undefined ? [] : [`IMAP answers at port ${facts.imap.port}.`]),
    ],
  },
  {
    id: 'provider-without-pop',
    stage: 'find',
    cause: 'This provider has no POP3.',
    when: ({ provider, facts }) =>
      provider?.pop === 'no' && pop3(facts).length === 0
        ? match(97, `${provider.name} offers no POP3 (${provider.date})`)
        : undefined,
    separates: 'The provider’s own page.',
    remedy: ({ provider }) => [
      provider?.instead ?? 'Set the mail program to IMAP.',
      ...(provider?.imap === undefined
        ? []
        : [`IMAP: ${provider.imap.host}, port ${provider.imap.port}, TLS.`]),
    ],
    link: ({ provider }) => provider?.page,
  },
  {
    id: 'provider-needs-bridge',
    stage: 'find',
    cause: 'This provider is reached only through a program of its own on your machine.',
    when: ({ provider, facts }) =>
      provider?.pop === 'bridge' && pop3(facts).length === 0
        ? match(95, `${provider.name} has no server for mail programs on the network (${provider.date})`)
        : undefined,
    separates: 'The provider’s own page.',
    remedy: ({ provider }) => [
      provider?.instead ?? 'Install the program of the provider, and take host, port and password from it.',
    ],
    link: ({ provider }) => provider?.page,
  },
  {
    id: 'no-server-found',
    stage: 'find',
    cause: 'No POP3 server is known for this domain, and none has a usual name.',
    when: ({ facts }) => {
      const { input, endpoints, elsewhere, dns } = facts;
      if (
        input.kind !== 'address' ||
        endpoints.length > 0 ||
        elsewhere.length > 0 ||
        (dns.mxAnswer !== 'found' && dns.mxAnswer !== 'no-data')
      )
        return undefined;
      if (facts.provider !== undefined || dns.nullMx || dns.srvNotOffered.length > 0) return undefined;
      return match(
        80,
        `neither SRV nor autoconfig names one, and pop., pop3. and mail.${input.domain} do not exist`,
      );
    },
    separates: 'The administrator of the domain, or the provider’s page, names host and port.',
    remedy: () => ['Ask whoever runs the mail of the domain for host and port, and diagnose that host.'],
  },
  {
    id: 'host-not-given',
    stage: 'find',
    cause:
      'This mail software runs at many organisations, each with a host of its own: which one is meant was not said.',
    when: ({ facts, provider }) =>
      facts.input.kind === 'provider' && provider?.pop === 'yes' && provider.servers.length === 0
        ? match(95, `${provider.name} has no one host that could be looked at`)
        : undefined,
    separates: 'The mail settings on the web, or the administrator, name the host.',
    remedy: ({ provider }) => [
      `Diagnose the host, with --provider ${provider?.id ?? ''} beside it.`,
      'Or diagnose the address: its domain may name the server.',
    ],
    link: ({ provider }) => provider?.page,
  },
  {
    id: 'server-elsewhere',
    stage: 'find',
    cause: 'The server is said to be in another domain, and was not contacted without your consent.',
    when: ({ facts }) =>
      facts.elsewhere.length > 0 && pop3(facts).length === 0
        ? match(
            75,
            `${list(facts.elsewhere.map(({ host, port, origin }) => `${host}:${port} (by ${origin})`))}`,
          )
        : undefined,
    separates:
      'Whether the provider’s own page names the same host. Neither SRV nor autoconfig is protected, so that anybody on the way could name another one.',
    remedy: () => ['If you know that host as your provider’s, run it again with --follow.'],
  },
  {
    id: 'old-host',
    stage: 'find',
    cause: 'The host is an old name that the provider has given up.',
    when: ({ facts, provider }) => {
      const old = provider?.servers.find(
        ({ host, old: since }) => since !== undefined && host === facts.input.domain,
      );
      if (old === undefined) return undefined;
      const [today] = provider?.servers.filter((one) => one.old === undefined) ?? [];
      const works = facts.logins.some(({ outcome }) => outcome === 'ok');
      return match(
        works ? 20 : pop3(facts).length > 0 ? 45 : 93,
        `${old.host}: ${old.old ?? ''}`,
        today === undefined ? undefined : `${provider?.name ?? ''} names ${at(today)} today`,
      );
    },
    separates: 'Diagnose the host of today.',
    remedy: ({ provider }) => {
      const [today] = provider?.servers.filter(({ old }) => old === undefined) ?? [];
      return today === undefined
        ? ['Take the host from the provider’s own page.']
        : [
            `Set the mail program to ${today.host}, port ${today.port}, ${today.tls === 'implicit' ? 'SSL/TLS' : 'STARTTLS'}.`,
          ];
    },
    link: ({ provider }) => provider?.page,
  },
];
