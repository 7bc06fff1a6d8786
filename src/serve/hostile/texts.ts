import { changed, type Hostile, saying } from './hostile.js';

const SINGLE_LINE = /^(\+OK|-ERR)[^\r\n]*/;

/** `text` stands at the end of every status line and as a row of every multi-line reply. */
function speaking(id: string, what: string, text: string): Hostile {
  return saying(id, `Status lines and multi-line replies hold ${what}`, (octets) =>
    changed(octets, (piece) =>
      piece
        .replace(SINGLE_LINE, (line) => `${line} ${text}`)
        .replace(/\r\n\.\r\n$/, () => `\r\n${text}\r\n.\r\n`),
    ),
  );
}

/** A text of Unicode as its octets in UTF-8. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

export const texts: readonly Hostile[] = [
  speaking('nuls', 'NULs', '\0\0a\0'),
  speaking('controls', 'every control octet but CR and LF', controls()),
  speaking('carriage-returns', 'carriage returns alone', 'a\rb\r\rc'),
  speaking(
    'invalid-utf8',
    'octets that are no UTF-8',
    '\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82',
  ),
  speaking(
    'noncharacters',
    'characters that XML and JSON cannot have',
    utf8('\ufffe\uffff\u2028\u2029\ufeff'),
  ),
  speaking(
    'terminal-escapes',
    'commands to a terminal',
    '\x1b[2J\x1b[31m\x1b]0;owned\x07\x1b]8;;http://example.invalid\x07\x9b1m\x1bP',
  ),
  speaking('markup', 'markup', '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;<!--'),
  speaking('cdata-ends', 'ends of CDATA sections and comments', ']]>]]]]><![CDATA[>-->?><!DOCTYPE x>'),
  speaking(
    'markdown',
    'what Markdown reads',
    '| a | ``` <b> [x](javascript:alert(1)) ![y](http://example.invalid)',
  ),
  speaking('json-breakers', 'what JSON quotes', '","verdict":"pass"}\\u0000\\"\\'),
  speaking(
    'right-to-left',
    'marks that turn the direction of writing',
    utf8('\u202e\u2066\u200f\u202dabc\u2069'),
  ),
  speaking('combining', 'piles of combining marks', utf8(`a${'\u0301'.repeat(300)}`)),
  speaking('placeholders', 'what templates fill in', '{user} %s%n $& $1 $$ {{x}} %PATH% <%= x %>'),
  saying('shell-timestamp', 'The timestamp for APOP holds metacharacters of a shell', (octets, c) =>
    c.greeted
      ? octets
      : changed(octets, (piece) =>
          piece.replace(/<[^>]*>/, () => '<1.$(id)`id`;id|id&&id>x\'"*?~@example.org>'),
        ),
  ),
  saying('line-feeds', 'Lines end in LF alone', (octets) =>
    changed(octets, (piece) => piece.replaceAll('\r\n', '\n')),
  ),
  saying('lower-case', 'Status indicators are in lower case', (octets) =>
    changed(octets, (piece) => piece.replace(/^(\+OK|-ERR)/, (status) => status.toLowerCase())),
  ),
  saying('no-status', 'Answers have no status indicator', (octets, c) =>
    c.greeted ? changed(octets, (piece) => piece.replace(/^(\+OK|-ERR) ?/, '')) : octets,
  ),
  saying('noise', 'Every tenth octet is another one', (octets, c) => noisy(octets, c.sent)),
];

function controls(): string {
  const octets = Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== 10 && code !== 13);
  return String.fromCharCode(...octets, 0x7f, 0x80, 0x85, 0x9f);
}

/** The greeting stays, so that there is a session. */
function noisy(octets: Buffer, sent: number): Buffer {
  if (sent === 0) return octets;
  const noise = Buffer.from(octets);
  for (let at = (10 - (sent % 10)) % 10; at < noise.length; at += 10) noise[at] = (noise[at] ?? 0) ^ 0xa5;
  return noise;
}
