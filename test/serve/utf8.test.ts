import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENGLISH, LANGUAGES, languageFor, translated } from '../../src/serve/languages.js';
import { surrogateOf } from '../../src/serve/surrogate.js';

const fixture = (name: string) => readFileSync(new URL(`../../suites/mail/${name}`, import.meta.url));

describe('a surrogate', () => {
  it('has an ASCII header and the body as it was', () => {
    const stored = fixture('utf8-header.eml');
    const text = surrogateOf(stored).toString('latin1');
    const [header = '', body] = text.split('\r\n\r\n');
    expect(header).toMatch(/^[\r\n\x20-\x7e]+$/);
    expect(body).toBe(stored.toString('latin1').split('\r\n\r\n')[1]);
    expect(header).toContain(
      `From: =?utf-8?B?${Buffer.from('Jürgen Groß').toString('base64')}?= <fixtures@example.org>`,
    );
    expect(header).toContain(
      `=?utf-8?B?${Buffer.from('Müller, Renée').toString('base64')}?= <reader@example.org>`,
    );
    expect(header).toContain('second@example.org');
    for (const word of header.match(/=\?\S+/g) ?? []) expect(word.length).toBeLessThanOrEqual(75);
  });

  it('decodes to the same subject', () => {
    const subject = /^Subject: (.*(?:\r\n .*)*)/m.exec(
      surrogateOf(fixture('utf8-header.eml')).toString('latin1'),
    )![1]!;
    const words = [...subject.matchAll(/=\?utf-8\?B\?([^?]*)\?=/g)].map(([, word]) =>
      Buffer.from(word!, 'base64'),
    );
    expect(Buffer.concat(words).toString()).toBe('Grüße aus Köln, déjà vu, Ελλάδα, 日本語');
  });

  it('replaces addresses beyond ASCII, keeps others, and encodes parameters in the headers of parts', () => {
    const text = surrogateOf(fixture('utf8-address.eml')).toString('latin1');
    expect(text).toMatch(/^[\r\n\x20-\x7e]+$/);
    expect(text).toContain('From: =?utf-8?Q?J=C3=BCrgen?= <invalid@internationalized-address.invalid>');
    expect(text).toContain('To: reader@example.org,\r\n <invalid@internationalized-address.invalid>');
    expect(text).toContain(`filename*=utf-8''%C3%9Cbersicht%20f%C3%BCr%20M%C3%A4rz.csv`);
  });

  it('is the message itself where nothing beyond ASCII stands in a header', () => {
    for (const name of [
      'plain.eml',
      'eight-bit.eml',
      'headers-only.eml',
      'no-final-newline.eml',
      'multipart.eml',
    ]) {
      const stored = fixture(name);
      expect(surrogateOf(stored)).toBe(stored);
    }
  });

  it('keeps the octets of a subject that is not UTF-8', () => {
    const stored = Buffer.from('Subject: caf\xe9\r\n\r\n', 'latin1');
    const word = Buffer.from('caf\xe9', 'latin1').toString('base64');
    expect(surrogateOf(stored).toString('latin1')).toBe(`Subject: =?unknown-8bit?B?${word}?=\r\n\r\n`);
  });

  it('leaves out fields that it cannot encode, and reaches into a message within the message', () => {
    const inner = 'Subject: ü\r\nX-Other: ü\r\n\r\nü\r\n';
    const stored = Buffer.from(`From: a@b\r\nX-Other: ü\r\nContent-Type: message/rfc822\r\n\r\n${inner}`);
    expect(surrogateOf(stored).toString()).toBe(
      'From: a@b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?B?w7w=?=\r\n\r\nü\r\n',
    );
  });
});

describe('a language', () => {
  const german = LANGUAGES[1]!;
  const utf8 = (octets: string) => Buffer.from(octets, 'latin1').toString();

  it('is found by a range as RFC 4647 filters', () => {
    expect(languageFor('DE')?.tag).toBe('de');
    expect(languageFor('pt')?.tag).toBe('pt-BR');
    expect(languageFor('PT-br')?.tag).toBe('pt-BR');
    expect(languageFor('*')).toBe(ENGLISH);
    for (const range of ['de-AT', 'd', 'MUL', 'de_AT', 'de;q=1', ''])
      expect(languageFor(range)).toBeUndefined();
  });

  it('keeps codes and numbers and never mixes', () => {
    expect(utf8(translated(german, false, '[AUTH] wrong name or password'))).toBe(
      '[AUTH] Name oder Passwort ungültig',
    );
    expect(translated(german, true, '42 octets')).toBe('42 Oktette');
    expect(utf8(translated(german, true, 'a text that nobody has translated'))).toBe('ausgeführt');
    expect(utf8(translated(german, false, '[IN-USE] and another'))).toBe('[IN-USE] nicht möglich');
    expect(translated(german, true, '')).toBe('');
    expect(translated(ENGLISH, false, 'no such message')).toBe('no such message');
  });
});
