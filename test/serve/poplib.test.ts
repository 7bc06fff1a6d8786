import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startServer } from '../../src/serve/server.js';

function hasPython(): boolean {
  try {
    execFileSync('python3', ['-c', 'import poplib, ssl'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const messages = [
  '.\r\n..\r\n...\r\n.first octet is a dot\r\n',
  'Subject: plain\r\n\r\nhello\r\n',
  'Subject: LF only\n\n.dot\n\n..two\n',
  'Subject: no end\r\n\r\nthe last line has no end',
  'Subject: headers only\r\n',
  '\r\nbody only\r\n',
  `Subject: dots at borders\r\n\r\n${'x'.repeat(4068)}\r\n.at 4096\r\n${'y'.repeat(65_000)}\r\n.z\r\n`,
].map((text) => Buffer.from(text));

/** Prints, for each way in, every message in hex with what LIST says, as one JSON document. */
const SCRIPT = `
import json, poplib, ssl, sys
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
port, tls_port = int(sys.argv[1]), int(sys.argv[2])
poplib._MAXLINE = 1 << 20
def fetch(box, login):
    login(box)
    count, total = box.stat()
    sizes = [int(row.split()[1]) for row in box.list()[1]]
    ids = [row.split()[1].decode() for row in box.uidl()[1]]
    found = [b''.join(line + b'\\r\\n' for line in box.retr(n + 1)[1]).hex() for n in range(count)]
    tops = [b''.join(line + b'\\r\\n' for line in box.top(n + 1, 100)[1]).hex() for n in range(count)]
    box.quit()
    return dict(count=count, total=total, sizes=sizes, ids=ids, found=found, tops=tops)
def password(box): box.user('ann'); box.pass_('pass word')
def stls(box): box.stls(context); password(box)
print(json.dumps([
    fetch(poplib.POP3('127.0.0.1', port), password),
    fetch(poplib.POP3('127.0.0.1', port), lambda box: box.apop('ann', 'pass word')),
    fetch(poplib.POP3('127.0.0.1', port), stls),
    fetch(poplib.POP3_SSL('127.0.0.1', tls_port, context=context), password),
]))
`;

test.skipIf(!hasPython())("Python's poplib gets every message byte-exact by every way in", async () => {
  const server = await startServer({ users: [{ name: 'ann', password: 'pass word', messages }] });
  try {
    const { stdout } = await promisify(execFile)(
      'python3',
      ['-c', SCRIPT, String(server.port), String(server.tlsPort)],
      { maxBuffer: 16 * 1024 * 1024 },
    );
    const sent = messages.map((message) => {
      const text = message.toString().replace(/\r?\n/g, '\r\n');
      return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`);
    });
    const expected = {
      count: sent.length,
      total: sent.reduce((sum, { length }) => sum + length, 0),
      sizes: sent.map(({ length }) => length),
      ids: server.messages('ann').map(({ uid }) => uid),
      found: sent.map((message) => message.toString('hex')),
      tops: sent.map((message) => message.toString('hex')),
    };
    expect(JSON.parse(stdout)).toEqual([expected, expected, expected, expected]);
  } finally {
    await server.close();
  }
});
