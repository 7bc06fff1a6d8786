import { createServer, type Server, type Socket } from 'node:net';
import type { SecureVersion } from 'node:tls';
import { certificateOf } from '../certificate.js';
import { listen, portOf } from '../listening.js';
import { type RunningServer, type ServerOptions, startServer } from '../server.js';
import { CLEAN_TLS, type TlsCore, tlsCore } from '../tls.js';
import { Conversation, type Honest } from './conversation.js';
import { hostileNamed } from './named.js';

/**
 * Starts the embedded server with something hostile in front of it: `name` is the id of one of the catalogue, or
 * `id=number`. Throws ServeError for a name that is not known or an address that cannot be listened on.
 */
export async function startHostileServer(name: string, options: ServerOptions = {}): Promise<RunningServer> {
  const { hostile, number } = hostileNamed(name);
  const { host = '127.0.0.1', port = 0, tlsPort = 0, ...rest } = options;
  const behind = await startServer(rest);
  const certificate = options.tls ?? (await certificateOf('sound'));
  const honest: Honest = {
    port: behind.port,
    tlsPort: behind.tlsPort ?? 0,
    tls: (maxVersion: SecureVersion = CLEAN_TLS.maxVersion): TlsCore =>
      tlsCore({ ...CLEAN_TLS, maxVersion }, certificate),
  };
  const open = new Set<Socket>();
  const front = (secure: boolean): Server =>
    createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      new Conversation(socket, hostile.manners(number), honest).begin(secure);
    });
  const plain = front(false);
  const secure = tlsPort === null ? undefined : front(true);
  const fronts = secure === undefined ? [plain] : [plain, secure];
  const close = async (): Promise<void> => {
    const closing = fronts.map((server) => new Promise((done) => server.close(done)));
    for (const socket of open) socket.destroy();
    await Promise.all([...closing, behind.close()]);
  };
  try {
    await listen(plain, host, port);
    if (secure !== undefined && tlsPort !== null) await listen(secure, host, tlsPort);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...behind,
    host,
    port: portOf(plain),
    tlsPort: secure === undefined ? null : portOf(secure),
    close,
  };
}
