import { isIP } from 'node:net';
import { identify } from '../../wire/identify.js';
import { type Context, heardFirst, look } from '../context.js';
import type { Facts } from '../facts.js';
import { type ConnectTo, redirected } from '../subject.js';

const GREETING_OF_ANYBODY = (tls: 'implicit' | 'none'): string => `
C connect tls=${tls}
S: +OK
`;

const PORTS = [
  { port: 993, tls: 'implicit' },
  { port: 143, tls: 'none' },
] as const;

/** The greeting at the ports of IMAP, where one of them answers. */
export async function lookForImap(
  { host, addresses }: Facts['hosts'][number],
  connectTo: readonly ConnectTo[],
  context: Context,
): Promise<Facts['imap']> {
  context.waiting(`IMAP at ${host}`);
  const [address = ''] = addresses;
  const found = await Promise.all(
    PORTS.map(async ({ port, tls }) => {
      const to = redirected(connectTo, host, port);
      const target = {
        host,
        address: isIP(to.host) === 0 ? address : to.host,
        port: to.port,
        tls,
        tlsOptions: { ...context.tlsOptions, insecure: true },
      };
      const { transcript } = await look(context, `IMAP ${host}:${port}`, GREETING_OF_ANYBODY(tls), target);
      const heard = heardFirst(transcript);
      return identify(heard) === 'IMAP' ? { port, heard } : undefined;
    }),
  );
  return found.find((one) => one !== undefined);
}
