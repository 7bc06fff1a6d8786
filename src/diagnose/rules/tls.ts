import type { EndpointFacts, Facts } from '../facts.js';
import type { Match, Rule } from '../rule.js';
import { INTERCEPTORS } from './protocol.js';
import { at, list, match, pop3, quoted, withTls } from './view.js';

type Certificate = NonNullable<NonNullable<EndpointFacts['tls']>['certificate']>;

/** Certificates that do not verify, of the endpoints of POP3. */
function unverified(facts: Facts): { at: string; certificate: Certificate }[] {
  return withTls(facts).flatMap((one) => {
    const certificate = one.tls?.certificate;
    return certificate === undefined || certificate.verified ? [] : [{ at: at(one), certificate }];
  });
}

/** A certificate is nothing to a mail program that is set to do without TLS. */
const UNMET = 30;

function certificateRule(
  facts: Facts,
  fits: (certificate: Certificate) => boolean,
  weight: number,
  says: (certificate: Certificate) => string,
): Match | undefined {
  const found = unverified(facts).filter(({ certificate }) => fits(certificate));
  const [first] = found;
  if (first === undefined) return undefined;
  return match(
    facts.input.tls === 'none' ? Math.min(weight, UNMET) : weight,
    `${list(found.map((one) => one.at))}: ${says(first.certificate)}`,
  );
}

const intercepted = ({ issuer }: Certificate): boolean => INTERCEPTORS.test(issuer);
const issuedBy = ({ subject, issuer }: Certificate): string =>
  `the certificate of ${quoted(subject)} is issued by ${quoted(issuer)}`;
const codes =
  (...known: readonly string[]) =>
  ({ error }: Certificate): boolean =>
    known.includes(error);

const ASK_OPERATOR =
  'Tell whoever runs the server; until it is mended, logging in shows the password to whoever answers there.';

/** Causes in TLS and certificates. */
export const TLS_RULES: readonly Rule[] = [
  {
    id: 'certificate-expired',
    stage: 'tls',
    cause: 'The certificate of the server has expired.',
    when: ({ facts }) =>
      certificateRule(
        facts,
        (one) => one.daysLeft < 0,
        95,
        ({ validTo, daysLeft }) => `valid until ${validTo}, ${-daysLeft} days ago`,
      ),
    separates: 'The clock of this machine: if it is right, the certificate is too old.',
    remedy: () => [
      'Check the date of this machine.',
      ASK_OPERATOR,
      'If you run the server: renew the certificate, and let the POP3 service read it again.',
    ],
  },
  {
    id: 'certificate-not-yet-valid',
    stage: 'tls',
    cause: 'The certificate is not valid yet: the clock of this machine or of the server is wrong.',
    when: ({ facts }) =>
      certificateRule(
        facts,
        (one) => one.daysOld < 0,
        94,
        ({ validFrom }) => `valid from ${validFrom}, and this machine has ${new Date().toUTCString()}`,
      ),
    separates: 'The clock of this machine.',
    remedy: () => ['Set the date of this machine.', ASK_OPERATOR],
  },
  {
    id: 'certificate-other-name',
    stage: 'tls',
    cause: 'The certificate is for another name than the host that the mail program asks for.',
    when: ({ facts }) =>
      certificateRule(
        facts,
        (one) => !one.matchesHost,
        90,
        ({ names, subject }) => `it is for ${names.length === 0 ? quoted(subject) : list(names.slice(0, 5))}`,
      ),
    separates: 'Whether one of those names leads to the same server: then it is the name to set.',
    remedy: ({ facts }) => {
      const [one] = unverified(facts).filter(({ certificate }) => !certificate.matchesHost);
      const names =
        one?.certificate.names.flatMap((name) => (/^DNS:[^*.]+\./.test(name) ? [name.slice(4)] : [])) ?? [];
      return [
        names.length > 0
          ? `Set the host in the mail program to ${names.slice(0, 3).join(' or ')}, if your provider names that.`
          : 'Set the host that your provider names.',
        'If you run the server: get a certificate with every name that it is reached by.',
      ];
    },
  },
  {
    id: 'tls-intercepted',
    stage: 'tls',
    cause: 'A virus scanner or firewall opens TLS on the way and shows a certificate of its own.',
    when: ({ facts }) => certificateRule(facts, intercepted, 93, issuedBy),
    separates: 'Try from another machine or network: there the certificate is the server’s own.',
    remedy: () => [
      'Switch off the scanning of TLS for mail in the virus scanner or firewall.',
      'Or trust its authority in the mail program, if you want it to read your mail.',
    ],
  },
  {
    id: 'certificate-self-signed',
    stage: 'tls',
    cause: 'The server shows a certificate that it signed itself, which nobody can check.',
    when: ({ facts }) =>
      certificateRule(
        facts,
        (one) => codes('DEPTH_ZERO_SELF_SIGNED_CERT')(one) || (one.selfSigned && one.daysLeft >= 0),
        88,
        ({ subject }) => `signed by itself, for ${quoted(subject)}`,
      ),
    separates: 'The fingerprint, which whoever runs the server can tell you.',
    remedy: () => [
      'If you run the server: get a certificate from an authority, such as Let’s Encrypt.',
      'Otherwise ask for its fingerprint before you let the mail program make an exception.',
    ],
  },
  {
    id: 'intermediate-missing',
    stage: 'tls',
    cause:
      'The server leaves out the intermediate certificate, so that programs which have not seen it elsewhere cannot check the chain.',
    when: ({ facts }) =>
      certificateRule(
        facts,
        (one) =>
          codes('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')(one) &&
          one.chain <= 1 &&
          !intercepted(one),
        86,
        issuedBy,
      ),
    separates:
      'A mail program or browser that has seen the intermediate certificate elsewhere connects; one that has not does not.',
    remedy: () => [
      'If you run the server: put the whole chain (fullchain.pem) where the certificate alone is set.',
      ASK_OPERATOR,
    ],
  },
  {
    id: 'unknown-authority',
    stage: 'tls',
    cause: 'The certificate is from an authority that this machine does not know.',
    when: ({ facts }) =>
      certificateRule(
        facts,
        (one) =>
          codes('SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT', 'CERT_UNTRUSTED')(one) ||
          (codes('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY')(one) &&
            !intercepted(one)),
        codesOnly(facts) ? 84 : 35,
        issuedBy,
      ),
    separates:
      'Whether another machine verifies it: then the list of authorities here is old. If none does, it is a private authority.',
    remedy: () => [
      'If the authority is that of your organisation: give its certificate with --ca FILE, and install it in the mail program.',
      'Otherwise do not log in: somebody in between could show such a certificate.',
    ],
  },
  {
    id: 'tls-too-old',
    stage: 'tls',
    cause: 'The server speaks only TLS 1.1 or older, which programs of today refuse.',
    when: ({ facts }) => {
      const old = facts.endpoints.find(({ tls }) => tls?.onlyOld === true);
      return old === undefined
        ? undefined
        : match(
            94,
            `${at(old)}: a handshake of today fails (${old.tls?.error ?? ''}), one with TLS 1.1 or older succeeds`,
          );
    },
    separates: 'The handshake with the old version, which was made.',
    remedy: () => [
      'If you run the server: update it, or allow TLS 1.2 and 1.3.',
      'Otherwise ask the provider for another host.',
    ],
  },
  {
    id: 'tls-handshake',
    stage: 'tls',
    cause:
      'The TLS handshake fails: server and program find no version or cipher in common, or the server’s TLS is set up wrong.',
    when: ({ facts }) => {
      const failed = facts.endpoints.find(
        ({ tls, mode }) =>
          mode === 'tls' && tls !== undefined && tls.handshake !== 'ok' && tls.onlyOld !== true,
      );
      if (failed === undefined) return undefined;
      // Who is shut out at the plain port too is shut out before TLS matters.
      const shut = facts.endpoints.some(({ host, speaks }) => host === failed.host && speaks === 'closed');
      return match(
        shut && failed.tls?.handshake === 'closed' ? 40 : 85,
        `${at(failed)}: ${failed.tls?.error ?? ''}`,
      );
    },
    separates:
      'The words of the alert: a missing certificate and a missing cipher are told apart by the server’s log.',
    remedy: () => [
      'If you run the server: look into its log; often its key or certificate cannot be read.',
      'Otherwise try port 110 with STARTTLS, and tell the provider.',
    ],
  },
  {
    id: 'stls-broken',
    stage: 'tls',
    cause: 'The server announces STLS, and TLS does not come about.',
    when: ({ facts }) => {
      const broken = pop3(facts).find(
        ({ stls, tls, mode }) =>
          mode === 'plain' &&
          (stls === 'closed' ||
            stls === 'refused' ||
            (stls === 'ok' && tls !== undefined && tls.handshake !== 'ok' && tls.onlyOld !== true)),
      );
      if (broken === undefined) return undefined;
      return match(
        broken.stls === 'refused' ? 70 : 84,
        `${at(broken)}: ${broken.tls?.error ?? broken.stlsReply ?? ''}`,
      );
    },
    separates: 'Whether TLS from the start works at port 995: then only STLS is broken.',
    remedy: ({ facts }) => [
      withTls(facts).some(({ mode }) => mode === 'tls')
        ? 'Set the mail program to port 995 with SSL/TLS, which works.'
        : 'Tell whoever runs the server: its key or certificate probably cannot be read.',
    ],
  },
  {
    id: 'no-tls',
    stage: 'tls',
    cause: 'The server offers no TLS at all: the password would go over the network in clear.',
    when: ({ facts }) => {
      const plain = pop3(facts);
      if (plain.length === 0 || withTls(facts).length > 0 || plain.some(({ stls }) => stls !== 'absent'))
        return undefined;
      const wanted = facts.input.tls === 'stls' || facts.input.tls === 'implicit';
      return match(
        wanted ? 85 : facts.loginEnd === 'not-in-clear' ? 70 : 30,
        `${list(plain.map(at))} announces no STLS, and no port speaks TLS`,
      );
    },
    separates: 'Another network: if TLS is there, something here takes it away.',
    remedy: () => [
      'If you run the server: switch TLS on.',
      'Otherwise take another provider, or use it only where nobody can listen (--tls none tries the login in clear).',
    ],
  },
  {
    id: 'sni-needed',
    stage: 'tls',
    cause:
      'Without a server name in the handshake (SNI) the server shows another certificate: older mail programs do not get in.',
    when: ({ facts }) => {
      const one = withTls(facts).find(
        ({ tls }) =>
          tls?.certificate?.verified === true && (tls.withoutSni === 'other' || tls.withoutSni === 'failed'),
      );
      return one === undefined
        ? undefined
        : match(
            one.tls?.withoutSni === 'failed' ? 25 : 15,
            `${at(one)}: without a server name ${one.tls?.withoutSni === 'failed' ? 'the handshake fails' : 'the certificate is another one'}`,
          );
    },
    separates: 'Whether the mail program complains of a certificate for another name.',
    remedy: () => [
      'Update the mail program.',
      'If you run the server: make the certificate of this host the default one.',
    ],
    kind: 'advice',
  },
];

/** Whether the chain is all that is wrong with the certificates. */
function codesOnly(facts: Facts): boolean {
  return unverified(facts).every(
    ({ certificate }) => certificate.chain > 1 || certificate.error === 'CERT_UNTRUSTED',
  );
}
