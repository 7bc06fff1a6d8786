import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { apopDigest, isTimestamp, timestampOf } from '../../src/pop3/apop.js';
import { encodePlain } from '../../src/pop3/sasl-plain.js';
import type { RunningServer, UserOptions } from '../../src/serve/server.js';
import { converse, openRaw, type RawClient } from './raw-client.js';

const LONG_NAME = 'n'.repeat(36);
const MAIL = [
  '.Starts: with a dot\r\n\r\n.one\r\n ..two .x\r\n\r\n.\r\nFrom here\r\nlast\r\n',
  `Subject: two\r\n\r\n${'x'.repeat(4096 - 18)}\r\n.at 4096\r\n\r\n${'long'.repeat(1100)}\r\n`,
  'Subject: three\r\n\r\ncaf\xe9\r\nno end',
].map((text) => Buffer.from(text, 'latin1'));

const UTF8_MAIL = [
  'From: J\u00fcrgen <a@b>\r\nDate: now\r\nSubject: Gr\u00fc\u00dfe\r\n\r\nGr\u00fc\u00dfe\r\n',
  'From: a@b\r\nTo: <j\u00fcrgen@b>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Disposition: inline; filename=\u00fc\r\n\r\n--x--\r\n',
  'Subject: latin\r\n\r\n',
].map((text) => Buffer.from(text));
const LATIN_MAIL = Buffer.concat([UTF8_MAIL[2]!, Buffer.from('caf\xe9\r\n', 'latin1')]);
const RENE = Buffer.from('ren\u00e9').toString('latin1');
const APART = Buffer.from('rene\u0301').toString('latin1');

const ATTACHED = Buffer.from(
  'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\t=3D \r\n--x\r\nContent-Disposition: attachment\r\n\r\nb\r\n--x--\r\n',
);
const LARGE = Buffer.from(`Large: x\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(1000)}`);

export const USERS: readonly UserOptions[] = [
  { name: 'ann', password: 'Secret', messages: MAIL },
  { name: 'empty', password: 'x' },
  { name: 'spaces', password: 'a b ', messages: [ATTACHED, LARGE] },
  { name: 'patient', password: 'x', loginDelay: 1, expire: 9 },
  { name: 'ren\u00e9', password: 'ren\u00e9', messages: [...UTF8_MAIL.slice(0, 2), LATIN_MAIL, MAIL[0]!] },
  { name: `${LONG_NAME}A`, password: 'long', messages: MAIL.slice(0, 1) },
];

const LOGIN = 'USER ann\r\nPASS Secret\r\n';
const LOGIN_UTF8 = `USER ${RENE}\r\nPASS ${RENE}\r\n`;
const PLAIN = encodePlain({ authzid: '', authcid: 'ann', password: 'Secret' });
const PAUSE_MS = 40;
/** Less than the delay of every fault that does something late, and far more than a prompt server needs. */
const LATE_MS = 500;

/** Something done to a server that gives what can be observed; the same on every conforming server. */
export type Probe = (server: RunningServer) => Promise<string>;

/** What a handshake on the TLS port shows, or that there is none. */
function shaken(
  server: RunningServer,
  options: ConnectionOptions,
  show: (socket: TLSSocket) => string,
): Promise<string> {
  return new Promise((done) => {
    const socket = connectTls({
      port: server.tlsPort!,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...options,
    });
    socket.once('secureConnect', () => {
      done(show(socket));
      socket.destroy();
    });
    socket.once('error', () => done('refused')).once('close', () => done('closed'));
  });
}

async function loggedIn(server: RunningServer): Promise<RawClient> {
  const client = await openRaw(server.port);
  await client.send(LOGIN);
  while (!/maildrop/.test(await client.line()));
  return client;
}

function again(server: RunningServer, commands = 'STAT\r\nUIDL\r\n'): Promise<string> {
  return converse(server.port, `${LOGIN}${commands}QUIT\r\n`);
}

const numbers = ['0', '4', '5', '-1', '+1', '1x', '4294967297', 'abc', '0x1'];
const converses: Record<string, string> = {
  greeting: '',
  beforeLogin: 'STAT\r\nLIST\r\nNOOP\r\nRSET\r\nUIDL\r\nRETR 1\r\nTOP 1 0\r\nDELE 1\r\nCAPA\r\n',
  quitBeforeLogin: 'QUIT\r\n',
  unknown: `XYZZY\r\n\r\nSTATX\r\n${'w'.repeat(255)}QUIT\r\nCAPA x\r\n`,
  keywords: 'user ann\r\npass Secret\r\nstat\r\nQuit\r\n',
  views: `${LOGIN}NOOP\r\nSTAT\r\nLIST\r\nLIST 2\r\nUIDL\r\nUIDL 2\r\nRSET\r\n`,
  retr: `${LOGIN}RETR 1\r\nRETR 2\r\nRETR 3\r\nLIST\r\nUIDL\r\nSTAT\r\n`,
  retrThrice: `${LOGIN}RETR 1\r\nRETR 1\r\nLIST\r\nRETR 1\r\n`,
  numbersKept: `${LOGIN}DELE 1\r\nRETR 2\r\nRSET\r\nUIDL\r\n`,
  top: `${LOGIN}${[0, 1, 2, 3, 4, 9].map((lines) => `TOP 1 ${lines}\r\n`).join('')}TOP 1\r\nTOP 1 -1\r\nTOP 1 4294967296\r\nTOP 2 9\r\n`,
  numbers: LOGIN + numbers.map((n) => `LIST ${n}\r\nRETR ${n}\r\n`).join(''),
  arguments: `${LOGIN}RETR\r\nDELE\r\nTOP\r\nRETR 1 2\r\nDELE 1 2\r\nSTAT x\r\n`,
  superfluous: `${LOGIN}NOOP x\r\nRSET x\r\nLIST 1 2\r\nUIDL 1 2\r\nTOP 1 0 3\r\nQUIT x\r\n`,
  octets: `${LOGIN}STAT\0x\r\n\xd3TAT\r\n`,
  marks: `${LOGIN}DELE 1\r\nDELE 1\r\nDELE 9\r\nSTAT\r\nLIST\r\nUIDL\r\nLIST 1\r\nUIDL 1\r\nRETR 1\r\nTOP 1 0\r\nNOOP\r\nSTAT\r\nDELE 2\r\nRSET\r\nSTAT\r\n`,
  quit: `${LOGIN}DELE 2\r\nQUIT\r\nNOOP\r\n`,
  quitMany: `${LOGIN}DELE 1\r\nDELE 2\r\nDELE 3\r\nQUIT\r\n`,
  quitAfterReset: `${LOGIN}DELE 1\r\nRSET\r\nDELE 2\r\nQUIT\r\n`,
  resetTwice: `${LOGIN}DELE 1\r\nRSET\r\nDELE 1\r\nRSET\r\nSTAT\r\n`,
  failedThenCapa: 'USER ann\r\nPASS no\r\nCAPA\r\n',
  empty: 'USER empty\r\nPASS x\r\nSTAT\r\nLIST\r\nUIDL\r\n',
  passwords: ['other', 'SECRET', 'Sec', 'Secrets']
    .map((password) => `USER ann\r\nPASS ${password}\r\nSTAT\r\n`)
    .join(''),
  passAlone: 'PASS Secret\r\nSTAT\r\n',
  passNothing: 'USER ann\r\nPASS\r\nSTAT\r\n',
  passEmpty: 'USER ann\r\nPASS \r\nSTAT\r\n',
  userTwice: 'USER ann\r\nUSER empty\r\nPASS Secret\r\n',
  passAgain: 'USER ann\r\nPASS x\r\nPASS Secret\r\nSTAT\r\n',
  userEmpty: 'USER \r\nUSER\r\n',
  nameLong: `USER ${LONG_NAME}B\r\nPASS long\r\n`,
  relogin: `${LOGIN}USER empty\r\nPASS x\r\nSTAT\r\n`,
  afterLogin: `${LOGIN}CAPA\r\nAPOP ann ${'0'.repeat(32)}\r\nAUTH PLAIN AAAA\r\nAUTH PLAIN\r\n`,
  apopArguments: 'APOP\r\nAPOP ann\r\n',
  apop: `APOP ann ${'0'.repeat(32)}\r\nSTAT\r\n`,
  plain: `AUTH PLAIN\r\n*\r\nAUTH PLAIN\r\n!!\r\nAUTH PLAIN ${encodePlain({ authzid: '', authcid: 'ann', password: 'no' })}\r\n`,
  plainThenLogin: `AUTH PLAIN\r\n*\r\n${LOGIN}`,
  mechanisms: 'AUTH\r\nAUTH OTHER\r\n',
  capaThenUser: 'CAPA\r\nUSER ann\r\nCAPA\r\nPASS Secret\r\n',
  longCommand: `USER ${'u'.repeat(248)}\r\nCAPA\r\n`,
  longResponse: `AUTH PLAIN\r\n${encodePlain({ authzid: '', authcid: 'ann', password: 'no'.repeat(120) })}\r\n`,
  manyCommands: LOGIN + 'NOOP\r\n'.repeat(80),
  plainAsAnother: `AUTH PLAIN ${encodePlain({ authzid: 'empty', authcid: 'ann', password: 'Secret' })}\r\n`,
  stlsRefused: `STLS now\r\n`,
  stlsLate: `${LOGIN}STLS\r\nSTAT\r\n`,
  stlsClear: 'STLS\r\n',
  lang: 'LANG\r\nLANG de\r\nXYZZY\r\nLANG zz\r\nXYZZY\r\nLANG *\r\nLANG DE\r\nUSER ann\r\nPASS no\r\nUSER ann\r\nLANG *\r\n',
  langAfterLogin: `${LOGIN}LANG de\r\nSTAT\r\nXYZZY\r\n`,
  utf8: `UTF8 x\r\nUTF8\r\n${LOGIN_UTF8}STAT\r\nLIST\r\nRETR 1\r\nRETR 3\r\nRETR 4\r\nUTF8\r\n`,
  withoutUtf8: `${LOGIN_UTF8}STAT\r\nLIST\r\nTOP 1 0\r\nDELE 1\r\nDELE 9\r\nRSET\r\nRETR 2\r\nRETR 1\r\n`,
  stlsAfterUtf8: 'UTF8\r\nSTLS\r\n',
  apart: `USER ${APART}\r\nPASS ${APART}\r\n`,
  prohibited: 'USER ann\xee\x80\x80\r\nPASS Secret\r\n',
  spaces: 'USER spaces\r\nPASS a\r\nUSER spaces\r\nPASS a b \r\nRETR 1\r\nTOP 2 9999\r\n',
  credentialLines: `AUTH PLAIN ${encodePlain({ authzid: '', authcid: 'x\r\ny', password: 'z' })}\r\n`,
  malformed: 'USER ann\xff\r\nPASS Secret\r\nUSER ann\xc0\x80\r\nPASS Secret\r\n',
  stlsRefusedGoesOn: 'STLS now\r\nCAPA\r\n',
  foreign: 'GET / HTTP/1.1\r\nEHLO x\r\na1 CAPA\r\n\x16\x03\r\nXYZZY\r\n',
  plainLong: `AUTH PLAIN\r\n${encodePlain({ authzid: '', authcid: 'a'.repeat(255), password: 'b'.repeat(255) })}\r\nCAPA\r\n`,
};

export const probes: Record<string, Probe> = {
  ...Object.fromEntries(
    Object.entries(converses).map(([name, input]): [string, Probe] => [
      name,
      (server) => converse(server.port, input),
    ]),
  ),

  async lockedToWrongPassword(server) {
    const client = await loggedIn(server);
    const answer = await converse(server.port, 'USER ann\r\nPASS no\r\nQUIT\r\n');
    client.reset();
    return answer;
  },
  async greetsUnasked(server) {
    const client = await openRaw(server.port);
    const greeting = await client.quiet(PAUSE_MS);
    client.reset();
    return greeting;
  },
  async timestamps(server) {
    const found: string[] = [];
    for (let i = 0; i < 2; i++) found.push(timestampOf(await converse(server.port, '')) ?? 'none');
    return `${found.map(isTimestamp)} ${found[0] === found[1]}`;
  },
  async apopDigests(server) {
    let answers = '';
    for (const length of [10, 32]) {
      const client = await openRaw(server.port);
      const timestamp = timestampOf(await client.line()) ?? '';
      await client.send(`APOP ann ${apopDigest(timestamp, 'Secret').slice(0, length)}\r\nQUIT\r\n`);
      answers += await client.rest();
    }
    return answers;
  },
  async apopApart(server) {
    const client = await openRaw(server.port);
    const timestamp = timestampOf(await client.line()) ?? '';
    await client.send(`APOP ${APART} ${apopDigest(timestamp, 'ren\u00e9')}\r\nQUIT\r\n`);
    return client.rest();
  },
  async twoSegments(server) {
    const client = await loggedIn(server);
    await client.send('NO');
    await sleep(PAUSE_MS);
    await client.send('OP\r\n');
    const answer = await client.line();
    client.reset();
    return answer;
  },
  async quitCloses(server) {
    const client = await loggedIn(server);
    await client.send('DELE 1\r\nQUIT\r\n');
    const rest = client.rest();
    const closed = await Promise.race([rest.then(() => true), sleep(LATE_MS, false)]);
    const left = server.messages('ann').length;
    client.end();
    return `${await rest} ${closed} ${left} ${await again(server)}`;
  },
  async quitTwo(server) {
    await converse(server.port, `${LOGIN}DELE 1\r\nDELE 2\r\nQUIT\r\n`);
    return again(server);
  },
  async dropped(server) {
    await converse(server.port, `${LOGIN}UIDL\r\nDELE 1\r\n`);
    return again(server);
  },
  async reset(server) {
    const client = await loggedIn(server);
    await client.send('DELE 1\r\n');
    await client.line();
    client.reset();
    await sleep(PAUSE_MS);
    return again(server);
  },
  async fragment(server) {
    await converse(server.port, `${LOGIN}DELE 1\r\nQUIT`);
    return again(server);
  },
  async arrival(server) {
    const client = await loggedIn(server);
    server.deliver('ann', Buffer.from('New: mail\r\n\r\n'));
    await client.send('STAT\r\nNOOP\r\nLIST\r\nDELE 1\r\nQUIT\r\n');
    const answers = await client.rest();
    return `${answers} ${server.messages('ann').length}`;
  },
  async locked(server) {
    const client = await loggedIn(server);
    const other = await converse(server.port, `${LOGIN}DELE 1\r\nQUIT\r\n`);
    await client.send('RETR 1\r\nQUIT\r\n');
    return other + (await client.rest());
  },
  async refusalLocks(server) {
    const client = await openRaw(server.port);
    await client.send('USER ann\r\nPASS wrong\r\n');
    while (!/wrong name/.test(await client.line()));
    const other = await again(server);
    client.reset();
    return other;
  },
  async stls(server) {
    const client = await openRaw(server.port);
    await client.line();
    await client.send('USER ann\r\nSTLS\r\nCAPA\r\n');
    let answers = (await client.line()) + (await client.line());
    await client.secure();
    answers += await client.quiet(PAUSE_MS);
    await client.send('PASS Secret\r\nSTLS\r\nCAPA\r\nSTAT\r\nQUIT\r\n');
    answers += await client.rest();
    return answers;
  },
  async stlsInjected(server) {
    let answers = '';
    for (const injected of ['QU', 'XYZZY\r\n', LOGIN, `AUTH PLAIN ${PLAIN}\r\n`]) {
      const client = await openRaw(server.port);
      await client.send(`STLS\r\n${injected}`);
      answers += (await client.line()) + (await client.line());
      await client.secure();
      await client.send('IT\r\nSTAT\r\nQUIT\r\n');
      answers += await client.rest();
    }
    return answers;
  },
  async stlsSecondSegment(server) {
    const client = await openRaw(server.port);
    await client.send('STLS\r\n');
    const answers = (await client.line()) + (await client.line());
    await client.send('XYZZY\r\n');
    const secure = client.secure().then(
      () => 'secure',
      () => 'refused',
    );
    const outcome = await Promise.race([secure, sleep(LATE_MS, 'silence')]);
    client.reset();
    return answers + outcome;
  },
  async stlsWithHello(server) {
    const client = await openRaw(server.port);
    await client.send('STLS\r\nXYZZY\r\n\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00');
    const answers = (await client.line()) + (await client.line());
    const after = await Promise.race([client.rest().then(() => 'closed'), sleep(LATE_MS, 'silence')]);
    client.reset();
    return answers + after;
  },
  async tlsVersions(server) {
    const seen: string[] = [];
    for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
      const options = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' };
      seen.push(await shaken(server, options, (socket) => `${version} ${socket.getCipher().name}`));
    }
    return seen.join(' ');
  },
  tlsCertificate: (server) =>
    shaken(server, { ca: server.certificate, ciphers: 'DEFAULT@SECLEVEL=0' }, (socket) => {
      const { subjectaltname, bits } = socket.getPeerCertificate();
      return `${socket.authorizationError} ${subjectaltname} ${bits}`;
    }),
  async tlsExtensions(server) {
    const named = await shaken(server, { servername: 'popspec.invalid' }, () => 'named');
    const pop3 = await shaken(server, { ALPNProtocols: ['pop3'] }, () => 'pop3');
    return `${named} ${pop3} ${await shaken(server, { ALPNProtocols: ['http/1.1'] }, () => 'http')}`;
  },
  implicit: (server) => converse(server.tlsPort!, 'STAT\r\nCAPA\r\nQUIT\r\n', true),
  async tlsPortInClear(server) {
    const client = await openRaw(server.tlsPort!);
    const before = await client.quiet(PAUSE_MS);
    await client.send('CAPA\r\n');
    const after = await Promise.race([client.rest(), sleep(LATE_MS, 'silence')]);
    client.reset();
    return `${before} ${after.includes('+OK')} ${after === 'silence'}`;
  },
  async tlsClose(server) {
    const tcp = connect(server.tlsPort!, '127.0.0.1');
    const octets: Buffer[] = [];
    tcp.on('data', (chunk) => octets.push(chunk));
    // TLS 1.2 shows the type of its last record: 21 is an alert.
    const through = new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => void tcp.write(chunk, () => done()),
    });
    tcp.on('data', (chunk) => through.push(chunk)).on('error', () => undefined);
    const tls = connectTls({ socket: through, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    tls.on('error', () => undefined).on('data', () => undefined);
    tls.once('secureConnect', () => tls.write('QUIT\r\n'));
    await new Promise((done) => tcp.once('close', done).once('end', () => tcp.destroy()));
    const all = Buffer.concat(octets);
    let type = 0;
    for (let at = 0; at + 5 <= all.length; at += 5 + all.readUInt16BE(at + 3)) type = all[at]!;
    return `${type}`;
  },
  async stlsInSasl(server) {
    const client = await openRaw(server.port);
    await client.send('AUTH PLAIN\r\nSTLS\r\n');
    const answers = (await client.line()) + (await client.line()) + (await client.line());
    client.reset();
    return answers;
  },
  async stlsMalformed(server) {
    const client = await openRaw(server.port);
    await client.send('STLS\r\n');
    const answers = (await client.line()) + (await client.line());
    await client.send('\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00');
    await sleep(PAUSE_MS);
    await client.send('CAPA\r\n');
    const after = await client.line().catch(() => 'closed');
    client.reset();
    return answers + after.includes('+OK');
  },
  async stlsStalled(server) {
    const stalled = await openRaw(server.port);
    await stalled.send('STLS\r\n');
    await stalled.line();
    await stalled.line();
    const meanwhile = await openRaw(server.port);
    await meanwhile.line();
    await meanwhile.send('XYZZY\r\n');
    const answered = await Promise.race([meanwhile.line(), sleep(LATE_MS, 'silence')]);
    meanwhile.reset();
    stalled.reset();
    await sleep(PAUSE_MS);
    return answered + (await converse(server.port, 'QUIT\r\n'));
  },
  async stlsExternal(server) {
    const client = await openRaw(server.port);
    await client.send('STLS\r\n');
    await client.line();
    await client.line();
    await client.secure();
    await client.send(`STAT\r\nAUTH EXTERNAL ${Buffer.from('ann').toString('base64')}\r\nSTAT\r\nQUIT\r\n`);
    return client.rest();
  },
  async stlsGarbage(server) {
    const client = await openRaw(server.port);
    await client.send('STLS\r\n');
    const answers = (await client.line()) + (await client.line());
    await client.send('CAPA\r\n');
    const after = await client.line().catch(() => 'closed');
    client.reset();
    return answers + after;
  },
};

/** Runs a probe on fresh mail; unique-ids that are the stored ones and timestamps become plain words. */
export async function observe(server: RunningServer, name: string): Promise<string> {
  server.replaceMail('ann', MAIL);
  const stored = server.messages('ann').map(({ uid }) => uid);
  let text = await probes[name]!(server);
  stored.forEach((uid, i) => {
    text = text.replaceAll(new RegExp(`(?<=[ \\d])${uid}(?=\\r\\n)`, 'g'), `uid-${i + 1}`);
  });
  const left = server.messages('ann').length;
  return `${text.replaceAll(/<[\w.]+@localhost>/g, '<timestamp>')} [${left} left]`;
}
