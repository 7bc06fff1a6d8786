import { decodeBase64 } from '../../pop3/base64.js';
import type { Behaviour } from '../behaviour.js';
import { err, type Session } from '../session.js';
import { inArea, wrapCommand } from './fault.js';

export const plainFaults = inArea('sasl', [
  {
    id: 'plain-acts-as-anybody',
    title: 'AUTH PLAIN lets every user act as every other',
    clause: '2595-6-PLAIN-3',
    apply(b) {
      b.sasl.mayActAs = () => true;
    },
  },
  {
    id: 'plain-short',
    title: 'A PLAIN message of more than 255 octets in all is refused for its length',
    clause: '2595-6-PLAIN-2',
    apply: (b) => limitPlain(b, (s) => err(s, 'response too long')),
  },
  {
    id: 'plain-long-closes',
    title: 'A PLAIN message of more than 255 octets in all closes the connection',
    clause: '2595-6-PLAIN-2',
    apply: (b) =>
      limitPlain(b, (s) => {
        b.hangUp(s);
        return false;
      }),
  },
]);

function limitPlain(b: Behaviour, tooLong: (s: Session) => boolean): void {
  wrapCommand(b, 'AUTH', (s, args, next) => {
    const positive = next(s, args);
    const respond = s.respond;
    if (respond === null) return positive;
    s.respond = (line) => {
      if ((decodeBase64(line)?.length ?? 0) <= 255) return respond(line);
      s.respond = null;
      return tooLong(s);
    };
    return positive;
  });
}
