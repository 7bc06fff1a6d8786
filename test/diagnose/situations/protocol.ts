import { accepting, answering, at, embedded, like, scripted } from '../hosts.js';
import type { Situation } from './situation.js';

const HOST = 'pop.example.org';
const given = { about: HOST, user: 'user' } as const;

/** What speaks at the port. */
export const PROTOCOL: readonly Situation[] = [
  {
    name: 'IMAP at the port that was given',
    world: { hosts: { [HOST]: at(like('imap'), { 110: 143 }) } },
    ask: { ...given, port: 143 },
    first: 'imap-there',
  },
  {
    name: 'IMAP with TLS at 993',
    world: { hosts: { [HOST]: at(like('imap'), { 995: 993 }) } },
    ask: { ...given, port: 993 },
    first: 'imap-there',
  },
  {
    name: 'SMTP at 110',
    world: { hosts: { [HOST]: like('smtp') } },
    ask: { ...given, port: 110 },
    first: 'smtp-there',
  },
  {
    name: 'SMTP with TLS at 465',
    world: { hosts: { [HOST]: at(like('smtp'), { 995: 465 }) } },
    ask: { ...given, port: 465 },
    first: 'smtp-there',
  },
  {
    name: 'a web server at 8080',
    world: { hosts: { [HOST]: at(like('http'), { 110: 8080 }) } },
    ask: { ...given, port: 8080, timeoutMs: 4000 },
    first: 'http-there',
  },
  {
    name: 'SSH',
    world: { hosts: { [HOST]: scripted({ greeting: 'SSH-2.0-OpenSSH_9.2\r\n' }) } },
    ask: { ...given, port: 110 },
    first: 'other-protocol',
  },
  {
    name: 'something unheard of',
    world: { hosts: { [HOST]: scripted({ greeting: 'HELLO WORLD\r\n' }) } },
    ask: { ...given, port: 110 },
    first: 'other-protocol',
  },
  {
    name: 'a captive portal answers at both ports',
    world: { hosts: { [HOST]: like('captive-portal') } },
    ask: { ...given, timeoutMs: 4000 },
    first: 'captive-portal',
    separates: /browser/,
  },
  {
    name: 'every name leads to the captive portal',
    world: {
      hosts: { 'pop.gmail.com': like('captive-portal') },
      zone: { '*': { A: ['127.0.0.1'] } },
    },
    ask: { about: 'user@gmail.com', timeoutMs: 4000 },
    first: 'captive-portal',
  },
  {
    name: 'TLS at the port that is set to STARTTLS',
    world: { hosts: { [HOST]: at(embedded(), { 995: 110 }) } },
    ask: { ...given, port: 110, tls: 'stls', timeoutMs: 4000 },
    first: 'tls-on-plain-port',
  },
  {
    name: 'clear text at the port that is set to TLS',
    world: { hosts: { [HOST]: at(embedded(), { 110: 995 }) } },
    ask: { ...given, port: 995, tls: 'implicit' },
    first: 'clear-on-tls-port',
  },
  {
    name: 'a firewall writes over STLS',
    world: { hosts: { [HOST]: like('tls-stripping-firewall') } },
    ask: { ...given, port: 110, tls: 'stls' },
    first: 'stls-stripped',
    separates: /995/,
  },
  {
    name: 'a firewall leaves STLS out, autoconfig has it',
    world: {
      hosts: { [HOST]: embedded({ limits: { noStls: true }, ports: [110] }) },
      zone: { 'example.org': { MX: ['10 mx.example.org'] } },
      autoconfig: {
        'https://autoconfig.example.org/mail/config-v1.1.xml': `<clientConfig version="1.1"><emailProvider id="example.org">
<incomingServer type="pop3"><hostname>${HOST}</hostname><port>110</port><socketType>STARTTLS</socketType>
<username>%EMAILADDRESS%</username></incomingServer></emailProvider></clientConfig>`,
      },
    },
    ask: { about: 'user@example.org' },
    first: 'stls-stripped',
    among: ['no-tls'],
  },
  {
    name: 'a firewall leaves STLS out, the server refuses passwords without TLS',
    world: {
      hosts: {
        [HOST]: answering({
          CAPA: '+OK\r\nTOP\r\nUIDL\r\nSASL\r\n.\r\n',
          USER: '-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.\r\n',
        }),
      },
    },
    ask: { ...given, port: 110, tls: 'none' },
    first: 'tls-required',
    among: ['stls-stripped'],
  },
  {
    name: 'replies are put behind STLS',
    world: {
      hosts: {
        [HOST]: scripted({
          answer: (line) =>
            /^CAPA/i.test(line)
              ? '+OK\r\nSTLS\r\nUSER\r\n.\r\n'
              : /^STLS/i.test(line)
                ? '+OK begin\r\n+OK injected\r\n'
                : '-ERR\r\n',
        }),
      },
    },
    ask: { ...given, port: 110 },
    first: 'clear-behind-stls',
  },
  {
    name: 'a virus scanner stands in, by its banner',
    world: {
      hosts: {
        [HOST]: scripted({
          greeting: ['-ERR AVG POP3 Proxy Server: Cannot connect to the mail server!\r\n', 'FIN'],
        }),
      },
    },
    ask: { ...given, port: 110 },
    first: 'antivirus-proxy',
  },
  {
    name: 'octets without a line',
    world: { hosts: { [HOST]: accepting((socket) => void socket.write(Buffer.alloc(600, 0x41)), [110]) } },
    ask: { ...given, port: 110, timeoutMs: 4000 },
    first: 'other-protocol',
  },
];
