import { hostPort } from '../context.js';
import type { EndpointFacts, Facts, LoginTry } from '../facts.js';
import { meanings, type RefusalKind } from '../probes/refusals.js';
import type { Match } from '../rule.js';
import { spoken } from '../words.js';

/** What several rules ask of the facts. */

export const match = (weight: number, ...reasons: readonly (string | undefined)[]): Match => ({
  weight,
  reasons: reasons.filter((reason) => reason !== undefined),
});

export const at = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  hostPort(host, port);

/** The endpoint with its address, where families matter. */
export const atAddress = (one: EndpointFacts): string => `${at(one)} (${one.address})`;

export const connected = ({ endpoints }: Facts): EndpointFacts[] =>
  endpoints.filter(({ connect }) => connect === 'ok');

/** Endpoints at which a POP3 server can be spoken to. */
export const pop3 = ({ endpoints }: Facts): EndpointFacts[] =>
  endpoints.filter(({ speaks }) => speaks === 'pop3');

/** Those with a TLS that came about. */
export const withTls = ({ endpoints }: Facts): EndpointFacts[] =>
  endpoints.filter(({ tls }) => tls?.handshake === 'ok');

/** One line of a server for a reason, in quotes. */
export const quoted = (line: string): string => `"${spoken(line)}"`;

export const list = (items: readonly string[]): string => [...new Set(items)].join(', ');

/** A login that was let in, and those refused before it. */
export function logins({ logins: tries }: Facts): { in: LoginTry | undefined; refused: LoginTry[] } {
  return {
    in: tries.find(({ outcome }) => outcome === 'ok'),
    refused: tries.filter(({ outcome }) => outcome !== 'ok'),
  };
}

/** The first refusal with words of this meaning, of those that no later login made good. */
export function refusalThatMeans(facts: Facts, kind: RefusalKind): LoginTry | undefined {
  const { in: letIn, refused } = logins(facts);
  if (letIn !== undefined) return undefined;
  return refused.find(({ reply }) => reply !== '' && meanings(reply).has(kind));
}

/** The answer to a login in one sentence. */
export function toldBy({ at: where, way, reply, outcome, name }: LoginTry): string {
  const who = name === 'local' ? ' with the name before the @' : '';
  const what = reply === '' ? ENDS[outcome] : `was answered ${quoted(reply)}`;
  return `the login by ${WAYS[way] ?? way.toUpperCase()}${who} at ${where} ${what}`;
}

const ENDS: Readonly<Record<LoginTry['outcome'], string>> = {
  ok: 'was let in',
  refused: 'was refused',
  closed: 'was answered by the end of the connection',
  timeout: 'got no answer',
  failed: 'did not come to an answer',
};

const WAYS: Readonly<Record<string, string>> = { user: 'USER and PASS' };

/** Meanings that say nothing but that name or password are not taken. */
const PLAIN: ReadonlySet<RefusalKind> = new Set<RefusalKind>(['credentials', 'noUser', 'wholeAddress']);

/** Whether a reply names the credentials and something else, and leaves open which it is: QQ lists five causes in one sentence. */
export function namesAlternatives(reply: string): boolean {
  const kinds = [...meanings(reply)];
  return / or /i.test(reply) && kinds.includes('credentials') && kinds.some((kind) => !PLAIN.has(kind));
}

/** A refusal that blames the credentials and names nothing else that is wrong. */
export function plainRefusal(facts: Facts): LoginTry | undefined {
  const { in: letIn, refused } = logins(facts);
  if (letIn !== undefined) return undefined;
  return refused.find(({ outcome, reply, code }) => {
    if (outcome !== 'refused') return false;
    const other = [...meanings(reply)].some((kind) => !PLAIN.has(kind));
    return (!other || namesAlternatives(reply)) && (code === 'AUTH' || code === '');
  });
}

/** Milliseconds as a person says them. */
export const duration = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
