import type { EndpointFacts, Facts } from '../facts.js';
import { meanings } from '../probes/refusals.js';
import type { Rule } from '../rule.js';
import { INTERCEPTORS } from './protocol.js';
import { at, atAddress, connected, duration, list, match, pop3, quoted } from './view.js';

const SLOW_GREETING_MS = 5000;

const tried = ({ endpoints }: Facts, connect: EndpointFacts['connect']): EndpointFacts[] =>
  endpoints.filter((one) => one.connect === connect);

/** Ports of the same host, where the one answers POP3 and the other comes to nothing in this way. */
function onlyOther(
  facts: Facts,
  mode: EndpointFacts['mode'],
  connect: EndpointFacts['connect'],
): EndpointFacts | undefined {
  const works = pop3(facts).some((one) => one.mode !== mode);
  const those = facts.endpoints.filter((one) => one.mode === mode);
  return works && those.length > 0 && those.every((one) => one.connect === connect) ? those[0] : undefined;
}

/** Whether one family answers at a port where the other does not. */
function familyBroken(facts: Facts, family: 4 | 6): EndpointFacts | undefined {
  return facts.endpoints.find(
    (one) =>
      one.family === family &&
      one.connect !== 'ok' &&
      pop3(facts).some(
        (other) => other.family !== family && other.host === one.host && other.port === one.port,
      ),
  );
}

const greetedWithError = (facts: Facts): EndpointFacts | undefined =>
  pop3(facts).find(({ greeting }) => /^-ERR/i.test(greeting ?? ''));

/** Causes on the way to a server whose name is known. */
export const REACH_RULES: readonly Rule[] = [
  {
    id: 'offline',
    stage: 'reach',
    cause: 'This machine has no way to the network of the server.',
    when: ({ facts }) => {
      const gone = tried(facts, 'unreachable');
      return gone.length > 0 && gone.length === facts.endpoints.length
        ? match(90, `no connection to ${list(gone.map(atAddress))}: ${gone[0]?.error ?? ''}`)
        : undefined;
    },
    separates: 'Open any web page: if none opens, it is the network.',
    remedy: () => ['Check the network connection, a VPN, and aeroplane mode.'],
  },
  {
    id: 'refused',
    stage: 'reach',
    cause: 'No POP3 service listens there: it is switched off, or host or port are not the right ones.',
    when: ({ facts }) => {
      const refused = tried(facts, 'refused');
      if (refused.length === 0 || connected(facts).length > 0) return undefined;
      return match(
        refused.length === facts.endpoints.length ? 90 : 55,
        `the connection is refused at ${list(refused.map(at))}`,
        facts.imap === undefined ? undefined : `IMAP answers there at port ${facts.imap.port}`,
      );
    },
    separates: 'The provider’s page for host and port; on the server, what listens at 110 and 995 (ss -ltn).',
    remedy: ({ facts }) => [
      'Check host and port in the mail program: 995 with TLS, 110 without or with STARTTLS.',
      ...(facts.imap === undefined ? [] : ['Set the mail program to IMAP, which answers on this host.']),
      'If you run the server: start the POP3 service, and open its ports.',
    ],
  },
  {
    id: 'filtered',
    stage: 'reach',
    cause: 'A firewall in between drops the connection, or the server is down.',
    when: ({ facts }) => {
      const silent = tried(facts, 'timeout');
      if (silent.length === 0 || connected(facts).length > 0) return undefined;
      return match(
        silent.length === facts.endpoints.length ? 88 : 60,
        `no answer at all from ${list(silent.map(atAddress))} within ${duration(Math.max(...silent.map(({ connectMs }) => connectMs)))}`,
      );
    },
    separates: 'Try it from another network (a phone’s): if it connects there, the firewall is on your side.',
    remedy: () => [
      'Try another network.',
      'Ask whoever runs your network whether ports 995 and 110 are let out.',
      'Ask the provider whether the server is up.',
    ],
  },
  {
    id: 'plain-port-blocked',
    stage: 'reach',
    cause: 'Only the port with TLS (995) is open here.',
    when: ({ facts }) => {
      if (facts.input.tls === 'implicit' || (facts.input.tls === undefined && facts.input.port === undefined))
        return undefined;
      const blocked = onlyOther(facts, 'plain', 'timeout') ?? onlyOther(facts, 'plain', 'refused');
      return blocked === undefined ? undefined : match(90, `${at(blocked)} does not answer, and TLS does`);
    },
    separates: 'Set the mail program to the other port.',
    remedy: () => ['Set the mail program to port 995 with SSL/TLS.'],
  },
  {
    id: 'tls-port-blocked',
    stage: 'reach',
    cause: 'Only the port without TLS from the start (110) is open here.',
    when: ({ facts }) => {
      if (facts.input.tls !== 'implicit' && facts.input.port !== 995) return undefined;
      const blocked = onlyOther(facts, 'tls', 'timeout') ?? onlyOther(facts, 'tls', 'refused');
      return blocked === undefined
        ? undefined
        : match(90, `${at(blocked)} does not answer, and the plain port does`);
    },
    separates: 'Set the mail program to the other port.',
    remedy: () => ['Set the mail program to port 110 with STARTTLS, never without TLS.'],
  },
  {
    id: 'too-many-connections',
    stage: 'reach',
    cause: 'The server takes no more connections at the moment, or no more from your address.',
    when: ({ facts }) => {
      const refused = greetedWithError(facts);
      if (refused !== undefined && meanings(refused.greeting ?? '').has('connections'))
        return match(95, `${at(refused)} greets with ${quoted(refused.greeting ?? '')}`);
      const closed = connected(facts).filter(({ speaks }) => speaks === 'closed');
      if (closed.length === 0) return undefined;
      const asked = closed.some(({ port }) => port === facts.input.port);
      const some = pop3(facts).some((one) =>
        closed.some(({ host, mode }) => one.host === host && one.mode === mode),
      );
      return match(
        some ? 85 : asked ? 78 : 55,
        `${list(closed.map(atAddress))} takes the connection and ends it before a greeting`,
        some ? 'other connections to it at the same moment were served' : undefined,
      );
    },
    separates:
      'Close every mail program that reads from this server, wait a minute, and run it again: a limit is free again, an access list is not.',
    remedy: () => [
      'Close other mail programs and devices that read from this server, or let them look less often.',
      'If you run the server: look at its limit of connections per address (Courier MAXPERIP, Dovecot mail_max_userip_connections).',
    ],
  },
  {
    id: 'turned-away',
    stage: 'reach',
    cause: 'The server turns your address away: an access list, or a block after failed logins.',
    when: ({ facts }) => {
      const closed = connected(facts).filter(({ speaks }) => speaks === 'closed');
      const reset = tried(facts, 'reset');
      if (closed.length + reset.length === 0) return undefined;
      const others = pop3(facts).length > 0;
      return match(
        others ? 30 : reset.length > 0 ? 60 : 45,
        `${list([...closed, ...reset].map(atAddress))} ends the connection before a greeting`,
      );
    },
    separates: 'Try it from another network: a block of your address does not hold there.',
    remedy: () => [
      'Wait half an hour without any login, since blocks after failed logins (fail2ban) end by themselves.',
      'Try another network.',
      'If you run the server: look for your address in its firewall and access lists.',
    ],
  },
  {
    id: 'out-of-service',
    stage: 'reach',
    cause: 'The server greets with an error: it is out of service at the moment.',
    when: ({ facts }) => {
      const refused = greetedWithError(facts);
      return refused === undefined ||
        meanings(refused.greeting ?? '').has('connections') ||
        INTERCEPTORS.test(refused.greeting ?? '')
        ? undefined
        : match(88, `${at(refused)} greets with ${quoted(refused.greeting ?? '')}`);
    },
    separates: 'Run it again later.',
    remedy: () => [
      'Wait, and look at the provider’s status page.',
      'If you run the server: its log says why it refuses service.',
    ],
  },
  {
    id: 'no-greeting',
    stage: 'reach',
    cause: 'The server takes connections and says nothing: it is overloaded, or waits for something.',
    when: ({ facts }) => {
      const silent = connected(facts).filter(({ speaks }) => speaks === 'nothing');
      if (silent.length === 0 || pop3(facts).length > 0) return undefined;
      return match(80, `${list(silent.map(atAddress))} accepts the connection, and nothing came`);
    },
    separates:
      'Give it more time (--timeout 60s): a server that waits for a name lookup or holds strangers off greets then.',
    remedy: () => [
      'Run it again with --timeout 60s.',
      'If you run the server: check its name lookups of clients and its load.',
    ],
  },
  {
    id: 'slow-greeting',
    stage: 'reach',
    cause: 'The server greets so late that mail programs may give up.',
    when: ({ facts }) => {
      const times = pop3(facts).map(({ greetingMs = 0 }) => greetingMs);
      const least = Math.min(...times);
      return times.length > 0 && least >= SLOW_GREETING_MS
        ? match(65, `the greeting came after ${duration(least)}`)
        : undefined;
    },
    separates:
      'Whether later commands are slow as well: then it is load; a greeting alone is held up by name lookups or on purpose.',
    remedy: () => [
      'Raise the time limit of the mail program.',
      'If you run the server: check reverse lookups and ident of clients, and its load.',
    ],
  },
  {
    id: 'ipv6-broken',
    stage: 'reach',
    cause: 'The server cannot be reached by IPv6, though DNS names an address for it.',
    when: ({ facts }) => {
      const broken = familyBroken(facts, 6);
      return broken === undefined
        ? undefined
        : match(
            broken.connect === 'unreachable' ? 0 : broken.connect === 'timeout' ? 45 : 30,
            `${atAddress(broken)}: ${broken.connect}${broken.error === '' ? '' : `, ${broken.error}`}`,
          );
    },
    separates: 'Whether other hosts can be reached by IPv6 from here: if none can, it is your network.',
    remedy: () => [
      'Mail programs that try IPv6 first wait here: switch IPv6 off in this network, or repair it.',
      'If you run the server: let it listen at its IPv6 address, or take the AAAA record away.',
    ],
  },
  {
    id: 'ipv4-broken',
    stage: 'reach',
    cause: 'The server cannot be reached by IPv4, though DNS names an address for it.',
    when: ({ facts }) => {
      const broken = familyBroken(facts, 4);
      return broken === undefined
        ? undefined
        : match(
            50,
            `${atAddress(broken)}: ${broken.connect}${broken.error === '' ? '' : `, ${broken.error}`}`,
          );
    },
    separates: 'Whether other hosts can be reached by IPv4 from here.',
    remedy: () => [
      'Mail programs without IPv6 cannot reach it.',
      'If you run the server: check the A record and its IPv4 address.',
    ],
  },
];
