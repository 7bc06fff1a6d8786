import { create } from 'xmlbuilder2';
import type { Facts } from '../facts.js';

export type AutoconfigFacts = Facts['autoconfig'][number];
export type ConfiguredServer = AutoconfigFacts['servers'][number];

/** A configuration is a few kilobytes. */
const OCTETS_MAX = 64 * 1024;
const SERVERS_MAX = 20;

/**
 * Where mail programs look for the configuration of a domain. The domain's own servers are told the address, as they are by mail
 * programs; that of the mail exchanger only which domain is meant.
 */
export function autoconfigUrls(domain: string, address: string | undefined, mx: readonly string[]): string[] {
  const query = address === undefined ? '' : `?emailaddress=${encodeURIComponent(address)}`;
  const urls = [
    `https://autoconfig.${domain}/mail/config-v1.1.xml${query}`,
    `https://${domain}/.well-known/autoconfig/mail/config-v1.1.xml${query}`,
  ];
  // mx1.mail.example.org belongs to example.org, as far as that can be told without a list of public suffixes.
  const exchanger = mx[0]?.split('.').slice(-2).join('.');
  if (exchanger !== undefined && exchanger !== domain && exchanger.includes('.'))
    urls.push(`https://autoconfig.${exchanger}/mail/config-v1.1.xml`);
  return urls;
}

/**
 * Fetches a configuration. With a base (`http://127.0.0.1:8080`) `https://host/path` is fetched from `base/host/path`. Never rejects.
 */
export async function fetchAutoconfig(
  url: string,
  base: string | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<AutoconfigFacts> {
  const shown = url.replace(/\?.*$/, '');
  const nothing = (answer: AutoconfigFacts['answer']): AutoconfigFacts => ({
    url: shown,
    answer,
    servers: [],
  });
  const from = base === undefined ? url : url.replace(/^https:\/\//, `${base.replace(/\/$/, '')}/`);
  let text: string;
  try {
    const response = await fetch(from, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) });
    if (!response.ok) {
      await response.body?.cancel();
      return nothing('absent');
    }
    text = await bounded(response);
  } catch {
    return nothing('unreachable');
  }
  const servers = incomingServers(text);
  return servers === undefined ? nothing('unreadable') : { url: shown, answer: 'found', servers };
}

async function bounded(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of response.body ?? []) {
    pieces.push(piece);
    octets += piece.length;
    if (octets > OCTETS_MAX) break;
  }
  return Buffer.concat(pieces).subarray(0, OCTETS_MAX).toString('utf8');
}

type Tree = { [name: string]: unknown };

/** The incoming servers of a configuration document, undefined where it is none. Entities are not expanded. */
export function incomingServers(text: string): ConfiguredServer[] | undefined {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) return undefined;
  let tree: Tree;
  try {
    tree = create(text).end({ format: 'object' }) as unknown as Tree;
  } catch {
    return undefined;
  }
  const config = child(tree, 'clientConfig');
  if (config === undefined) return undefined;
  const providers = list(config.emailProvider).filter(isTree);
  return providers
    .flatMap((provider) => list(provider.incomingServer).filter(isTree))
    .slice(0, SERVERS_MAX)
    .flatMap((server) => {
      const port = Number(server.port);
      const host = String(server.hostname ?? '').toLowerCase();
      if (!/^[a-z0-9.:-]+$/.test(host) || !Number.isInteger(port) || port < 1 || port > 65_535) return [];
      return [
        {
          type: String(server['@type'] ?? ''),
          host,
          port,
          socket: String(server.socketType ?? ''),
          authentication: list(server.authentication).map(String),
          username: String(server.username ?? ''),
        },
      ];
    });
}

function child(tree: Tree, name: string): Tree | undefined {
  const found = tree[name];
  return isTree(found) ? found : undefined;
}

function isTree(value: unknown): value is Tree {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}
