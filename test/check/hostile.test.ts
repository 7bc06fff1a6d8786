import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { loadClauses } from '../../src/check/clauses.js';
import { runCheck } from '../../src/check/runner.js';
import { selectCases } from '../../src/check/selection.js';
import { loadLibrary } from '../../src/dialogue/library.js';
import { type RunningServer, startServer } from '../../src/serve/server.js';
import { makeUsers } from '../../src/serve/users.js';

/** What stands between popspec and a conforming server: gets its pieces and says what goes on to the client. */
type Garble = (piece: Buffer, client: Socket, index: number) => Buffer | 'reset' | 'flood';

const suites = new URL('../../suites', import.meta.url).pathname;
const library = loadLibrary(suites);
const register = loadClauses(`${suites}/clauses`);
const PLAIN_CASES = ['rfc1939/stat', 'rfc1939/greeting', 'rfc1939/noop', 'rfc1939/quit'];

let server: RunningServer | undefined;
let between: Server | undefined;
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  between?.close();
  await server?.close();
});

async function checkThrough(garble: Garble, only = PLAIN_CASES, timeoutMs = 2000) {
  const users = makeUsers(2, { messages: [library.fixture('plain.eml'), library.fixture('numbered.eml')] });
  const behind = await startServer({ users });
  server = behind;
  between = createServer((client) => pass(client, behind.port, garble));
  await new Promise<void>((done) => between?.listen(0, '127.0.0.1', done));
  const { port } = between.address() as AddressInfo;
  return runCheck({
    target: { host: '127.0.0.1', address: '127.0.0.1', port, tls: 'none', tlsOptions: {} },
    auth: 'auto',
    accounts: users,
    library,
    register,
    cases: selectCases(library.cases, only, []),
    only,
    skip: [],
    slow: false,
    allowDelete: false,
    delivery: undefined,
    timeoutMs,
    failOn: 'must',
    maxInconclusive: 0,
    version: 'test',
  });
}

function pass(client: Socket, port: number, garble: Garble): void {
  const up = connect({ port, host: '127.0.0.1' });
  for (const socket of [client, up]) {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  }
  let index = 0;
  let over = false;
  client.on('data', (piece) => up.write(piece)).on('close', () => up.destroy());
  up.on('end', () => client.end());
  up.on('data', (piece) => {
    if (over) return;
    const out = garble(piece, client, index++);
    over = out === 'reset' || out === 'flood';
    if (out === 'reset') client.resetAndDestroy();
    else if (out === 'flood') flood(client);
    else client.write(out);
  });
}

function flood(client: Socket): void {
  const octets = Buffer.alloc(64 * 1024, 'x');
  const more = (): void => {
    while (!client.destroyed && client.write(octets));
  };
  client.on('drain', more);
  more();
}

describe('a hostile peer', () => {
  it('with a greeting without end is no POP3 server, and that is told at once', async () => {
    const result = await checkThrough(() => 'flood');
    expect(result.exit.code).toBe(3);
    expect(result.problem?.code).toBe('NOT_POP3');
    expect(JSON.stringify(result).length).toBeLessThan(200_000);
  });

  it.each([0, 1, 2, 3, 4])(
    'that resets each connection behind %d replies accuses itself of nothing',
    async (replies) => {
      const result = await checkThrough((piece, _client, index) => (index < replies ? piece : 'reset'));
      expect(result.cases.filter(({ verdict }) => verdict === 'fail' || verdict === 'error')).toEqual([]);
      expect([3, 5]).toContain(result.exit.code);
    },
  );

  it('with NULs, escapes and octets that are no UTF-8 in its texts is judged like any other', async () => {
    const result = await checkThrough((piece) =>
      Buffer.from(piece.toString('latin1').replace(/^-ERR/, '-ERR \0\x1b[31m\xff\xfe\x07'), 'latin1'),
    );
    expect(result.complete).toBe(true);
    expect(result.cases.find(({ id }) => id === 'rfc1939/stat/drop-listing')?.verdict).toBe('pass');
  });

  it('whose TOP does not come to its end is looked through by RETR', async () => {
    const stuck = (piece: Buffer): Buffer =>
      piece.toString('latin1').includes('top of message') ? Buffer.from('+OK\r\n') : piece;
    const result = await checkThrough(stuck, ['rfc1939/stat/marked-messages-not-counted'], 500);
    expect(result.cases.map(({ verdict, note }) => note ?? verdict)).toEqual(['pass']);
  });

  it('that closes at DELE breaks no rule about what replies look like', async () => {
    const closes = (piece: Buffer): Buffer | 'reset' =>
      piece.toString('latin1').includes('no such message') ? 'reset' : piece;
    const [one] = (await checkThrough(closes, ['rfc6856/ascii-mode/code-commands'])).cases;
    expect(one?.verdict).toBe('blocked');
  });
});
