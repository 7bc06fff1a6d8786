import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Provider } from '../diagnose/provider.js';
import type { ConnectTo, Subject } from '../diagnose/subject.js';
import { UsageError } from './exit-codes.js';
import { targetOf } from './target.js';
import { choice, single } from './values.js';

type Args = Readonly<Record<string, unknown>>;

const ADDRESS = /^([^\s@<>:/\\]+)@([^\s@<>:/\\]+)$/;

/** What the command line asks about: `user@example.org`, `host[:port]`, a target URL, or nothing beside --provider. Throws UsageError. */
export function subjectOf(args: Args, provider: Provider | undefined): Subject {
  const text = single('target', args.target);
  const named = provider === undefined ? {} : { provider: provider.id };
  const user = single('user', args.user);
  if (user !== undefined && /[\r\n\0]/.test(user))
    throw new UsageError('--user holds a line end or NUL', 'give the bare name');
  const tls = choice('tls', args.tls, ['none', 'stls', 'implicit'] as const);
  const set = tls === undefined ? {} : { tls };
  if (text === undefined) {
    if (provider === undefined)
      throw new UsageError(
        'there is nothing to diagnose',
        'give an address (user@example.org), a host, or --provider NAME',
      );
    return {
      kind: 'provider',
      shown: provider.name,
      domain: '',
      ...named,
      ...set,
      ...(user === undefined ? {} : { user }),
    };
  }
  const [, local, domainText] = ADDRESS.exec(text) ?? [];
  // user@192.0.2.1 is a host with a user, as in a URL.
  if (local !== undefined && domainText !== undefined && isIP(domainText) === 0) {
    const domain = domainToASCII(domainText.toLowerCase().replace(/\.$/, ''));
    if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(domain))
      throw new UsageError(`"${text}" is no mail address`, 'write user@example.org, or a host');
    return {
      kind: 'address',
      shown: `${local}@${domain}`,
      domain,
      user: user ?? `${local}@${domain}`,
      ...named,
      ...set,
    };
  }
  const {
    embedded,
    host,
    port,
    otherPort,
    tls: mode,
    user: ofUrl,
  } = targetOf({ ...args, tls: undefined, target: text });
  if (embedded)
    throw new UsageError(
      'the embedded server has nothing to diagnose',
      'popspec serve --personality NAME starts one that has',
    );
  const asWritten = isIP(text) === 6 ? `[${text}]` : text;
  const scheme = /^(\w+):\/\//.exec(text)?.[1];
  const hasPort = /:\d+\/?$/.test(asWritten.replace(/^\w+:\/\//, '').replace(/^.*@/, ''));
  // A scheme says how the mail program is set up; a bare host leaves that open.
  const given = tls ?? (scheme === 'pop3s' || scheme === 'pops' ? mode : undefined);
  const name = user ?? ofUrl;
  const where = hasPort || scheme !== undefined ? { port } : {};
  const shownHost = isIP(host) === 6 ? `[${host}]` : host;
  return {
    kind: 'host',
    shown: `${name === undefined ? '' : `${name} at `}${shownHost}${'port' in where ? `:${port}` : ''}`,
    domain: host.toLowerCase(),
    ...where,
    ...(otherPort === undefined ? {} : { otherPort }),
    ...(given === undefined ? {} : { tls: given }),
    ...(name === undefined ? {} : { user: name }),
    ...named,
  };
}

const CONNECT_TO = /^(\[[^\]]+\]|[^:]*):(\d*):(\[[^\]]+\]|[^:]*):(\d*)$/;

/** `HOST:PORT:TO-HOST:TO-PORT` as curl has it; each may be left out, IPv6 addresses stand in brackets. Throws UsageError. */
export function connectToOf(text: string): ConnectTo {
  const [, host, port, toHost, toPort] = CONNECT_TO.exec(text) ?? [];
  if (host === undefined || toHost === undefined)
    throw new UsageError(
      `--connect-to ${text} cannot be understood`,
      '--connect-to pop.example.org:995:127.0.0.1:1995',
    );
  const bare = (name: string): string => name.replace(/^\[|\]$/g, '').toLowerCase();
  const numberOf = (digits: string | undefined): number | undefined => {
    if (digits === undefined || digits === '') return undefined;
    if (Number(digits) < 1 || Number(digits) > 65_535)
      throw new UsageError(`--connect-to ${text} has no port ${digits}`, 'ports go from 1 to 65535');
    return Number(digits);
  };
  return { host: bare(host), port: numberOf(port), toHost: bare(toHost), toPort: numberOf(toPort) };
}

/** `address[:port]` of a name server. Throws UsageError. */
export function dnsOf(text: string): string {
  const [, address = ''] = /^\[?([^\]]*?)\]?(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (isIP(text) !== 0 || isIP(address) !== 0) return text;
  throw new UsageError(
    `--dns ${text} is no address of a name server`,
    '--dns 9.9.9.9, or --dns 127.0.0.1:5353',
  );
}

/** An http URL. Throws UsageError. */
export function urlOf(option: string, text: string): string {
  if (/^https?:\/\/./.test(text) && URL.canParse(text)) return text;
  throw new UsageError(`--${option} ${text} is no URL`, `--${option} http://127.0.0.1:8080`);
}
