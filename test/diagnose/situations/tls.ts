import { answering, embedded, needsServerName, scripted } from '../hosts.js';
import type { Situation } from './situation.js';

const HOST = 'pop.example.org';
const given = { about: HOST, user: 'user' } as const;

/** TLS and certificates. */
export const TLS: readonly Situation[] = [
  {
    name: 'expired',
    world: { hosts: { [HOST]: embedded({ certificate: 'expired' }) } },
    ask: given,
    first: 'certificate-expired',
    separates: /clock/,
  },
  {
    name: 'not valid yet',
    world: { hosts: { [HOST]: embedded({ certificate: 'not-yet-valid' }) } },
    ask: given,
    first: 'certificate-not-yet-valid',
  },
  {
    name: 'for another name',
    world: { hosts: { [HOST]: embedded({ certificate: 'other-name' }) } },
    ask: given,
    first: 'certificate-other-name',
  },
  {
    name: 'for another name, seen by STLS alone',
    world: { hosts: { [HOST]: embedded({ certificate: 'other-name', ports: [110] }) } },
    ask: { ...given, port: 110, tls: 'stls' },
    first: 'certificate-other-name',
  },
  {
    name: 'self-signed',
    world: { hosts: { localhost: embedded({ certificate: 'its-own' }) } },
    ask: { ...given, about: 'localhost' },
    first: 'certificate-self-signed',
  },
  {
    name: 'self-signed, and put up with',
    world: { hosts: { localhost: embedded({ certificate: 'its-own' }) } },
    ask: { ...given, about: 'localhost', insecure: true },
    first: 'certificate-self-signed',
  },
  {
    name: 'the intermediate is missing',
    world: { hosts: { [HOST]: embedded({ certificate: 'no-intermediate' }) } },
    ask: given,
    first: 'intermediate-missing',
    among: ['unknown-authority'],
    separates: /seen the intermediate/,
  },
  {
    name: 'an authority that nobody knows',
    world: { hosts: { [HOST]: embedded({ certificate: 'unknown-authority' }) } },
    ask: given,
    first: 'unknown-authority',
    separates: /another machine/,
  },
  {
    name: 'a virus scanner opens TLS',
    world: {
      hosts: { localhost: embedded({ personality: 'antivirus', certificate: 'its-own', ports: [995] }) },
    },
    ask: { ...given, about: 'localhost', port: 995 },
    first: 'tls-intercepted',
  },
  {
    name: 'it expires in some days',
    world: { hosts: { [HOST]: embedded({ certificate: 'expires-soon' }) } },
    ask: given,
    first: null,
    advice: ['certificate-expires-soon'],
  },
  {
    name: 'nothing newer than TLS 1.1',
    world: { hosts: { [HOST]: embedded({ faults: ['tls-old-only'], ports: [995] }) } },
    ask: { ...given, port: 995 },
    first: 'tls-too-old',
  },
  {
    name: 'TLS 1.0 besides',
    world: { hosts: { [HOST]: embedded({ faults: ['tls-1-0-accepted'] }) } },
    ask: given,
    first: null,
    advice: ['old-tls-taken'],
  },
  {
    name: 'every handshake at 995 is refused',
    world: { hosts: { [HOST]: embedded({ faults: ['tls-port-refuses'], ports: [995] }) } },
    ask: { ...given, port: 995, timeoutMs: 3000 },
    first: 'tls-handshake',
  },
  {
    name: 'STLS is announced and refused',
    world: { hosts: { [HOST]: embedded({ faults: ['stls-refused'], ports: [110] }) } },
    ask: { ...given, port: 110, tls: 'stls' },
    first: 'stls-broken',
    separates: /995/,
  },
  {
    name: 'STLS is announced and ends the connection',
    world: {
      hosts: { [HOST]: answering({ CAPA: '+OK\r\nSTLS\r\nUSER\r\n.\r\n', STLS: 'FIN' }) },
    },
    ask: { ...given, port: 110, tls: 'stls' },
    first: 'stls-broken',
  },
  {
    name: 'no TLS anywhere',
    world: { hosts: { [HOST]: embedded({ limits: { noStls: true }, ports: [110] }) } },
    ask: { ...given, port: 995, otherPort: 110, tls: 'implicit' },
    first: 'tls-port-blocked',
    among: ['no-tls'],
  },
  {
    name: 'no TLS, and STARTTLS is set',
    world: {
      hosts: {
        [HOST]: scripted({
          answer: (line) =>
            /^CAPA/i.test(line)
              ? '-ERR\r\n'
              : /^QUIT/i.test(line)
                ? ['+OK\r\n', 'FIN']
                : '-ERR unknown command\r\n',
        }),
      },
    },
    ask: { ...given, port: 110, tls: 'stls', password: null },
    first: 'no-tls',
    among: ['stls-stripped'],
    separates: /Another network/,
  },
  {
    name: 'the right certificate only for whom names the host',
    world: { hosts: { [HOST]: needsServerName } },
    ask: { ...given, user: null },
    first: null,
    advice: ['sni-needed'],
  },
  {
    name: 'a handshake with a server name is refused',
    world: { hosts: { [HOST]: embedded({ faults: ['sni-refused'], certificate: 'none' }) } },
    ask: { ...given, timeoutMs: 3000 },
    first: 'tls-handshake',
  },
];
