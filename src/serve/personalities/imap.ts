import type { Session } from '../session.js';
import type { Personality } from './personality.js';

/** After so many lines that are no commands the connection is closed. */
const BAD_LINES_MAX = 3;

function capability(s: Session): string {
  return `CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+${s.secure ? '' : ' STARTTLS'} AUTH=PLAIN`;
}

/** What is no tag is answered without one (RFC 9051 §2.2.1). */
const TAG = /^[A-Za-z0-9.:_-]+$/;

const bad = new WeakMap<Session, number>();

/** One command of IMAP4rev1, as far as a client gets that took the port for one of POP3 or looks what it is. */
function answer(s: Session, line: string): boolean {
  const [tag = '', command = '', name = '', password = ''] = line.split(' ');
  const say = (...lines: string[]): true => {
    for (const text of lines) s.port.write(`${text}\r\n`);
    return true;
  };
  switch (command.toUpperCase()) {
    case 'CAPABILITY':
      return say(
        `* ${capability(s)}`,
        `${tag} OK Pre-login capabilities listed, post-login capabilities have more.`,
      );
    case 'NOOP':
      return say(`${tag} OK NOOP completed.`);
    case 'LOGOUT':
      say('* BYE Logging out', `${tag} OK Logout completed.`);
      s.behaviour.hangUp(s);
      return true;
    case 'STARTTLS':
      if (s.secure) return say(`${tag} BAD TLS is already active.`);
      say(`${tag} OK Begin TLS negotiation now.`);
      s.port.startTls();
      return true;
    case 'LOGIN': {
      const user = s.behaviour.findUser(s, unquoted(name));
      const right = user !== undefined && s.behaviour.passwordMatches(user, unquoted(password));
      return say(right ? `${tag} OK Logged in` : `${tag} NO [AUTHENTICATIONFAILED] Authentication failed.`);
    }
  }
  const count = (bad.get(s) ?? 0) + 1;
  bad.set(s, count);
  if (count >= BAD_LINES_MAX) {
    say('* BYE Too many invalid IMAP commands.');
    s.behaviour.hangUp(s);
    return false;
  }
  say(`${TAG.test(tag) ? tag : '*'} BAD Error in IMAP command received by server.`);
  return false;
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

export const imapPersonality: Personality = {
  id: 'imap',
  title: 'An IMAP server on the port of POP3, as when the wrong port is set',
  speaks: 'IMAP',
  firstCause: 'imap-there',
  quirks: [
    {
      text: 'It greets with "* OK" and calls the commands of POP3 bad; after three it closes',
      source: 'https://www.rfc-editor.org/rfc/rfc9051#section-7.1',
    },
  ],
  apply(b) {
    b.greet = (s) => s.port.write(`* OK [${capability(s)}] Dovecot ready.\r\n`);
    b.statusLine = (positive, text) => `* ${positive ? 'OK' : 'BAD'} ${text}\r\n`;
    b.takeLine = answer;
  },
};
