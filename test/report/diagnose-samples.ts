import { checklist } from '../../src/diagnose/checklist/checklist.js';
import { conclude, exitOf } from '../../src/diagnose/conclusion.js';
import type { EndpointFacts, Facts } from '../../src/diagnose/facts.js';
import { rank } from '../../src/diagnose/rank.js';
import type { DiagnoseResult } from '../../src/diagnose/result.js';
import { RULES } from '../../src/diagnose/rules/index.js';
import { HOSTILE, trace } from './samples.js';

/** Facts of nothing that was looked at. */
export function factsOf(more: Partial<Facts> = {}): Facts {
  return {
    input: {
      kind: 'address',
      domain: 'example.org',
      user: 'address',
      password: true,
      token: false,
      passwordHas: [],
    },
    dns: { mx: [], nullMx: false, srv: [], srvNotOffered: [] },
    autoconfig: [],
    elsewhere: [],
    hosts: [],
    endpoints: [],
    logins: [],
    cutShort: false,
    ...more,
  };
}

/** An endpoint where all is well. */
export function endpointOf(more: Partial<EndpointFacts> = {}): EndpointFacts {
  return {
    host: 'pop.example.org',
    port: 995,
    address: '192.0.2.7',
    family: 4,
    mode: 'tls',
    origin: 'guess',
    connect: 'ok',
    connectMs: 12,
    error: '',
    speaks: 'pop3',
    heard: '+OK ready\r\n',
    greeting: '+OK ready',
    greetingMs: 30,
    capaTls: ['TOP', 'UIDL', 'USER', 'SASL PLAIN'],
    tls: {
      handshake: 'ok',
      error: '',
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      certificate: {
        subject: 'pop.example.org',
        issuer: 'R11',
        names: ['DNS:pop.example.org'],
        validFrom: 'Mar  1 00:00:00 2026 GMT',
        validTo: 'May 30 00:00:00 2026 GMT',
        daysOld: 10,
        daysLeft: 80,
        selfSigned: false,
        chain: 3,
        keyType: 'ec',
        keyBits: 256,
        matchesHost: true,
        verified: true,
        error: '',
      },
    },
    tookMs: 80,
    ...more,
  };
}

/** A document as `popspec diagnose` makes it of these facts. */
export function diagnosisOf(facts: Facts, more: Partial<DiagnoseResult> = {}): DiagnoseResult {
  const { causes, advice } = rank(RULES, { facts, provider: undefined });
  const conclusion = conclude(facts, causes, false);
  return {
    schemaVersion: 1,
    kind: 'diagnose',
    tool: { name: 'popspec', version: '0.1.0' },
    startedAt: '2026-03-14T09:26:53.000Z',
    durationMs: 1834,
    subject: 'ann@example.org',
    environment: { node: 'v20.20.2', platform: 'linux x64' },
    options: {
      timeoutMs: 8000,
      limitMs: 60_000,
      loginBudget: 3,
      allowRetr: false,
      follow: false,
      insecure: false,
    },
    conclusion,
    causes,
    advice,
    probes: checklist(facts, undefined),
    facts,
    transcripts: [
      {
        title: 'login pop.example.org:995 by plain',
        events: trace([
          'S: +OK ready <17.42@pop.example.org>',
          'C: AUTH PLAIN',
          'S: +',
          'C: ***',
          'S: -ERR [AUTH] Authentication failed for ann@example.org from 192.0.2.99',
        ]),
      },
      {
        title: 'mailbox',
        events: trace([
          'C: UIDL',
          'S: +OK',
          'S: 1 0001-secret-uid',
          'S: .',
          'C: TOP 1 0',
          'S: +OK',
          'S: From: private@example.net',
          'S: .',
        ]),
      },
    ],
    exit: exitOf(conclusion),
    ...more,
  };
}

/** A login that is refused for reasons that cannot be told apart. */
export const sampleDiagnosis = (): DiagnoseResult =>
  diagnosisOf(
    factsOf({
      hosts: [
        {
          host: 'pop.example.org',
          origin: 'guess',
          a: 'found',
          aaaa: 'no-data',
          addresses: ['192.0.2.7'],
          tookMs: 9,
        },
      ],
      endpoints: [
        endpointOf(),
        endpointOf({
          port: 110,
          mode: 'plain',
          connect: 'refused',
          error: 'connect ECONNREFUSED 192.0.2.7:110',
        }),
      ],
      logins: [
        {
          at: 'pop.example.org:995',
          way: 'plain',
          name: 'given',
          tls: true,
          outcome: 'refused',
          reply: '-ERR [AUTH] Authentication failed',
          code: 'AUTH',
          verb: '',
          challenge: '',
          tookMs: 700,
        },
      ],
      loginEnd: 'no-more-ways',
    }),
  );

/** The same with what a hostile server would send wherever it can. */
export function hostileDiagnosis(): DiagnoseResult {
  const doc = sampleDiagnosis();
  const poison = <T>(value: T): T => {
    if (typeof value === 'string') return HOSTILE as T;
    if (Array.isArray(value)) return value.map(poison) as T;
    if (value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, poison(one)])) as T;
    return value;
  };
  return {
    ...doc,
    subject: HOSTILE,
    conclusion: { ...doc.conclusion, says: HOSTILE },
    causes: doc.causes.map((cause) => ({
      ...cause,
      cause: HOSTILE,
      reasons: [HOSTILE],
      remedy: [HOSTILE],
      separates: HOSTILE,
      link: `javascript:${HOSTILE}`,
    })),
    probes: doc.probes.map((probe) => ({ ...probe, title: HOSTILE, evidence: [HOSTILE] })),
    transcripts: doc.transcripts.map(({ events }) => ({
      title: HOSTILE,
      events: events.map((one) => ({ ...one, text: poison(one.text) })),
    })),
  };
}
