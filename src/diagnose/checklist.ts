import { hostPort } from './context.js';
import type { EndpointFacts, Facts, LoginTry, MailboxFacts } from './facts.js';
import { hasTimestamp } from './probes/login-plan.js';
import type { Provider } from './provider.js';
import type { ProbeResult } from './result.js';
import { spoken } from './words.js';

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

const said = (reply: string | undefined): string | undefined =>
  reply === undefined ? undefined : spoken(reply);

type Outcome = ProbeResult['outcome'];

const probe = (
  id: string,
  title: string,
  outcome: Outcome,
  evidence: readonly (string | undefined)[],
  tookMs = 0,
): ProbeResult => ({
  id,
  title,
  outcome,
  evidence: evidence.flatMap((line) => (line === undefined || line === '' ? [] : [line])),
  tookMs,
});

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

const CONNECTS: Readonly<Record<EndpointFacts['connect'], string>> = {
  ok: 'connected',
  refused: 'refused',
  timeout: 'no answer',
  reset: 'reset',
  unreachable: 'unreachable',
};

function endpointProbes(one: EndpointFacts): ProbeResult[] {
  const where = hostPort(one.host, one.port);
  const id = `${where} ${one.address}`;
  const connect = probe(
    `connect ${id}`,
    `Connection to ${where} (${one.address})`,
    one.connect === 'ok' ? 'ok' : 'bad',
    [`${CONNECTS[one.connect]} after ${one.connectMs} ms`, one.error],
    one.connectMs,
  );
  if (one.connect !== 'ok') return [connect];
  const wanted = one.speaks === 'pop3' || (one.speaks === 'tls' && one.mode === 'tls');
  const speaks = probe(
    `speaks ${id}`,
    `What speaks at ${where}`,
    wanted ? (/^-ERR/i.test(one.greeting ?? '') ? 'bad' : 'ok') : 'bad',
    [
      SPEAKS[one.speaks ?? 'nothing'],
      one.greeting ?? one.heard.split('\r\n', 1)[0],
      one.greetingMs === undefined ? undefined : `after ${one.greetingMs} ms`,
      hasTimestamp(one.greeting ?? '') ? 'the greeting offers APOP' : undefined,
    ],
    one.greetingMs ?? 0,
  );
  return [
    connect,
    speaks,
    ...stlsProbe(one, where, id),
    ...tlsProbe(one, where, id),
    ...capabilityProbe(one, where, id),
  ];
}

const SPEAKS: Readonly<Record<NonNullable<EndpointFacts['speaks']>, string>> = {
  pop3: 'POP3',
  imap: 'IMAP',
  smtp: 'SMTP',
  http: 'HTTP',
  ftp: 'FTP',
  ssh: 'SSH',
  tls: 'TLS from the first octet',
  clear: 'POP3 in clear',
  nothing: 'nothing came',
  closed: 'the connection was ended before a greeting',
  other: 'something unknown',
};

function stlsProbe({ stls, stlsReply, mode }: EndpointFacts, where: string, id: string): ProbeResult[] {
  if (mode !== 'plain' || stls === undefined) return [];
  const says = {
    ok: 'taken',
    absent: 'not announced',
    refused: 'announced, and refused',
    closed: 'announced, and the connection ended',
    injected: 'octets in clear follow the reply',
  }[stls];
  return [
    probe(`stls ${id}`, `STLS at ${where}`, stls === 'ok' ? 'ok' : stls === 'absent' ? 'warn' : 'bad', [
      says,
      stlsReply,
    ]),
  ];
}

function tlsProbe({ tls }: EndpointFacts, where: string, id: string): ProbeResult[] {
  if (tls === undefined) return [];
  if (tls.handshake !== 'ok') {
    const old = tls.onlyOld === true ? 'TLS 1.1 or older is taken' : undefined;
    return [
      probe(`tls ${id}`, `TLS at ${where}`, 'bad', [
        `the handshake ${tls.handshake === 'timeout' ? 'came to no end' : 'failed'}`,
        tls.error,
        old,
      ]),
    ];
  }
  const { certificate, protocol, cipher, takesOld, withoutSni } = tls;
  const versions = probe(`tls ${id}`, `TLS at ${where}`, takesOld === true ? 'warn' : 'ok', [
    `${protocol} ${cipher}`,
    takesOld === true ? 'TLS 1.0 or 1.1 is taken, too' : undefined,
    withoutSni === 'other'
      ? 'another certificate without a server name'
      : withoutSni === 'failed'
        ? 'no TLS without a server name'
        : undefined,
  ]);
  if (certificate === undefined) return [versions];
  const { verified, error, names, subject, issuer, validTo, daysLeft, matchesHost, chain } = certificate;
  const soon = verified && daysLeft < 14;
  return [
    versions,
    probe(`certificate ${id}`, `Certificate at ${where}`, verified ? (soon ? 'warn' : 'ok') : 'bad', [
      verified ? 'it verifies' : `it does not verify: ${error}`,
      matchesHost ? undefined : 'it is for another name',
      `for ${names.length > 0 ? names.slice(0, 8).join(', ') : subject}, issued by ${issuer}`,
      `valid until ${validTo} (${daysLeft} days)`,
      `${chain} ${chain === 1 ? 'certificate' : 'certificates'} up to the last issuer that is known`,
    ]),
  ];
}

function capabilityProbe(
  { capaClear, capaTls, mode }: EndpointFacts,
  where: string,
  id: string,
): ProbeResult[] {
  const capa = capaTls ?? capaClear;
  if (capa === undefined) return [];
  if (capa === null) return [probe(`capa ${id}`, `Capabilities at ${where}`, 'warn', ['CAPA is refused'])];
  const compared = mode === 'plain' && capaTls && capaClear ? differences(capaClear, capaTls, 'TLS') : [];
  return [probe(`capa ${id}`, `Capabilities at ${where}`, 'ok', [spoken(capa.join(', ')), ...compared])];
}

function differences(
  before: readonly string[],
  after: readonly string[],
  what: string,
): (string | undefined)[] {
  const more = after.filter((line) => !before.includes(line));
  const less = before.filter((line) => !after.includes(line));
  return [
    more.length > 0 ? `only after ${what}: ${spoken(more.join(', '))}` : undefined,
    less.length > 0 ? `only before ${what}: ${spoken(less.join(', '))}` : undefined,
  ];
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

function mailboxProbes({ mailbox, endpoints }: Facts): ProbeResult[] {
  if (mailbox === undefined) return [];
  const { capa, stat, list, uidl, top, retr, refused, broke, tookMs } = mailbox;
  const before = endpoints
    .map(({ capaTls, capaClear }) => capaTls ?? capaClear)
    .find((lines) => lines !== undefined && lines !== null);
  const probes: ProbeResult[] = [];
  if (capa !== undefined)
    probes.push(
      probe(
        'capa after login',
        'Capabilities after login',
        'ok',
        capa === null
          ? ['CAPA is refused']
          : [spoken(capa.join(', ')), ...differences(before ?? [], capa, 'login')],
        tookMs.CAPA,
      ),
    );
  const same =
    stat !== undefined && list !== undefined && stat.count === list.count && stat.octets === list.octets;
  probes.push(
    probe(
      'stat and list',
      'STAT against LIST',
      refused.STAT !== undefined ||
        refused.LIST !== undefined ||
        (stat !== undefined && list !== undefined && !same)
        ? 'bad'
        : list === undefined
          ? 'skipped'
          : list.count === 0
            ? 'warn'
            : 'ok',
      [
        stat === undefined ? said(refused.STAT) : `STAT: ${stat.count} messages, ${stat.octets} octets`,
        list === undefined
          ? refused.LIST
          : `LIST: ${list.count} messages, ${list.octets} octets, the largest ${list.largest}`,
        list !== undefined && list.zeros > 0 ? `${list.zeros} with 0 octets` : undefined,
      ],
      (tookMs.STAT ?? 0) + (tookMs.LIST ?? 0),
    ),
  );
  if (uidl !== undefined || refused.UIDL !== undefined) probes.push(uidlProbe(mailbox));
  if (top !== undefined || refused.TOP !== undefined)
    probes.push(
      probe(
        'top',
        'TOP',
        refused.TOP !== undefined ? 'bad' : top !== undefined && top.lines > 0 ? 'warn' : 'ok',
        [
          refused.TOP,
          top === undefined
            ? undefined
            : `${top.header} octets of header, ${top.lines} lines of the body (0 asked for)`,
          agesOf(mailbox),
        ],
        tookMs.TOP,
      ),
    );
  if (retr !== undefined || refused.RETR !== undefined)
    probes.push(
      probe(
        'retr',
        'RETR of one message',
        refused.RETR !== undefined || retr?.listed !== retr?.octets ? 'bad' : 'ok',
        [said(refused.RETR), retr === undefined ? undefined : `${retr.octets} octets, ${retr.listed} listed`],
        tookMs.RETR,
      ),
    );
  else if (broke === undefined && list !== undefined && list.count > 0)
    probes.push(
      probe('retr', 'RETR of one message', 'skipped', [
        'not allowed (--allow-retr): some servers change what they show after it',
      ]),
    );
  if (broke !== undefined)
    probes.push(
      probe('session', 'The session', 'bad', [
        `it ended at ${broke.verb}: ${broke.how}`,
        spoken(broke.heard),
      ]),
    );
  return probes;
}

function uidlProbe({ uidl, refused, list, tookMs }: MailboxFacts): ProbeResult {
  if (uidl === undefined) return probe('uidl', 'Unique-ids', 'bad', [said(refused.UIDL)]);
  const faults = [
    list !== undefined && list.count !== uidl.count ? `LIST has ${list.count}` : undefined,
    uidl.duplicates > 0 ? `${uidl.duplicates} are there twice` : undefined,
    uidl.tooLong > 0 ? `${uidl.tooLong} are longer than 70 characters` : undefined,
    uidl.unfit > 0 ? `${uidl.unfit} hold characters that are not allowed` : undefined,
    uidl.blank > 0 ? `${uidl.blank} are empty` : undefined,
  ].filter((fault) => fault !== undefined);
  return probe(
    'uidl',
    'Unique-ids',
    faults.length > 0 ? 'bad' : 'ok',
    [`${uidl.count} of them`, ...faults],
    tookMs.UIDL,
  );
}

function agesOf({ oldestDays, newestDays }: MailboxFacts): string | undefined {
  if (oldestDays === undefined || newestDays === undefined) return undefined;
  return `by their dates the first is ${oldestDays} days old, the last ${newestDays}`;
}
