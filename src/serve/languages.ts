/** A language in which the server says what is meant for people (RFC 6856 §3). */
export interface Language {
  readonly tag: string;
  /** Its name in the language itself. */
  readonly name: string;
  /** Translations by the English text; English has none. */
  readonly texts: ReadonlyMap<string, string>;
  /** What stands for a text without a translation, so that languages never mix. */
  readonly done: string;
  readonly refused: string;
}

/** Also the language that an administrator would call preferred (RFC 6856 §3.2 `LANG *`). */
export const ENGLISH: Language = { tag: 'en', name: 'English', texts: new Map(), done: '', refused: '' };

const GERMAN: Language = {
  tag: 'de',
  name: 'Deutsch, auch für Österreich',
  done: 'ausgeführt',
  refused: 'nicht möglich',
  texts: new Map([
    ['language changed', 'Sprache geändert'],
    ['no such language', 'diese Sprache gibt es hier nicht'],
    ['languages follow', 'es folgen die Sprachen, für die es Texte gibt'],
    ['UTF-8 mode is on', 'UTF-8 ist eingeschaltet'],
    ['empty command', 'leerer Befehl, das ist nicht zulässig'],
    ['unknown command', 'unbekannter Befehl; möglich sind CAPA und was dort steht'],
    ['wrong arguments', 'so nicht zulässige Argumente'],
    ['line too long', 'die Zeile ist zu lang für einen Befehl'],
    ['this command is not valid in the AUTHORIZATION state', 'vor der Anmeldung nicht möglich'],
    ['this command is not valid in the TRANSACTION state', 'nach der Anmeldung nicht möglich'],
    ['send PASS', 'nun das Passwort, bitte ausschließlich mit PASS'],
    ['send USER first', 'zunächst USER'],
    ['maildrop ready', 'Postfach geöffnet'],
    ['wrong name or password', 'Name oder Passwort ungültig'],
    ['the maildrop is in use by another session', 'das Postfach ist anderswo geöffnet'],
    ['no such message', 'diese Nachricht gibt es nicht, auch früher nicht'],
    ['this message is marked as deleted', 'diese Nachricht ist zum Löschen vorgemerkt'],
    ['marked as deleted', 'zum Löschen vorgemerkt'],
    ['octets', 'Oktette'],
    ['scan listing follows', 'es folgen die Größen'],
    ['unique-ids follow', 'es folgen die Kennungen, für jede Nachricht eine'],
    ['capabilities follow', 'es folgen die Fähigkeiten'],
    ['top of message follows', 'es folgt der Anfang der Nachricht, wie gewünscht'],
    ['the line count is not a number', 'die Zeilenzahl ist ungültig'],
    ['bye', 'auf Wiederhören'],
  ]),
};

const PORTUGUESE: Language = {
  tag: 'pt-BR',
  name: 'Português do Brasil',
  done: 'concluído',
  refused: 'não é possível',
  texts: new Map([
    ['language changed', 'idioma alterado para português'],
    ['no such language', 'este idioma não está disponível'],
    ['languages follow', 'seguem os idiomas disponíveis'],
    ['UTF-8 mode is on', 'o modo UTF-8 está ativo'],
    ['unknown command', 'comando não reconhecido'],
    ['wrong arguments', 'argumentos inválidos'],
    ['maildrop ready', 'caixa de correio disponível'],
    ['wrong name or password', 'nome ou senha inválidos'],
    ['no such message', 'esta mensagem não existe'],
    ['this message is marked as deleted', 'esta mensagem já está marcada para exclusão'],
    ['marked as deleted', 'marcada para exclusão'],
    ['octets', 'octetos até o fim'],
    ['bye', 'até logo'],
  ]),
};

export const LANGUAGES: readonly Language[] = [ENGLISH, GERMAN, PORTUGUESE];

/** A basic language range of RFC 4647 §2.1. */
const RANGE = /^[a-z]{1,8}(-[a-z0-9]{1,8})*$/i;

/** The first language that `range` matches by the basic filtering of RFC 4647 §3.3.1; `*` is the preferred one. */
export function languageFor(range: string): Language | undefined {
  if (range === '*') return ENGLISH;
  if (!RANGE.test(range)) return undefined;
  const wanted = range.toLowerCase();
  return LANGUAGES.find(({ tag }) => `${tag.toLowerCase()}-`.startsWith(`${wanted}-`));
}

/** Octets of UTF-8 as the string of one character for each that sessions and sockets work with. */
export function utf8Octets(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** A response code and a number stay in front of the words (RFC 6856 §3.2). */
const KEPT_AND_WORDS = /^((?:\[[^\]]*\] )?(?:\d+ (?=\D))?)(.*)$/s;

/** The text behind a status indicator in another language, as UTF-8 octets; the text is English. */
export function translated(language: Language, positive: boolean, text: string): string {
  const [, kept = '', words = ''] = KEPT_AND_WORDS.exec(text) ?? [];
  if (words === '' || language === ENGLISH) return text;
  return kept + utf8Octets(language.texts.get(words) ?? (positive ? language.done : language.refused));
}
