import { isIP } from 'node:net';
import { Chalk } from 'chalk';
import type { DiagnoseResult } from '../diagnose/result.js';
import { diagnoseSummary } from './terminal-diagnose.js';
import { transcriptText } from './transcript.js';

const BOUNDS = { lines: 80, lineOctets: 200 } as const;

/** Hosts that say nothing about anybody. */
const PUBLIC = /^(localhost|(?:[\w-]+\.)*example\.(?:com|org|net)|support\.google\.com)$/i;
const LOOPBACK = /^(127\.|::1$|0:0:0:0:0:0:0:1$)/;

/**
 * A diagnosis as text that can be shown in public: summary and transcripts, in which addresses, names of users, IP addresses, unique-ids,
 * message-ids and everything that looks like a token stand under aliases, the same one for the same thing throughout. `hosts`: host names, too.
 * Message headers are left out.
 */
export function shareText(doc: DiagnoseResult, { hosts }: { readonly hosts: boolean }): string {
  const aliases = new Aliases(doc, hosts);
  const transcripts = doc.transcripts.map(({ title, events }) => {
    const spoken = events.map((event, index) => {
      const asked = events.slice(0, index).findLast(({ kind }) => kind === 'send')?.text ?? '';
      if (event.kind !== 'receive') return event;
      if (/^(TOP|RETR)\b/i.test(asked) && !/^[+-](OK|ERR)/i.test(event.text))
        return { ...event, text: `[${event.text.length} octets of a message]\r\n` };
      if (/^UIDL\b/i.test(asked))
        return {
          ...event,
          text: event.text.replace(
            /^(\d+ +)(\S.*?)(\r?)$/gm,
            (_, number: string, id: string, end: string) => `${number}${aliases.of('id', id)}${end}`,
          ),
        };
      return event;
    });
    return { title, events: spoken };
  });
  // Before it is laid out: a name that is broken over two lines would not be found.
  const shown = aliases.everywhere({ ...doc, transcripts });
  const said = shown.transcripts.map(({ title, events }) => `== ${title}\n${transcriptText(events, BOUNDS)}`);
  return `${[diagnoseSummary(shown, new Chalk({ level: 0 })), ...said].join('\n')}\n`;
}

/** What popspec wrote itself: words that reports look up, and links. */
const KEPT: ReadonlySet<string> = new Set(['id', 'kind', 'stage', 'outcome', 'connection', 'link']);

type Kind = 'address' | 'user' | 'ip' | 'host' | 'id' | 'token';

/** What stands for what, numbered in the order of appearance. */
class Aliases {
  private readonly known = new Map<string, string>();
  private readonly counts = new Map<Kind, number>();
  private readonly user: string;

  constructor(
    doc: DiagnoseResult,
    private readonly hosts: boolean,
  ) {
    const [, local = ''] = /^([^@\s]+)(?:@| at )/.exec(doc.subject) ?? [];
    this.user = local;
  }

  of(kind: Kind, what: string): string {
    const key = `${kind} ${what.toLowerCase()}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const number = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, number);
    const alias = `<${kind}-${number}>`;
    this.known.set(key, alias);
    return alias;
  }

  /** The same with aliases in every text that a server or a person wrote. */
  everywhere<T>(value: T): T {
    if (typeof value === 'string') return this.masked(value) as T;
    if (Array.isArray(value)) return value.map((one) => this.everywhere(one)) as T;
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).map(([key, one]) => [
      key,
      KEPT.has(key) ? one : this.everywhere(one),
    ]);
    return Object.fromEntries(entries) as T;
  }

  private masked(text: string): string {
    let shown = text
      // What stands in <…> with an @ in it: a timestamp of APOP or a message-id.
      .replace(/<[^<>@\s]{1,200}@[^<>\s]{1,200}>/g, (id) => this.of('id', id))
      .replace(/[\w.+%-]+@[\w-]+(\.[\w-]+)*/g, (address) => this.of('address', address))
      .replace(/\b[A-Za-z0-9+/_-]{40,}={0,2}/g, (token) => this.of('token', token))
      .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, (ip) => (LOOPBACK.test(ip) ? ip : this.of('ip', ip)))
      .replace(/(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi, (ip) =>
        isIP(ip) === 6 && !LOOPBACK.test(ip) ? this.of('ip', ip) : ip,
      );
    if (this.user.length > 1)
      shown = shown.replace(
        new RegExp(`(?<![\\w<-])${this.user.replace(/[^\w]/g, '\\$&')}(?![\\w-])`, 'gi'),
        (name) => this.of('user', name),
      );
    if (this.hosts)
      shown = shown.replace(/\b(?:[a-z0-9-]+\.)+(?:[a-z]{2,24})\b/gi, (host) =>
        PUBLIC.test(host) ? host : this.of('host', host),
      );
    return shown;
  }
}
