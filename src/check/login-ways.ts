import type { AuthMode } from '../dialogue/auth.js';

const BY_SASL: readonly AuthMode[] = ['plain', 'cram-md5', 'scram-sha-256', 'scram-sha-1'];

/**
 * The ways of logging in by password that a server offers, in the order in which they are tried. What CAPA lists counts
 * where there is CAPA (RFC 2449 §6.3, RFC 5034 §3); APOP is offered by the timestamp of the greeting (RFC 1939 §7). A
 * server that offers nothing is tried with USER.
 */
export function offeredWays(capabilities: readonly string[], greeting: string): readonly AuthMode[] {
  const listed = capabilities.map((line) => line.trim().toUpperCase().split(/ +/));
  const mechanisms = listed.filter(([tag]) => tag === 'SASL').flatMap(([, ...names]) => names);
  const ways: AuthMode[] = [];
  if (listed.length === 0 || listed.some(([tag]) => tag === 'USER')) ways.push('user');
  if (/<[^<>@\s]+@[^<>@\s]+>/.test(greeting)) ways.push('apop');
  ways.push(...BY_SASL.filter((way) => mechanisms.includes(way.toUpperCase())));
  return ways.length === 0 ? ['user'] : ways;
}
