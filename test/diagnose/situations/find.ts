import { at, embedded, like } from '../hosts.js';
import { autoconfigFor } from '../world.js';
import { ME, right, type Situation } from './situation.js';

const MX = { MX: ['10 mx.example.org'] };
const AUTOCONFIG = 'https://autoconfig.example.org/mail/config-v1.1.xml';
const WELL_KNOWN = 'https://example.org/.well-known/autoconfig/mail/config-v1.1.xml';

/** From an address, a host or the name of a provider to a server. */
export const FIND: readonly Situation[] = [
  {
    name: 'a usual name, nothing wrong',
    world: { hosts: { 'pop.example.org': embedded() }, zone: { 'example.org': MX } },
    ask: right,
    first: null,
  },
  {
    name: 'the third usual name',
    world: { hosts: { 'mail.example.org': embedded() }, zone: { 'example.org': MX } },
    ask: right,
    first: null,
  },
  {
    name: 'SRV names host and port',
    world: {
      hosts: { 'box.example.org': at(embedded(), { 995: 1995 }) },
      zone: { 'example.org': MX, '_pop3s._tcp.example.org': { SRV: ['0 1 1995 box.example.org'] } },
    },
    ask: right,
    first: null,
  },
  {
    name: 'autoconfig of the domain',
    world: {
      hosts: { 'box.example.org': embedded() },
      zone: { 'example.org': MX },
      autoconfig: { [AUTOCONFIG]: autoconfigFor('box.example.org', 995, 'SSL') },
    },
    ask: right,
    first: null,
  },
  {
    name: 'autoconfig below .well-known, STARTTLS, the name before the @',
    world: {
      hosts: {
        'box.example.org': embedded({ users: [{ name: 'user', password: 'right-password' }], ports: [110] }),
      },
      zone: { 'example.org': MX },
      autoconfig: { [WELL_KNOWN]: autoconfigFor('box.example.org', 110, 'STARTTLS', '%EMAILLOCALPART%') },
    },
    ask: right,
    first: 'empty',
  },
  {
    name: 'autoconfig of whom the MX belongs to, another domain, with leave',
    world: {
      hosts: { 'pop.example.net': embedded() },
      zone: { 'example.org': { MX: ['10 mx1.example.net'] } },
      autoconfig: {
        'https://autoconfig.example.net/mail/config-v1.1.xml': autoconfigFor('pop.example.net', 995, 'SSL'),
      },
    },
    ask: { ...right, follow: true },
    first: null,
  },
  {
    name: 'autoconfig of whom the MX belongs to, another domain, without leave',
    world: {
      hosts: { 'pop.example.net': embedded() },
      zone: { 'example.org': { MX: ['10 mx1.example.net'] } },
      autoconfig: {
        'https://autoconfig.example.net/mail/config-v1.1.xml': autoconfigFor('pop.example.net', 995, 'SSL'),
      },
    },
    ask: right,
    first: 'server-elsewhere',
    separates: /own page/,
  },
  {
    name: 'an autoconfig document that is no XML is passed over',
    world: {
      hosts: { 'pop.example.org': embedded() },
      zone: { 'example.org': MX },
      autoconfig: { [AUTOCONFIG]: '<html><body>Welcome' },
    },
    ask: right,
    first: null,
  },
  {
    name: 'the domain does not exist',
    world: {},
    ask: { about: 'user@example.org' },
    first: 'domain-unknown',
    separates: /another name service/,
  },
  {
    name: 'a slip of the hand in the domain',
    world: {},
    ask: { about: 'user@gmial.com' },
    first: 'domain-typo',
    among: ['domain-unknown'],
    separates: /other spelling/,
  },
  {
    name: 'a slip of the hand, and the domain exists',
    world: { zone: { 'hotmial.com': { MX: ['10 mx.hotmial.com'] } } },
    ask: { about: 'user@hotmial.com' },
    first: 'no-server-found',
    among: ['domain-typo'],
  },
  {
    name: 'the host does not exist',
    world: {},
    ask: { about: 'pop.example.org' },
    first: 'host-unknown',
  },
  {
    name: 'the host has no address',
    world: { zone: { 'pop.example.org': { MX: ['10 mx.example.org'] } } },
    ask: { about: 'pop.example.org' },
    first: 'host-without-address',
  },
  {
    name: 'SRV names a host that does not exist',
    world: { zone: { 'example.org': MX, '_pop3s._tcp.example.org': { SRV: ['0 1 995 gone.example.org'] } } },
    ask: right,
    first: 'host-unknown',
  },
  {
    name: 'the name service fails',
    world: { zone: { '*': 'SERVFAIL' } },
    ask: right,
    first: 'name-service',
    separates: /web page/,
  },
  {
    name: 'the name service refuses',
    world: { zone: { '*': 'REFUSED' } },
    ask: { about: 'pop.example.org' },
    first: 'name-service',
  },
  {
    name: 'the name service is silent',
    world: { zone: { '*': 'silent' } },
    ask: { about: 'pop.example.org', timeoutMs: 2500 },
    first: 'name-service',
  },
  {
    name: 'the domain takes no mail',
    world: { zone: { 'example.org': { MX: ['0 .'] } } },
    ask: right,
    first: 'no-mail-domain',
  },
  {
    name: 'SRV says that there is no POP3, IMAP answers',
    world: {
      hosts: { 'mail.example.org': at(like('imap'), { 110: 143, 995: 993 }) },
      zone: {
        'example.org': MX,
        '_pop3._tcp.example.org': { SRV: ['0 0 0 .'] },
        '_pop3s._tcp.example.org': { SRV: ['0 0 0 .'] },
      },
    },
    ask: right,
    first: 'pop-not-offered',
  },
  {
    name: 'iCloud has no POP3',
    world: { zone: { 'icloud.com': { MX: ['10 mx01.mail.icloud.com'] } } },
    ask: { about: 'user@icloud.com' },
    first: 'provider-without-pop',
    advice: ['imap-better'],
  },
  {
    name: 'a domain whose mail iCloud takes',
    world: { zone: { 'example.org': { MX: ['10 mx02.mail.icloud.com'] } } },
    ask: right,
    first: 'provider-without-pop',
  },
  {
    name: 'Proton needs its bridge',
    world: { zone: { 'proton.me': { MX: ['10 mail.protonmail.ch'] } } },
    ask: { about: 'user@proton.me' },
    first: 'provider-needs-bridge',
  },
  {
    name: 'nobody names a server',
    world: { zone: { 'example.org': MX } },
    ask: right,
    first: 'no-server-found',
    separates: /administrator/,
  },
  {
    name: 'SRV leads to another domain',
    world: {
      hosts: { 'pop.example.net': embedded() },
      zone: { 'example.org': MX, '_pop3s._tcp.example.org': { SRV: ['0 1 995 pop.example.net'] } },
    },
    ask: right,
    first: 'server-elsewhere',
  },
  {
    name: 'a host name of Hotmail that is given up',
    world: { zone: { 'pop3.live.com': { A: ['127.0.0.1'] } } },
    ask: { about: 'pop3.live.com', user: 'user@outlook.com' },
    first: 'old-host',
    among: ['refused'],
    separates: /host of today/,
  },
  {
    name: 'a provider by its name',
    world: { hosts: { 'pop.gmail.com': like('gmail') } },
    ask: { provider: 'gmail', user: 'user@gmail.com' },
    first: null,
    advice: ['imap-better', 'hidden-after-retr', 'poll-limit', 'fetched-goes'],
  },
  {
    name: 'Exchange by its name alone, which is at many hosts',
    world: {},
    ask: { provider: 'exchange', user: 'user@example.org' },
    first: 'host-not-given',
  },
  {
    name: 'nobody is named, everything before the login is sound',
    world: { hosts: { 'pop.example.org': embedded() } },
    ask: { about: 'pop.example.org', user: null, password: null },
    first: null,
  },
  {
    name: 'an address without a password',
    world: { hosts: { 'pop.example.org': embedded() }, zone: { 'example.org': MX } },
    ask: { about: ME, password: null },
    first: null,
  },
];
