import { hostPort } from '../context.js';
import type { Facts, LoginTry } from '../facts.js';
import type { Provider } from '../provider.js';
import type { ProbeResult } from '../result.js';
import { spoken } from '../words.js';
import { endpointProbes } from './endpoints.js';
import { probe } from './entry.js';
import { mailboxProbes } from './mailbox.js';

/** Everything that was looked at, in the order of the way from a name to its mail. */
export function checklist(facts: Facts, provider: Provider | undefined): ProbeResult[] {
  return [
    ...providerProbe(facts, provider),
    ...domainProbes(facts),
    ...facts.hosts.map(hostProbe),
    ...facts.elsewhere.map(elsewhereProbe),
    ...facts.endpoints.flatMap(endpointProbes),
    ...imapProbe(facts),
    ...loginProbes(facts),
    ...mailboxProbes(facts),
  ];
}

function providerProbe({ provider: by }: Facts, provider: Provider | undefined): ProbeResult[] {
  if (by === undefined || provider === undefined) return [];
  const { enable, login } = provider;
  return [
    probe('provider', `Provider: ${provider.name}`, provider.pop === 'yes' ? 'ok' : 'bad', [
      `known by its ${by.by === 'mx' ? 'mail exchanger' : by.by}; facts of ${provider.date}, confidence ${provider.confidence}`,
      provider.pop === 'yes'
        ? undefined
        : provider.pop === 'no'
          ? 'it has no POP3'
          : 'only through a program of its own',
      enable === undefined
        ? undefined
        : `POP3: ${{ on: 'on', off: 'off until it is switched on', admin: 'as the administrator decides' }[enable.default]} (${enable.where})`,
      login === undefined ? undefined : `logins: ${login.methods.join(', ')}`,
      ...provider.behaviours.map(({ says }) => says),
    ]),
  ];
}

const ANSWERS: Readonly<Record<string, string>> = {
  found: 'found',
  'no-name': 'the name does not exist',
  'no-data': 'no such record',
  'server-failure': 'the name service failed',
  timeout: 'no answer',
  refused: 'refused by the name service',
};

function domainProbes({ dns, autoconfig, input }: Facts): ProbeResult[] {
  const probes: ProbeResult[] = [];
  if (dns.mxAnswer !== undefined) {
    const outcome = dns.mx.length > 0 ? 'ok' : 'warn';
    probes.push(
      probe('mx', `Mail exchangers of ${input.domain}`, dns.nullMx ? 'bad' : outcome, [
        dns.nullMx
          ? 'the domain takes no mail (RFC 7505)'
          : dns.mx.length > 0
            ? dns.mx.join(', ')
            : ANSWERS[dns.mxAnswer],
      ]),
    );
  }
  if (dns.srvAnswer !== undefined) {
    const lines = [
      ...dns.srv.map(({ service, host, port }) => `_${service}._tcp: ${hostPort(host, port)}`),
      ...dns.srvNotOffered.map((service) => `_${service}._tcp: not offered`),
    ];
    const outcome = dns.srv.length > 0 ? 'ok' : dns.srvNotOffered.length > 0 ? 'bad' : 'skipped';
    probes.push(
      probe(
        'srv',
        'SRV records for POP3 (RFC 6186)',
        outcome,
        lines.length > 0 ? lines : [ANSWERS[dns.srvAnswer]],
      ),
    );
  }
  for (const { url, answer, servers } of autoconfig) {
    const pop = servers.filter(({ type }) => type === 'pop3');
    const lines = servers.map(({ type, host, port, socket }) => `${type}: ${hostPort(host, port)} ${socket}`);
    const outcome =
      answer === 'unreadable' ? 'warn' : pop.length > 0 ? 'ok' : answer === 'found' ? 'warn' : 'skipped';
    probes.push(probe('autoconfig', `Configuration at ${url}`, outcome, [answer, ...lines]));
  }
  return probes;
}

function hostProbe({ host, a, aaaa, addresses, tookMs }: Facts['hosts'][number]): ProbeResult {
  const outcome = addresses.length > 0 ? 'ok' : 'bad';
  return probe(
    'host',
    `Addresses of ${host}`,
    outcome,
    [
      addresses.join(', '),
      a === 'found' ? undefined : `IPv4: ${ANSWERS[a]}`,
      aaaa === 'found' ? undefined : `IPv6: ${ANSWERS[aaaa]}`,
    ],
    tookMs,
  );
}

function elsewhereProbe({ host, port, origin }: Facts['elsewhere'][number]): ProbeResult {
  return probe('elsewhere', `${hostPort(host, port)}, named by ${origin}`, 'skipped', [
    'it is in another domain and was not contacted (--follow contacts it)',
  ]);
}

function imapProbe({ imap }: Facts): ProbeResult[] {
  return imap === undefined
    ? []
    : [probe('imap', `IMAP at port ${imap.port}`, 'ok', [spoken(imap.heard.split('\r\n', 1)[0] ?? '')])];
}

const ENDS: Readonly<Record<NonNullable<Facts['loginEnd']>, string>> = {
  in: '',
  'no-user': 'not tried: no user is named',
  'no-password': 'not tried: neither password nor token is given',
  'no-server': 'not tried: there is no POP3 server to log in to',
  'not-in-clear': 'not tried: the password would go over the network in clear (--tls none does it)',
  certificate:
    'not tried: the certificate does not verify, so that anybody may answer there (--insecure does it)',
  budget: 'no more tries: --login-budget is spent',
  'time-up': 'no more tries: the time was up',
  'told-to-wait': 'no more tries: the server asks for patience',
  'no-way': 'not tried: the server offers no way that goes with what is given',
  'no-more-ways': 'no more tries: they would tell nothing new',
};

function loginProbes({ logins, loginEnd }: Facts): ProbeResult[] {
  const tries = logins.map((one) => loginProbe(one));
  const end =
    loginEnd === undefined || loginEnd === 'in'
      ? []
      : [probe('login', logins.length === 0 ? 'Login' : 'Further logins', 'skipped', [ENDS[loginEnd]])];
  return [...tries, ...end];
}

function loginProbe({ at, way, name, tls, outcome, reply, challenge, tookMs }: LoginTry): ProbeResult {
  const title = `Login at ${at} by ${way.toUpperCase()}${tls ? ' under TLS' : ' in clear'}${name === 'local' ? ', name without its domain' : ''}`;
  const says = {
    ok: 'let in',
    refused: 'refused',
    closed: 'the connection was ended',
    timeout: 'no answer',
    failed: 'no answer that fits',
  }[outcome];
  return probe(
    `login ${at} ${way} ${name}`,
    title,
    outcome === 'ok' ? 'ok' : 'bad',
    [says, spoken(reply), spoken(challenge)],
    tookMs,
  );
}
