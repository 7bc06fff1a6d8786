import type { Server } from 'node:net';
import { ServeError } from './errors.js';

/** Connections that may wait to be accepted; a load run opens many at once. */
const BACKLOG = 4096;

/** Begins to listen. Rejects with ServeError where that cannot be. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        new ServeError(
          'listen-failed',
          `cannot listen on ${host} port ${port}: ${error.code ?? error.message}`,
          'choose another host or port; port 0 takes a free one',
        ),
      ),
    );
    server.listen({ host, port, backlog: BACKLOG }, done);
  });
}

/** The port that a server listens on. */
export function portOf(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}
