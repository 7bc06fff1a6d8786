import { Buffer } from 'node:buffer';
import type { TLSSocket } from 'node:tls';

/** Names of the channel bindings that popspec has (RFC 9266 for TLS 1.3, RFC 5929 for TLS 1.2). */
export const CHANNEL_BINDINGS = ['tls-exporter', 'tls-unique'] as const;

const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';
const EXPORTER_OCTETS = 32;

/** Channel binding data of a TLS connection; `null` where this binding is not defined or not safe for it. */
export function channelBinding(socket: TLSSocket, name: string, role: 'client' | 'server'): Buffer | null {
  const version = socket.getProtocol();
  if (name === 'tls-exporter' && version === 'TLSv1.3')
    return socket.exportKeyingMaterial(EXPORTER_OCTETS, EXPORTER_LABEL, Buffer.alloc(0));
  // The first Finished message is the client's in a full handshake; resumed sessions are left out (RFC 7677 §4).
  if (name === 'tls-unique' && version === 'TLSv1.2' && !socket.isSessionReused())
    return (role === 'client' ? socket.getFinished() : socket.getPeerFinished()) ?? null;
  return null;
}
