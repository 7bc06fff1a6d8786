import { Buffer, isAscii, isUtf8 } from 'node:buffer';

/** Stands for an address that mail without UTF-8 support cannot have (RFC 6858 §2.1). */
const NO_ADDRESS = '<invalid@internationalized-address.invalid>';
const ADDRESS_FIELD = /^(?:resent-)?(?:from|sender|to|cc|bcc|reply-to)$/i;
const TEXT_FIELD = /^(?:subject|comments|content-description)$/i;
const PARAMETER_FIELD = /^content-(?:type|disposition)$/i;
const NOT_ASCII = /[^\0-\x7f]/;
/** Octets in one encoded-word: 75 characters are the limit (RFC 2047 §2). */
const WORD_OCTETS = 39;

const surrogates = new WeakMap<Buffer, Buffer>();

/**
 * The message as a client without UTF-8 support can read it (RFC 6855 §7, RFC 6858 §2): in header fields texts become
 * encoded-words, addresses and parameters beyond ASCII are replaced, other such fields left out. Bodies stay as they are.
 * Gives `message` itself where nothing has to change.
 */
export function surrogateOf(message: Buffer): Buffer {
  let surrogate = surrogates.get(message);
  if (surrogate === undefined) {
    const changed = isAscii(message) ? message : Buffer.from(eachPart(message, downgraded), 'latin1');
    surrogate = changed.equals(message) ? message : changed;
    surrogates.set(message, surrogate);
  }
  return surrogate;
}

/**
 * Goes through a message (CRLF line ends; one character for each octet), header fields unfolded to `change` with the line ends
 * they came with, body lines untouched; gives the changed message.
 */
function eachPart(message: Buffer, change: (field: string) => string): string {
  const boundaries: string[] = [];
  let out = '';
  let field = '';
  let inHeader = true;
  let nested = false;
  const endField = (): void => {
    const boundary = /^content-type:.*?;\s*boundary="?([^";\r\n]+)/is.exec(field)?.[1];
    if (boundary !== undefined) boundaries.push(`--${boundary.trimEnd()}`);
    if (/^content-type:\s*message\/(?:rfc822|global)\b/i.test(field)) nested = true;
    out += field === '' ? '' : change(field);
    field = '';
  };
  for (const line of message.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (!inHeader) {
      out += line;
      inHeader = boundaries.some((boundary) => line.trimEnd() === boundary);
      nested &&= !inHeader;
    } else if (/^[ \t]/.test(line) && field !== '') field += line;
    else if (line === '\r\n') {
      endField();
      out += line;
      inHeader = nested;
      nested = false;
    } else {
      endField();
      field = line;
    }
  }
  endField();
  return out;
}

function downgraded(field: string): string {
  if (!NOT_ASCII.test(field)) return field;
  const [, name = '', value = ''] = /^([^:]*):[ \t]*(.*)$/s.exec(field) ?? [];
  const octets = Buffer.from(value.replace(/\r\n/g, '').trim(), 'latin1');
  // What is not UTF-8 is in an encoding that nobody knows (RFC 1428 §3), and goes by its octets.
  const charset: Charset = isUtf8(octets) ? 'utf8' : 'latin1';
  const text = octets.toString(charset);
  if (TEXT_FIELD.test(name)) return `${name}: ${encodedWords(text, charset)}\r\n`;
  if (ADDRESS_FIELD.test(name)) {
    return `${name}: ${splitList(text)
      .map((mailbox) => address(mailbox, charset))
      .join(',\r\n ')}\r\n`;
  }
  if (PARAMETER_FIELD.test(name)) return `${name}: ${splitList(text, ';').map(parameter).join(';\r\n ')}\r\n`;
  return '';
}

type Charset = 'utf8' | 'latin1';
const CHARSET_NAMES: Readonly<Record<Charset, string>> = { utf8: 'utf-8', latin1: 'unknown-8bit' };

function encodedWords(text: string, charset: Charset): string {
  const words: string[] = [];
  let word = '';
  for (const character of text) {
    if (Buffer.byteLength(word + character, charset) > WORD_OCTETS) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  const name = CHARSET_NAMES[charset];
  return [...words, word]
    .map((piece) => `=?${name}?B?${Buffer.from(piece, charset).toString('base64')}?=`)
    .join('\r\n ');
}

/** Splits at `separator` where it stands outside quotes and angle brackets. */
function splitList(text: string, separator: ',' | ';' = ','): string[] {
  const pieces = text.match(new RegExp(`(?:"(?:\\\\.|[^"\\\\])*"|<[^>]*>|[^${separator}])+`, 'g')) ?? [];
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

function address(mailbox: string, charset: Charset): string {
  if (!NOT_ASCII.test(mailbox)) return mailbox;
  const [, display = '', spec = ''] = /^(.*?)\s*(<[^>]*>)$/s.exec(mailbox) ?? [];
  const kept = spec === '' || NOT_ASCII.test(spec) ? NO_ADDRESS : spec;
  const name = display.replace(/^"(.*)"$/s, '$1');
  if (name === '') return kept;
  return `${NOT_ASCII.test(name) ? encodedWords(name, charset) : display} ${kept}`;
}

/** `name*=utf-8''…` of RFC 2231 §4. */
function parameter(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  const [, name = '', value = ''] = /^([^=]*)=\s*"?(.*?)"?$/s.exec(text) ?? [];
  const encoded = encodeURIComponent(value).replace(
    /['()*!]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${name.trim()}*=utf-8''${encoded}`;
}
