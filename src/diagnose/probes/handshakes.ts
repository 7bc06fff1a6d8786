import { isIP } from 'node:net';
import { CertificateValue, TlsValue } from '../../dialogue/values.js';
import { type Context, hostPort, look } from '../context.js';
import type { EndpointFacts, TlsFacts } from '../facts.js';
import { handshake } from './dialogues.js';
import { certificateFacts, type Endpoint, targetOf } from './survey.js';

/**
 * What further handshakes tell of a TLS that was seen: whether old versions are taken (RFC 8996 forbids them), or nothing else is, and
 * what a client sees that sends no server name.
 */
export async function moreHandshakes(
  endpoint: Endpoint,
  seen: EndpointFacts,
  context: Context,
): Promise<EndpointFacts> {
  const { tls } = seen;
  if (tls === undefined || tls.handshake === 'timeout' || context.signal.aborted) return seen;
  context.waiting(`TLS versions of ${hostPort(seen.host, seen.port)}`);
  const again = async (options: string): Promise<Seen> => {
    const how = endpoint.mode === 'tls' ? 'implicit' : 'stls';
    const title = `TLS ${hostPort(seen.host, seen.port)} with ${options}`;
    const { values } = await look(context, title, handshake(how, options), targetOf(endpoint, context));
    const { secured, shown } = values;
    const done = secured instanceof TlsValue && secured.active;
    return { done, certificate: shown instanceof CertificateValue ? certificateFacts(shown) : undefined };
  };
  if (tls.handshake !== 'ok') {
    const old = await again('min=TLSv1 max=TLSv1.1');
    if (context.signal.aborted) return seen;
    return { ...seen, tls: { ...tls, onlyOld: old.done, ...certificateOf(old) } };
  }
  const named = isIP(seen.host) === 0;
  const [old, nameless] = await Promise.all([
    again('min=TLSv1 max=TLSv1.1'),
    named ? again('servername=none') : undefined,
  ]);
  if (context.signal.aborted) return seen;
  const withoutSni = nameless === undefined ? {} : { withoutSni: compared(tls, nameless) };
  return { ...seen, tls: { ...tls, takesOld: old.done, ...withoutSni } };
}

interface Seen {
  readonly done: boolean;
  readonly certificate: TlsFacts['certificate'];
}

function certificateOf({ done, certificate }: Seen): Pick<TlsFacts, 'certificate'> {
  return done && certificate !== undefined ? { certificate } : {};
}

function compared(
  { certificate }: TlsFacts,
  { done, certificate: other }: Seen,
): 'same' | 'other' | 'failed' {
  if (!done || other === undefined) return 'failed';
  const key = (one: TlsFacts['certificate']): string =>
    JSON.stringify([one?.subject, one?.names, one?.validTo]);
  return key(certificate) === key(other) ? 'same' : 'other';
}
