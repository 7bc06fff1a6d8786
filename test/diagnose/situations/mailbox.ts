import { setTimeout as sleep } from 'node:timers/promises';
import { accepting, answering, embedded, like, MAIL, ONE_MESSAGE, USER } from '../hosts.js';
import type { Situation } from './situation.js';

const HOST = 'pop.example.org';
const given = { about: HOST, user: 'user' } as const;
const inClear = { ...given, port: 110, tls: 'none' } as const;
const with_ = (fault: string) => ({ hosts: { [HOST]: embedded({ faults: [fault] }) } });
const many = (count: number, daysOld = 400): Buffer[] =>
  Array.from({ length: count }, (_, n) =>
    Buffer.from(
      `Date: ${new Date(Date.now() - (daysOld - n * (daysOld / count)) * 86_400_000).toUTCString()}\r\nSubject: ${n}\r\n\r\n${n}\r\n`,
    ),
  );

/** Behind a login that works. */
export const MAILBOX: readonly Situation[] = [
  {
    name: 'a healthy mailbox, one message read',
    world: { hosts: { [HOST]: embedded() } },
    ask: { ...given, allowRetr: true },
    first: null,
  },
  {
    name: 'an empty mailbox',
    world: { hosts: { [HOST]: embedded({ users: [{ ...USER, messages: [] }] }) } },
    ask: given,
    first: 'empty',
    separates: /on the web/,
  },
  {
    name: 'Gmail shows the oldest 250',
    world: {
      hosts: {
        'pop.gmail.com': like('gmail', { users: [{ ...USER, name: 'user@gmail.com', messages: many(300) }] }),
      },
    },
    ask: { about: 'user@gmail.com' },
    first: 'window',
    separates: /on the web/,
  },
  {
    name: 'QQ shows the last 30 days',
    world: {
      hosts: {
        'pop.qq.com': embedded({ users: [{ ...USER, name: 'user@qq.com', messages: many(20, 29) }] }),
      },
    },
    ask: { about: 'user@qq.com' },
    first: 'recent-only',
  },
  {
    name: '163 has a quota',
    world: {
      hosts: {
        'pop.163.com': answering({ ...ONE_MESSAGE, RETR: '-ERR Download exceed. msg=10\r\n' }),
      },
    },
    ask: { ...inClear, about: 'pop.163.com', user: 'user@163.com', allowRetr: true },
    first: 'quota',
  },
  {
    name: 'STAT counts what LIST does not show',
    world: with_('list-omits-last'),
    ask: given,
    first: 'stat-list-differ',
  },
  {
    name: 'LIST counts store sizes',
    world: { hosts: { localhost: like('exchange') } },
    ask: { about: 'localhost', user: 'user', allowRetr: true, insecure: true },
    first: 'certificate-self-signed',
    among: ['sizes-wrong'],
  },
  {
    name: 'sizes are those of LF line ends',
    world: with_('list-size-lf'),
    ask: { ...given, allowRetr: true },
    first: 'sizes-wrong',
  },
  {
    name: 'every size is a multiple of 1024',
    world: {
      hosts: {
        [HOST]: embedded({
          users: [{ ...USER, messages: many(8) }],
          faults: ['list-size-rounded', 'stat-size-lf'],
        }),
      },
    },
    ask: given,
    first: 'sizes-wrong',
    among: ['stat-list-differ'],
  },
  {
    name: 'UIDL is refused',
    world: { hosts: { [HOST]: embedded({ minimal: true }) } },
    ask: inClear,
    first: 'uidl-missing',
  },
  { name: 'UIDL is empty', world: with_('uidl-empty'), ask: given, first: 'uidl-missing' },
  { name: 'UIDL leaves a message out', world: with_('uidl-omits-last'), ask: given, first: 'uidl-missing' },
  { name: 'one unique-id for all', world: with_('uidl-duplicate'), ask: given, first: 'uidl-duplicate' },
  { name: 'unique-ids of 71 characters', world: with_('uidl-long'), ask: given, first: 'uidl-unfit' },
  { name: 'unique-ids beyond ASCII', world: with_('uidl-eight-bit'), ask: given, first: 'uidl-unfit' },
  {
    name: 'TOP is announced and refused',
    world: {
      hosts: {
        [HOST]: answering({
          ...ONE_MESSAGE,
          TOP: '-ERR not implemented\r\n',
        }),
      },
    },
    ask: inClear,
    first: 'top-missing',
  },
  { name: 'TOP sends the whole message', world: with_('top-zero-whole'), ask: given, first: 'top-too-much' },
  {
    name: 'a listed message cannot be fetched',
    world: {
      hosts: {
        [HOST]: answering({
          ...ONE_MESSAGE,
          RETR: "-ERR Can't get the letter, try again later\r\n",
        }),
      },
    },
    ask: { ...inClear, allowRetr: true },
    first: 'message-unreadable',
    separates: /on the web/,
  },
  {
    name: 'RETR breaks off',
    world: with_('retr-breaks-off'),
    ask: { ...given, allowRetr: true },
    first: 'session-breaks',
  },
  {
    name: 'RETR says nothing more',
    world: with_('retr-nothing'),
    ask: { ...given, allowRetr: true, timeoutMs: 4000 },
    first: 'session-breaks',
    separates: /another network/,
  },
  {
    name: 'GreenMail cuts a message at a line that is a dot',
    world: {
      hosts: {
        [HOST]: like('greenmail', {
          users: [{ ...USER, messages: [Buffer.from('Subject: x\r\n\r\nbefore\r\n.\r\nbehind\r\n')] }],
        }),
      },
    },
    ask: { ...given, allowRetr: true },
    first: 'message-unstuffed',
    among: ['sizes-wrong'],
    separates: /single dot/,
  },
  {
    name: 'Mailpit, whose LIST is unreadable',
    world: { hosts: { [HOST]: like('mailpit') } },
    ask: inClear,
    first: 'session-breaks',
  },
  {
    name: 'STAT takes nine seconds',
    world: {
      hosts: {
        [HOST]: accepting(
          (socket) => {
            socket.write('+OK ready\r\n');
            socket.on('data', (data) => {
              const line = data.toString().trim().toUpperCase();
              const empty = line === 'LIST' || line === 'UIDL';
              if (line === 'QUIT') socket.end('+OK\r\n');
              else if (line === 'STAT')
                void sleep(9000).then(() => socket.destroyed || socket.write('+OK 0 0\r\n'));
              else if (line === 'CAPA' || line === 'STLS') socket.write('-ERR\r\n');
              else socket.write(empty ? '+OK\r\n.\r\n' : '+OK\r\n');
            });
          },
          [110],
        ),
      },
    },
    ask: { ...inClear, timeoutMs: 20_000 },
    first: 'mailbox-slow',
    among: ['empty'],
  },
  {
    name: 'the server removes what was fetched: told, and not tried',
    world: { hosts: { [HOST]: embedded({ limits: { expire: 0 }, users: [{ ...USER, messages: MAIL }] }) } },
    ask: given,
    first: null,
    advice: ['fetched-goes'],
  },
];
