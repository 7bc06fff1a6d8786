import { ENGLISH, LANGUAGES, languageFor, utf8Octets } from '../languages.js';
import { err } from '../session.js';
import { decodeUtf8 } from '../utf8.js';
import { changeCapabilities, changeCommand, hideAfterLogin, inArea, wrapCommand } from './fault.js';

/** Octets that a status line leaves for its text behind "-ERR " (RFC 1939 §3). */
const TEXT_MAX = 505;
const LONG = utf8Octets('ü'.repeat(300));

function latin1Of(octets: string): string {
  return decodeUtf8(octets) ?? octets;
}

export const langFaults = inArea('lang', [
  {
    id: 'lang-capa-argument',
    title: 'CAPA announces LANG with the languages behind it',
    clause: '6856-3-LANG-1',
    apply: (b) =>
      changeCapabilities(b, (list) => list.map((line) => (line === 'LANG' ? 'LANG en de' : line))),
  },
  {
    id: 'lang-capa-lost',
    title: 'CAPA no longer announces LANG after login',
    clause: '6856-3-LANG-1',
    apply: (b) => hideAfterLogin(b, /^LANG$/),
  },
  {
    id: 'lang-before-login',
    title: 'LANG is refused before login',
    clause: '6856-3-LANG-1',
    apply: (b) => changeCommand(b, 'LANG', { phase: 'transaction' }),
  },
  {
    id: 'lang-after-login',
    title: 'LANG is refused after login',
    clause: '6856-3-LANG-1',
    apply: (b) => changeCommand(b, 'LANG', { phase: 'authorization' }),
  },
  {
    id: 'lang-no-tag',
    title: 'LANG answers with a text and without the tag',
    clause: '6856-3.2-LANG-3',
    apply(b) {
      const next = b.languageChosen;
      b.languageChosen = (s, language, range) => next(s, language, range).slice(language.tag.length + 1);
    },
  },
  {
    id: 'lang-echoes-range',
    title: 'LANG answers with the range that was asked for in place of the tag',
    clause: '6856-3.2-LANG-3',
    apply(b) {
      const next = b.languageChosen;
      b.languageChosen = (s, language, range) => next(s, { ...language, tag: range }, range);
    },
  },
  {
    id: 'lang-ignored',
    title: 'Texts stay in English whatever LANG has chosen',
    clause: '6856-3.2-LANG-2',
    apply(b) {
      b.text = (_s, _positive, text) => text;
    },
  },
  {
    id: 'lang-latin1',
    title: 'Texts are in Latin-1',
    clause: '6856-3.2-LANG-4',
    apply(b) {
      const next = b.text;
      b.text = (s, positive, text) => latin1Of(next(s, positive, text));
    },
  },
  {
    id: 'lang-text-cut',
    title: 'Long texts are cut in the middle of a character',
    clause: '6856-3.2-LANG-14',
    apply(b) {
      const next = b.text;
      b.text = (s, positive, text) => {
        const said = next(s, positive, text);
        if (positive || s.language === ENGLISH) return said;
        const begun = `${said} `.padEnd(said.length + 2 - (said.length % 2), '.');
        return (begun + LONG).slice(0, TEXT_MAX);
      };
    },
  },
  {
    id: 'lang-late',
    title: 'The reply to LANG is in the language before',
    clause: '6856-3.3-LANG-11',
    apply(b) {
      const before = new WeakMap<object, typeof ENGLISH>();
      wrapCommand(b, 'LANG', (s, args, next) => {
        before.set(s, s.language);
        return next(s, args);
      });
      const next = b.languageChosen;
      b.languageChosen = (s, language, range) => {
        s.language = before.get(s) ?? language;
        const text = next(s, language, range);
        s.language = language;
        return text;
      };
    },
  },
  {
    id: 'lang-error-resets',
    title: 'After LANG with an unknown language texts are in English again',
    clause: '6856-3.2-LANG-5',
    apply(b) {
      const next = b.language;
      b.language = (s, range) => {
        const language = next(s, range);
        if (language === undefined) s.language = ENGLISH;
        return language;
      };
    },
  },
  {
    id: 'lang-unknown-ok',
    title: 'LANG with an unknown language chooses English',
    clause: '6856-3.2-LANG-5',
    apply(b) {
      b.language = (_s, range) => languageFor(range) ?? ENGLISH;
    },
  },
  {
    id: 'lang-star-refused',
    title: 'LANG * is refused',
    clause: '6856-3.2-LANG-6',
    apply: (b) =>
      wrapCommand(b, 'LANG', (s, args, next) =>
        args[0] === '*' ? err(s, 'no such language') : next(s, args),
      ),
  },
  {
    id: 'lang-star-by-user',
    title: 'Before login LANG * chooses the language of the user whose name was given',
    clause: '6856-7-SEC-1',
    apply(b) {
      changeCommand(b, 'LANG', { keepsName: true });
      const next = b.language;
      b.language = (s, range) =>
        range === '*' && s.name !== null && s.drops.has(s.name) ? LANGUAGES[1] : next(s, range);
    },
  },
  {
    id: 'lang-no-dot',
    title: 'LANG leaves out the line with the dot behind its listing',
    clause: '6856-3.2-LANG-8',
    apply(b) {
      const next = b.rows;
      b.rows = (verb, rows) => next(verb, rows).slice(0, verb === 'LANG' ? -'.\r\n'.length : undefined);
    },
  },
  {
    id: 'lang-listing-tab',
    title: 'A tab stands between a language and its description',
    clause: '6856-3.2-LANG-9',
    apply(b) {
      const next = b.languageListing;
      b.languageListing = (language) => next(language).replace(' ', '\t');
    },
  },
  {
    id: 'lang-listing-latin1',
    title: 'The descriptions of languages are in Latin-1',
    clause: '6856-3.2-LANG-9',
    apply(b) {
      const next = b.languageListing;
      b.languageListing = (language) => latin1Of(next(language));
    },
  },
  {
    id: 'lang-thousands',
    title: 'In other languages than English STAT groups the digits of the size',
    clause: '6856-3.2-LANG-13',
    apply(b) {
      const next = b.statText;
      b.statText = (s) => (s.language === ENGLISH ? next(s) : next(s).replace(/\B(?=(?:\d{3})+$)/g, '.'));
    },
  },
  {
    id: 'lang-code-translated',
    title: 'In other languages than English response codes are translated',
    clause: '6856-3.2-LANG-13',
    apply(b) {
      const next = b.text;
      b.text = (s, positive, text) =>
        s.language === ENGLISH
          ? next(s, positive, text)
          : next(s, positive, text).replace('[AUTH]', '[LOGIN]');
    },
  },
]);
