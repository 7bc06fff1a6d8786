import { type Hostile, NOTHING, saying } from './hostile.js';

const UNASKED_MS = 100;

export const order: readonly Hostile[] = [
  {
    id: 'answers-first',
    title: 'Gives twenty answers behind the greeting, before anything was asked',
    manners: () => ({
      said: (piece, c) =>
        c.greeted ? piece : Buffer.concat([piece, Buffer.from('+OK 1 120\r\n'.repeat(20))]),
    }),
  },
  saying('answers-twice', 'Gives each answer twice', (piece, c) =>
    c.greeted ? Buffer.concat([piece, piece]) : piece,
  ),
  {
    id: 'answers-swapped',
    title: 'Gives the answers to two commands the other way round',
    manners() {
      let kept: Buffer = NOTHING;
      return {
        said(piece, c) {
          if (!c.greeted) return piece;
          const before = kept;
          kept = before.length === 0 ? piece : NOTHING;
          return before.length === 0 ? Buffer.from('+OK\r\n') : Buffer.concat([piece, before]);
        },
      };
    },
  },
  {
    id: 'answers-behind',
    title: 'Gives the answer to the command before, always one behind',
    manners() {
      let kept: Buffer = Buffer.from('+OK\r\n');
      return {
        said(piece, c) {
          if (!c.greeted) return piece;
          const before = kept;
          kept = Buffer.from(piece);
          return before;
        },
      };
    },
  },
  {
    id: 'answers-unasked',
    title: 'Says +OK ten times a second, asked or not',
    manners() {
      return {
        accepted(c) {
          const speak = (): void => {
            c.send('+OK 1 120\r\n');
            c.later(UNASKED_MS, speak);
          };
          c.later(UNASKED_MS, speak);
          c.converse();
        },
      };
    },
  },
  {
    id: 'echoes-commands',
    title: 'Sends each command line back in place of an answer',
    manners: () => ({
      heard(line, c) {
        c.send(line);
        return false;
      },
    }),
  },
  {
    id: 'agrees',
    title: 'Answers everything with +OK and two large numbers',
    manners: () => ({
      heard(_line, c) {
        c.send('+OK 2147483647 2147483647\r\n');
        return false;
      },
    }),
  },
  {
    id: 'agrees-with-content',
    title: 'Answers everything with +OK, two numbers and a multi-line reply',
    manners: () => ({
      heard(_line, c) {
        c.send('+OK 3 360\r\n1 120\r\n2 120\r\n3 120\r\n.\r\n');
        return false;
      },
    }),
  },
  {
    id: 'refuses',
    title: 'Answers everything with -ERR',
    manners: () => ({
      heard(_line, c) {
        c.send('-ERR no\r\n');
        return false;
      },
    }),
  },
  {
    id: 'continues',
    title: 'Answers everything with a continuation, as if a SASL exchange never ended',
    manners: () => ({
      heard(_line, c) {
        c.send('+ cj1hLHM9UVVKRCxpPTk5OTk5OTk5OQ==\r\n');
        return false;
      },
    }),
  },
  {
    id: 'another-protocol',
    title: 'Greets as POP3 and answers in HTTP',
    manners: () => ({
      heard(_line, c) {
        c.send('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n');
        return false;
      },
    }),
  },
];
