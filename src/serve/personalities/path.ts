import type { Behaviour } from '../behaviour.js';
import { changeCapabilities } from '../faults/fault.js';
import { err } from '../session.js';
import { LOGIN_REFUSED, type Personality, RARE } from './personality.js';

/** As long as a server looks for the name of a client that has none. */
const LOOKED_UP_MS = 5500;
const REPLY_MS = 300;

function dropStls(b: Behaviour): void {
  const stls = b.commands.get('STLS');
  if (stls !== undefined) stls.run = (s) => err(s, 'unknown command');
}

/** What stands between a client and a sound server. */
export const pathPersonalities: readonly Personality[] = [
  {
    id: 'slow-isp',
    title: 'A provider that takes its time with every answer',
    speaks: 'POP3',
    firstCause: 'slow-greeting',
    limits: { replyDelayMs: REPLY_MS },
    quirks: [
      {
        text: 'The greeting comes after more than five seconds, since the name of the client is looked up; answers take 0.3 s, or what --reply-delay says',
        source: 'https://www.fetchmail.info/fetchmail-FAQ.html#R4',
      },
      {
        text: 'It has neither TLS nor response codes',
        source: 'https://www.fetchmail.info/fetchmail-FAQ.html#D2',
      },
    ],
    only: 'plain',
    face: {
      greeting: 'mail.example.net POP3 server ready',
      lacks: ['APOP', 'AUTH', 'STLS', ...RARE],
      words: { [LOGIN_REFUSED]: 'Authentication failed.' },
      capabilities: () => ['TOP', 'USER', 'UIDL'],
    },
    apply(b) {
      const { greet } = b;
      b.greet = (s) => s.port.later(LOOKED_UP_MS, () => greet(s));
    },
  },
  {
    id: 'tls-stripping-firewall',
    title:
      'A firewall that masks greeting and STLS of the server behind it, and lets nothing through to the TLS port',
    speaks: 'POP3',
    only: 'plain',
    firstCause: 'stls-stripped',
    quirks: [
      {
        text: 'STLS is overwritten in CAPA and refused when it is said all the same; other characters of the greeting become asterisks',
        source:
          'https://www.cisco.com/c/en/us/support/docs/security/email-security-appliance/118550-qa-esa-00.html',
      },
      {
        text: 'A client that is content with that sends its password in clear',
        source: 'https://nostarttls.secvuln.info/',
      },
    ],
    face: { greeting: '*'.repeat(40), lacks: ['APOP', ...RARE], sasl: ['PLAIN'] },
    apply(b) {
      dropStls(b);
      changeCapabilities(b, (list) => list.map((line) => (line === 'STLS' ? 'XXXX' : line)));
    },
  },
  {
    id: 'antivirus',
    title: 'An antivirus program that reads along, with a certificate of its own',
    speaks: 'POP3',
    firstCause: 'tls-intercepted',
    quirks: [
      {
        text: 'The certificate is issued by the program on this machine and not by an authority',
        source: 'https://github.com/jstedfast/MailKit/issues/912',
      },
      {
        text: 'It answers in place of the server, without STLS',
        source:
          'https://docs.sophos.com/nsg/sophos-utm/utm/9.720/help/en-us/Content/utm/utmAdminGuide/EmailProtPOP3.htm',
      },
    ],
    face: {
      greeting: 'AVG POP3 Proxy Server ready',
      lacks: ['APOP', 'AUTH', 'STLS', ...RARE],
      words: { 'send PASS': 'Password required' },
      capabilities: () => ['TOP', 'USER', 'UIDL'],
    },
    apply(b) {
      b.tls.certificate = 'intercepted';
    },
  },
  {
    id: 'antivirus-cut-off',
    title: 'An antivirus program that accepts every connection and does not reach the server',
    speaks: 'POP3',
    firstCause: 'antivirus-proxy',
    quirks: [
      {
        text: 'It is the program that greets, with -ERR, and closes',
        source: 'https://support.mozilla.org/kb/antivirus-software-and-thunderbird',
      },
    ],
    apply(b) {
      b.greet = (s) => {
        s.port.write('-ERR AVG POP3 Proxy Server: Cannot connect to the mail server!\r\n');
        b.hangUp(s);
      };
    },
  },
];
