import type { Behaviour } from './behaviour.js';
import { err } from './session.js';

/** SASL mechanisms that hand the password or token over (RFC 2595 §2.3). */
const CLEAR_TEXT = /^(PLAIN|LOGIN|OAUTHBEARER|XOAUTH2)$/i;

/**
 * Refuses all clear-text logins until TLS is active, and announces none of them (RFC 2595 §2.3 and §6). What was
 * given is not looked at, so that the refusal tells nothing of it (RFC 8314 §4.1).
 */
export function requireTls(behaviour: Behaviour): void {
  refuse(behaviour, 'USER', () => true);
  refuse(behaviour, 'PASS', () => true);
  refuse(behaviour, 'AUTH', ([mechanism = '']) => CLEAR_TEXT.test(mechanism));
  const { capabilities } = behaviour;
  behaviour.capabilities = (s) => {
    const list = capabilities(s);
    if (s.secure || s.phase === 'transaction') return list;
    return list
      .filter((line) => line !== 'USER')
      .map(withoutClearText)
      .filter((line) => line !== 'SASL');
  };
}

function withoutClearText(line: string): string {
  const [tag, ...mechanisms] = line.split(' ');
  if (tag !== 'SASL') return line;
  return ['SASL', ...mechanisms.filter((mechanism) => !CLEAR_TEXT.test(mechanism))].join(' ');
}

function refuse(behaviour: Behaviour, verb: string, concerns: (args: readonly string[]) => boolean): void {
  const command = behaviour.commands.get(verb);
  if (command === undefined) return;
  const { run } = command;
  command.run = (s, args) =>
    s.secure || !concerns(args) ? run(s, args) : err(s, 'not without TLS: say STLS first');
}
