import type { Redactor } from '../wire/redactor.js';
import type { HandshakeOptions } from '../wire/tls.js';
import type { Scope } from './expression.js';
import { account, type Peer } from './peer.js';
import type { Segment } from './program.js';
import { render } from './template.js';

/**
 * RFC 1939 §3: one response for each command. Takes what waits although every command was answered, Latin-1;
 * undefined when there is nothing of the kind.
 */
export function takeUnasked(peer: Peer): string | undefined {
  const { input } = peer.connection;
  if (peer.pending.length > 0 || input.length === 0) return undefined;
  const octets = input.peek();
  peer.connection.traceReceived(octets);
  const text = octets.toString('latin1');
  input.clear();
  return text;
}

/**
 * Sends the octets of a segment with the values of `scope`, with `hello` and a ClientHello in one segment; what is
 * secret in them is known to `redactor` from then on. False when that would be a QUIT that could remove mail though deletion is not allowed: nothing is sent then.
 */
export function speak(
  peer: Peer,
  { bytes: form, verb }: Segment,
  scope: Scope,
  redactor: Redactor,
  allowDelete: boolean,
  nowMs: number,
  hello: HandshakeOptions | undefined,
): boolean {
  const { bytes, secrets } = render(form, scope);
  if (!account(peer, bytes, secrets, verb, allowDelete, nowMs)) return false;
  for (const [start, end] of secrets) redactor.add(bytes.subarray(start, end));
  if (hello !== undefined) peer.connection.sayHello(bytes, secrets, hello);
  else if (bytes.length > 0) peer.connection.write(bytes, secrets, nowMs);
  return true;
}
