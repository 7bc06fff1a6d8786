import { setTimeout as sleep } from 'node:timers/promises';
import { accepting, answering, at, embedded, filtered, like, ONE_MESSAGE, scripted } from '../hosts.js';
import type { Situation } from './situation.js';

const HOST = 'pop.example.org';
const given = { about: HOST, user: 'user' } as const;

/** From a name to a greeting. */
export const REACH: readonly Situation[] = [
  {
    name: 'nobody listens',
    world: { zone: { [HOST]: { A: ['127.0.0.1'] } } },
    ask: given,
    first: 'refused',
    separates: /ss -ltn/,
  },
  {
    name: 'nobody listens, IMAP does',
    world: { hosts: { [HOST]: at(like('imap'), { 110: 143 }) } },
    ask: given,
    first: 'refused',
    advice: ['imap-better'],
  },
  {
    name: 'nothing comes back',
    world: { hosts: { [HOST]: filtered } },
    ask: { ...given, timeoutMs: 3000 },
    first: 'filtered',
    separates: /another network/,
  },
  {
    name: 'no network',
    world: { zone: { [HOST]: { A: ['127.255.255.255'] } } },
    ask: given,
    first: 'offline',
  },
  {
    name: 'the mail program is set to 110, only 995 is open',
    world: { hosts: { [HOST]: embedded({ ports: [995] }) } },
    ask: { ...given, port: 110, otherPort: 995 },
    first: 'plain-port-blocked',
  },
  {
    name: 'the mail program is set to 995, only 110 is open',
    world: { hosts: { [HOST]: embedded({ ports: [110] }) } },
    ask: { ...given, port: 995, otherPort: 110 },
    first: 'tls-port-blocked',
  },
  {
    name: 'one of two ports is enough',
    world: { hosts: { [HOST]: embedded({ ports: [995] }) } },
    ask: given,
    first: null,
  },
  {
    name: 'the connection is reset',
    world: { hosts: { [HOST]: accepting((socket) => void socket.resetAndDestroy()) } },
    ask: given,
    first: 'turned-away',
    separates: /another network/,
  },
  {
    name: 'the connection is closed before a greeting',
    world: { hosts: { [HOST]: accepting((socket) => void socket.end()) } },
    ask: given,
    first: 'too-many-connections',
    among: ['turned-away'],
    separates: /wait a minute/,
  },
  {
    name: 'the greeting is -ERR: too many connections',
    world: {
      hosts: { [HOST]: scripted({ greeting: ['-ERR Too many connections from your address\r\n', 'FIN'] }) },
    },
    ask: { ...given, port: 110 },
    first: 'too-many-connections',
  },
  {
    name: 'the greeting is -ERR: out of service',
    world: { hosts: { [HOST]: scripted({ greeting: ['-ERR Service down for maintenance\r\n', 'FIN'] }) } },
    ask: { ...given, port: 110 },
    first: 'out-of-service',
  },
  {
    name: 'accepted, and nothing is said',
    world: { hosts: { [HOST]: accepting(() => undefined, [110]) } },
    ask: { ...given, port: 110, timeoutMs: 2500 },
    first: 'no-greeting',
    separates: /--timeout/,
  },
  {
    name: 'a greeting after six seconds',
    world: {
      hosts: {
        [HOST]: accepting(
          (socket) => {
            void sleep(6000).then(() => socket.destroyed || socket.write('+OK at last\r\n'));
            socket.on('data', (line) => {
              if (/^QUIT/i.test(line.toString())) socket.end('+OK\r\n');
              else socket.write('-ERR no\r\n');
            });
          },
          [110],
        ),
      },
    },
    ask: { ...given, port: 110, timeoutMs: 15_000, user: null },
    first: 'slow-greeting',
  },
  {
    name: 'IPv6 in DNS and not at the server',
    world: { hosts: { [HOST]: embedded() }, zone: { [HOST]: { A: ['127.0.0.1'], AAAA: ['::1'] } } },
    ask: given,
    first: 'ipv6-broken',
  },
  // At 127.0.0.1 the same port may be that of another server of this test.
  {
    name: 'IPv4 in DNS and not at the server',
    world: {
      hosts: { [HOST]: embedded({ host: '::1' }) },
      zone: { [HOST]: { A: ['127.0.0.77'], AAAA: ['::1'] } },
    },
    ask: given,
    first: 'ipv4-broken',
  },
  {
    name: 'Courier counts connections: all of them are in use',
    world: { hosts: { [HOST]: embedded({ limits: { connectionsPerAddress: 0, excess: 'refused' } }) } },
    ask: { ...given, port: 110 },
    first: 'too-many-connections',
  },
  {
    name: 'a server with neither CAPA nor TLS, sound besides',
    world: {
      hosts: {
        [HOST]: answering({
          CAPA: '-ERR\r\n',
          ...ONE_MESSAGE,
        }),
      },
    },
    ask: { ...given, port: 110, tls: 'none' },
    first: 'no-tls',
  },
];
