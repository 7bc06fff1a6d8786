import { hostPort } from '../context.js';
import type { EndpointFacts } from '../facts.js';
import { hasTimestamp } from '../probes/login-plan.js';
import type { ProbeResult } from '../result.js';
import { spoken } from '../words.js';
import { differences, probe, said } from './entry.js';

const CONNECTS: Readonly<Record<EndpointFacts['connect'], string>> = {
  ok: 'connected',
  refused: 'refused',
  timeout: 'no answer',
  reset: 'reset',
  unreachable: 'unreachable',
};

/** What was seen at one address and port. */
export function endpointProbes(one: EndpointFacts): ProbeResult[] {
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
  // Looked at once more, the other way.
  const otherWay = one.speaks === 'tls' || one.speaks === 'clear';
  const speaks = probe(
    `speaks ${id}`,
    `What speaks at ${where}`,
    wanted ? (/^-ERR/i.test(one.greeting ?? '') ? 'bad' : 'ok') : otherWay ? 'warn' : 'bad',
    [
      SPEAKS[one.speaks ?? 'nothing'],
      spoken(one.greeting ?? one.heard.split('\r\n', 1)[0] ?? ''),
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
      said(stlsReply),
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
