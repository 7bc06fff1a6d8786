import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexDump, printable, safeText } from '../../src/report/escape.js';

const FORBIDDEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;
const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('printable', () => {
  it.each([
    ['+OK\r\n', '+OK\\r\\n'],
    ['a\tb', 'a\\tb'],
    ['\x00\x1b[31m\x7f', '\\x00\\x1b[31m\\x7f'],
    [latin1('café 📬'), 'café 📬'],
    [latin1('\u202egnp.exe\u2066\u200f\u061c'), '\\u{202e}gnp.exe\\u{2066}\\u{200f}\\u{61c}'],
    [latin1('a\u0085b\u00a0c\u2028'), 'a\\u{85}b\\u{a0}c\\u{2028}'],
    ['\xff\xc0\xaf', '\\xff\\xc0\\xaf'],
    ['\xed\xa0\x80', '\\xed\\xa0\\x80'],
    ['caf\xe9', 'caf\\xe9'],
    ['\x9b31m', '\\x9b31m'],
  ])('shows %j as %j', (octets, shown) => {
    expect(printable(octets)).toBe(shown);
  });

  it('cuts long texts and counts what is left out', () => {
    expect(printable('x'.repeat(1_000_000), 10)).toBe('xxxxxxxxxx … (999,990 more octets)');
    expect(printable('x'.repeat(1_000_000)).length).toBeLessThan(2_100);
  });

  it('escapes piles of combining marks', () => {
    expect(printable(latin1(`e${'\u0301'.repeat(4)}`))).toBe('e\u0301\u0301\\u{301}\\u{301}');
  });

  it('lets nothing through that is invisible or moves others, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(printable(Buffer.from(bytes).toString('latin1'))).not.toMatch(FORBIDDEN);
      }),
    );
  });

  it('decodes all UTF-8 as the platform does, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const buffer = Buffer.from(bytes.map((byte) => byte | 0x80));
        const strict = (() => {
          try {
            return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer);
          } catch {
            return undefined;
          }
        })();
        if (strict !== undefined) expect(printable(buffer.toString('latin1'))).toBe(safeText(strict));
      }),
    );
  });
});

describe('safeText', () => {
  it('changes nothing when applied twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(safeText(safeText(text))).toBe(safeText(text));
        expect(safeText(text)).not.toMatch(FORBIDDEN);
      }),
    );
  });

  it('escapes lone surrogates, which a cut may leave', () => {
    expect(safeText('📬x', 1)).toBe('\\u{d83d} … (2 more characters)');
  });
});

describe('hexDump', () => {
  it('shows offset, octets and ASCII', () => {
    expect(hexDump('+OK\r\n\xffABCDEFGHIJKLMN')).toBe(
      [
        '0000  2b 4f 4b 0d 0a ff 41 42  43 44 45 46 47 48 49 4a  +OK...ABCDEFGHIJ',
        '0010  4b 4c 4d 4e                                       KLMN',
      ].join('\n'),
    );
  });

  it('is bounded', () => {
    expect(hexDump('x'.repeat(600)).split('\n')).toHaveLength(33);
    expect(hexDump('x'.repeat(600))).toContain('… 88 more octets');
  });
});
