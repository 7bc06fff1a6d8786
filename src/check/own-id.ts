import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';

const OWN_ID = /^Message-ID: <[^@>\r\n]+@(popspec)\./im;

/** A part of the Message-ID, made anew for each delivery: some mail systems drop what they have seen. Lengths stay. */
export function withOwnId(message: Buffer): Buffer {
  const id = OWN_ID.exec(message.toString('latin1', 0, 4096));
  if (id === null) return message;
  const own = Buffer.from(message);
  own.write(randomBytes(4).toString('hex').slice(1), id.index + id[0].length - 8, 'latin1');
  return own;
}
