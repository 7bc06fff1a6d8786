import type { Session } from '../session.js';
import type { Personality } from './personality.js';

const HOST = 'mx.example.org';

/** One command of SMTP, as far as a client gets that took the port for one of POP3 or looks what it is. */
function answer(s: Session, line: string): boolean {
  const say = (...lines: string[]): true => {
    for (const text of lines) s.port.write(`${text}\r\n`);
    return true;
  };
  const end = (text: string): true => {
    say(text);
    s.behaviour.hangUp(s);
    return true;
  };
  const verb = line.split(' ')[0]?.toUpperCase() ?? '';
  switch (verb) {
    case 'EHLO':
      return say(
        `250-${HOST}`,
        '250-PIPELINING',
        '250-SIZE 52428800',
        ...(s.secure ? [] : ['250-STARTTLS']),
        '250-ENHANCEDSTATUSCODES',
        '250 8BITMIME',
      );
    case 'HELO':
      return say(`250 ${HOST}`);
    case 'NOOP':
    case 'RSET':
      return say('250 2.0.0 Ok');
    case 'QUIT':
      return end('221 2.0.0 Bye');
    case 'STARTTLS':
      if (s.secure) break;
      say('220 2.0.0 Ready to start TLS');
      s.port.startTls();
      return true;
    case 'GET':
    case 'POST':
    case 'CONNECT':
      return end('221 2.7.0 Error: I can break rules, too. Goodbye.');
    case 'MAIL':
    case 'RCPT':
    case 'DATA':
      say('503 5.5.1 Error: send HELO/EHLO first');
      return false;
  }
  say('502 5.5.2 Error: command not recognized');
  return false;
}

export const smtpPersonality: Personality = {
  id: 'smtp',
  title: 'An SMTP server on the port of POP3, as when host or port of the way out is set',
  speaks: 'SMTP',
  firstCause: 'smtp-there',
  quirks: [
    {
      text: 'It greets with 220 and does not know the commands of POP3; NOOP and QUIT it does',
      source: 'https://www.rfc-editor.org/rfc/rfc5321#section-4.2',
    },
  ],
  apply(b) {
    b.greet = (s) => s.port.write(`220 ${HOST} ESMTP Postfix\r\n`);
    b.statusLine = (positive, text) => `${positive ? '250 2.0.0' : '500 5.5.2'} ${text}\r\n`;
    b.takeLine = answer;
  },
};
