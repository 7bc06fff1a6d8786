import { Buffer } from 'node:buffer';
import { saslprep } from '../pop3/saslprep.js';
import type { Behaviour } from './behaviour.js';
import { LANGUAGES, languageFor, translated, utf8Octets } from './languages.js';
import { storedAs } from './maildrop.js';
import { data, err, ok, type Session } from './session.js';
import { surrogateOf } from './surrogate.js';

const FATAL = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF8 (RFC 6856 §2.1). */
export function utf8Mode(s: Session): boolean {
  s.utf8 = true;
  return ok(s, 'UTF-8 mode is on');
}

/** LANG, with a language range or without (RFC 6856 §3.2). */
export function lang(s: Session, [range]: readonly string[]): boolean {
  if (range === undefined) {
    ok(s, 'languages follow');
    const rows = LANGUAGES.map((language) => s.behaviour.languageListing(language));
    s.port.write(s.behaviour.rows('LANG', rows));
    return true;
  }
  const language = s.behaviour.language(s, range);
  if (language === undefined) return err(s, 'no such language');
  s.language = language;
  return data(s, s.behaviour.languageChosen(s, language, range));
}

/** The text that these octets are in UTF-8 (RFC 3629); null when they are malformed. */
export function decodeUtf8(octets: string): string | null {
  try {
    return FATAL.decode(Buffer.from(octets, 'latin1'));
  } catch {
    return null;
  }
}

/** How UTF-8 and languages are dealt with in a conforming server (RFC 6856). */
export const cleanUtf8 = {
  credential(octets) {
    const text = decodeUtf8(octets);
    return text === null ? null : saslprep(text);
  },
  form(s, message) {
    const bytes = s.utf8 ? message.bytes : surrogateOf(message.bytes);
    return bytes === message.bytes ? message : storedAs(message.uid, bytes);
  },
  text: (s, positive, text) => translated(s.language, positive, text),
  language: (_s, range) => languageFor(range),
  languageListing: ({ tag, name }) => `${tag} ${utf8Octets(name)}`,
  languageChosen: (s, { tag }) => `${tag} ${s.behaviour.text(s, true, 'language changed')}`,
} satisfies Partial<Behaviour>;
