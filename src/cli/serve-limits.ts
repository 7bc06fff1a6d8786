import { EXCESSES, type Limits, STORE_FAILURES } from '../serve/limits.js';
import { UsageError } from './exit-codes.js';
import { choice, durationMs, number, several } from './values.js';

const COUNT = { least: 1, most: 1_000_000, integer: true } as const;

/** The limits that `popspec serve` is asked to have. */
export function limitsOf(args: Readonly<Record<string, unknown>>): Limits {
  const count = (name: string) => number(name, args[name], COUNT);
  const duration = (name: string) => (args[name] === undefined ? undefined : durationMs(name, args[name], 0));
  const excess = choice('excess', args.excess, EXCESSES);
  const atConnection = count('away-at');
  const forMs = duration('away-for');
  if (excess !== undefined && args['max-connections'] === undefined)
    throw new UsageError('--excess is given, and no limit', 'add --max-connections N');
  if ((atConnection === undefined) !== (forMs === undefined))
    throw new UsageError('--away-at and --away-for belong together', '--away-at 50 --away-for 3s');
  return defined({
    connectionsPerAddress: count('max-connections'),
    excess,
    badCommands: count('bad-commands'),
    failedLogins: count('failed-logins'),
    loginPenaltyMs: duration('login-penalty'),
    apopOnly: args['apop-only'] === true,
    storeFails: choice('store-fails', args['store-fails'], STORE_FAILURES),
    loginDelay: seconds(duration('login-delay')),
    expire: retention(args.expire),
    noStls: args['without-stls'] === true,
    noSurrogates: args['without-surrogates'] === true,
    requireTls: args['require-tls'] === true,
    replyDelayMs: duration('reply-delay'),
    mute: several(args.mute),
    away: atConnection === undefined || forMs === undefined ? undefined : { atConnection, forMs },
  });
}

/** CAPA tells whole seconds. */
function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.ceil(ms / 1000);
}

function retention(value: unknown): Limits['expire'] {
  return /^never$/i.test(String(value))
    ? 'NEVER'
    : number('expire', value, { least: 0, most: 1_000_000, integer: true });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>;
}
