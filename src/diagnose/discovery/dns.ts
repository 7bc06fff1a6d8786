import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { DnsAnswer, Facts } from '../facts.js';

/** Asks a name service; `servers` are `address:port`, those of the system when there are none. */
export interface Names {
  mx(domain: string): Promise<Pick<Facts['dns'], 'mx' | 'nullMx'> & { answer: DnsAnswer }>;
  srv(domain: string): Promise<Pick<Facts['dns'], 'srv' | 'srvNotOffered'> & { answer: DnsAnswer }>;
  addresses(host: string): Promise<Omit<Facts['hosts'][number], 'host' | 'origin'>>;
}

/** A query is repeated once: an answer in UDP may be lost. */
const TRIES = 2;

const ANSWERS: Readonly<Record<string, DnsAnswer>> = {
  ENOTFOUND: 'no-name',
  ENODATA: 'no-data',
  ESERVFAIL: 'server-failure',
  EREFUSED: 'refused',
  ECONNREFUSED: 'refused',
  ETIMEOUT: 'timeout',
  ECANCELLED: 'timeout',
};

export function names(servers: readonly string[], timeoutMs: number, signal: AbortSignal): Names {
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / TRIES), tries: TRIES });
  if (servers.length > 0) resolver.setServers(servers);
  signal.addEventListener('abort', () => resolver.cancel(), { once: true });
  const ask = async <T>(query: Promise<T[]>): Promise<{ answer: DnsAnswer; records: T[] }> => {
    try {
      return { answer: 'found', records: await query };
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      return { answer: ANSWERS[code] ?? 'server-failure', records: [] };
    }
  };
  return {
    async mx(domain) {
      const { answer, records } = await ask(resolver.resolveMx(domain));
      const mx = records
        .sort((a, b) => a.priority - b.priority)
        .map(({ exchange }) => exchange.toLowerCase());
      // RFC 7505 §3: a single MX with an empty name.
      const nullMx = mx.length === 1 && mx[0] === '';
      return { answer, mx: nullMx ? [] : mx, nullMx };
    },
    async srv(domain) {
      const services = ['pop3s', 'pop3'] as const;
      const asked = await Promise.all(
        services.map((service) => ask(resolver.resolveSrv(`_${service}._tcp.${domain}`))),
      );
      const found = asked.flatMap(({ records }, index) =>
        records
          .sort((a, b) => a.priority - b.priority || b.weight - a.weight)
          .map(({ name, port }) => ({ service: services[index] ?? 'pop3', host: name.toLowerCase(), port })),
      );
      // RFC 6186 §3.4 and RFC 2782: the target "." says that the service is not there.
      const offered = found.filter(({ host }) => host !== '');
      return {
        answer: asked.find(({ answer }) => answer === 'found')?.answer ?? asked[0]?.answer ?? 'no-name',
        srv: offered,
        srvNotOffered: services.filter((service) =>
          found.some((one) => one.service === service && one.host === ''),
        ),
      };
    },
    async addresses(host) {
      const startedMs = performance.now();
      const tookMs = (): number => Math.round(performance.now() - startedMs);
      if (isIP(host) !== 0) {
        const own =
          isIP(host) === 4
            ? ({ a: 'found', aaaa: 'no-data' } as const)
            : ({ a: 'no-data', aaaa: 'found' } as const);
        return { ...own, addresses: [host], tookMs: 0 };
      }
      const [four, six] = await Promise.all([ask(resolver.resolve4(host)), ask(resolver.resolve6(host))]);
      const addresses = [...four.records, ...six.records];
      if (addresses.length > 0 || servers.length > 0)
        return { a: four.answer, aaaa: six.answer, addresses, tookMs: tookMs() };
      // Names of the machine's own file, of mDNS and the like, as a mail program would see them.
      const { records } = await ask(lookup(host, { all: true }));
      const has = (family: number, answer: DnsAnswer): DnsAnswer =>
        records.some((record) => record.family === family) ? 'found' : answer;
      return {
        a: has(4, four.answer),
        aaaa: has(6, six.answer),
        addresses: records.map(({ address }) => address),
        tookMs: tookMs(),
      };
    },
  };
}
