import { createServer } from 'node:http';
import { type Host, type Listening, listening, portOf } from './hosts.js';
import { startNameServer, type Zone } from './name-server.js';

/** What a situation is made of: hosts by their names, records beside their addresses, configuration documents by URL. */
export interface World {
  readonly hosts?: Readonly<Record<string, Host>>;
  /** Hosts have an A record of 127.0.0.1 unless the zone has something else. */
  readonly zone?: Zone;
  readonly autoconfig?: Readonly<Record<string, string>>;
}

export interface RunningWorld {
  readonly dns: readonly string[];
  readonly autoconfigBase: string;
  readonly connectTo: readonly { host: string; port: number | undefined; toHost: string; toPort: number }[];
  readonly servers: Readonly<Record<string, Listening>>;
  close(): Promise<void>;
}

/** Nobody listens there: connections to what a world does not have are refused. */
const NOBODY = 1;
export function autoconfigFor(
  host: string,
  port: number,
  socketType: 'SSL' | 'STARTTLS' | 'plain',
  username = '%EMAILADDRESS%',
): string {
  return `<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="example.org"><domain>example.org</domain>
<incomingServer type="pop3"><hostname>${host}</hostname><port>${port}</port><socketType>${socketType}</socketType>
<username>${username}</username><authentication>password-cleartext</authentication></incomingServer>
</emailProvider></clientConfig>`;
}

/** Starts everything of a world; the caller closes it. */
export async function startWorld({ hosts = {}, zone = {}, autoconfig = {} }: World): Promise<RunningWorld> {
  const servers: Record<string, Listening> = {};
  for (const [name, host] of Object.entries(hosts)) servers[name] = await host();
  const addresses = Object.fromEntries(Object.keys(hosts).map((name) => [name, { A: ['127.0.0.1'] }]));
  const names = await startNameServer({ ...addresses, ...zone });
  const documents = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').slice(1).split('?');
    const document = autoconfig[`https://${path}`];
    response
      .writeHead(document === undefined ? 404 : 200, { 'Content-Type': 'text/xml' })
      .end(document ?? '');
  });
  await listening(documents);
  const connectTo = Object.entries(servers).flatMap(([host, { ports }]) =>
    Object.entries(ports).map(([port, toPort]) => ({ host, port: Number(port), toHost: '', toPort })),
  );
  return {
    dns: [names.at],
    autoconfigBase: `http://127.0.0.1:${portOf(documents)}`,
    connectTo: [...connectTo, { host: '', port: undefined, toHost: '', toPort: NOBODY }],
    servers,
    async close() {
      documents.closeAllConnections();
      await Promise.all([
        new Promise((done) => documents.close(done)),
        names.close(),
        ...Object.values(servers).map((server) => server.close()),
      ]);
    },
  };
}
