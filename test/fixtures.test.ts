import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../suites/mail/', import.meta.url);
const stems = readdirSync(folder)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -'.eml'.length));

// Latin-1 maps each octet to one character, so that string offsets are octet offsets.
const read = (stem: string) => readFileSync(new URL(`${stem}.eml`, folder), 'latin1');
const headerOf = (text: string) => text.split('\r\n\r\n', 1)[0]!;
const bodyOf = (text: string) => text.slice(headerOf(text).length + 4);
/** Lines of a text that ends with CRLF. */
const linesOf = (text: string) => text.split('\r\n').slice(0, -1);

/** Fixtures with UTF-8 in header fields (RFC 6856). */
const UTF8_HEADERS = ['utf8-address', 'utf8-header'];

describe('every fixture', () => {
  it('is one of those that the README describes, with its octets and lines', () => {
    const readme = readFileSync(new URL('README.md', folder), 'utf8');
    const rows = [...readme.matchAll(/^\| \[([\w-]+)\.eml\]\(\1\.eml\) \| (\d+) \| (\d+) \| \S/gm)];
    const described = rows.map(([, stem, octets, lines]) => [stem, Number(octets), Number(lines)]);
    const actual = stems.map((stem) => {
      const text = read(stem);
      return [stem, text.length, text.split('\r\n').length - (text.endsWith('\r\n') ? 1 : 0)];
    });
    expect(described.sort()).toEqual(actual.sort());
    expect(stems).toHaveLength(17);
  });

  it('has a Message-ID of its own', () => {
    const ids = stems.map(
      (stem) => /^Message-ID: (<\S+@\S*example\.org>)$/m.exec(headerOf(read(stem)).replaceAll('\r', ''))?.[1],
    );
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(stems.length);
  });

  it.each(stems)(
    '%s: CRLF alone, no NUL, a header (7-bit but for those of UTF-8) with the usual fields and its own name',
    (stem) => {
      const text = read(stem);
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
      const header = headerOf(text);
      expect(/^[\t\r\n\x20-\x7e]+$/.test(header)).toBe(!UTF8_HEADERS.includes(stem));
      for (const field of ['From', 'To', 'Date', 'Subject', 'Message-ID']) {
        expect(header.match(new RegExp(`^${field}: \\S`, 'gm'))).toHaveLength(1);
      }
      expect(header.split('\r\n')).toContain(`X-Popspec-Fixture: ${stem}`);
      // headers-only.eml has no blank line, so the last CRLF of its header is still there.
      for (const line of header.replace(/\r\n$/, '').split('\r\n')) expect(line).toMatch(/^[!-9;-~]+: \S/);
    },
  );

  it.each(stems.filter((stem) => stem !== 'long-lines'))('%s: no line is longer than 76 octets', (stem) => {
    expect(
      Math.max(
        ...read(stem)
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(76);
  });

  const EIGHT_BIT = ['eight-bit', ...UTF8_HEADERS];
  it.each(stems.filter((stem) => !EIGHT_BIT.includes(stem)))('%s: 7-bit throughout', (stem) => {
    expect(read(stem)).toMatch(/^[\t\r\n\x20-\x7e]+$/);
  });
});

describe('the property of', () => {
  it('plain: no line begins with a dot', () => {
    expect(read('plain')).not.toMatch(/^\./m);
    expect(linesOf(bodyOf(read('plain'))).length).toBeGreaterThan(3);
  });

  it('numbered: 20 lines that say their number', () => {
    const wanted = Array.from(
      { length: 20 },
      (_, index) => `Line ${String(index + 1).padStart(2, '0')} of 20`,
    );
    expect(linesOf(bodyOf(read('numbered')))).toEqual(wanted);
  });

  it('leading-dots: each kind of dotted line, a lone dot in the middle and at the end', () => {
    const text = read('leading-dots');
    const body = linesOf(bodyOf(text));
    expect(body).toEqual(
      expect.arrayContaining(['.', '..', '...', '.x', '.. y', 'a.b', ' .indented', 'ends with.']),
    );
    expect(body.at(-1)).toBe('.');
    expect(body.filter((line) => line === '.')).toHaveLength(3);
    expect(headerOf(text)).toMatch(/\r\n\.Dotted-Field: /);
  });

  it('first-line-dot: the first octet is a dot', () => {
    expect(read('first-line-dot')[0]).toBe('.');
    expect(read('first-line-dot').slice(1)).not.toMatch(/^\./m);
  });

  it('dot-second-line: body line 2 is a lone dot, with lines around it', () => {
    const body = linesOf(bodyOf(read('dot-second-line')));
    expect(body[1]).toBe('.');
    expect(body.length).toBeGreaterThan(3);
    expect(body.filter((line) => line.startsWith('.'))).toHaveLength(1);
  });

  it('no-final-newline: the last line is not ended', () => {
    expect(bodyOf(read('no-final-newline'))).toMatch(/\r\n[^\r\n]+$/);
  });

  it('headers-only: ends after the last field, without a blank line', () => {
    expect(read('headers-only')).toMatch(/[^\r\n]\r\n$/);
    expect(read('headers-only')).not.toContain('\r\n\r\n');
  });

  it('empty-body: nothing follows the blank line', () => {
    expect(read('empty-body')).toMatch(/[^\r\n]\r\n\r\n$/);
    expect(bodyOf(read('empty-body'))).toBe('');
  });

  it('blank-lines: two at the beginning, two in the middle, three at the end', () => {
    expect(bodyOf(read('blank-lines'))).toMatch(/^(\r\n){2}\S[^\r\n]*(\r\n){3}\S[^\r\n]*(\r\n){4}$/);
  });

  it('eight-bit: every octet from 0x80 to 0xFF, as ISO-8859-1 and as UTF-8', () => {
    const text = read('eight-bit');
    const octets = new Set(
      [...bodyOf(text)].map((char) => char.charCodeAt(0)).filter((octet) => octet >= 0x80),
    );
    expect(octets.size).toBe(128);
    expect(headerOf(text)).toContain('Content-Transfer-Encoding: 8bit');
    const [latin1, utf8] = linesOf(bodyOf(text)).map((line) => Buffer.from(line, 'latin1'));
    expect(latin1!.toString('latin1')).toContain('Grüße');
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(latin1)).toThrow();
    expect(new TextDecoder('utf-8', { fatal: true }).decode(utf8)).toContain('Grüße');
  });

  it('utf8-header and utf8-address: well-formed UTF-8, in the fields that say so', () => {
    const utf8 = (stem: string) => Buffer.from(read(stem), 'latin1').toString();
    for (const stem of UTF8_HEADERS) expect(utf8(stem)).not.toContain('\ufffd');
    expect(headerOf(utf8('utf8-header'))).toMatch(/^Subject: .*日本語\r$/m);
    expect(bodyOf(utf8('utf8-header'))).toMatch(/^\..*Grüße/);
    expect(headerOf(utf8('utf8-address'))).toMatch(/^From: .* <jürgen@grüße\.example\.org>\r$/m);
    expect(bodyOf(utf8('utf8-address'))).toContain('filename="Übersicht für März.csv"');
  });

  it('from-line: lines that begin with From, quoted and not, one right after a blank line', () => {
    const body = bodyOf(read('from-line'));
    for (const start of ['From ', '>From ', '>>From '])
      expect(linesOf(body).some((line) => line.startsWith(start))).toBe(true);
    expect(body).toMatch(/\r\n\r\nFrom /);
  });

  it('white-space: tabs, line ends and whole lines of white space, equals signs', () => {
    const body = linesOf(bodyOf(read('white-space')));
    for (const form of [/\S\t\S/, /^\t\S/, /^ +\S/, /\S +$/, /\S\t$/, /^ $/, /^\t$/, /=3D/, /=$/])
      expect(body.some((line) => form.test(line))).toBe(true);
  });

  it('multipart: two parts, the second decodes from base64', () => {
    const text = read('multipart');
    const boundary = /boundary="([^"]+)"/.exec(headerOf(text))![1]!;
    const [, first, second, end] = bodyOf(text).split(`--${boundary}`);
    expect(first).toContain('Content-Type: text/plain');
    expect(second).toContain('Content-Transfer-Encoding: base64');
    expect(Buffer.from(bodyOf(second!), 'base64').toString()).toMatch(/^row 1,1\n(row \d+,\d+\n)+$/);
    expect(end).toBe('--\r\n');
  });
});

describe('long-lines', () => {
  const text = read('long-lines');
  const body = linesOf(bodyOf(text));

  it('has body lines of 998, 2050, 10000 and 100000 octets that show their offsets', () => {
    for (const length of [998, 2050, 10_000, 100_000]) {
      const line = body.find((candidate) => candidate.length === length)!;
      expect(line).toBeDefined();
      for (let at = 0; at + 10 <= length; at += 10) {
        if (line.slice(at, at + 6) !== String(at).padStart(6, '0'))
          throw new Error(`no offset at ${at} of ${length}`);
      }
    }
  });

  it('has a long line with a dot where chunks of 4096 begin, of the message and of the line', () => {
    const line = body.find((candidate) => candidate.includes('....'))!;
    const begin = text.indexOf(line);
    const border = Math.ceil((begin + 1) / 4096) * 4096;
    expect(border).toBeLessThan(begin + line.length);
    for (const at of [border, begin + 4096, begin + 4095]) expect(text[at]).toBe('.');
    expect(line).toMatch(/^x\.+x$/);
  });
});

describe('chunk-borders', () => {
  const text = read('chunk-borders');

  /** Offsets at which a line begins with a dot, counted as sent, as sent with stuffing, and as stored with LF. */
  const dots = { sent: new Set<number>(), stuffed: new Set<number>(), stored: new Set<number>() };
  let sent = 0;
  let dotted = 0;
  for (const [index, line] of text.split('\r\n').entries()) {
    if (line.startsWith('.')) {
      dots.sent.add(sent);
      dots.stuffed.add(sent + dotted);
      dots.stored.add(sent - index);
      dotted += 1;
    }
    sent += line.length + 2;
  }

  it('is longer than 70 KiB', () => {
    expect(text.length).toBeGreaterThan(70 * 1024);
  });

  // Odd multiples, so that each size has borders which no larger size shares; of 65536 only one fits.
  const sizes = [512, 1024, 4096, 8192, 16_384, 32_768, 65_536];
  it.each(['sent', 'stuffed', 'stored'] as const)(
    '%s: a dot begins a line on two borders of each chunk size',
    (kind) => {
      for (const size of sizes) {
        const hits = [...dots[kind]].filter((offset) => offset > 0 && offset % size === 0);
        expect(hits, `chunk size ${size}`).toContain(size);
        if (size < 65_536) expect(hits.length, `chunk size ${size}`).toBeGreaterThanOrEqual(2);
      }
    },
  );

  it('splits CRLF pairs between octets on multiples of 512, 4096 and 8192, with a dot behind', () => {
    const splits = [2048, 2560, 20_480, 40_960, 57_344];
    for (const at of splits) expect(text.slice(at - 1, at + 2), `at ${at}`).toBe('\r\n.');
    for (const size of [512, 4096, 8192]) expect(splits.some((at) => at % size === 0)).toBe(true);
  });
});
