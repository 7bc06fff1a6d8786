import { hasTag } from '../probes/login-plan.js';
import type { Rule } from '../rule.js';
import { at, list, match, pop3, withTls } from './view.js';

const EXPIRES_SOON_DAYS = 14;
const POLL_MIN_S = 60;

/** Where nothing is wrong, and something would serve better. */
export const ADVICE_RULES: readonly Rule[] = [
  {
    id: 'imap-better',
    stage: 'mailbox',
    kind: 'advice',
    cause: 'IMAP would serve you better here.',
    when: ({ provider, facts }) => {
      const better = provider?.imap?.better;
      if (better !== undefined) return match(60, better);
      return facts.imap !== undefined && pop3(facts).length === 0
        ? match(70, `IMAP answers at port ${facts.imap.port} of the same host, POP3 does not`)
        : undefined;
    },
    separates: 'Whether you want the mail in one place only: that is what POP3 is for.',
    remedy: ({ provider, facts }) => [
      provider?.imap !== undefined
        ? `Set the account up as IMAP: ${provider.imap.host}, port ${provider.imap.port}, SSL/TLS.`
        : `Set the account up as IMAP at port ${facts.imap?.port ?? 993}.`,
    ],
    link: ({ provider }) => provider?.imap?.source,
  },
  {
    id: 'certificate-expires-soon',
    stage: 'tls',
    kind: 'advice',
    cause: 'The certificate expires soon.',
    when: ({ facts }) => {
      const soon = withTls(facts).find(
        ({ tls }) => tls?.certificate?.verified === true && tls.certificate.daysLeft < EXPIRES_SOON_DAYS,
      );
      return soon === undefined
        ? undefined
        : match(50, `${at(soon)}: ${soon.tls?.certificate?.daysLeft} days are left`);
    },
    separates: 'The date in the certificate.',
    remedy: () => ['If you run the server: renew it now, and look why that did not happen by itself.'],
  },
  {
    id: 'old-tls-taken',
    stage: 'tls',
    kind: 'advice',
    cause: 'The server still takes TLS 1.0 or 1.1, which RFC 8996 forbids.',
    when: ({ facts }) => {
      const old = withTls(facts).filter(({ tls }) => tls?.takesOld === true);
      return old.length === 0 ? undefined : match(30, list(old.map(at)));
    },
    separates: 'A handshake with nothing newer, which was made.',
    remedy: () => ['If you run the server: allow TLS 1.2 and 1.3 only.'],
  },
  {
    id: 'clear-login-offered',
    stage: 'tls',
    kind: 'advice',
    cause: 'The server offers logins by password before TLS.',
    when: ({ facts }) => {
      const open = pop3(facts).filter(
        ({ mode, capaClear, stls }) => mode === 'plain' && stls === 'ok' && hasTag(capaClear ?? [], 'USER'),
      );
      return open.length === 0 ? undefined : match(20, `${list(open.map(at))} announces USER before STLS`);
    },
    separates: 'CAPA before STLS.',
    remedy: () => ['Set the mail program to SSL/TLS, so that it never falls back.'],
  },
  {
    id: 'fetched-goes',
    stage: 'mailbox',
    kind: 'advice',
    cause: 'The server may remove what was fetched (EXPIRE 0).',
    when: ({ facts }) => {
      const lines = [
        ...(facts.mailbox?.capa ?? []),
        ...facts.endpoints.flatMap(({ capaTls, capaClear }) => capaTls ?? capaClear ?? []),
      ];
      const expire = lines.find((line) => /^EXPIRE 0( |$)/i.test(line));
      return expire === undefined ? undefined : match(40, `CAPA announces ${expire}`);
    },
    separates: 'CAPA.',
    remedy: () => ['Keep what the mail program fetched: it may be the only copy.'],
  },
  {
    id: 'hidden-after-retr',
    stage: 'mailbox',
    kind: 'advice',
    cause: 'What one program has fetched, others do not see any more.',
    when: ({ provider }) => {
      const hides = provider?.behaviours.find(({ id }) => id === 'retr-hides');
      return hides === undefined ? undefined : match(35, hides.says);
    },
    separates: 'Fetch with one program, then look with another.',
    remedy: () => ['Let one program fetch, or use IMAP on all devices.'],
    link: ({ provider }) => provider?.behaviours.find(({ id }) => id === 'retr-hides')?.source,
  },
  {
    id: 'poll-limit',
    stage: 'login',
    kind: 'advice',
    cause: 'The server wants time between two logins.',
    when: ({ facts, provider }) => {
      const lines = facts.endpoints.flatMap(({ capaTls, capaClear }) => capaTls ?? capaClear ?? []);
      const seconds = Number(
        lines.map((line) => /^LOGIN-DELAY (\d+)/i.exec(line)?.[1]).find((one) => one !== undefined) ?? 0,
      );
      const known = provider?.behaviours.find(({ id }) => id === 'poll-limit');
      if (seconds >= POLL_MIN_S) return match(35, `CAPA announces LOGIN-DELAY ${seconds}`);
      return known === undefined ? undefined : match(30, known.says);
    },
    separates: 'CAPA, or the provider’s page.',
    remedy: () => ['Set the mail program to look every 10 minutes or less often.'],
  },
];
