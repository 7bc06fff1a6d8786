import { connect, createServer, type Socket } from 'node:net';

/** Something on the way to a server. */
export interface Relay {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Passes connections on to a port of 127.0.0.1 from 127.0.0.2, so that the server takes its client for one of the network. `strip`: as
 * firewalls do it that want to read along, STLS goes out of the capabilities and is refused.
 */
export async function startRelay(port: number, { strip = false } = {}): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2', noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('end', () => to.end());
    }
    upstream.on('data', (chunk) => {
      const text = chunk.toString('latin1');
      client.write(strip ? Buffer.from(text.replace(/^STLS\r\n/m, ''), 'latin1') : chunk);
    });
    client.on('data', (chunk) => {
      if (strip && /^STLS\r\n$/i.test(chunk.toString('latin1'))) client.write('-ERR unknown command\r\n');
      else upstream.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
