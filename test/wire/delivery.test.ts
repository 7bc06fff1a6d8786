import { Buffer } from 'node:buffer';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Delivery, DeliveryError, parseDelivery } from '../../src/wire/delivery.js';
import { activeResources, noMoreThan, until } from './scripted-server.js';

const MESSAGE = Buffer.from(
  'Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\nR\xfcck \0\r\nlast\r\n',
  'latin1',
);

let dir = '';
let before: string[] = [];
const closers: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  before = activeResources();
  dir = mkdtempSync(join(tmpdir(), 'popspec-delivery-'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  rmSync(dir, { recursive: true });
  await noMoreThan(before);
});

describe('maildir:', () => {
  it('puts the message into new, whole, readable by its owner only', async () => {
    const delivery = parseDelivery(`maildir:${dir}/{user}/Maildir`);
    expect(delivery.description).toBe(`maildir:${dir}/{user}/Maildir`);
    await delivery.deliver(MESSAGE, 'joe');
    const box = join(dir, 'joe', 'Maildir');
    expect(readdirSync(box).sort()).toEqual(['cur', 'new', 'tmp']);
    expect(readdirSync(join(box, 'tmp'))).toEqual([]);
    const [name = '', ...more] = readdirSync(join(box, 'new'));
    expect(more).toEqual([]);
    expect(name).toMatch(/^\d+\.[A-Za-z0-9]+\.[^/:]+$/);
    // With the line ends of the system.
    expect(readFileSync(join(box, 'new', name), 'latin1')).toBe(
      MESSAGE.toString('latin1').replaceAll('\r\n', '\n'),
    );
    expect(statSync(join(box, 'new', name)).mode & 0o777).toBe(0o600);
  });

  it('never shows a message that is not complete', async () => {
    const delivery = parseDelivery(`maildir:${dir}`);
    const big = Buffer.alloc(3_000_000, 'x');
    await delivery.deliver(MESSAGE, 'joe');
    let watching = true;
    const sizes = new Set<number>();
    const watch = async (): Promise<void> => {
      while (watching) {
        for (const name of readdirSync(join(dir, 'new'))) sizes.add(statSync(join(dir, 'new', name)).size);
        await new Promise((resume) => setImmediate(resume));
      }
    };
    const watched = watch();
    await Promise.all(Array.from({ length: 5 }, () => delivery.deliver(big, 'joe')));
    await new Promise((resume) => setTimeout(resume, 20));
    watching = false;
    await watched;
    expect([...sizes].sort((a, b) => a - b)).toEqual([
      MESSAGE.toString('latin1').replaceAll('\r', '').length,
      big.length,
    ]);
  });

  it('gives many messages at once different names', async () => {
    const delivery = parseDelivery(`maildir:${dir}`);
    await Promise.all(Array.from({ length: 50 }, () => delivery.deliver(MESSAGE, 'joe')));
    expect(readdirSync(join(dir, 'new'))).toHaveLength(50);
  });

  it.each(['../joe', '..', '.', 'a/b', '/etc', 'joe\0', '../../x/'])(
    'refuses the user name %j: nothing is written anywhere',
    async (user) => {
      for (const spec of [`maildir:${dir}/boxes/{user}`, `maildir:${dir}/{user}`]) {
        await expect(parseDelivery(spec).deliver(MESSAGE, user)).rejects.toThrow(
          /cannot be part of a Maildir/,
        );
      }
      expect(readdirSync(dir)).toEqual([]);
    },
  );

  it.each(['$&', 'a$$b', '$1', "$'", '{user}', 'joe@example.org', 'j\u00f6e', '...'])(
    'takes the user name %j as it is',
    async (user) => {
      await parseDelivery(`maildir:${dir}/{user}`).deliver(MESSAGE, user);
      expect(readdirSync(dir)).toEqual([user]);
    },
  );

  it('says why it cannot be written', async () => {
    await expect(parseDelivery('maildir:/dev/null/x').deliver(MESSAGE, 'joe')).rejects.toThrow(
      /ENOTDIR|EEXIST/,
    );
  });
});

describe('command:', () => {
  it('gets the message on standard input and the user in POPSPEC_USER', async () => {
    const delivery = parseDelivery(`command:cat > "${dir}/$POPSPEC_USER.eml"; printf x >> "${dir}/done"`);
    await delivery.deliver(MESSAGE, "o'brien $(id) `x`");
    expect(readFileSync(join(dir, "o'brien $(id) `x`.eml"))).toEqual(MESSAGE);
    expect(readFileSync(join(dir, 'done'), 'utf8')).toBe('x');
  });

  it('keeps colons and blanks of the command', async () => {
    await parseDelivery(`command: printf '%s' 'a: b:c' > ${dir}/out`).deliver(MESSAGE, 'joe');
    expect(readFileSync(join(dir, 'out'), 'utf8')).toBe('a: b:c');
  });

  it('may leave a large message unread', async () => {
    await parseDelivery('command:true').deliver(Buffer.alloc(2_000_000), 'joe');
  });

  it.each([
    ['echo "no such mailbox" >&2; exit 67', 'the delivery command ended with code 67: no such mailbox'],
    ['exit 1', /ended with code 1: $/],
    ['kill -TERM $$', /ended with SIGTERM/],
    ['/no/such/program', /ended with code 127: .*not found/],
  ])('%s fails with its words', async (command, message) => {
    await expect(parseDelivery(`command:${command}`).deliver(MESSAGE, 'joe')).rejects.toThrow(message);
  });

  it('says little of a long complaint', async () => {
    const long = parseDelivery('command:head -c 100000 /dev/zero | tr "\\\\0" x >&2; exit 1');
    const error = await long.deliver(MESSAGE, 'joe').catch((reason: Error) => reason);
    expect((error as Error).message.length).toBeLessThan(300);
  });

  it.each(['sleep 600', 'sleep 600; true', 'sleep 600 & wait', '(trap "" TERM; sleep 600); true'])(
    '%s is ended with everything that it started',
    async (command) => {
      const delivery = parseDelivery(`command:echo $$ > ${dir}/pid; ${command}`, 150);
      await expect(delivery.deliver(MESSAGE, 'joe')).rejects.toThrow('did not end within 0.15 s');
      const group = Number(readFileSync(join(dir, 'pid'), 'utf8'));
      await until(() => !groupLives(group), 'the end of the process group');
    },
  );

  it('does not wait for what goes on in the background', async () => {
    await parseDelivery('command:setsid sleep 2 & exit 0', 60_000).deliver(MESSAGE, 'joe');
    const failing = parseDelivery('command:setsid sleep 2 & echo no >&2; exit 3', 200);
    await expect(failing.deliver(MESSAGE, 'joe')).rejects.toThrow('ended with code 3: no');
  });
});

/** True while a process of the group is there that is not a zombie. */
function groupLives(group: number): boolean {
  return readdirSync('/proc').some((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [state, , member] = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /, '')
        .split(' ');
      return Number(member) === group && state !== 'Z';
    } catch {
      return false;
    }
  });
}

describe.each(['smtp', 'lmtp'] as const)('%s:', (scheme) => {
  interface Received {
    readonly to: string[];
    readonly from: string;
    readonly login: string;
    readonly message: Buffer;
  }
  const received: Received[] = [];
  let login = '';

  function listen(more: SMTPServerOptions = {}): Promise<number> {
    received.length = 0;
    login = '';
    const server = new SMTPServer({
      lmtp: scheme === 'lmtp',
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      logger: false,
      onAuth: (auth, _session, done) => {
        login = `${auth.username}:${auth.password}`;
        done(null, { user: auth.username });
      },
      onData: (stream, { envelope }, done) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          received.push({
            to: envelope.rcptTo.map(({ address }) => address),
            from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
            login,
            message: Buffer.concat(chunks),
          });
          done(null);
        });
      },
      ...more,
    });
    server.on('error', () => {});
    closers.push(() => new Promise<void>((done) => void server.close(() => done())));
    return new Promise((done) => {
      const listener = server.listen(0, '127.0.0.1', () =>
        done((listener.address() as { port: number }).port),
      );
    });
  }

  it('hands over every octet, with its dots and its line ends', async () => {
    const port = await listen();
    const delivery = parseDelivery(`${scheme}://127.0.0.1:${port}/{user}@example.org`);
    await delivery.deliver(MESSAGE, 'joe');
    expect(received).toEqual([
      { to: ['joe@example.org'], from: 'popspec@example.org', login: '', message: MESSAGE },
    ]);
  });

  it('hands over every fixture as it is', async () => {
    const port = await listen();
    const delivery = parseDelivery(`${scheme}://127.0.0.1:${port}/{user}@example.org`);
    const names = readdirSync('suites/mail').filter((name) => name.endsWith('.eml'));
    for (const name of names) {
      const fixture = readFileSync(join('suites/mail', name));
      await delivery.deliver(fixture, 'joe');
      const ended = fixture.subarray(-2).toString() === '\r\n';
      const expected = ended ? fixture : Buffer.concat([fixture, Buffer.from('\r\n')]);
      expect([name, received.at(-1)?.message.equals(expected)]).toEqual([name, true]);
    }
    expect(received).toHaveLength(names.length);
  });

  it('logs in where a name stands in the URL, and does not tell the password', async () => {
    const port = await listen();
    const delivery = parseDelivery(`${scheme}://mail%40x:p%3Aw%2F1@127.0.0.1:${port}/box@x.org`);
    expect(delivery.description).toBe(`${scheme}://127.0.0.1:${port}/box@x.org`);
    await delivery.deliver(MESSAGE, 'joe');
    expect(received[0]).toMatchObject({ login: 'mail@x:p:w/1', to: ['box@x.org'] });
  });

  it('delivers to the name of the user where the URL gives no recipient', async () => {
    const port = await listen();
    await parseDelivery(`${scheme}://127.0.0.1:${port}`).deliver(MESSAGE, 'a$$b@x.org');
    expect(received[0]?.to).toEqual(['a$$b@x.org']);
  });

  it('is not led astray by a hostile user name', async () => {
    const port = await listen();
    const delivery = parseDelivery(`${scheme}://127.0.0.1:${port}/{user}@example.org`);
    await delivery.deliver(MESSAGE, 'joe>\r\nRCPT TO:<eve@example.org').catch(() => {});
    for (const { to } of received) expect(to).not.toContain('eve@example.org');
  });

  it('passes on why it was refused', async () => {
    const port = await listen({
      onRcptTo: (_address, _session, done) => done(new Error('5.1.1 nobody of that name')),
    });
    const refused = parseDelivery(`${scheme}://127.0.0.1:${port}/{user}@example.org`).deliver(MESSAGE, 'joe');
    await expect(refused).rejects.toThrow(/nobody of that name/);
  });

  it('does not wait for ever for a server that says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}));
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    closers.push(() => new Promise((done) => silent.close(done)));
    const { port } = silent.address() as { port: number };
    const delivery = parseDelivery(`${scheme}://127.0.0.1:${port}/x@example.org`, 150);
    await expect(delivery.deliver(MESSAGE, 'joe')).rejects.toThrow(/[Tt]ime|Greeting/);
  });
});

describe('a specification that says nothing of use', () => {
  it.each([
    ['', '--deliver : says nothing behind the colon'],
    ['maildir', '--deliver maildir: says nothing behind the colon'],
    ['maildir:', '--deliver maildir: says nothing behind the colon'],
    ['command:', '--deliver command: says nothing behind the colon'],
    ['imap://host', '--deliver does not know "imap"'],
    ['/var/mail', '--deliver /var/mail: says nothing behind the colon'],
    ['smtp://', '--deliver smtp: names no host'],
    ['smtp:localhost', '--deliver smtp: names no host'],
    ['smtp://host:99999', '--deliver smtp: is not a URL'],
    ['smtp://host:port/', '--deliver smtp: is not a URL'],
    ['smtp://host/%zz', '--deliver smtp: is not a URL'],
    ['lmtp://%zz@host/', '--deliver lmtp: is not a URL'],
  ])('%j', (spec, message) => {
    const parse = (): Delivery => parseDelivery(spec);
    expect(parse).toThrow(DeliveryError);
    expect(parse).toThrow(message);
  });
});
