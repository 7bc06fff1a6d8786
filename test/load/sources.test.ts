import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sourcesOf } from '../../src/cli/load-sources.js';
import { optionsFor, runTest, serve } from './support.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

test('addresses, lists and ranges are understood, also over the end of an octet', async () => {
  expect(await sourcesOf({ source: '127.0.0.254-127.0.1.1,127.0.0.9' })).toEqual({
    sources: ['127.0.0.254', '127.0.0.255', '127.0.1.0', '127.0.1.1', '127.0.0.9'],
  });
  expect(await sourcesOf({})).toEqual({});
});

test.each([
  ['127.0.0.x', 'is no address or range'],
  ['127.0.0.9-127.0.0.2', 'ends before it begins'],
  ['127.0.0.2-127.9.0.2', 'are more than 256'],
  ['127.0.0.2,127.0.0.1-127.0.0.3', 'names an address twice'],
  ['203.0.113.7', 'is no address of this machine (EADDRNOTAVAIL)'],
])('--source %s is refused: %s', async (source, words) => {
  await expect(sourcesOf({ source })).rejects.toThrow(words);
});

test('sessions come from each address in turn', async () => {
  const server = await serve(6);
  cleanups.push(() => server.close());
  const seen = new Map<string, number>();
  const open = new Set<Socket>();
  // Passes everything on to the server and looks who comes.
  const gate = createServer(async (socket) => {
    seen.set(socket.remoteAddress ?? '', (seen.get(socket.remoteAddress ?? '') ?? 0) + 1);
    const { connect } = await import('node:net');
    const onward = connect(server.port, '127.0.0.1');
    for (const end of [socket, onward]) {
      open.add(end);
      end.on('error', () => end.destroy());
    }
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of open) socket.destroy();
    gate.close();
  });
  const { port } = gate.address() as { port: number };
  const { sources } = await sourcesOf({ source: '127.0.0.2-127.0.0.4' });
  const more = sources === undefined ? {} : { sources };
  const { totals } = await runTest(
    optionsFor(port, 6, { ...more, count: 9, model: { kind: 'closed', sessions: 3 }, durationMs: 30_000 }),
  );
  expect(totals).toMatchObject({ completed: 9, failed: 0 });
  expect(Object.fromEntries(seen)).toEqual({ '127.0.0.2': 3, '127.0.0.3': 3, '127.0.0.4': 3 });
});

test('an address of the other family is refused before anything is sent', async () => {
  const run = optionsFor(9, 3, { sources: ['::1'] });
  await expect(runTest(run)).rejects.toMatchObject({ code: 'LOAD_PORTS', exitCode: 2 });
});
