import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../../dialogue/attempt.js';
import type { WireEvent } from '../../wire/trace.js';
import { type Context, hostPort, type Look, look } from '../context.js';
import type { EndpointFacts, LoginTry } from '../facts.js';
import { loginAndLook } from './dialogues.js';
import type { Step } from './login-plan.js';
import { asksForPatience, endsTheMatter } from './refusals.js';
import type { Endpoint } from './survey.js';

/** A longer LOGIN-DELAY (RFC 2449 §6.5) is not waited for: a conclusion is to be there in seconds. */
const DELAY_MAX_S = 5;

export type LoginEnd = 'in' | 'budget' | 'time-up' | 'told-to-wait' | 'no-more-ways';

export interface LoginsDone {
  readonly tries: readonly LoginTry[];
  readonly end: LoginEnd;
  /** The session that was let in, with what it saw. */
  readonly session?: Look;
}

/** Tries one login after another until one is let in, the budget is spent, or the server's answer leaves nothing to try. */
export async function tryLogins(
  steps: readonly Step[],
  account: Account,
  budget: number,
  endpointOf: (facts: EndpointFacts) => Endpoint,
  context: Context,
): Promise<LoginsDone> {
  const tries: LoginTry[] = [];
  for (const step of steps) {
    if (context.signal.aborted) return { tries, end: 'time-up' };
    if (tries.length >= budget) return { tries, end: 'budget' };
    const delayS = tries.length === 0 ? 0 : loginDelay(step.endpoint);
    if (delayS > DELAY_MAX_S) return { tries, end: 'told-to-wait' };
    if (delayS > 0) {
      context.waiting(`${delayS} s, as the server wants between logins`);
      await sleep(delayS * 1000, undefined, { signal: context.signal }).catch(() => {});
    }
    const { facts, session } = await tryOne(step, account, endpointOf(step.endpoint), context);
    if (session.cut && facts.outcome !== 'ok') return { tries, end: 'time-up' };
    tries.push(facts);
    if (facts.outcome === 'ok') return { tries, end: 'in', session };
    if (asksForPatience(facts.reply)) return { tries, end: 'told-to-wait' };
    if (endsTheMatter(facts.reply)) return { tries, end: 'no-more-ways' };
  }
  return { tries, end: 'no-more-ways' };
}

async function tryOne(
  { endpoint, tls, way, name }: Step,
  account: Account,
  { connectPort }: Endpoint,
  context: Context,
): Promise<{ facts: LoginTry; session: Look }> {
  const at = hostPort(endpoint.host, endpoint.port);
  context.waiting(`login at ${at} by ${way.toUpperCase()}`);
  const target = {
    host: endpoint.host,
    address: endpoint.address,
    port: connectPort,
    tls: !tls ? 'none' : endpoint.mode === 'tls' ? 'implicit' : 'stls',
    // Whether the certificate is good enough was decided by who planned this.
    tlsOptions: { ...context.tlsOptions, insecure: true },
  } as const;
  const who = name === 'local' ? { ...account, name: account.name.replace(/@[^@]*$/, '') } : account;
  const capabilities = (tls ? endpoint.capaTls : endpoint.capaClear) ?? [];
  const session = await look(
    context,
    `login ${at} by ${way}`,
    loginAndLook(context.allowRetr, context.timeoutMs),
    target,
    {
      account: who,
      way,
      capabilities,
    },
  );
  const facts = { at, way, name, tls, ...refusalOf(session), tookMs: Math.round(session.durationMs) };
  return { facts, session };
}

function refusalOf({
  values,
  ending,
  transcript,
}: Look): Pick<LoginTry, 'outcome' | 'reply' | 'code' | 'verb' | 'challenge'> {
  if (values.logged_in === true) return { outcome: 'ok', reply: '', code: '', verb: '', challenge: '' };
  const cause = ending?.cause;
  const refused = cause === 'reply' && /^-ERR/i.test(ending?.actual ?? '');
  const ended = cause === 'close' || cause === 'reset';
  const outcome = refused ? 'refused' : ended ? 'closed' : cause === 'timeout' ? 'timeout' : 'failed';
  const reply = ending === undefined ? '' : refused || cause === 'reply' ? ending.actual : '';
  const code = /^-ERR \[([^\]\s]+)/i.exec(reply)?.[1]?.toUpperCase() ?? '';
  return { outcome, reply, code, verb: lastVerb(transcript), challenge: challengeOf(transcript) };
}

/** The last command but QUIT; '' for the lines of a mechanism. */
function lastVerb(transcript: readonly WireEvent[]): string {
  const sent =
    transcript.filter(({ kind, text }) => kind === 'send' && !/^QUIT/i.test(text)).at(-1)?.text ?? '';
  const verb = /^[A-Z]{3,8}\b/.exec(sent)?.[0] ?? '';
  return verb;
}

const CHALLENGE_MAX = 300;

/** What XOAUTH2 and OAUTHBEARER tell of an error in base64 (RFC 7628 §3.2.2); only that is JSON. */
function challengeOf(transcript: readonly WireEvent[]): string {
  const line =
    transcript.filter(({ kind, text }) => kind === 'receive' && text.startsWith('+ ')).at(-1)?.text ?? '';
  const text = Buffer.from(line.slice(2).trim(), 'base64').toString('latin1');
  return text.startsWith('{') ? text.slice(0, CHALLENGE_MAX) : '';
}

function loginDelay({ capaTls, capaClear }: EndpointFacts): number {
  for (const line of capaTls ?? capaClear ?? []) {
    const seconds = /^LOGIN-DELAY (\d{1,6})/i.exec(line)?.[1];
    if (seconds !== undefined) return Number(seconds);
  }
  return 0;
}
