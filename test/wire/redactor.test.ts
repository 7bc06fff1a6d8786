import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MASK, Redactor } from '../../src/wire/redactor.js';

const SECRET = 'pässw0rd/+ ?';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function percent(text: string, hex: (octet: number) => string): string {
  return Array.from(Buffer.from(text), (octet) => `%${hex(octet)}`).join('');
}

/** Every form of a secret that no text may hold, beside those in base64 that depend on their neighbours. */
function forms(secret: string): string[] {
  const hex = Buffer.from(secret).toString('hex');
  return [
    secret,
    Buffer.from(secret).toString('latin1'),
    hex,
    hex.toUpperCase(),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
    base64(secret).replace(/=+$/, ''),
  ];
}

describe('a secret is masked', () => {
  const redactor = new Redactor([SECRET]);

  it.each([
    ['as it is', SECRET],
    ['as its UTF-8 octets in Latin-1', Buffer.from(SECRET).toString('latin1')],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['in upper-case hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['URL-encoded in lower case', 'p%c3%a4ssw0rd%2f%2b%20%3f'],
    ['as a form is encoded', 'p%C3%A4ssw0rd%2F%2B+%3F'],
  ])('%s', (_, form) => {
    expect(redactor.mask(form)).toBe(MASK);
    expect(redactor.mask(`-ERR wrong: ${form} (${form})`)).toBe(`-ERR wrong: ${MASK} (${MASK})`);
  });

  it('every occurrence, also where they touch or overlap', () => {
    const pass = new Redactor(['abcab']);
    expect(pass.mask('abcab abcab')).toBe(`${MASK} ${MASK}`);
    expect(pass.mask('abcababcab')).not.toMatch(/[abc]/);
    expect(pass.mask('xabcabcaby')).toBe(`x${MASK}y`);
  });

  it('with the other one that overlaps it', () => {
    const both = new Redactor(['1234', '3456789']);
    expect(both.mask('<123456789>')).toBe(`<${MASK}>`);
    expect(new Redactor(['secret', 'secret-2']).mask('secret-2 secret')).toBe(`${MASK} ${MASK}`);
  });

  it('with the signs of regular expressions in it', () => {
    for (const secret of [
      '.*.*',
      'a+b?',
      '[a-z]',
      '(x|y)',
      '^abc$',
      '\\d\\d',
      'a{2,3}',
      '$&$1',
      '/x/g',
      'a-b',
      '***x',
    ]) {
      const pass = new Redactor([secret]);
      expect(pass.mask(`<${secret}>`)).toBe(`<${MASK}>`);
      expect(pass.mask('aab xyzzy 23')).toBe('aab xyzzy 23');
    }
  });

  it('in base64 at each place among other octets', () => {
    for (const secret of ['hunter2', SECRET, 'four', 'x'.repeat(60)]) {
      const pass = new Redactor([secret]);
      for (let before = 0; before < 7; before++) {
        for (let behind = 0; behind < 4; behind++) {
          const encoded = base64(`${'\0'.repeat(before)}${secret}${'\xff'.repeat(behind)}`);
          const masked = pass.mask(`+ ${encoded}`);
          expect(masked).toContain(MASK);
          // What stays holds less than one whole octet of the secret at each end; up to four bits are padding.
          const [head = '', tail = ''] = masked.slice(2).replace(/=+$/, '').split(MASK);
          expect(head.length * 6).toBeLessThan((before + 1) * 8);
          expect(tail.length * 6).toBeLessThan((2 * behind + 1) * 8 + 4);
        }
      }
    }
  });

  it('in a PLAIN message', () => {
    const plain = base64('\0joe\0hunter2');
    expect(new Redactor(['hunter2', plain]).mask(`AUTH PLAIN ${plain}`)).toBe(`AUTH PLAIN ${MASK}`);
  });
});

describe('text without a secret', () => {
  it('stays as it is', () => {
    expect(new Redactor([]).mask('any text')).toBe('any text');
    expect(new Redactor(['']).mask('any text')).toBe('any text');
    expect(new Redactor(['hunter2']).mask('+OK hunter 2 \0\xff\r\n')).toBe('+OK hunter 2 \0\xff\r\n');
  });

  it('is not masked by a secret of one or two characters', () => {
    const redactor = new Redactor(['a', 'OK']);
    expect(redactor.mask('+OK a message')).toBe('+OK a message');
    expect(redactor.longest).toBe(0);
    expect(new Redactor(['abc']).mask('-ERR abc')).toBe(`-ERR ${MASK}`);
  });
});

describe('secrets added later', () => {
  it('are masked from then on', () => {
    const redactor = new Redactor(['first-one']);
    expect(redactor.mask('first-one second')).toBe(`${MASK} second`);
    redactor.add('second');
    redactor.add('second');
    expect(redactor.mask('first-one second')).toBe(`${MASK} ${MASK}`);
  });
});

describe('many secrets', () => {
  it('are all masked', () => {
    const secrets = Array.from({ length: 500 }, (_, index) => `pass-${index}-${index * 7919}`);
    const redactor = new Redactor(secrets);
    const text = secrets.map((secret) => `${secret}\r\n`).join('');
    expect(redactor.mask(text)).toBe(`${MASK}\r\n`.repeat(secrets.length));
  });
});

describe('any secret of four characters or more', () => {
  // Octets that stand in the mask itself cannot tell a leak from a mask.
  const secret = fc
    .oneof(
      fc.string({ minLength: 4, maxLength: 24, unit: 'grapheme' }),
      fc.string({ minLength: 4, maxLength: 24 }),
    )
    .filter((text) => !text.includes('*') && Buffer.from(text).toString() === text);
  const around = fc.string({ maxLength: 12 });

  it('stands in no masked text in any form', () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        around,
        around,
        (secrets, before, behind) => {
          const redactor = new Redactor(secrets);
          for (const one of secrets) {
            for (const form of forms(one)) {
              const masked = redactor.mask(`${before}${form}${behind}${form}`);
              for (const other of secrets)
                for (const leak of forms(other)) expect(masked).not.toContain(leak);
            }
          }
        },
      ),
    );
  });

  it('stands in no base64 either, wherever it begins', () => {
    fc.assert(
      fc.property(
        secret,
        fc.uint8Array({ maxLength: 9 }),
        fc.uint8Array({ maxLength: 9 }),
        (one, before, behind) => {
          const whole = Buffer.concat([before, Buffer.from(one), behind]).toString('base64');
          const masked = new Redactor([one]).mask(whole);
          const left = masked.split(MASK).map((part) => Buffer.from(part, 'base64').toString('latin1'));
          expect(masked).toContain(MASK);
          for (const part of left) expect(part).not.toContain(Buffer.from(one).toString('latin1'));
        },
      ),
    );
  });

  it('no form is longer than `longest`', () => {
    fc.assert(
      fc.property(secret, (one) => {
        const { longest } = new Redactor([one]);
        for (const form of [...forms(one), percent(one, (octet) => octet.toString(16))]) {
          expect(form.length).toBeLessThanOrEqual(longest);
        }
      }),
    );
  });
});
