import type { Behaviour } from '../behaviour.js';
import type { Limits } from '../limits.js';
import { data, err, type Session } from '../session.js';

/** A way in which a server is known to differ from what clients expect. */
export interface Quirk {
  /** One sentence: what it does. */
  readonly text: string;
  /** Where that was reported. */
  readonly source: string;
}

/** What the embedded server takes on to be like a server in service. */
export interface Personality {
  /** Stable: command lines and tests name it. */
  readonly id: string;
  /** One sentence: whom it is like. */
  readonly title: string;
  readonly speaks: 'POP3' | 'IMAP' | 'SMTP' | 'HTTP';
  readonly quirks: readonly Quirk[];
  /** Its entry in the provider table of `popspec diagnose`, where it is a provider. */
  readonly provider?: string;
  /** The cause that `popspec diagnose` names first, given the right password and a sound mailbox; null: nothing is wrong. */
  readonly firstCause: string | null;
  /** The only port that it listens on; both when left out. */
  readonly only?: 'plain' | 'tls';
  readonly face?: Face;
  /** Ids of the fault catalogue. */
  readonly faults?: readonly string[];
  readonly limits?: Limits;
  /** What neither face, faults nor limits can say. */
  apply?(behaviour: Behaviour): void;
}

/** What a POP3 server shows of itself. */
export interface Face {
  /** The text of the greeting, without an APOP timestamp. */
  readonly greeting: string;
  /** Its words by ours, response codes included; `# octets` are those of RETR, with the number for the sign. */
  readonly words?: Readonly<Record<string, string>>;
  /** Commands that it does not have. */
  readonly lacks?: readonly string[];
  /** The SASL mechanisms that it has; APOP's timestamp is in the greeting where APOP is not lacking. */
  readonly sasl?: readonly string[];
  /** Default: ours, as far as there are commands for them. */
  readonly capabilities?: (s: Session) => readonly string[];
}

/** Commands that few servers besides this one have. */
export const RARE = ['UTF8', 'LANG'] as const;

/** Gives `behaviour` the words, commands and mechanisms of a face. */
export function putOn(behaviour: Behaviour, face: Face): void {
  const { greeting, words = {}, lacks = [], sasl, capabilities } = face;
  for (const verb of lacks) behaviour.commands.delete(verb);
  if (!behaviour.commands.has('APOP')) behaviour.timestamp = () => '';
  behaviour.greet = (s) => void data(s, [greeting, s.timestamp].filter((part) => part !== '').join(' '));
  const { mechanisms } = behaviour.sasl;
  if (sasl !== undefined)
    for (const name of [...mechanisms.keys()]) if (!sasl.includes(name)) mechanisms.delete(name);
  const { capabilities: all } = behaviour;
  behaviour.capabilities =
    capabilities === undefined
      ? (s) => all(s).filter((line) => has(behaviour, line))
      : (s) => [...capabilities(s)];
  const { text } = behaviour;
  behaviour.text = (s, positive, ours) => {
    const [count] = /^\d+(?= octets$)/.exec(ours) ?? [];
    const own = count === undefined ? words[ours] : words['# octets']?.replace('#', count);
    return own ?? text(s, positive, ours);
  };
}

function has({ commands, sasl }: Behaviour, line: string): boolean {
  const [tag = ''] = line.split(' ');
  if (tag === 'IMPLEMENTATION') return false;
  if (tag === 'SASL') return commands.has('AUTH') && sasl.mechanisms.size > 0;
  return !['TOP', 'UIDL', 'STLS', 'UTF8', 'LANG'].includes(tag) || commands.has(tag);
}

/** STLS, in the state in which it may be announced (RFC 2595 §4). */
export function stls(s: Session): readonly string[] {
  return s.secure || s.phase === 'transaction' ? [] : ['STLS'];
}

/** Our words for what servers say in many ways. */
export const LOGIN_REFUSED = '[AUTH] wrong name or password';
export const LOCKED = '[IN-USE] the maildrop is in use by another session';

/** Refuses every login with the right password in `words`; bearer tokens are not concerned. */
export function refusePasswords(behaviour: Behaviour, words: string): void {
  behaviour.passwordMatches = () => false;
  behaviour.digestMatches = () => false;
  behaviour.sasl.plainMatches = () => false;
  behaviour.refuseLogin = (s) => err(s, words);
}
