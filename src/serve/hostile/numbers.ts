import { changed, type Hostile, saying } from './hostile.js';

/** STAT tells these two, and every row of LIST the second. */
function counting(id: string, what: string, count: string, octets = count): Hostile {
  return saying(id, `STAT and LIST tell ${what}`, (piece, { verb }) => {
    if (verb === 'STAT')
      return changed(piece, (text) => text.replace(/^\+OK \d+ \d+/, `+OK ${count} ${octets}`));
    if (verb === 'LIST')
      return changed(piece, (text) =>
        text.replace(/^((?:\+OK )?\d+) \d+(?=\r)/gm, (_, n) => `${n} ${octets}`),
      );
    return piece;
  });
}

export const numbers: readonly Hostile[] = [
  counting('counts-huge', 'numbers of thirty digits', '9'.repeat(30)),
  counting('counts-64-bit', 'the greatest numbers of 64 bits', '18446744073709551615', '9223372036854775808'),
  counting('counts-two-thousand-million', 'two thousand million messages', '2147483647'),
  counting('counts-negative', 'negative numbers', '-1', '-2147483648'),
  counting('counts-words', 'words', 'many', 'large'),
  counting('counts-odd', 'numbers of other notations', '0x10', '1e309'),
  counting('counts-signed', 'numbers with signs, points and leading zeros', '+002', '1.5'),
  counting('counts-digits-elsewhere', 'digits of another script', '\xd9\xa3', '\xd9\xa3\xd9\xa4'),
  counting('counts-long', 'numbers of ten thousand digits', '1'.repeat(10_000)),
  saying('rows-huge', 'Rows of LIST and UIDL have message-numbers of thirty digits', (piece, { verb }) =>
    verb === 'LIST' || verb === 'UIDL'
      ? changed(piece, (text) => text.replace(/^\d+ /gm, `${'8'.repeat(30)} `))
      : piece,
  ),
  saying('rows-same', 'Every row of LIST and UIDL is about message 1', (piece, { verb }) =>
    verb === 'LIST' || verb === 'UIDL' ? changed(piece, (text) => text.replace(/^\d+ /gm, '1 ')) : piece,
  ),
];
