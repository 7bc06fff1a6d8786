import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { makeCertificate, makeDirectory } from '../servers/scratch.js';
import { CLIENT_NAMES, type ClientName, type ClientTarget, clientAvailable, FETCH } from './clients.js';

const USER = { name: 'reader', password: 'open sesame' };

/** Each is a way in which a byte gets lost; no line is longer than poplib takes. */
const MAIL: Readonly<Record<string, string>> = {
  'leading dots': 'Subject: dots\r\n\r\n.\r\n..\r\n...\r\n.end\r\n.\r\n',
  'first line begins with a dot': '.first: x\r\nSubject: dot\r\n\r\nx\r\n',
  'body begins with a dot': 'Subject: dot\r\n\r\n.first\r\nsecond\r\n',
  'empty body': 'Subject: empty\r\n\r\n',
  'header only': 'Subject: no empty line\r\n',
  '8-bit': 'Subject: 8-bit\r\n\r\n\xfc\x80\xff\xe4 \r\n',
  NUL: 'Subject: nul\r\n\r\na\0b\r\n',
  'long line': `Subject: long\r\n\r\n${'x'.repeat(2_000)}\r\ny\r\n`,
  'line of dots': `Subject: dots\r\n\r\n${'.'.repeat(1_500)}\r\n`,
  'no final line end': 'Subject: unfinished\r\n\r\nlast line',
  'empty lines at the end': 'Subject: trailing\r\n\r\nx\r\n\r\n\r\n\r\n',
  'From lines': 'Subject: mbox\r\n\r\nFrom me\r\n>From you\r\n',
  'looks like an answer': 'Subject: answers\r\n\r\n+OK\r\n-ERR no\r\n',
  large: `Subject: large\r\n\r\n${'0123456789abcdef'.repeat(4)}\r\n.\r\n`.repeat(3_000),
};

/** What a client stores of a message: the wire form (RFC 1939 §3 ends every line) with its own changes. */
function storedBy(client: ClientName, message: string): string {
  const wire = message.endsWith('\r\n') ? message : `${message}\r\n`;
  const lines = wire.replaceAll('\r\n', '\n');
  switch (client) {
    case 'curl':
    case 'poplib':
      return wire;
    case 'mpop':
      return lines;
    case 'fetchmail':
      return lines.includes('\n\n') ? lines : `${lines}\n`;
  }
}

describe.each(CLIENT_NAMES)('%s', (client) => {
  const available = clientAvailable(client);
  let server: RunningServer;
  let target: ClientTarget;

  beforeAll(async () => {
    const messages = Object.values(MAIL).map((message) => Buffer.from(message, 'latin1'));
    server = await startServer({ users: [{ ...USER, messages }] });
    target = targetOf(server);
  });
  afterAll(() => server.close());

  test.skipIf(!available).each(['plain', 'stls', 'implicit'] as const)(
    'fetches every byte: %s',
    async (mode) => {
      const fetched = await FETCH[client](target, mode);
      const names = Object.keys(MAIL);
      const read = Object.fromEntries(
        fetched.map((bytes, index) => [names[index], bytes.toString('latin1')]),
      );
      const expected = Object.fromEntries(names.map((name) => [name, storedBy(client, MAIL[name]!)]));
      expect(read).toEqual(expected);
      expect(server.messages(USER.name)).toHaveLength(names.length);
    },
  );

  test.skipIf(!available).each(['stls', 'implicit'] as const)(
    'refuses another certificate: %s',
    async (mode) => {
      const directory = await makeDirectory('certificate');
      try {
        const { ca } = await makeCertificate(directory);
        await expect(FETCH[client]({ ...target, ca }, mode)).rejects.toThrow(
          client === 'poplib' ? 'python3' : client,
        );
      } finally {
        await rm(directory, { recursive: true });
      }
    },
  );

  test.skipIf(!available)('an empty maildrop gives no message', async () => {
    const empty = await startServer({ users: [USER] });
    try {
      expect(await FETCH[client](targetOf(empty), 'plain')).toEqual([]);
    } finally {
      await empty.close();
    }
  });

  test.skipIf(!available)('a server that does not stuff is seen', async () => {
    const message = Buffer.from('Subject: dots\r\n\r\n..two\r\n');
    const faulty = await startServer({
      users: [{ ...USER, messages: [message] }],
      faults: ['retr-unstuffed'],
    });
    try {
      const fetched = await FETCH[client](targetOf(faulty), 'plain');
      expect(fetched[0]?.toString('latin1').replaceAll('\r\n', '\n')).toBe('Subject: dots\n\n.two\n');
    } finally {
      await faulty.close();
    }
  });
});

function targetOf({ host, port, tlsPort, certificate }: RunningServer): ClientTarget {
  return { host, port, tlsPort, ca: certificate, user: USER.name, password: USER.password };
}
