import { isIP } from 'node:net';
import { type Account, type Attempt, attempt, endingOf } from '../dialogue/attempt.js';
import type { AuthMode } from '../dialogue/auth.js';
import type { Library } from '../dialogue/library.js';
import type { Finding } from '../dialogue/outcome.js';
import type { Target, TlsOptions } from '../wire/target.js';
import type { WireEvent } from '../wire/trace.js';

/** What every probe of a run works with. */
export interface Context {
  readonly library: Library;
  readonly tlsOptions: TlsOptions;
  /** Limit for each answer. */
  readonly timeoutMs: number;
  /** One message may be fetched. */
  readonly allowRetr: boolean;
  /** Every secret of the run, so that no transcript shows any. */
  readonly secrets: readonly string[];
  /** Set when the time of the run is up, or somebody ended it. */
  readonly signal: AbortSignal;
  readonly transcripts: { title: string; events: readonly WireEvent[] }[];
  /** Says what is waited for at the moment. */
  readonly waiting: (what: string) => void;
}

/** How one dialogue of a probe went. */
export interface Look extends Attempt {
  /** What ended it before its end. */
  readonly ending: Finding | undefined;
  /** The time of the run was up in its middle: what it did not see says nothing. */
  readonly cut: boolean;
  /** Milliseconds from the first packet to the connection, and by command. */
  readonly connectMs: number | undefined;
  readonly commandMs: Readonly<Record<string, number>>;
}

/** Who logs in by what. */
export interface Login {
  readonly account: Account;
  readonly way: AuthMode;
  readonly capabilities: readonly string[];
}

/** Beside the limit for each answer, so much time has a dialogue as a whole. */
const ANSWERS_MAX = 6;

/** Runs a dialogue on one connection; its transcript goes to the others. Never rejects. */
export async function look(
  context: Context,
  title: string,
  dialogue: string,
  target: Target,
  login?: Login,
): Promise<Look> {
  const { library, timeoutMs, secrets, signal } = context;
  let connectMs: number | undefined;
  const commandMs: Record<string, number> = {};
  const result = await attempt(
    library.compile(dialogue, `(${title})`),
    {
      target,
      auth: login?.way ?? 'user',
      capabilities: login?.capabilities ?? [],
      timeoutMs,
      allowDelete: false,
      secrets,
      deliver: undefined,
      signal,
      tolerant: true,
    },
    login === undefined ? [] : [login.account],
    {},
    ANSWERS_MAX * timeoutMs,
    () => ({
      phase(name, ok, totalUs) {
        if (name === 'connect' && ok) connectMs = Math.round(totalUs / 1000);
      },
      command(verb, _ok, _firstOctetUs, totalUs) {
        commandMs[verb] = Math.max(commandMs[verb] ?? 0, Math.round(totalUs) / 1000);
      },
    }),
  );
  context.transcripts.push({ title, events: result.transcript });
  const ending = endingOf(result);
  return { ...result, ending, cut: !result.finished && ending === undefined, connectMs, commandMs };
}

/** `host:port`, an IPv6 address in brackets. */
export function hostPort(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** All that a server said in a look before anything was said to it, Latin-1. */
export function heardFirst(events: readonly WireEvent[]): string {
  let heard = '';
  for (const { kind, text } of events) {
    if (kind === 'send') break;
    if (kind === 'receive') heard += text;
  }
  return heard.slice(0, HEARD_MAX);
}

export const HEARD_MAX = 500;
